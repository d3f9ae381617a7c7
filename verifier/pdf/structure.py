"""What stands in the PDF, read with pikepdf (qpdf); runs inside the sandboxed worker.

For a file of our shape it tells every way in which the inside differs from what we issue;
for any other file it tells what kind of file it is, so that the verdict can say so.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection
from io import BytesIO
from typing import Any, Final

import pikepdf

from domain.errors import MalformedInput
from verifier.limits import VerifierLimits
from verifier.pdf.facts import ATTACHMENTS, PdfContents

_CATALOG: Final = frozenset(
    {
        "/Type",
        "/Pages",
        "/Metadata",
        "/Lang",
        "/MarkInfo",
        "/StructTreeRoot",
        "/OutputIntents",
        "/Names",
        "/AF",
        "/AcroForm",
        "/Perms",
        "/DSS",
        "/Extensions",
        "/ViewerPreferences",
    }
)
_CATALOG_MAY: Final = frozenset({"/Outlines", "/PageLabels", "/PageMode"})
_OPENED: Final = re.compile(rb"(?<!end)stream\r?\n")
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTIVE: Final = re.compile(
    rb"/(?:JavaScript|JS|OpenAction|AA|Launch|GoToR|GoToE|SubmitForm|ImportData|RichMedia|Rendition|Movie|Sound"
    rb"|URI|OCProperties|OCG|XFA|NeedAppearances|ObjStm|Encrypt)(?![A-Za-z0-9])"
)
_PRINTERS: Final = re.compile(
    r"print|distiller|ghostscript|cups|cairo|skia|quartz|pdfcreator|foxit|福昕|wps", re.IGNORECASE
)


class Bomb(Exception):
    """Unpacking would cost more than the limits allow; ``reason`` is of the closed list."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def open_pdf(data: bytes, *, strict: bool) -> pikepdf.Pdf:
    """Return the open file; MalformedInput ``encrypted`` or ``damaged``.

    ``strict`` takes a file only as it stands; otherwise qpdf may rebuild its table.
    """
    try:
        pdf = pikepdf.open(BytesIO(data), attempt_recovery=not strict, suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise MalformedInput("encrypted") from error
    except (pikepdf.PdfError, ValueError, RuntimeError) as error:
        raise MalformedInput("damaged") from error
    if pdf.is_encrypted:
        raise MalformedInput("encrypted")
    return pdf


def read(data: bytes, limits: VerifierLimits, *, strict: bool) -> PdfContents:
    """Return what the file holds; MalformedInput ``encrypted``/``damaged``, or :class:`Bomb`."""
    with open_pdf(data, strict=strict) as pdf:
        try:
            return _read(pdf, data, limits, strict=strict)
        except (pikepdf.PdfError, KeyError, TypeError, AttributeError, ValueError, RuntimeError) as error:
            # qpdf and pikepdf let all of these out on hostile object graphs.
            raise MalformedInput("damaged") from error


def attachment(data: bytes, name: str, limits: VerifierLimits) -> bytes:
    """Return the one embedded file of that name; MalformedInput ``damaged``, or :class:`Bomb`."""
    with open_pdf(data, strict=True) as pdf:
        try:
            return _attachments(pdf, limits, (name,))[name]
        except (pikepdf.PdfError, KeyError, TypeError, AttributeError, ValueError, RuntimeError) as error:
            raise MalformedInput("damaged") from error


def _read(pdf: pikepdf.Pdf, data: bytes, limits: VerifierLimits, *, strict: bool) -> PdfContents:
    pages = len(pdf.pages)
    if pages > limits.max_pages:
        raise Bomb("too_many_pages")
    if not strict:
        _refuse_bombs(pdf, limits)
    attachments = _attachments(pdf, limits)
    signatures = _signatures(pdf)
    plain = _ESCAPE.sub(lambda m: bytes((int(m[1], 16),)), _outside_streams(data))
    producer = _producer(pdf)
    return PdfContents(
        pages=pages,
        problems=tuple(_problems(pdf)) if strict else (),
        active=tuple(sorted({m[0].decode("ascii") for m in _ACTIVE.finditer(plain)})),
        attachments=attachments,
        byte_range=_byte_range(signatures),
        signatures=len(signatures),
        certificates=_store(pdf, "/Certs", limits) if strict else (),
        crls=_store(pdf, "/CRLs", limits) if strict else (),
        sealed=() if strict else _sealed(signatures, limits),
        producer=producer,
        printed=bool(_PRINTERS.search(producer)),
        scanned=not strict and _scanned(pdf),
    )


def _outside_streams(data: bytes) -> bytes:
    """Return the bytes outside stream bodies; linear, whatever the bytes."""
    kept: list[bytes] = []
    at = 0
    while (opened := _OPENED.search(data, at)) is not None:
        closed = data.find(b"endstream", opened.end())
        if closed < 0:
            break
        kept.append(data[at : opened.start()])
        at = closed + len(b"endstream")
    return b" ".join([*kept, data[at:]])


def _problems(pdf: pikepdf.Pdf) -> list[str]:
    """Return every way in which catalog, form, names and permissions differ from ours."""
    root = pdf.Root
    keys = frozenset(root.keys())
    found = [f"catalog {key} missing" for key in sorted(_CATALOG - keys)]
    found += [f"catalog {key} unexpected" for key in sorted(keys - _CATALOG - _CATALOG_MAY)]
    if found:
        return found
    signature = root.Perms.get("/DocMDP")
    fields = list(root.AcroForm.Fields)
    expected: list[tuple[str, bool]] = [
        ("version", pdf.pdf_version == "1.7"),
        ("warnings", not pdf.get_warnings()),
        ("names", list(root.Names.keys()) == ["/EmbeddedFiles"]),
        ("form", set(root.AcroForm.keys()) == {"/Fields", "/SigFlags"} and int(root.AcroForm.SigFlags) == 3),
        ("fields", len(fields) == 1 and _is_our_widget(fields[0], signature)),
        ("permissions", list(root.Perms.keys()) == ["/DocMDP"]),
        ("docmdp", _certifies_no_changes(signature)),
        ("store", set(root.DSS.keys()) == {"/Certs", "/CRLs"}),
        ("attachments", _embedded_names(pdf) == list(ATTACHMENTS)),
        ("associated", _associated(pdf)),
        ("annotations", _annotations(pdf, fields)),
    ]
    return [word for word, holds in expected if not holds]


def _is_our_widget(field: Any, signature: Any) -> bool:
    rect = [int(n) for n in field.Rect]
    return (
        field.FT == "/Sig"
        and field.V.objgen == signature.objgen
        and rect == [0, 0, 0, 0]
        and int(field.F) == 132
        and not {"/AP", "/A", "/AA", "/Kids", "/Lock", "/MK"} & set(field.keys())
    )


def _certifies_no_changes(signature: Any) -> bool:
    references = list(signature.Reference)
    return (
        len(references) == 1
        and references[0].TransformMethod == "/DocMDP"
        and int(references[0].TransformParams.P) == 1
        and signature.SubFilter == "/ETSI.CAdES.detached"
    )


def _embedded_names(pdf: pikepdf.Pdf) -> list[str]:
    tree = pdf.Root.Names.EmbeddedFiles
    if list(tree.keys()) != ["/Names"]:
        return []
    return [str(item) for item in list(tree.Names)[::2]]


def _associated(pdf: pikepdf.Pdf) -> bool:
    """Tell whether /AF and the name tree hold the same three file specifications."""
    specs = {item.objgen for item in list(pdf.Root.Names.EmbeddedFiles.Names)[1::2]}
    return specs == {item.objgen for item in pdf.Root.AF} and len(specs) == len(ATTACHMENTS)


def _annotations(pdf: pikepdf.Pdf, fields: list[Any]) -> bool:
    """Tell whether the only annotation of the file is the signature's own widget."""
    found = [annot.objgen for page in pdf.pages for annot in page.obj.get("/Annots", [])]
    return found == [field.objgen for field in fields]


def _attachments(
    pdf: pikepdf.Pdf, limits: VerifierLimits, wanted: Collection[str] = ATTACHMENTS
) -> dict[str, bytes]:
    """Return the embedded files of the ``wanted`` names; other names are not read."""
    out: dict[str, bytes] = {}
    names = pdf.Root.get("/Names")
    tree = names.get("/EmbeddedFiles") if isinstance(names, pikepdf.Dictionary) else None
    if not isinstance(tree, pikepdf.Dictionary):
        return out
    for name, spec in pikepdf.NameTree(tree).items():
        if str(name) in wanted and isinstance(spec, pikepdf.Dictionary):
            out[str(name)] = unpacked(spec.EF.F, limits.max_attachment_bytes)
    return out


def unpacked(stream: Any, limit: int) -> bytes:
    """Return a stream's bytes, read through Flate only, at most ``limit`` of them, else :class:`Bomb`."""
    raw = bytes(stream.read_raw_bytes())
    filters: Any = stream.get("/Filter", [])
    for name in [filters] if isinstance(filters, pikepdf.Name) else list(filters):
        if name != "/FlateDecode":
            raise MalformedInput("damaged")
        raw = _inflate(raw, limit)
    if len(raw) > limit:
        raise Bomb("bomb")
    return raw


def _inflate(raw: bytes, limit: int) -> bytes:
    decoder = zlib.decompressobj()
    try:
        out = decoder.decompress(raw, limit + 1)
    except zlib.error as error:
        raise MalformedInput("damaged") from error
    if len(out) > limit:
        raise Bomb("bomb")
    return out


def _refuse_bombs(pdf: pikepdf.Pdf, limits: VerifierLimits) -> None:
    """Unpack every Flate stream of a foreign file into nowhere, within one budget for all."""
    budget = limits.max_unpacked_bytes
    for count, item in enumerate(pdf.objects):
        if count > limits.max_objects:
            raise Bomb("bomb")
        if not isinstance(item, pikepdf.Stream):
            continue
        filters: Any = item.get("/Filter", [])
        names = [filters] if isinstance(filters, pikepdf.Name) else list(filters)
        raw = bytes(item.read_raw_bytes())
        for name in names[:8]:
            if name != "/FlateDecode":
                break
            try:
                raw = _inflate(raw, budget)
            except MalformedInput:
                break
        budget -= len(raw)
        if budget < 0:
            raise Bomb("bomb")


def _signatures(pdf: pikepdf.Pdf) -> list[Any]:
    form = pdf.Root.get("/AcroForm")
    fields: Any = form.get("/Fields", []) if isinstance(form, pikepdf.Dictionary) else []
    found = []
    for field in list(fields)[:1000]:
        value = field.get("/V") if isinstance(field, pikepdf.Dictionary) else None
        if isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value:
            found.append(value)
    return found


def _sealed(signatures: list[Any], limits: VerifierLimits) -> tuple[bytes, ...]:
    """Return the signatures themselves, however the file spells them; the first few."""
    values = [signature.get("/Contents") for signature in signatures[:8]]
    return tuple(
        bytes(value)[: limits.max_gap_bytes] for value in values if isinstance(value, pikepdf.String)
    )


def _byte_range(signatures: list[Any]) -> tuple[int, ...]:
    return tuple(int(n) for n in signatures[0].ByteRange) if len(signatures) == 1 else ()


def _store(pdf: pikepdf.Pdf, key: str, limits: VerifierLimits) -> tuple[bytes, ...]:
    store = pdf.Root.get("/DSS")
    items: Any = store.get(key, []) if isinstance(store, pikepdf.Dictionary) else []
    return tuple(unpacked(item, limits.max_attachment_bytes) for item in list(items)[:32])


def _producer(pdf: pikepdf.Pdf) -> str:
    info = pdf.trailer.get("/Info")
    if not isinstance(info, pikepdf.Dictionary):
        return ""
    return " / ".join(str(info[key])[:200] for key in ("/Producer", "/Creator") if key in info)


def _scanned(pdf: pikepdf.Pdf) -> bool:
    """Tell whether no page has a font and each has a picture."""
    for page in pdf.pages:
        resources = page.obj.get("/Resources")
        if (
            not isinstance(resources, pikepdf.Dictionary)
            or "/Font" in resources
            or "/XObject" not in resources
        ):
            return False
    return len(pdf.pages) > 0
