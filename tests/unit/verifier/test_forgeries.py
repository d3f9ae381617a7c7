"""Bytes of a genuine file changed, added, taken away: never VALID, never a crash, each with its code."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from io import BytesIO

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from domain import der
from domain.verdict import Status
from tests.unit.verifier.conftest import Judge
from tests.unit.verifier.forging import edited, gap_of, told, with_gap, with_root
from tests.unit.verifier.house import House
from verifier.evidence.seal import check_seal
from verifier.gate import byte_gate
from verifier.gate.pins import make_pins
from verifier.limits import DEFAULT_LIMITS


def test_the_genuine_file_is_genuine(judge: Judge, genuine: bytes) -> None:
    verdict = judge(genuine)
    assert (verdict.status, verdict.code, verdict.reason) == (Status.VALID, "ok", None)


# --- one bit ---------------------------------------------------------------------------------------


def survives(data: bytes, pins: object) -> bool:
    facts = byte_gate.inspect(data, pins, DEFAULT_LIMITS)  # type: ignore[arg-type]
    if facts.refusal or not facts.shape or not facts.cms:
        return False
    seal = check_seal(facts.shape.covered_sha256, facts.cms)
    return seal.digest and seal.signature and seal.token is not False


@pytest.mark.parametrize("stamped", [True, False])
def test_one_bit_in_every_byte_of_the_gap(house: House, genuine: bytes, stamped: bool) -> None:
    data = genuine if stamped else house.issue(stamped=False)
    pins = make_pins(house.bundle())
    assert survives(data, pins)
    start, end = gap_of(data)
    draw = random.Random(7)
    places = range(start, end) if stamped else draw.sample(range(start, end), 500)
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 1 << draw.randrange(8)
        assert not survives(bytes(flipped), pins), place


def test_one_bit_at_two_thousand_other_places(house: House, genuine: bytes, judge: Judge) -> None:
    pins = make_pins(house.bundle())
    start, end = gap_of(genuine)
    draw = random.Random(11)
    places = [p for p in draw.sample(range(len(genuine)), 2200) if not start <= p < end][:2000]
    for place in places:
        flipped = bytearray(genuine)
        flipped[place] ^= 1 << draw.randrange(8)
        assert not survives(bytes(flipped), pins), place


def test_flipped_bits_get_words(genuine: bytes, judge: Judge) -> None:
    start, end = gap_of(genuine)
    draw = random.Random(13)
    places = [
        *draw.sample(range(start, end), 60),
        *draw.sample(range(start), 60),
        *range(end, len(genuine), 20),
    ]
    for place in places:
        flipped = bytearray(genuine)
        flipped[place] ^= 1 << draw.randrange(8)
        code, reason = told(judge(bytes(flipped)))
        assert code in {
            "altered",
            "signature_broken",
            "appended_data",
            "unreadable",
            "multiple_signatures",
        }, place
        assert reason


# --- the gap ---------------------------------------------------------------------------------------


def without_token(text: bytes) -> bytes:
    return edited(text, info=lambda members: members[:6])


def with_another_attribute(text: bytes) -> bytes:
    """One more unsigned attribute (an empty contentHints), which a validator passes over."""
    extra = der.tlv(der.SEQUENCE, bytes.fromhex("060b2a864886f70d0109100204"), der.tlv(der.SET))

    def info(members: list[bytes]) -> list[bytes]:
        kept = der.children(der.read(members[6])[0].body)
        return [*members[:6], der.set_of(der.CONTEXT_1, extra, *(item.raw for item in kept))]

    return edited(text, info=info)


def with_null_parameters(text: bytes) -> bytes:
    """ecdsa-with-SHA256 written with parameters: the same meaning in other bytes."""
    algorithm = bytes.fromhex("300c06082a8648ce3d0403020500")
    return edited(text, info=lambda members: [*members[:4], algorithm, *members[5:]])


def with_another_digest(text: bytes) -> bytes:
    """The signer's digest algorithm is called SHA-512."""
    algorithm = bytes.fromhex("300d06096086480165030402030500")
    return edited(text, info=lambda members: [*members[:2], algorithm, *members[3:]])


