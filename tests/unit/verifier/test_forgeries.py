"""Every forgery of the threat model: never VALID, never a crash, each with its code and reason."""

from __future__ import annotations

import random
import re
import subprocess
import warnings
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import fields, signers, timestamps

from domain import claim as claims
from domain import report_json
from domain.verdict import Authenticity, Status, Verdict
from keys.roles import Role
from tests.unit.verifier import house as world
from tests.unit.verifier.conftest import Judge
from tests.unit.verifier.house import NOW, House, report
from verifier import der, gate
from verifier.limits import DEFAULT_LIMITS
from verifier.pins import make_pins
from verifier.seal import check_seal


def told(verdict: Verdict) -> tuple[str, str | None]:
    """Code and reason; a refused file repeats nothing of its content."""
    assert verdict.status is not Status.VALID
    if verdict.authenticity is not Authenticity.GENUINE:
        assert verdict.report is None
        assert verdict.content is None
    return str(verdict.code), verdict.reason


def test_the_genuine_file_is_genuine(judge: Judge, genuine: bytes) -> None:
    verdict = judge(genuine)
    assert (verdict.status, verdict.code, verdict.reason) == (Status.VALID, "ok", None)


# --- one bit ---------------------------------------------------------------------------------------


def gap_of(data: bytes) -> tuple[int, int]:
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+)", data)
    assert found
    return int(found[1]), int(found[2])


def survives(data: bytes, pins: object) -> bool:
    facts = gate.inspect(data, pins, DEFAULT_LIMITS)  # type: ignore[arg-type]
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


def with_gap(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    start, end = gap_of(data)
    text = change(data[start + 1 : end - 1])
    assert len(text) == end - start - 2
    return data[: start + 1] + text + data[end - 1 :]


def edited(
    text: bytes,
    *,
    info: Callable[[list[bytes]], list[bytes]] = list,
    certs: Callable[[list[bytes]], list[bytes]] = list,
) -> bytes:
    """The gap's text with another SignerInfo or certificate set, strict DER again, padded to the same length."""
    outer, _ = der.read(bytes.fromhex(text.decode()))
    kind, wrapped = der.children(outer.body)
    version, digests, content, held, infos = der.children(der.children(wrapped.body)[0].body)
    (one,) = der.children(infos.body)
    members = info([item.raw for item in der.children(one.body)])
    kept = certs([item.raw for item in der.children(held.body)])
    signed = der.tlv(
        der.SEQUENCE, version.raw, digests.raw, content.raw, der.set_of(der.CONTEXT_0, *kept),
        der.tlv(der.SET, der.tlv(der.SEQUENCE, *members)),
    )  # fmt: skip
    whole = der.tlv(der.SEQUENCE, kind.raw, der.tlv(der.CONTEXT_0, signed))
    return whole.hex().upper().encode().ljust(len(text), b"0")


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


def with_root(house: House) -> Callable[[bytes], bytes]:
    """The issuing certificate gives way to that house's root."""

    def change(text: bytes) -> bytes:
        root = house.keys.certificate(Role.ROOT)
        return edited(text, certs=lambda held: [root, *(c for c in held if b"Report Signing" in c)])

    return change


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


# --- signed again ----------------------------------------------------------------------------------


def simple_signer(house: House) -> signers.SimpleSigner:
    from asn1crypto import keys as asn1_keys
    from asn1crypto import x509
    from cryptography.hazmat.primitives import serialization
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    handle = house.keys.private(Role.REPORT)
    raw = handle.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    store = SimpleCertificateStore()
    store.register_multiple([x509.Certificate.load(der) for der in house.keys.chain(Role.REPORT)[1:]])
    return signers.SimpleSigner(
        signing_cert=x509.Certificate.load(house.keys.certificate(Role.REPORT)),
        signing_key=asn1_keys.PrivateKeyInfo.load(raw), cert_registry=store,
    )  # fmt: skip


class Unscrupulous(signers.PdfSigner):
    """Signs what a certification signature forbids to sign."""

    def _enforce_certification_constraints(self, reader: PdfFileReader) -> None:
        return


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (0, 0, 595, 842)])
def test_a_second_signature_on_top(
    genuine: bytes, judge: Judge, stranger: House, box: tuple[int, ...]
) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(genuine))
    fields.append_signature_field(writer, fields.SigFieldSpec("Second", box=box, on_page=0))
    out = Unscrupulous(
        signers.PdfSignatureMetadata(field_name="Second"), signer=simple_signer(stranger)
    ).sign_pdf(writer, existing_fields_only=True)
    assert told(judge(out.getvalue())) == ("multiple_signatures", "second_signature")


