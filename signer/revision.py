"""The one revision that is appended to the laid-out file: writer, proof attachment, evidence.

The stock incremental writer of pyHanko would claim PDF 2.0, write an ISO 32002 extension
and replace the XMP metadata; PDF/A-3 rests on PDF 1.7 and the certified metadata must be
the layout's own.  :class:`RevisionWriter` therefore leaves both alone.  It leans on private
names of pyHanko 0.38 (``_update_meta``); the tests of this package fail if they move.

Byte shape of the result: ``docs/formats/signed-pdf.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Final

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.validation.dss import DocumentSecurityStore

from domain.errors import InvariantBroken

PROOF_NAME: Final = "log.tlog-proof"
"""Attachment name of the log proof in the signed revision."""

PROOF_MIME: Final = "text/plain"

_PROOF_DESCRIPTION: Final = "C2SP tlog-proof of the commitment leaf"


class RevisionWriter(IncrementalPdfFileWriter):
    """Writes objects behind a file without touching its version or its metadata."""

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """Leave the declared version as it is: PDF/A-3 is built on PDF 1.7 (ISO 19005-3, 5.1)."""

    def _update_meta(self) -> None:
        # The XMP and Info that are certified are those the layout wrote.
        return


def open_revision(b0: bytes) -> RevisionWriter:
    """A writer whose output starts with ``b0`` unchanged.

    Raises InvariantBroken ``layout_not_ours`` unless it is an unsigned layout with its attachments.
    """
    try:
        writer = RevisionWriter(BytesIO(b0))
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        signed = "/AcroForm" in writer.root
    except (PdfError, KeyError, TypeError, ValueError, OSError) as error:
        raise InvariantBroken("layout_not_ours", reason=type(error).__name__) from error
    if signed or not names or "/AF" not in writer.root:
        raise InvariantBroken("layout_not_ours", reason="signed" if signed else "attachments")
    return writer


def declare_pades(writer: RevisionWriter) -> None:
    """The catalog names the ESIC extension (ETSI EN 319 142-1, 5.1), the only one written."""
    writer.register_extension(ESIC_EXTENSION_1)
    writer.mark_update(writer.root_ref)


def attach_proof(writer: RevisionWriter, proof: bytes, now: datetime) -> None:
    """The proof stands in ``/Names /EmbeddedFiles`` (sorted) and in ``/AF`` as Supplement."""
    stream = embed.EmbeddedFileObject.from_file_data(
        writer,
        proof,
        params=embed.EmbeddedFileParams(embed_checksum=False, creation_date=now, modification_date=now),
        mime_type=PROOF_MIME,
    )
    spec = embed.FileSpec(
        file_spec_string=PROOF_NAME,
        file_name=PROOF_NAME,
        embedded_data=stream,
        description=_PROOF_DESCRIPTION,
        af_relationship=pdf_name("/Supplement"),
    )
    reference = writer.add_object(spec.as_pdf_object())
    _insert_sorted(writer, reference)
    associated = writer.root["/AF"]
    associated.append(reference)
    writer.update_container(associated)


def _insert_sorted(writer: RevisionWriter, reference: generic.IndirectObject) -> None:
    # A name tree must be sorted (ISO 32000-1, 7.9.6); readers look names up by bisection.
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    pairs = [(str(names[i]), names[i], names.raw_get(i + 1)) for i in range(0, len(names), 2)]
    pairs.append((PROOF_NAME, generic.pdf_string(PROOF_NAME), reference))
    pairs.sort(key=lambda pair: pair[0])
    names[:] = [part for _, name, target in pairs for part in (name, target)]
    writer.update_container(names)


def store_evidence(writer: RevisionWriter, certificates: Sequence[bytes], crls: Sequence[bytes]) -> None:
    """The document security store holds these certificates and CRLs, in this order, without VRI.

    Both are DER.  The store is written before the signature, so the signature covers it
    (one revision); VRI would need the hash of the signature and cannot stand here.
    """
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        sig_contents=None,
        certs=[asn1_x509.Certificate.load(der) for der in certificates],
        crls=[asn1_crl.CertificateList.load(der) for der in crls],
    )
