"""Reports signed by others, at other times, with parts of another report: never VALID, each with its code."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import fields, signers, timestamps

from domain import claim as claims
from domain import report_json
from domain.verdict import Status
from keys.roles import Role
from tests.unit.verifier import house as world
from tests.unit.verifier.conftest import Judge
from tests.unit.verifier.forging import told, with_gap, with_root
from tests.unit.verifier.house import NOW, House, report

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
