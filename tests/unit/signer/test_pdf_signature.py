"""The signed file has the one shape of docs/formats/signed-pdf.md, and outside tools agree."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from domain.errors import DependencyUnavailable, InvariantBroken, Refused
from signer.pdf_signature import ReportSigner
from tests.unit.signer.chain import DAY, Chain, TestStamper, make_chain
from tests.unit.signer.conftest import NOW, PROOF, House


def gap(pdf: bytes) -> tuple[int, int, bytes]:
    """Start and end of the gap and the DER in it."""
    ranges = re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", pdf)
    assert ranges is not None
    first, start, end, rest = map(int, ranges.groups())
    assert (first, end + rest) == (0, len(pdf))
    raw = bytes.fromhex(pdf[start + 1 : end - 1].decode())
    return start, end, raw[: 4 + int.from_bytes(raw[2:4])]


def signer_info(pdf: bytes) -> cms.SignerInfo:
    return cms.ContentInfo.load(gap(pdf)[2], strict=True)["content"]["signer_infos"][0]


def test_layout_is_an_exact_prefix_and_one_revision_follows(house: House) -> None:
    pdf = house.signed.pdf
    assert pdf.startswith(house.b0)
    assert house.b0.endswith(b"%%EOF\n")
    revision = pdf[len(house.b0) :]
    assert pdf.count(b"/ByteRange") == 1
    assert house.b0.count(b"%%EOF") == 1
    assert revision.count(b"%%EOF") == 1
    assert revision.endswith(b"\n%%EOF\n")
    assert re.match(rb"\d+ 0 obj\n<<\n/Type /Page\n", revision)


def test_the_gap_is_upper_hex_one_der_value_and_zeros(house: House) -> None:
    start, end, der = gap(house.signed.pdf)
    digits = house.signed.pdf[start + 1 : end - 1]
    assert house.signed.pdf[start : start + 1] + house.signed.pdf[end - 1 : end] == b"<>"
    assert re.fullmatch(rb"[0-9A-F]{8192}", digits)
    assert digits.startswith(der.hex().upper().encode())
    assert set(digits[2 * len(der) :]) == {ord("0")}


def test_objects_of_the_revision_stand_in_the_documented_order(house: House) -> None:
    revision = house.signed.pdf[len(house.b0) :]
    kinds = [
        b"/Type /Page\n", b"/Type /Catalog", b"/Fields [", b"/FT /Sig", b"/Type /EmbeddedFile", b"/Type /Filespec",
        *[b"/Length "] * 6, b"/Certs [", b"/Contents <",
    ]  # fmt: skip
    objects = re.findall(rb"(\d+) 0 obj\n(.*?)\nendobj", revision, re.DOTALL)
    assert [kind in body[:900] for kind, (_, body) in zip(kinds, objects, strict=True)] == [True] * len(kinds)
    assert [int(number) for number, _ in objects] == sorted(int(number) for number, _ in objects)


def test_version_metadata_and_form_are_left_as_pdf_a_needs_them(house: House) -> None:
    with pikepdf.open(BytesIO(house.b0)) as before, pikepdf.open(BytesIO(house.signed.pdf)) as after:
        root = after.Root
        assert "/Version" not in root
        assert after.pdf_version == "1.7"
        assert root.Metadata.read_raw_bytes() == before.Root.Metadata.read_raw_bytes()
        assert after.docinfo == before.docinfo
        assert set(root.Extensions.keys()) == {"/ESIC"}
        assert set(root.AcroForm.keys()) == {"/Fields", "/SigFlags"}
        widget = root.AcroForm.Fields[0]
        assert (widget.F, list(widget.Rect), "/AP" in widget) == (132, [0, 0, 0, 0], False)
        assert all(page.obj.Tabs == "/S" for page in after.pages)
        names = [str(name) for name in root.Names.EmbeddedFiles.Names][::2]
        assert names == ["claim.cose", "log.tlog-proof", "report.json"]
        relations = {str(spec.UF): str(spec.AFRelationship) for spec in root.AF}
        assert relations == {
            "report.json": "/Data",
            "claim.cose": "/Supplement",
            "log.tlog-proof": "/Supplement",
        }
        assert after.attachments["log.tlog-proof"].get_file().read_bytes() == PROOF
        assert "/VRI" not in root.DSS


def test_the_intent_is_on_record_before_the_key_is_used(chain: Chain, b0: bytes) -> None:
    steps: list[str] = []

    class Watched:
        def sign(self, data: bytes) -> bytes:
            steps.append("key " + hashlib.sha256(data).hexdigest())
            return chain.report.sign(data)

    signer = ReportSigner(Watched(), chain.evidence(NOW), TestStamper(chain))
    signed = signer.sign(b0, PROOF, now=NOW, on_intent=lambda digest: steps.append("intent " + digest.hex()))
    assert [step.split()[0] for step in steps] == ["intent", "key"]
    assert steps[0].split()[1] == steps[1].split()[1]
    attributes = signer_info(signed.pdf)["signed_attrs"].untag().dump()
    assert steps[0].split()[1] == hashlib.sha256(attributes).hexdigest()


def test_a_failed_intent_leaves_the_key_unused(chain: Chain, b0: bytes) -> None:
    class Untouchable:
        def sign(self, data: bytes) -> bytes:
            raise AssertionError("the key was used")

    def refuse(digest: bytes) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        ReportSigner(Untouchable(), chain.evidence(NOW), None).sign(b0, PROOF, now=NOW, on_intent=refuse)


def test_signed_attributes_and_certificates_are_exactly_the_documented_ones(house: House) -> None:
    signed_data = cms.ContentInfo.load(gap(house.signed.pdf)[2], strict=True)["content"]
    info = signed_data["signer_infos"][0]
    kinds = [attribute["type"].native for attribute in info["signed_attrs"]]
    assert kinds == ["content_type", "message_digest", "signing_certificate_v2"]
    assert [attribute["type"].native for attribute in info["unsigned_attrs"]] == [
        "signature_time_stamp_token"
    ]
    embedded = {choice.chosen.dump() for choice in signed_data["certificates"]}
    assert embedded == {house.chain.report.der, house.chain.issuing.der}


def test_an_outage_of_the_authority_gives_level_b_b(chain: Chain, b0: bytes) -> None:
    used: list[bytes] = []
    signer = ReportSigner(chain.report, chain.evidence(NOW), TestStamper(chain, down=True))
    with pytest.raises(DependencyUnavailable):
        signer.sign(b0, PROOF, now=NOW, on_intent=used.append)
    assert len(used) == 1
    signed = ReportSigner(chain.report, chain.evidence(NOW), None).sign(
        b0, PROOF, now=NOW, on_intent=used.append
    )
    assert chain.stamp.der not in signed.pdf
    assert (signed.level, signed.token_time) == ("B-B", None)
    assert not signer_info(signed.pdf)["unsigned_attrs"].native
    start, end, _ = gap(signed.pdf)
    assert (end - start - 2) % 2048 == 0


def test_level_and_times_are_told(house: House) -> None:
    assert house.signed.level == "B-LT"
    assert house.signed.signing_time == NOW.replace(microsecond=0) == house.signed.token_time
    assert b"/M (D\\07220261120013010Z)" in house.signed.pdf
    assert len(house.intents) == 1


def test_rsa_keys_get_a_larger_gap(b0: bytes) -> None:
    chain = make_chain(NOW, rsa_leaves=True)
    signer = ReportSigner(chain.report, chain.evidence(NOW), TestStamper(chain))
    signed = signer.sign(b0, PROOF, now=NOW, on_intent=lambda digest: None)
    start, end, _ = gap(signed.pdf)
    assert (end - start - 2) % 2048 == 0
    assert end - start > 12_000
    assert signer_info(signed.pdf)["signature_algorithm"].native["algorithm"] == "sha256_rsa"
    assert trusted(chain, signed.pdf)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda c: (c.evidence(NOW), NOW + timedelta(hours=2)), "signer_crl_too_old"),
        (lambda c: (c.evidence(NOW), NOW - timedelta(hours=2)), "signer_crl_too_old"),
        (lambda c: (c.evidence(NOW - 8 * DAY), NOW), "signer_crl_expired"),
        (lambda c: (c.evidence(NOW), NOW + 900 * DAY), "signer_certificate_out_of_time"),
        (
            lambda c: (c.evidence(NOW, [c.report.certificate.serial_number]), NOW),
            "signer_certificate_revoked",
        ),
        (lambda c: (c.evidence(NOW, [c.stamp.certificate.serial_number]), NOW), "signer_certificate_revoked"),
        (lambda c: (replace(c.evidence(NOW), crls=c.evidence(NOW).crls[:1]), NOW), "signer_crl_missing"),
        (lambda c: (replace(c.evidence(NOW), root=make_chain(NOW).root.der), NOW), "chain_broken"),
    ],
)
def test_nothing_is_signed_with_evidence_a_verifier_would_refuse(
    chain: Chain, b0: bytes, change: Callable[[Chain], tuple[object, object]], code: str
) -> None:
    evidence, now = change(chain)
    with pytest.raises((Refused, InvariantBroken)) as caught:
        ReportSigner(chain.report, evidence, TestStamper(chain)).sign(  # type: ignore[arg-type]
            b0, PROOF, now=now, on_intent=pytest.fail
        )
    assert caught.value.code == code


@pytest.mark.parametrize("data", [b"", b"not a pdf", b"%PDF-1.7\n%%EOF\n"])
def test_only_a_layout_of_ours_is_signed(chain: Chain, data: bytes) -> None:
    with pytest.raises(InvariantBroken, match="layout_not_ours"):
        ReportSigner(chain.report, chain.evidence(NOW), None).sign(
            data, PROOF, now=NOW, on_intent=pytest.fail
        )


def test_a_signed_file_is_not_signed_again(house: House) -> None:
    signer = ReportSigner(house.chain.report, house.chain.evidence(NOW), None)
    with pytest.raises(InvariantBroken, match="layout_not_ours"):
        signer.sign(house.signed.pdf, PROOF, now=NOW, on_intent=pytest.fail)


def trusted(chain: Chain, pdf: bytes) -> bool:
    """pyHanko's own opinion with only our root to trust."""
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(chain.root.der)], allow_fetching=False, moment=NOW,
        crls=list(chain.evidence(NOW).crls), revocation_mode="require",
    )  # fmt: skip
    status = validate_pdf_signature(PdfFileReader(BytesIO(pdf)).embedded_signatures[0], context)
    return bool(status.bottom_line and status.coverage.name == "ENTIRE_FILE" and status.docmdp_ok)


