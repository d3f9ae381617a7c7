"""Forgeries made with PDF libraries: updates on top, second signatures, saved again, copied."""

from __future__ import annotations

import asyncio
import io
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp, PdfByteRangeDigest, SignatureObject
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.forgeries.original import Forgery, Original, forgery

Change = Callable[[IncrementalPdfFileWriter], None]


class PlainWriter(IncrementalPdfFileWriter):
    """Writes an update and leaves the document's own metadata alone, as a forger would."""

    def _update_meta(self) -> None:
        """Change nothing."""


def updated(change: Change) -> Callable[[Original], bytes]:
    """The file with an incremental update on top."""

    def make(original: Original) -> bytes:
        out = io.BytesIO(original.pdf)
        writer = PlainWriter(out, strict=False)
        change(writer)
        writer.write_in_place()
        return out.getvalue()

    return make


def _first_page(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    reference = writer.find_page_for_modification(0)[0]
    return reference.get_object()


def _content(writer: IncrementalPdfFileWriter) -> None:
    page = _first_page(writer)
    page[pdf_name("/Contents")] = writer.add_object(
        generic.StreamObject(stream_data=b"BT /F1 20 Tf 100 700 Td (no record) Tj ET")
    )


def _page_added(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    page = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Page"),
            pdf_name("/Parent"): writer.root.raw_get("/Pages"),
            pdf_name("/MediaBox"): generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 595, 842)]),
        }
    )
    pages["/Kids"].append(writer.add_object(page))
    pages[pdf_name("/Count")] = generic.NumberObject(int(pages["/Count"]) + 1)
    writer.update_container(pages["/Kids"])
    writer.update_container(pages)


def _page_removed(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    del pages["/Kids"][-1]
    writer.update_container(pages["/Kids"])
    writer.update_container(pages)


def _root_entry(name: str, value: Callable[[], generic.PdfObject]) -> Change:
    def change(writer: IncrementalPdfFileWriter) -> None:
        writer.root[pdf_name(name)] = value()
        writer.update_root()

    return change


def _action(kind: str, **entries: generic.PdfObject) -> generic.DictionaryObject:
    return generic.DictionaryObject(
        {pdf_name("/S"): pdf_name(kind), **{pdf_name("/" + key): value for key, value in entries.items()}}
    )


def _annotation(subtype: str, **entries: generic.PdfObject) -> Change:
    def change(writer: IncrementalPdfFileWriter) -> None:
        page = _first_page(writer)
        box = generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 595, 842)])
        note = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name(subtype),
                pdf_name("/Rect"): box,
                **{pdf_name("/" + key): value for key, value in entries.items()},
            }
        )
        page[pdf_name("/Annots")] = generic.ArrayObject([writer.add_object(note)])

    return change


def _attachment(writer: IncrementalPdfFileWriter) -> None:
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    specification = names[1]
    stream = specification["/EF"].raw_get("/F")
    writer.objects[(stream.generation, stream.idnum)] = generic.StreamObject(stream_data=b'{"records":0}')


def _info(writer: IncrementalPdfFileWriter) -> None:
    title = generic.DictionaryObject({pdf_name("/Title"): generic.TextStringObject("another title")})
    writer.set_info(writer.add_object(title))


def _shadow_hide(writer: IncrementalPdfFileWriter) -> None:
    """Shadow attack: an overlay that was there before signing is put away after it."""
    page = _first_page(writer)
    kept = page.raw_get("/Contents")
    page[pdf_name("/Contents")] = generic.ArrayObject(
        [kept, writer.add_object(generic.StreamObject(stream_data=b"1 g 0 0 595 842 re f"))]
    )


def _shadow_replace(writer: IncrementalPdfFileWriter) -> None:
    """Shadow attack: a font is put in the place of another, so that digits read differently."""
    page = _first_page(writer)
    page[pdf_name("/Resources")] = generic.DictionaryObject({pdf_name("/Font"): generic.DictionaryObject()})


def _shadow_both(writer: IncrementalPdfFileWriter) -> None:
    """Shadow attack: the catalogue points to another tree of pages."""
    pages = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Pages"),
            pdf_name("/Kids"): generic.ArrayObject(),
            pdf_name("/Count"): generic.NumberObject(0),
        }
    )
    writer.root[pdf_name("/Pages")] = writer.add_object(pages)
    writer.update_root()


def _stranger() -> signers.SimpleSigner:
    from asn1crypto import keys as asn1_keys
    from asn1crypto import x509 as asn1_x509
    from cryptography.hazmat.primitives import serialization

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TEST stranger")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(1))
        .not_valid_after(now + timedelta(9)).sign(key, hashes.SHA256())
    )  # fmt: skip
    der = certificate.public_bytes(serialization.Encoding.DER)
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(der),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )


def second_signature(
    box: tuple[int, int, int, int] | None, placeholder: type[PdfByteRangeDigest] = SignatureObject
) -> Callable[[Original], bytes]:
    """A stranger signs or stamps on top of our signature, although that one forbids it."""

    def make(original: Original) -> bytes:
        writer = PlainWriter(io.BytesIO(original.pdf), strict=False)
        spec = fields.SigFieldSpec("Second", on_page=0, box=box) if box else fields.SigFieldSpec("Second")
        work = PdfCMSEmbedder(new_field_spec=spec).write_cms("Second", writer)
        next(work)
        work.send(SigObjSetup(sig_placeholder=placeholder(bytes_reserved=16384)))
        prepared, out = work.send(SigIOSetup(md_algorithm="sha256", in_place=False))
        digest = prepared.document_digest
        work.send(asyncio.run(_stranger().async_sign(digest, digest_algorithm="sha256")))
        return bytes(out.getvalue())

    return make


