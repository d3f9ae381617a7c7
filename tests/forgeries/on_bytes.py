"""Forgeries that change bytes of the file without any PDF library: gate, gap, ByteRange, CMS."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from tests.forgeries import der
from tests.forgeries.original import Forgery, Original, forgery


def _tail_moved(original: Original) -> bytes:
    """Signature wrapping: the signed tail is moved behind foreign bytes and the range points there."""
    _, first, second, length = original.byte_range
    foreign = b"\n% foreign objects\n" + b"9999 0 obj\n<</Type/Page>>\nendobj\n"
    moved = original.with_range(b"/ByteRange [0 %d %d %d]" % (first, second + len(foreign), length))
    return moved[:second] + foreign + moved[second:]


def _bytes_between(original: Original) -> bytes:
    start, _ = original.gap
    return original.pdf[:start] + b" " + original.pdf[start:]


def _four_parts(original: Original) -> bytes:
    _, first, second, length = original.byte_range
    half = length // 2
    return original.with_range(
        b"/ByteRange [0 %d %d %d %d %d]" % (first, second, half, second + half, length - half)
    )


def _contents(new: bytes) -> Callable[[Original], bytes]:
    def make(original: Original) -> bytes:
        start, end = original.gap
        return original.replaced(start, end, new)

    return make


def _hex_case(original: Original) -> bytes:
    return original.with_cms(original.cms, upper=False)


def _padding(original: Original) -> bytes:
    _, end = original.gap
    return original.replaced(end - 3, end - 1, b"01")


def _longer_padding(original: Original) -> bytes:
    _, end = original.gap
    return original.replaced(end - 1, end - 1, b"00")


def _blank_in_gap(original: Original) -> bytes:
    start, _ = original.gap
    return original.replaced(start + 401, start + 401, b"\n")


SIGNED_DATA = (1, 0)
SIGNER = (*SIGNED_DATA, 4, 0)
"""Places of SignedData and of the one SignerInfo in a ContentInfo with certificates and no CRLs."""


def _changed(change: Callable[[der.Node], None]) -> Callable[[Original], bytes]:
    """The file with one part of its CMS exchanged."""

    def make(original: Original) -> bytes:
        info = der.parse(original.cms)
        if info.dump() != original.cms:
            raise AssertionError("the forger's DER is not faithful")
        change(info)
        return original.with_cms(info.dump())

    return make


def _extra_attribute(info: der.Node) -> None:
    token = info.at(*SIGNER, 6)
    twin = der.parse(bytes.fromhex("3010060a2b0601040182370303013102 0500".replace(" ", "")))
    token.children.append(twin)


def _no_unsigned(info: der.Node) -> None:
    """An empty set of unsigned attributes in place of the token."""
    token = info.at(*SIGNER, 6)
    token.children, token.content = [], b""


def _certificate_dropped(info: der.Node) -> None:
    info.at(*SIGNED_DATA, 3).children.pop()


def _certificates_turned(info: der.Node) -> None:
    info.at(*SIGNED_DATA, 3).children.reverse()


def _certificate_doubled(info: der.Node) -> None:
    chain = info.at(*SIGNED_DATA, 3).children
    chain.append(chain[0])


def _other_digest(info: der.Node) -> None:
    info.at(*SIGNED_DATA, 1, 0, 0).content = bytes.fromhex("608648016503040203")


def _other_signer_digest(info: der.Node) -> None:
    info.at(*SIGNER, 2, 0).content = bytes.fromhex("608648016503040202")


def _version_three(info: der.Node) -> None:
    info.at(*SIGNED_DATA, 0).content = b"\x03"


def _crl_added(info: der.Node) -> None:
    info.at(*SIGNED_DATA).children.insert(4, der.Node(0xA1, [], b""))


def _attribute_dropped(info: der.Node) -> None:
    info.at(*SIGNER, 3).children.pop()


def _high_s(info: der.Node) -> None:
    """The other valid form of the same ECDSA signature."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    value = info.at(*SIGNER, 5)
    r, s = decode_dss_signature(value.content)
    value.content = encode_dss_signature(r, order - s)


def _page_text(original: Original) -> bytes:
    at = original.pdf.index(b"/MediaBox")
    return (
        original.replaced(at + 9, at + 10, b"\t")
        if original.pdf[at + 9 : at + 10] == b" "
        else original.replaced(at + 11, at + 12, b"1")
    )


