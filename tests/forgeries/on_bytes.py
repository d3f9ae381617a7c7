"""Forgeries that change bytes of the file without any PDF library: gate, gap, ByteRange, CMS."""

from __future__ import annotations

from asn1crypto import cms as asn1

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


def _contents(new: bytes):  # type: ignore[no-untyped-def]
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


def _parsed(original: Original) -> asn1.ContentInfo:
    return asn1.ContentInfo.load(original.cms)


def _extra_attribute(original: Original) -> bytes:
    info = _parsed(original)
    signer = info["content"]["signer_infos"][0]
    signer["unsigned_attrs"].append(
        asn1.CMSAttribute(
            {"type": "1.2.840.113549.1.9.16.2.47", "values": [asn1.SigningCertificateV2({"certs": []})]}
        )
    )
    return original.with_cms(info.dump(force=True))


def _no_token(original: Original) -> bytes:
    """Taking the time stamp away leaves a signature of level B-B; only the claimed level shows it was there."""
    info = _parsed(original)
    info["content"]["signer_infos"][0]["unsigned_attrs"] = asn1.CMSAttributes([])
    return original.with_cms(info.dump(force=True))


def _certificate_dropped(original: Original) -> bytes:
    info = _parsed(original)
    chain = info["content"]["certificates"]
    info["content"]["certificates"] = asn1.CertificateSet([chain[0]])
    return original.with_cms(info.dump(force=True))


def _certificates_turned(original: Original) -> bytes:
    # Only the order changes; DER sorts a SET OF, so the turned one is not DER.
    info = _parsed(original)
    chain = [item.dump() for item in info["content"]["certificates"]]
    joined, turned = b"".join(chain), b"".join(reversed(chain))
    return original.with_cms(original.cms.replace(joined, turned))


def _other_digest(original: Original) -> bytes:
    sha256, sha512 = bytes.fromhex("0609608648016503040201"), bytes.fromhex("0609608648016503040203")
    return original.with_cms(original.cms.replace(sha256, sha512, 1))


def _version_three(original: Original) -> bytes:
    info = _parsed(original)
    info["content"]["version"] = "v3"
    return original.with_cms(info.dump(force=True))


def _high_s(original: Original) -> bytes:
    """The other valid form of the same ECDSA signature."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    info = _parsed(original)
    signer = info["content"]["signer_infos"][0]
    r, s = decode_dss_signature(signer["signature"].native)
    signer["signature"] = encode_dss_signature(r, order - s)
    return original.with_cms(info.dump(force=True))


def _crl_added(original: Original) -> bytes:
    info = _parsed(original)
    info["content"]["crls"] = asn1.RevocationInfoChoices([])
    return original.with_cms(info.dump(force=True))


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
    forgery("extra-unsigned-attribute", _extra_attribute, *ALTERED),
    forgery("certificate-dropped", _certificate_dropped, *ALTERED),
    forgery("certificates-turned", _certificates_turned, *ALTERED),
    forgery("other-digest-named", _other_digest, *ALTERED),
    forgery("cms-version", _version_three, *ALTERED),
    forgery("crls-field", _crl_added, *ALTERED),
    forgery("high-s", _high_s, *ALTERED),
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
    forgery("truncated-half", lambda o: o.pdf[: len(o.pdf) // 2], "unreadable", reasons=("truncated",)),
    forgery("truncated-end", lambda o: o.pdf[:-20], "unreadable", "altered"),
    forgery("only-b0", lambda o: o.pdf[: o.pdf.index(b"%%EOF") + 6], "not_a_report"),
)
"""Every row is INVALID or unreadable; none may be VALID."""
