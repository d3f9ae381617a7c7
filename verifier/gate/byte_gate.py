"""The byte gate: our one shape on the raw bytes, before any PDF library sees the file.

We issue exactly one shape, so exactly one is accepted (``docs/formats/signed-pdf.md``)::

    file     = b0 revision                      ; b0: the layout, an exact prefix
    b0       = "%PDF-1.7" LF ... "startxref" LF n LF "%%EOF" LF
    revision = objects signature xref trailer   ; the last signed byte is the last byte
    gap      = "<" upper-case-hex zeros ">"     ; one DER value, then only zero padding
    range    = "/ByteRange [0 a b c]" *SP       ; a = offset of "<", b = offset after ">"

with one ``/ByteRange``, two ``%%EOF`` and a ``/Prev`` that names the layout's own table.
The gate also finds out what a refused file is: bytes of ours that were changed, or not ours.
Time is linear in the size; no regular expression here can backtrack beyond its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

from domain import der
from domain.errors import MalformedInput
from domain.reasons import Reason
from domain.verdict import Code
from verifier.gate import cms_gate
from verifier.gate.pins import Pins
from verifier.limits import VerifierLimits

_RANGE: Final = re.compile(rb"/ByteRange \[0 ([1-9]\d{0,8}) ([1-9]\d{0,8}) ([1-9]\d{0,8})\] *\n")
_ANY_RANGE: Final = re.compile(rb"/ByteRange\s{0,8}\[")
_PREVIOUS: Final = re.compile(rb"/Prev ([1-9]\d{0,8})\n")
_ENCRYPTED: Final = re.compile(rb"/Encrypt(?: \d{1,9} \d{1,5} R|\s{0,4}<<)")
_HEX: Final = re.compile(rb"[0-9A-F]+\Z")
_ZEROS: Final = re.compile(rb"0*\Z")
_SIGNATURE: Final = re.compile(
    rb"/Type /Sig\n/Filter /Adobe\.PPKLite\n/SubFilter /ETSI\.CAdES\.detached\n"
    rb"/M \(D(?::|\\072)(\d{14})Z\)\n"
    rb"/Reference \[ <<\n/Type /SigRef\n/TransformMethod /DocMDP\n"
    rb"/TransformParams <<\n/Type /TransformParams\n/V /1\.2\n/P 1\n>>\n>> \]\n>>\nendobj\n"
    rb"xref\n(?:\d{1,9} \d{1,9}\n(?:\d{10} \d{5} [nf] ?\r?\n)+)+"
    rb"trailer\n<<\n(?:/(?:Size|Root|Info|ID|Prev) [^\n]{1,200}\n)+>>\nstartxref\n(\d{1,9})\n%%EOF\n\Z"
)
_MARK: Final = b"%%EOF"
_LINE_END: Final = 2
_END: Final = re.compile(rb"startxref\s{1,4}\d{1,10}\s{1,4}%%EOF")
"""The end of a revision; the mark alone also ends a character map inside a stream."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file does not have our shape."""

    code: Code
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Where the parts of a file of our shape lie."""

    gap_start: int
    """Offset of ``<``."""
    gap_end: int
    """Offset after ``>``."""
    covered_sha256: bytes
    """SHA-256 of everything but the gap."""
    prefix_length: int
    """Length of the layout B0 as the bytes show it."""
    claimed: str
    """``/M`` as YYYYMMDDhhmmss, UTC."""
    gap: bytes
    """The DER value in the gap, without its padding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """What the raw bytes say."""

    refusal: Refusal | None
    """None: exactly our shape, signed by somebody; see ``cms``."""
    derived: bool
    """The file contains a pinned report certificate: it was made from a report of ours."""
    signed: bool
    """Somebody's signature is in it."""
    shape: Shape | None
    cms: cms_gate.CmsFacts | None
    """None while the signer is not pinned, or the gap was refused."""
    signer: bytes | None
    """DER of the certificate that the gap's signerInfo names."""