def test_an_added_document_timestamp(genuine: bytes, judge: Judge) -> None:
    from asn1crypto import keys as asn1_keys
    from asn1crypto import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509 import CertificateBuilder, Name, NameAttribute
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(65537, 2048)
    name = Name([NameAttribute(NameOID.COMMON_NAME, "anybody")])
    cert = (
        CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(5)
        .not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    raw = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    stamper = timestamps.DummyTimeStamper(
        x509.Certificate.load(cert.public_bytes(serialization.Encoding.DER)),
        asn1_keys.PrivateKeyInfo.load(raw),
    )
    out = signers.PdfTimeStamper(stamper).timestamp_pdf(IncrementalPdfFileWriter(BytesIO(genuine)), "sha256")
    assert told(judge(out.getvalue())) == ("multiple_signatures", "added_timestamp")


def test_stripped_and_signed_by_a_stranger(genuine: bytes, judge: Judge, stranger: House) -> None:
    reader = PdfFileReader(BytesIO(genuine))
    writer = copy_into_new_writer(reader)
    del writer.root["/AcroForm"]
    out = signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name="S"), simple_signer(stranger))
    assert told(judge(out.getvalue()))[0] in {"untrusted_issuer", "altered", "multiple_signatures"}


# --- other keys ------------------------------------------------------------------------------------


def test_own_ca_with_the_same_names(stranger: House, judge: Judge) -> None:
    assert told(judge(stranger.issue())) == ("untrusted_issuer", "unknown_certificate")


def test_own_ca_with_our_root_embedded(stranger: House, house: House, judge: Judge) -> None:
    forged = stranger.issue()
    assert told(judge(with_gap(forged, with_root(house))))[0] in {"untrusted_issuer", "not_a_report"}


@pytest.mark.parametrize("role", [Role.TIMESTAMP, Role.OCSP, Role.QR, Role.STATUS, Role.RECEIPT, Role.TRUST])
def test_another_key_of_our_ca(house: House, judge: Judge, role: Role) -> None:
    assert told(judge(house.issue(role=role))) == ("untrusted_issuer", "wrong_role")


def test_a_region_cannot_sign_for_another(house: House, judge: Judge) -> None:
    other = report(number="140000202611200A1B2C3D")
    code, reason = told(judge(house.issue(other)))
    assert (code, reason) == ("untrusted_issuer", "number_out_of_prefix")


def test_a_foreign_signed_pdf(stranger: House, judge: Judge) -> None:
    plain = world.lay_out(b"{}", b"x")
    writer = IncrementalPdfFileWriter(BytesIO(plain))
    out = signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name="S"), simple_signer(stranger))
    assert told(judge(out.getvalue())) == ("not_a_report", "foreign_signature")


# --- times -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "away", [timedelta(days=-900), timedelta(minutes=-11), timedelta(minutes=11), timedelta(days=30)]
)
def test_backdated_and_postdated(house: House, judge: Judge, away: timedelta) -> None:
    assert told(judge(house.issue(log_time=NOW + away))) == ("time_inconsistent", "times_differ")


def test_signed_in_the_future(house: House, judge: Judge) -> None:
    later = NOW + timedelta(hours=3)
    verdict = judge(house.issue(report(later), later), now=NOW)
    assert told(verdict)[0] == "time_inconsistent"