def saved_again(save: Callable[[pikepdf.Pdf, io.BytesIO], None]) -> Callable[[Original], bytes]:
    def make(original: Original) -> bytes:
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(original.pdf)) as pdf:
            save(pdf, out)
        return out.getvalue()

    return make


def _pages_copied(original: Original) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(original.pdf)) as pdf, pikepdf.new() as copy, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the form is lost is the point
        copy.pages.extend(pdf.pages)
        copy.save(out)
    return out.getvalue()


def _rewritten(original: Original) -> bytes:
    from pyhanko.pdf_utils.reader import PdfFileReader

    out = io.BytesIO()
    copy_into_new_writer(PdfFileReader(io.BytesIO(original.pdf), strict=False)).write(out)
    return out.getvalue()


def by_program(*words: str) -> Callable[[Original], bytes]:
    """The file as another program saves it; IN and OUT stand for the two paths."""

    def make(original: Original) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            given, made = Path(folder) / "in.pdf", Path(folder) / "out.pdf"
            given.write_bytes(original.pdf)
            paths = {"IN": str(given), "OUT": str(made)}
            subprocess.run(
                [paths.get(word, word) for word in words], check=False, capture_output=True, timeout=60
            )
            return made.read_bytes()

    return make


_ENCRYPTION = pikepdf.Encryption(owner="x", user="x")
_uri = generic.TextStringObject
APPENDED = ("appended_data",)


def resaved(name: str, make: Callable[[Original], bytes]) -> Forgery:
    """A file that another program wrote anew: the clerk is told so (rule R30)."""
    return forgery(name, make, "altered", reasons=("resaved",))


TABLE: tuple[Forgery, ...] = (
    forgery("update-content", updated(_content), *APPENDED),
    forgery("update-page-added", updated(_page_added), *APPENDED),
    forgery("update-page-removed", updated(_page_removed), *APPENDED),
    forgery("update-attachment", updated(_attachment), *APPENDED),
    forgery(
        "update-link",
        updated(_annotation("/Link", A=_action("/URI", URI=_uri("https://look-alike.example")))),
        *APPENDED,
    ),
    forgery("update-qr-overlay", updated(_annotation("/Stamp", Contents=_uri("QR"))), *APPENDED),
    forgery(
        "update-note-over-page", updated(_annotation("/FreeText", Contents=_uri("no record"))), *APPENDED
    ),
    forgery(
        "update-script",
        updated(_root_entry("/OpenAction", lambda: _action("/JavaScript", JS=_uri("app.alert(1)")))),
        *APPENDED,
    ),
    forgery(
        "update-launch",
        updated(_root_entry("/OpenAction", lambda: _action("/Launch", F=_uri("cmd.exe")))),
        *APPENDED,
    ),
    forgery(
        "update-submit",
        updated(
            _root_entry("/OpenAction", lambda: _action("/SubmitForm", F=_uri("https://look-alike.example")))
        ),
        *APPENDED,
    ),
    forgery("update-info", updated(_info), *APPENDED),
    forgery("update-xmp", updated(_root_entry("/Metadata", generic.NullObject)), *APPENDED),
    forgery("shadow-hide", updated(_shadow_hide), *APPENDED),
    forgery("shadow-replace", updated(_shadow_replace), *APPENDED),
    forgery("shadow-hide-and-replace", updated(_shadow_both), *APPENDED),
    forgery("isa-body-only", lambda o: o.pdf + b"9999 0 obj\n<</Type/Catalog>>\nendobj\n", *APPENDED),
    forgery(
        "isa-trailer-only", lambda o: o.pdf + b"trailer\n<</Root 9999 0 R>>\nstartxref\n0\n%%EOF\n", *APPENDED
    ),
    forgery("second-signature-invisible", second_signature(None), "multiple_signatures"),
    forgery("second-signature-full-page", second_signature((0, 0, 595, 842)), "multiple_signatures"),
    forgery("second-signature-over-qr", second_signature((430, 60, 530, 160)), "multiple_signatures"),
    forgery("second-time-stamp", second_signature(None, DocumentTimestamp), "multiple_signatures"),
    resaved("saved-by-pikepdf", saved_again(lambda pdf, out: pdf.save(out))),
    resaved("linearised", saved_again(lambda pdf, out: pdf.save(out, linearize=True))),
    forgery("encrypted", saved_again(lambda pdf, out: pdf.save(out, encryption=_ENCRYPTION)), "encrypted"),
    resaved("pages-copied", _pages_copied),
    resaved("rewritten-by-pyhanko", _rewritten),
)

BY_PROGRAM: tuple[tuple[str, Forgery], ...] = (
    ("qpdf", resaved("saved-by-qpdf", by_program("qpdf", "IN", "OUT"))),
    (
        "qpdf",
        resaved("unpacked-by-qpdf", by_program("qpdf", "--qdf", "--object-streams=disable", "IN", "OUT")),
    ),
    ("mutool", resaved("saved-by-mutool", by_program("mutool", "clean", "IN", "OUT"))),
    ("mutool", resaved("collected-by-mutool", by_program("mutool", "clean", "-ggg", "IN", "OUT"))),
    (
        "pdftotext",
        forgery(
            "printed-by-cairo",
            by_program("pdftocairo", "-pdf", "IN", "OUT"),
            "not_a_report",
            reasons=("printed_copy",),
        ),
    ),
    ("pdftotext", resaved("rewritten-by-poppler", by_program("pdfunite", "IN", "OUT"))),
    ("pdftotext", resaved("joined-by-poppler", by_program("pdfunite", "IN", "IN", "OUT"))),
    ("qpdf", resaved("joined-by-qpdf", by_program("qpdf", "--empty", "--pages", "IN", "IN", "--", "OUT"))),
)
"""The program each needs, and the forgery it makes."""
