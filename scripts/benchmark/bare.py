"""The same work by the libraries alone, as their documentation shows it."""

from __future__ import annotations

import csv
import hashlib
import io
import sqlite3
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import cms, crl, keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from api.services.context import Context
from keys.roles import Role
from signer.evidence import Evidence


class _OurStamps(TimeStamper):
    """Hands pyHanko tokens of the house's own authority."""

    def __init__(self, stamper: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._stamper = stamper

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """A granted response with a token over the imprint of ``req``."""
        imprint = req["message_imprint"]["hashed_message"].native
        nonce = req["nonce"].native if req["nonce"] else None
        token = self._stamper.stamp(imprint, nonce, datetime.now(UTC))
        return tsp.TimeStampResp(
            {"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}
        )


def context_of(evidence: Evidence) -> ValidationContext:
    """pyHanko's validation context over the evidence of a report, without fetching."""
    load = asn1_x509.Certificate.load
    return ValidationContext(
        trust_roots=[load(evidence.root)],
        other_certs=[load(der) for der in evidence.certificates],
        crls=[crl.CertificateList.load(der) for der in evidence.crls],
        allow_fetching=False,
        revocation_mode="require",
    )


def signing(context: Context, evidence: Evidence) -> Callable[[bytes], bytes]:
    """pyHanko signing a file at level B-LT as documented: keys loaded by it, evidence embedded by it."""
    handle = context.keys.private(Role.REPORT)
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple([asn1_x509.Certificate.load(der) for der in evidence.certificates])
    private = handle.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(evidence.signing_chain[0]),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=store,
    )

    def sign(b0: bytes) -> bytes:
        meta = signers.PdfSignatureMetadata(
            field_name="Signature1",
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            embed_validation_info=True,
            validation_context=context_of(evidence),
            dss_settings=DSSContentSettings(
                include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
            ),
        )
        stamps = _OurStamps(context.stamper) if context.stamper else None
        writer = IncrementalPdfFileWriter(io.BytesIO(b0))
        out = signers.PdfSigner(meta, signer=signer, timestamper=stamps).sign_pdf(writer)
        return bytes(out.getvalue())

    return sign


def validating(evidence: Evidence) -> Callable[[bytes], object]:
    """pyHanko validating a file with the evidence handed in and fetching off."""

    def validate(pdf: bytes) -> object:
        embedded = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]
        status = validate_pdf_signature(embedded, context_of(evidence))
        if not status.bottom_line:
            raise AssertionError("pyHanko does not call this report valid")
        return status

    return validate


def pdfsig(path: Path) -> None:
    """The program `pdfsig` on one file, without looking at certificates."""
    subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, check=True)


def physical_limit(pdf: bytes) -> Callable[[], None]:
    """SHA-256 over the file and one ECDSA check: nobody can verify a signature with less."""
    key = ec.generate_private_key(ec.SECP256R1())
    signature = key.sign(hashlib.sha256(pdf).digest(), ec.ECDSA(hashes.SHA256()))
    public = key.public_key()

    def check() -> None:
        public.verify(signature, hashlib.sha256(pdf).digest(), ec.ECDSA(hashes.SHA256()))

    return check


def csv_into_sqlite(data: bytes, path: Path) -> int:
    """The rows of a CSV file put as text into one SQLite table, in one transaction; how many there were."""
    header, *rows = csv.reader(io.StringIO(data.decode("gb18030"), newline=""))
    columns = ", ".join(f"c{number} TEXT" for number in range(len(header)))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"CREATE TABLE IF NOT EXISTS raw ({columns})")
        marks = ", ".join("?" * len(header))
        connection.executemany(f"INSERT INTO raw VALUES ({marks})", rows)  # noqa: S608 - only question marks
    connection.close()
    return len(rows)