# --- content, proof, claim of another report -------------------------------------------------------


def test_json_of_another_report(house: House, judge: Judge) -> None:
    other = report_json.encode(report(number="150300202611200A1B2C3E"))
    forged = house.issue(make=lambda _, cose: world.lay_out(other, cose))
    assert told(judge(forged))[0] in {"content_mismatch", "not_logged"}


def test_claim_of_another_report(house: House, judge: Judge) -> None:
    other = house.claim(report(number="150300202611200A1B2C3E"))
    assert told(judge(house.issue(cose=other))) == ("content_mismatch", "claim_mismatch")


def test_claim_signed_by_another_key(house: House, stranger: House, judge: Judge) -> None:
    assert told(judge(house.issue(cose=stranger.claim(report())))) == ("content_mismatch", "claim_mismatch")


def test_proof_of_another_report(house: House, judge: Judge) -> None:
    content = report()
    cose = house.claim(content)
    foreign = house.commit(content, b"other layout", cose, NOW, house.keys.private(Role.REPORT).key_id)
    assert told(judge(house.issue(content, proof=foreign))) == ("not_logged", "proof_foreign")


def test_proof_of_another_log(house: House, stranger: House, judge: Judge) -> None:
    content = report()
    cose = house.claim(content)
    b0 = world.lay_out(report_json.encode(content), cose)
    foreign = stranger.commit(content, b0, cose, NOW, house.keys.private(Role.REPORT).key_id)
    forged = house.issue(content, proof=foreign, cose=cose, make=lambda *_: b0)
    assert told(judge(forged)) == ("not_logged", "checkpoint_untrusted")


@pytest.mark.parametrize("proof", [b"nothing", b"c2sp.org/tlog-proof@v1\nindex 0\n\n"])
def test_no_proof(house: House, judge: Judge, proof: bytes) -> None:
    assert told(judge(house.issue(proof=proof))) == ("not_logged", "proof_malformed")


def test_perfect_but_never_registered(house: House, judge: Judge) -> None:
    assert told(judge(house.issue(), register=world.Book())) == ("not_logged", "not_registered")


def test_another_region_file(house: House, judge: Judge) -> None:
    content = report()
    other = replace(content, region=replace(content.region, version="2023"))
    assert told(judge(house.issue(other))) == ("content_mismatch", "region_file_unknown")


def test_another_host(house: House, judge: Judge) -> None:
    assert told(judge(house.issue(report(host="verlfy.example"))))[0] == "content_mismatch"


def test_another_environment(house: House, judge: Judge) -> None:
    from domain.report import Environment

    assert told(judge(house.issue(report(environment=Environment.PRODUCTION)))) == (
        "content_mismatch", "environment_mismatch",
    )  # fmt: skip


def test_records_that_do_not_give_the_root(house: House, judge: Judge) -> None:
    content = report()
    forged = replace(content, tree=replace(content.tree, padding=tuple(reversed(content.tree.padding))))
    assert told(judge(house.issue(forged))) == ("content_mismatch", "root_mismatch")


@pytest.mark.parametrize("data", [b"{}", b"[]", b"not json", b'{"type":"urn:daizheng:schema:report:1"}', b""])
def test_malformed_content(house: House, judge: Judge, data: bytes) -> None:
    forged = house.issue(make=lambda _, cose: world.lay_out(data, cose))
    assert told(judge(forged)) == ("content_mismatch", "content_malformed")


def test_a_longer_name_is_cut_and_still_agrees(house: House, judge: Judge) -> None:
    content = report()
    long = replace(
        content, subject=replace(content.subject, name="乌海市" + "晨曦新材料科技" * 12 + "有限公司")
    )
    assert claims.fitted(world.claim_of(long)).name_hash is not None
    assert judge(house.issue(long)).status is Status.VALID


# --- saved again, and other people's files ---------------------------------------------------------


def run(tool: str, *words: str | Path) -> None:
    subprocess.run([tool, *map(str, words)], check=True, capture_output=True)


