"""Files and certificates that name addresses wherever a reader might follow one, and who listens there."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import pikepdf
import qrcode
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signer.pdf_signature import ReportSigner
from tests.forgeries.insider import Careless
from tests.unit.signer.chain import Chain, Handle, TestStamper, make_chain


@dataclass
class Listener:
    """A port of this machine, and how many connections it saw."""

    site: str
    seen: list[object] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Listener]:
    """Somebody who waits at 127.0.0.1 and counts who comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = Listener(site=f"http://127.0.0.1:{server.getsockname()[1]}")
        thread = threading.Thread(target=_count, args=(server, listener.seen), daemon=True)
        thread.start()
        try:
            yield listener
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _count(server: socket.socket, seen: list[object]) -> None:
    while True:
        try:
            connection, address = server.accept()
        except OSError:  # the listener is closed
            return
        seen.append(address)
        connection.close()


class Hostile:
    """Makes the files; every address in them lies at ``site``."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.chain: Chain = make_chain(datetime.now(UTC), rsa_leaves=True, site=site)

    @property
    def certificate(self) -> bytes:
        """The signer's, DER."""
        return self.chain.report.der

    def signed_by_a_stranger(self, pages: bytes) -> bytes:
        """``pages`` signed and stamped by pyHanko, with the chain's certificates inside."""
        key, stamp = self._pyhanko(self.chain.report), self._pyhanko(self.chain.stamp)
        above = self._store
        signer = signers.SimpleSigner(signing_cert=key[0], signing_key=key[1], cert_registry=above)
        stamper = DummyTimeStamper(*stamp, certs_to_embed=above)
        out = signers.sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(pages), strict=False),
            signers.PdfSignatureMetadata(
                field_name="Signature1", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
            ),
            signer=signer,
            timestamper=stamper,
        )
        data: bytes = out.getvalue()
        return data

    def signed_in_our_shape(self, genuine: bytes, proof: bytes) -> bytes:
        """The pages of ``genuine`` signed in exactly our form, under the hostile chain in CMS, token and DSS."""
        now = datetime.now(UTC)
        b0 = genuine[: genuine.index(b"%%EOF\n") + 6]
        signer = ReportSigner(self.chain.report, self.chain.evidence(now), TestStamper(self.chain))
        return signer.sign(b0, proof, now=now, on_intent=lambda _: None).pdf

    def signed_by_the_house(self, insider: Any) -> bytes:
        """A file under the house's own key whose DSS also holds a hostile certificate: pyHanko gets to see it."""
        from api.services.issuing.evidence import signing_evidence
        from keys.roles import Role

        context, parts = insider.context, insider.parts()
        ours = signing_evidence(context, context.clock())
        evidence = Careless(
            signing_chain=ours.signing_chain, stamping_chain=ours.stamping_chain, root=ours.root,
            crls=ours.crls, stamping_root=self.certificate,
        )  # fmt: skip
        signer = ReportSigner(context.keys.private(Role.REPORT), evidence, context.stamper)
        return signer.sign(parts.b0, parts.proof, now=context.clock(), on_intent=lambda _: None).pdf

    def pages(self) -> bytes:
        """A page with a link, XMP that names an address, and a DSS of hostile certificates."""
        pdf = pikepdf.new()
        page = pdf.add_blank_page()
        uri = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String(f"{self.site}/link"))
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 500, 500], A=uri
        )
        page.Annots = pikepdf.Array([pdf.make_indirect(link)])
        pdf.Root.OpenAction = uri
        with pdf.open_metadata() as meta:
            meta["dc:source"] = f"{self.site}/xmp"
        pdf.Root.DSS = pikepdf.Dictionary(
            Certs=[pikepdf.Stream(pdf, der) for der in (self.certificate, self.chain.issuing.der)]
        )
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()

    def linked(self, genuine: bytes) -> bytes:
        """A report saved again with a link over its first page."""
        with pikepdf.open(io.BytesIO(genuine)) as pdf:
            uri = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String(f"{self.site}/link"))
            link = pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 500, 500], A=uri
            )
            pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(link)])
            out = io.BytesIO()
            pdf.save(out)
            return out.getvalue()

    def picture(self) -> bytes:
        """A QR code that names an address."""
        out = io.BytesIO()
        qrcode.make(f"{self.site}/Q/150300202611200A1B2C3D#P{'A' * 26}").get_image().save(out, "PNG")
        return out.getvalue()

    @cached_property
    def _store(self) -> SimpleCertificateStore:
        certificates = (
            asn1_x509.Certificate.load(each.der) for each in (self.chain.issuing, self.chain.root)
        )
        return SimpleCertificateStore.from_certs(certificates)

    def _pyhanko(self, handle: Handle) -> tuple[asn1_x509.Certificate, asn1_keys.PrivateKeyInfo]:
        private = handle.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return asn1_x509.Certificate.load(handle.der), asn1_keys.PrivateKeyInfo.load(private)