def without_issuing(text: bytes) -> bytes:
    return edited(text, certs=lambda held: [cert for cert in held if b"Report Signing" in cert])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (bytes.lower, "gap_not_canonical"),
        (lambda text: text[:-2] + b"01", "gap_not_canonical"),
        (lambda text: text[:-2] + b"  ", "gap_not_canonical"),
        (lambda text: b"0" * len(text), "gap_not_canonical"),
        (with_another_attribute, "gap_not_canonical"),
        (with_null_parameters, "gap_not_canonical"),
        (with_another_digest, "gap_not_canonical"),
        (without_issuing, "gap_not_canonical"),
    ],
)
def test_the_gap_has_one_spelling(
    genuine: bytes, judge: Judge, change: Callable[[bytes], bytes], reason: str
) -> None:
    code, found = told(judge(with_gap(genuine, change)))
    assert code in {"altered", "not_a_report", "untrusted_issuer"}
    assert code != "altered" or found == reason


def test_an_added_root_certificate_is_seen(genuine: bytes, judge: Judge, house: House) -> None:
    assert told(judge(with_gap(genuine, with_root(house)))) == ("altered", "gap_not_canonical")


def test_a_stamp_taken_away_is_missed(genuine: bytes, judge: Judge) -> None:
    """The signed evidence names the authority, so a file without its token is nobody's B-B file."""
    assert told(judge(with_gap(genuine, without_token))) == ("altered", "token_removed")


def test_the_other_ecdsa_signature_is_refused(genuine: bytes, judge: Judge) -> None:
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

    from keys.trust.ecdsa_form import P256_ORDER

    def other(members: list[bytes]) -> list[bytes]:
        r, s = decode_dss_signature(der.read(members[5])[0].body)
        return [
            *members[:5],
            der.tlv(der.OCTET_STRING, encode_dss_signature(r, P256_ORDER - s)),
            *members[6:],
        ]

    def high(text: bytes) -> bytes:
        return edited(text, info=other)

    assert told(judge(with_gap(genuine, high))) == ("altered", "signature_not_low_s")


# --- bytes before, after, between; truncated -------------------------------------------------------


def incremental(data: bytes, edit: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(data))
    edit(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def edit_content(writer: IncrementalPdfFileWriter) -> None:
    from pyhanko.pdf_utils import generic

    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    writer.update_container(page)


def edit_metadata(writer: IncrementalPdfFileWriter) -> None:
    from pyhanko.pdf_utils import generic

    writer.set_info(generic.DictionaryObject({generic.pdf_name("/Title"): generic.pdf_string("forged")}))


def edit_script(writer: IncrementalPdfFileWriter) -> None:
    from pyhanko.pdf_utils import generic

    writer.root["/OpenAction"] = generic.DictionaryObject(
        {
            generic.pdf_name("/S"): generic.pdf_name("/JavaScript"),
            generic.pdf_name("/JS"): generic.pdf_string("app.alert(1)"),
        }
    )
    writer.update_root()


def edit_annotation(kind: str, **entries: str) -> Callable[[IncrementalPdfFileWriter], None]:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        from pyhanko.pdf_utils import generic

        name = generic.pdf_name
        action = generic.DictionaryObject(
            {name("/S"): name(kind), name("/URI"): generic.pdf_string("https://evil.example")}
        )
        annotation = generic.DictionaryObject(
            {name("/Type"): name("/Annot"), name("/Subtype"): name("/Link"),
             name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 600, 800))), name("/A"): action}
        )  # fmt: skip
        page = writer.root["/Pages"]["/Kids"][0]
        page["/Annots"].append(writer.add_object(annotation))
        writer.update_container(page["/Annots"])

    return edit