def inspect(data: bytes, pins: Pins, limits: VerifierLimits) -> GateFacts:
    """Return what the bytes are; never raises, whatever the bytes."""
    origin = _Origin(data, pins)
    try:
        _require_pdf(data, limits, origin)
        shape = _shape(data, limits, origin)
    except _Refused as refused:
        signed = _ANY_RANGE.search(data) is not None
        return GateFacts(
            refusal=refused.refusal, derived=origin.derived, signed=signed, shape=None, cms=None, signer=None
        )
    parts = cms_gate.dissect(shape.gap)
    signer = None if parts is None else cms_gate.signer_certificate(parts, pins)
    ours = any(signer == pin.cert for pin in pins.report) or origin.derived
    refusal, cms = _open(shape, parts, pins) if ours else (None, None)
    return GateFacts(refusal=refusal, derived=ours, signed=True, shape=shape, cms=cms, signer=signer)


class _Refused(Exception):
    def __init__(self, code: Code, reason: str) -> None:
        self.refusal = Refusal(code, reason)
        super().__init__(reason)


@dataclass(frozen=True)
class _Origin:
    data: bytes
    pins: Pins

    @cached_property
    def derived(self) -> bool:
        """Tell whether a pinned report certificate stands in the file, whole or half, as hex or as it is.

        Half, because one flipped bit may sit in the certificate itself; a file that was made
        from ours is then still called altered, and not a stranger's.  Looked for only when a
        file is refused: it is the slowest search here.
        """
        return any(half in self.data for pin in self.pins.report for half in pin.halves)


def _open(
    shape: Shape, parts: cms_gate.Parts | None, pins: Pins
) -> tuple[Refusal | None, cms_gate.CmsFacts | None]:
    try:
        return None, cms_gate.open_cms(shape.gap, parts, pins)
    except MalformedInput as error:
        return Refusal(Code.ALTERED, error.code), None


def _require_pdf(data: bytes, limits: VerifierLimits, origin: _Origin) -> None:
    if not data:
        raise _Refused(Code.UNREADABLE, Reason.EMPTY_FILE)
    if len(data) > limits.max_file_bytes:
        raise _Refused(Code.LIMITS_EXCEEDED, Reason.TOO_LARGE)
    if not data.startswith(b"%PDF-"):
        if origin.derived:
            raise _Refused(Code.ALTERED, Reason.BYTES_BEFORE_HEADER)
        if b"%PDF-" not in data[:1024]:
            raise _Refused(Code.UNREADABLE, Reason.NOT_A_PDF)


def _shape(data: bytes, limits: VerifierLimits, origin: _Origin) -> Shape:
    found = _ANY_RANGE.findall(data)
    if len(found) > 1:
        if origin.derived and _written_anew(data):  # reports joined to one file; nobody signed again
            raise _Refused(Code.ALTERED, Reason.RESAVED)
        stamp = b"/ETSI.RFC3161" in data
        reason = Reason.ADDED_TIMESTAMP if stamp else Reason.SECOND_SIGNATURE
        raise _Refused(
            Code.MULTIPLE_SIGNATURES if origin.derived else Code.NOT_A_REPORT,
            reason if origin.derived else Reason.FOREIGN_SIGNATURE,
        )
    match = _RANGE.search(data)
    if match is None or not found:
        raise _Refused(*_without_range(data, origin, signed=bool(found)))
    gap_start, gap_end, rest = (int(number) for number in match.groups())
    _require_extent(data, gap_start, gap_end, gap_end + rest, origin)
    if match.start() != gap_end + 1:
        raise _Refused(*_changed(data, Reason.GAP_NOT_ADJACENT, origin))
    gap = _gap(data[gap_start + 1 : gap_end - 1], limits, origin)
    claimed, prefix = _revision(data, match.end(), origin)
    return Shape(
        gap_start=gap_start,
        gap_end=gap_end,
        gap=gap,
        claimed=claimed,
        prefix_length=prefix,
        covered_sha256=_digest(data, gap_start, gap_end),
    )


def _digest(data: bytes, gap_start: int, gap_end: int) -> bytes:
    view = memoryview(data)
    digest = sha256(view[:gap_start])
    digest.update(view[gap_end:])
    return digest.digest()