@pytest.mark.tool("qpdf")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "altered"), (("--linearize",), "altered"), (("--object-streams=generate",), "altered"),
        (("--encrypt", "u", "o", "256", "--"), "encrypted"), (("--encrypt", "", "o", "256", "--"), "encrypted"),
    ],
)  # fmt: skip
def test_saved_again_by_qpdf(
    tmp_path: Path, genuine: bytes, judge: Judge, words: tuple[str, ...], code: str
) -> None:
    (tmp_path / "a.pdf").write_bytes(genuine)
    run("qpdf", *words, tmp_path / "a.pdf", tmp_path / "b.pdf")
    found, reason = told(judge((tmp_path / "b.pdf").read_bytes()))
    assert (found, reason) == (code, "resaved" if code == "altered" else "encrypted")


@pytest.mark.tool("mutool")
@pytest.mark.parametrize("words", [("clean",), ("clean", "-gggg", "-z")])
def test_saved_again_by_mutool(tmp_path: Path, genuine: bytes, judge: Judge, words: tuple[str, ...]) -> None:
    (tmp_path / "a.pdf").write_bytes(genuine)
    run("mutool", *words, tmp_path / "a.pdf", tmp_path / "b.pdf")
    code, reason = told(judge((tmp_path / "b.pdf").read_bytes()))
    assert (code, reason) in {
        ("altered", "resaved"),
        ("not_a_report", "signature_removed"),
        ("untrusted_issuer", "unknown_certificate"),
    }


def test_saved_again_by_pikepdf(genuine: bytes, judge: Judge) -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(genuine)) as pdf:
        pdf.save(out)
    assert told(judge(out.getvalue())) == ("altered", "resaved")


def test_pages_copied_to_a_new_file(genuine: bytes, judge: Judge) -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(genuine)) as pdf, pikepdf.new() as new, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        new.pages.extend(pdf.pages)
        new.save(out)
    assert told(judge(out.getvalue()))[0] in {"not_a_report", "altered"}


def test_the_layout_without_its_revision(genuine: bytes, judge: Judge) -> None:
    first = genuine.index(b"%%EOF\n") + 6
    assert told(judge(genuine[:first])) == ("not_a_report", "signature_removed")


def made(count: int = 1, **info: str) -> bytes:
    out = BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(count):
            pdf.add_blank_page()
        for key, value in info.items():
            pdf.docinfo[f"/{key}"] = value
        pdf.save(out)
    return out.getvalue()


def scan() -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (200, 300), "white").save(out, "PDF")
    return out.getvalue()


def bomb() -> bytes:
    out = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        packed = zlib.compress(bytes(300_000_000), 9)
        stream = pikepdf.Stream(pdf, packed)
        stream.Filter = pikepdf.Name.FlateDecode
        pdf.pages[0].obj.Contents = pdf.make_indirect(stream)
        pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: made(), ("not_a_report", "no_signature")),
        (lambda: made(Producer="Microsoft: Print To PDF"), ("not_a_report", "printed_copy")),
        (scan, ("not_a_report", "scanned_copy")),
        (lambda: made(201), ("limits_exceeded", "too_many_pages")),
        (lambda: made(10_000), ("limits_exceeded", "too_many_pages")),
        (bomb, ("limits_exceeded", "bomb")),
        (lambda: b"%PDF-1.7\n" + b"\x00" * (21 << 20), ("limits_exceeded", "too_large")),
        (lambda: b"PK\x03\x04 an office file", ("unreadable", "not_a_pdf")),
        (lambda: b"%PDF-1.7\nnothing\n%%EOF\n", ("unreadable", "damaged")),
        (lambda: b"%PDF-1.7\nxref\n0 1\ntrailer <</Root 1 0 R /Encrypt 2 0 R>>\n%%EOF\n", ("encrypted", "encrypted")),
    ],
)  # fmt: skip
def test_other_peoples_files(judge: Judge, make: Callable[[], bytes], expected: tuple[str, str]) -> None:
    assert told(judge(make())) == expected