def edit_pages(writer: IncrementalPdfFileWriter) -> None:
    from pyhanko.pdf_utils import generic

    pages = writer.root["/Pages"]
    del pages["/Kids"][1]
    pages["/Count"] = generic.NumberObject(2)
    writer.update_container(pages)


@pytest.mark.parametrize(
    "edit",
    [
        edit_content, edit_metadata, edit_script, edit_annotation("/URI"), edit_annotation("/Launch"),
        edit_annotation("/SubmitForm"), edit_annotation("/GoToR"), edit_pages,
    ],
)  # fmt: skip
def test_incremental_updates(
    genuine: bytes, judge: Judge, edit: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    assert told(judge(incremental(genuine, edit))) == ("appended_data", "appended_update")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: b" " + d, ("altered", "bytes_before_header")),
        (lambda d: b"%PDF-1.4\n" + d, ("altered", None)),
        (lambda d: d + b"\n", ("appended_data", "bytes_after_end")),
        (lambda d: d + b"\x00" * 4096, ("appended_data", "bytes_after_end")),
        (lambda d: d + b"%%EOF\n", ("appended_data", "bytes_after_end")),
        (lambda d: d + b"\n5 0 obj\n<<>>\nendobj\n", ("appended_data", "appended_update")),
        (lambda d: d[:-1], ("unreadable", "truncated")),
        (lambda d: d[:-500], ("unreadable", "truncated")),
        (lambda d: d[: len(d) // 2], ("unreadable", "truncated")),
        (lambda d: d[:3], ("unreadable", "not_a_pdf")),
        (lambda d: b"", ("unreadable", "empty_file")),
        (lambda d: d.replace(b"/ByteRange [0", b"/ByteRange [1"), ("altered", "byte_range_not_canonical")),
        (lambda d: d.replace(b"/ByteRange", b"/ByteRangf"), ("altered", "byte_range_not_canonical")),
        (lambda d: d.replace(b"/P 1\n", b"/P 2\n"), ("altered", None)),
    ],
)  # fmt: skip
def test_bytes_before_after_between(
    genuine: bytes, judge: Judge, change: Callable[[bytes], bytes], expected: tuple[str, str | None]
) -> None:
    code, reason = told(judge(change(genuine)))
    assert code == expected[0]
    assert expected[1] in (None, reason)


def test_bytes_between_gap_and_range(genuine: bytes, judge: Judge) -> None:
    _, end = gap_of(genuine)
    wider = genuine[:end] + b" " + genuine[end:]
    assert told(judge(wider))[0] in {"altered", "appended_data"}


@pytest.mark.parametrize("value", [b"null", b"()", b"<>", b"<00>"])
def test_universal_forgery(genuine: bytes, judge: Judge, value: bytes) -> None:
    start, end = gap_of(genuine)
    assert told(judge(genuine[:start] + value + genuine[end:]))[0] in {
        "altered",
        "not_a_report",
        "unreadable",
    }
    no_range = re.sub(rb"/ByteRange \[[^\]]*\]", b"/ByteRange null", genuine)
    assert told(judge(no_range))[0] == "altered"


def test_signature_wrapping(genuine: bytes, judge: Judge) -> None:
    """The signed parts are kept and moved apart; a second range says where they went."""
    start, end = gap_of(genuine)
    size = len(genuine) - end
    inserted = b"\n9 0 obj\n<</Evil true>>\nendobj\n" * 20
    moved = genuine[:end] + inserted + genuine[end:]
    shifted = re.sub(
        rb"/ByteRange \[0 \d+ \d+ \d+\] *",
        lambda m: (b"/ByteRange [0 %d %d %d]" % (start, end + len(inserted), size)).ljust(len(m[0])), moved,
    )  # fmt: skip
    assert told(judge(shifted))[0] == "altered"


def test_shadow_by_two_ranges(genuine: bytes, judge: Judge) -> None:
    assert told(judge(genuine + genuine[10:]))[0] in {"multiple_signatures", "appended_data"}