def _without_range(data: bytes, origin: _Origin, *, signed: bool) -> tuple[Code, str]:
    """Name a file in which no byte range of our form stands."""
    if _ENCRYPTED.search(data):
        return Code.ENCRYPTED, Reason.ENCRYPTED
    if not _ends(data):
        return Code.UNREADABLE, Reason.TRUNCATED
    if origin.derived:
        return _changed(data, Reason.BYTE_RANGE_NOT_CANONICAL, origin)
    return Code.NOT_A_REPORT, Reason.FOREIGN_SIGNATURE if signed else Reason.NO_SIGNATURE


def _changed(data: bytes, reason: str, origin: _Origin) -> tuple[Code, str]:
    """Name a signed file that is not of our shape: ours and changed, or a stranger's."""
    if _ENCRYPTED.search(data):
        return Code.ENCRYPTED, Reason.ENCRYPTED
    if not origin.derived:
        return Code.NOT_A_REPORT, Reason.FOREIGN_SIGNATURE
    return Code.ALTERED, Reason.RESAVED if _written_anew(data) else reason


def _written_anew(data: bytes) -> bool:
    """Tell whether a program wrote the file as a whole: one table, or a linearised pair."""
    whole = len(_END.findall(data)) == 1 and _PREVIOUS.search(data) is None
    return whole or b"/Linearized" in data[:1024]


def _ends(data: bytes) -> bool:
    return _MARK in data[-1024:]


def _require_extent(data: bytes, gap_start: int, gap_end: int, end: int, origin: _Origin) -> None:
    size = len(data)
    adjacent = (
        gap_start + 2 < gap_end <= size
        and data[gap_end - 1 : gap_end] == b">"
        and data[gap_start - 10 : gap_start + 1] == b"/Contents <"
    )
    if adjacent and end == size:
        return
    if adjacent and end < size and origin.derived:
        tail = data[end:]
        update = b"startxref" in tail or b" obj" in tail
        raise _Refused(Code.APPENDED_DATA, Reason.APPENDED_UPDATE if update else Reason.BYTES_AFTER_END)
    ended = data.rstrip(b"\r\n").endswith(_MARK)
    # A mail program may eat the last line's end; a longer range in a file that ends well is a changed range.
    if end > size and (not ended or (adjacent and end - size <= _LINE_END)):
        raise _Refused(Code.UNREADABLE, Reason.TRUNCATED)
    raise _Refused(*_changed(data, Reason.BYTE_RANGE_NOT_CANONICAL, origin))


def _gap(text: bytes, limits: VerifierLimits, origin: _Origin) -> bytes:
    """Return the DER value in the gap; upper-case hex of one strict value, then only zeros."""
    if len(text) % 2 or len(text) > 2 * limits.max_gap_bytes or not _HEX.match(text):
        raise _bad_gap(origin)
    raw = bytes.fromhex(text.decode("ascii"))
    try:
        element, end = der.read(raw)
    except MalformedInput as error:
        raise _bad_gap(origin) from error
    if element.tag != der.SEQUENCE or not _ZEROS.match(text, 2 * end):
        raise _bad_gap(origin)
    return element.raw


def _bad_gap(origin: _Origin) -> _Refused:
    if origin.derived:
        return _Refused(Code.ALTERED, Reason.GAP_NOT_CANONICAL)
    return _Refused(Code.NOT_A_REPORT, Reason.FOREIGN_SIGNATURE)


def _revision(data: bytes, at: int, origin: _Origin) -> tuple[str, int]:
    """Return the claimed time and the layout's length; the tail of the file must be ours."""
    match = _SIGNATURE.match(data, at)
    marks = data.count(_MARK + b"\n")
    if match is None or marks != 2 or not data.startswith(b"%PDF-1.7\n"):
        raise _Refused(*_changed(data, Reason.REVISION_NOT_CANONICAL, origin))
    prefix = data.index(_MARK + b"\n") + len(_MARK) + 1
    previous = _PREVIOUS.findall(data, at)
    table = data[:prefix].rsplit(b"startxref\n", 1)[-1].split(b"\n", 1)[0]
    if previous != [table] or not prefix < int(match[2]) < len(data):
        raise _Refused(*_changed(data, Reason.REVISION_NOT_CANONICAL, origin))
    return match[1].decode("ascii"), prefix