def test_pyhanko_judges_it_valid(house: House) -> None:
    assert trusted(house.chain, house.signed.pdf)
    flipped = bytearray(house.signed.pdf)
    flipped[len(house.b0) // 2] ^= 1
    with pytest.raises(Exception):  # noqa: B017 - whichever way it fails, it is not trusted
        assert trusted(house.chain, bytes(flipped))


def run(*command: str | Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.judge
@pytest.mark.tool("pdfsig")
def test_pdfsig_agrees(house: House, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(house.signed.pdf)
    said = run("pdfsig", path)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


@pytest.mark.judge
@pytest.mark.tool("mutool")
def test_mutool_agrees(house: House, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(house.signed.pdf)
    assert "unchanged since signing" in run("mutool", "sign", "-v", path)


@pytest.mark.judge
@pytest.mark.tool("qpdf")
def test_qpdf_agrees(house: House, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(house.signed.pdf)
    said = run("qpdf", "--check", path)
    assert "No syntax or stream encoding errors found" in said
    assert "WARNING" not in said


@pytest.mark.judge
@pytest.mark.tool("openssl")
def test_openssl_verifies_the_cms(house: House, tmp_path: Path) -> None:
    start, end, der = gap(house.signed.pdf)
    (tmp_path / "cms.der").write_bytes(der)
    (tmp_path / "content").write_bytes(house.signed.pdf[:start] + house.signed.pdf[end:])
    (tmp_path / "root.pem").write_bytes(house.chain.root.certificate.public_bytes(serialization.Encoding.PEM))
    said = run(
        "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", tmp_path / "cms.der", "-content",
        tmp_path / "content", "-CAfile", tmp_path / "root.pem", "-purpose", "any", "-out", "/dev/null",
        "-attime", str(int(NOW.timestamp())),
    )  # fmt: skip
    assert "successful" in said, said