ALTERED = ("altered",)
BROKEN = ("altered", "signature_broken")
TABLE: tuple[Forgery, ...] = (
    forgery("byte-in-a-page", _page_text, *BROKEN),
    forgery("bytes-before-header", lambda o: b"\n" + o.pdf, *ALTERED, reasons=("bytes_before_header",)),
    forgery("zip-before-header", lambda o: b"PK\3\4" + o.pdf, "altered", "unreadable"),
    forgery("bytes-between", _bytes_between, *ALTERED),
    forgery("newline-after-end", lambda o: o.pdf + b"\n", "appended_data"),
    forgery("comment-after-end", lambda o: o.pdf + b"%%EOF\n", "appended_data"),
    forgery("nul-after-end", lambda o: o.pdf + bytes(512), "appended_data"),
    forgery("html-after-end", lambda o: o.pdf + b"<script>alert(1)</script>", "appended_data"),
    forgery("hex-case", _hex_case, *ALTERED, reasons=("gap_not_canonical",)),
    forgery("padding-not-zero", _padding, *ALTERED, reasons=("gap_not_canonical",)),
    forgery("padding-longer", _longer_padding, *ALTERED),
    forgery("blank-in-gap", _blank_in_gap, *ALTERED),
    forgery("extra-unsigned-attribute", _changed(_extra_attribute), *ALTERED),
    forgery("certificate-dropped", _changed(_certificate_dropped), *ALTERED),
    forgery("certificates-turned", _changed(_certificates_turned), *ALTERED),
    forgery("other-digest-named", _changed(_other_digest), *ALTERED),
    forgery("certificate-doubled", _changed(_certificate_doubled), *ALTERED),
    forgery("other-digest-of-signer", _changed(_other_signer_digest), *ALTERED),
    forgery("signed-attribute-dropped", _changed(_attribute_dropped), *ALTERED),
    forgery("unsigned-attributes-empty", _changed(_no_unsigned), *ALTERED),
    forgery("cms-version", _changed(_version_three), *ALTERED),
    forgery("crls-field", _changed(_crl_added), *ALTERED),
    forgery("high-s", _changed(_high_s), *ALTERED),
    forgery("wrapping-tail-moved", _tail_moved, *ALTERED),
    forgery("contents-empty", _contents(b"<>"), *ALTERED),
    forgery("contents-null", _contents(b"null"), *ALTERED),
    forgery("contents-zero", _contents(b"<00>"), *ALTERED),
    forgery("contents-missing", _contents(b""), *ALTERED),
    forgery("range-empty", lambda o: o.with_range(b"/ByteRange []"), *ALTERED),
    forgery("range-null", lambda o: o.with_range(b"/ByteRange null"), *ALTERED),
    forgery("range-missing", lambda o: o.with_range(b""), "altered", "not_a_report"),
    forgery("range-negative", lambda o: o.with_range(b"/ByteRange [0 -1 9 9]"), *ALTERED),
    forgery("range-zeros", lambda o: o.with_range(b"/ByteRange [0 0 0 0]"), *ALTERED),
    forgery("range-short", lambda o: o.with_range(b"/ByteRange [0 %d]" % o.byte_range[1]), *ALTERED),
    forgery(
        "range-starts-late",
        lambda o: o.with_range(b"/ByteRange [1 %d %d %d]" % (o.byte_range[1] - 1, *o.byte_range[2:])),
        *ALTERED,
    ),
    forgery(
        "range-longer-than-the-file",
        lambda o: o.with_range(b"/ByteRange [0 %d %d %d]" % (*o.byte_range[1:3], o.byte_range[3] + 64)),
        *ALTERED,
        reasons=("byte_range_not_canonical",),
    ),
    # One changed bit at the very end leaves one whole ending, as in a file that was saved again.
    forgery(
        "bit-in-the-end-mark", lambda o: o.pdf[:-3] + b"NF\n", *ALTERED, reasons=("revision_not_canonical",)
    ),
    forgery("last-line-end-lost", lambda o: o.pdf[:-1], "unreadable", reasons=("truncated",)),
    forgery("truncated-half", lambda o: o.pdf[: len(o.pdf) // 2], "unreadable", reasons=("truncated",)),
    forgery("truncated-end", lambda o: o.pdf[:-20], "unreadable", "altered"),
    forgery("only-b0", lambda o: o.pdf[: o.pdf.index(b"%%EOF") + 6], "not_a_report"),
)
"""Every row is INVALID or unreadable; none may be VALID."""
