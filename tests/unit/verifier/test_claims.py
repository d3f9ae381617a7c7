"""Codes: what a picture or a number can say, and that it is never "this file is valid"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
import qrcode
from PIL import Image

from domain import qr_link
from domain.errors import DependencyUnavailable
from domain.report import Environment
from domain.verdict import Authenticity, ClaimStatus, Verdict
from domain.wording import LANGUAGES, Wording
from keys.roles import Role
from tests.unit.verifier.conftest import TEST_LIMITS
from tests.unit.verifier.house import HOST, NOW, NUMBER, Book, House, report
from verifier.answers.words import lines
from verifier.policies import policy as policies
from verifier.ports import RegisterEntry
from verifier.service import Verifier
from verifier.worker.pool import WorkerPool

SECRET = bytes(range(16))
Ask = Callable[..., Verdict]


def picture(*links: qr_link.CodeLink | str) -> bytes:
    """A page with codes on it."""
    page = Image.new("L", (1200, 700 * max(1, len(links))), 255)
    for place, link in enumerate(links):
        code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=6)
        code.add_data(link if isinstance(link, str) else link.text)
        page.paste(code.make_image().get_image().convert("L"), (40, 20 + 700 * place))
    out = BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def ask(house: House, workers: WorkerPool) -> Ask:
    def run(data: bytes, register: Book | None = None) -> Verdict:
        one = Verifier(house.opened(), register, TEST_LIMITS, workers)
        verdict = one.verify(data, "page.png", policy=policies.builtin(), now=NOW)
        assert verdict.kind == "claim"
        assert verdict.status in ClaimStatus
        return verdict

    return run


def book(status: str = "valid") -> Book:
    made = Book(secrets={NUMBER: SECRET}, codes={NUMBER: "123456789012"})
    made.enter(b"file", status=status)
    return made


class LockedBook(Book):
    """The register of a house opened without its passphrase: it knows its numbers and no secret."""

    def by_cover_secret(self, number: str, secret: bytes) -> bool:
        raise DependencyUnavailable("register_locked")

    def by_code(self, number: str, code: str) -> bool:
        raise DependencyUnavailable("register_locked")


class SilentBook(LockedBook):
    """A register that answers nothing."""

    def status_of(self, number: str, at: datetime | None = None) -> RegisterEntry | None:
        raise DependencyUnavailable("database_locked")


def told(verdict: Verdict) -> tuple[str, str, str | None]:
    return str(verdict.status), str(verdict.code), verdict.reason


def claim_link(house: House, **changes: object) -> qr_link.CodeLink:
    content = report(**changes)
    return qr_link.claim_link(content.host, content.number, house.claim(content))


def test_a_claim_that_stands(house: House, ask: Ask) -> None:
    verdict = ask(picture(claim_link(house)), book())
    assert told(verdict) == ("STANDS", "claim_stands", None)
    assert verdict.report is not None
    assert verdict.report["number"] == NUMBER
    assert verdict.content is not None
    assert verdict.content.state == "no_record_in_scope"


def test_a_claim_without_network(house: House, ask: Ask) -> None:
    assert told(ask(picture(claim_link(house)))) == ("UNKNOWN", "status_unavailable", "no_status_source")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("revoked", "REFUTED"),
        ("superseded", "REFUTED"),
        ("suspended", "UNKNOWN"),
        ("data_changed", "UNKNOWN"),
    ],
)
def test_a_claim_of_a_withdrawn_report(house: House, ask: Ask, word: str, expected: str) -> None:
    verdict = ask(picture(claim_link(house)), book(word))
    assert told(verdict)[:2] == (expected, word)
    assert verdict.authenticity.value == "genuine"


def test_a_cover_code(ask: Ask) -> None:
    link = qr_link.cover_link(HOST, NUMBER, SECRET)
    assert told(ask(picture(link))) == ("UNKNOWN", "online_needed", "no_status_source")
    assert told(ask(picture(link), book())) == ("STANDS", "claim_stands", None)
    wrong = qr_link.cover_link(HOST, NUMBER, bytes(16))
    assert told(ask(picture(wrong), book())) == ("REFUTED", "code_unknown", "code_not_known")


@pytest.mark.parametrize(
    ("register", "number", "expected"),
    [
        (LockedBook, "150300202611200A1B2C3E", ("REFUTED", "code_unknown", "code_not_known")),
        (LockedBook, NUMBER, ("UNKNOWN", "online_needed", "register_locked")),
        (SilentBook, NUMBER, ("UNKNOWN", "online_needed", "register_unreachable")),
        (None, NUMBER, ("UNKNOWN", "online_needed", "no_status_source")),
    ],
)
def test_an_unchecked_cover_code_is_never_genuine(
    ask: Ask, register: type[Book] | None, number: str, expected: tuple[str, str, str]
) -> None:
    known = None if register is None else register()
    if known is not None:
        known.enter(b"file")
    verdict = ask(picture(qr_link.cover_link(HOST, number, bytes(16))), known)
    assert told(verdict) == expected
    assert verdict.authenticity is not Authenticity.GENUINE
    for language, claimed in (("zh", "签名真实"), ("en", "genuine")):
        spoken = lines(verdict, Wording.load(language))
        assert claimed not in f"{spoken.document}{spoken.reason}{spoken.next}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_always_comes_with_its_caution(house: House, ask: Ask, language: str) -> None:
    words = Wording.load(language)
    for link in (claim_link(house), qr_link.cover_link(HOST, NUMBER, SECRET)):
        for register in (None, book(), LockedBook(), book("revoked")):
            assert lines(ask(picture(link), register), words).caution == words.sentences["claim.caution"]


def test_another_centres_code_asks_for_its_bundle_first(tmp_path: Path, ask: Ask) -> None:
    other = House.found(tmp_path / "other", region="140000")
    number = "140000202611200A1B2C3D"
    signed = ask(picture(claim_link(other, number=number)))
    assert told(signed) == ("REFUTED", "claim_refuted", "other_region")
    cover = ask(picture(qr_link.cover_link("elsewhere.example", number, SECRET)))
    assert told(cover) == ("UNKNOWN", "code_unreadable", "other_region")
    for verdict in (signed, cover):
        first = lines(verdict, Wording.load("zh")).document
        assert first.index("150300") < first.index("140000")


def test_of_two_codes_the_signed_one_is_judged(house: House, ask: Ask) -> None:
    verdict = ask(picture(qr_link.cover_link(HOST, NUMBER, SECRET), claim_link(house)), book())
    assert told(verdict)[0] == "STANDS"
    assert [other["kind"] for other in verdict.others] == ["claim", "cover"]


def test_a_code_pasted_from_another_report(house: House, ask: Ask) -> None:
    pasted = qr_link.cover_link(HOST, "150300202611200A1B2C3E", SECRET)
    assert told(ask(picture(pasted, claim_link(house)), book())) == (
        "REFUTED", "claim_refuted", "claim_number_differs",
    )  # fmt: skip


def test_a_claim_of_a_stranger(stranger: House, ask: Ask) -> None:
    assert told(ask(picture(claim_link(stranger)), book())) == (
        "REFUTED",
        "claim_refuted",
        "claim_key_unknown",
    )


def test_a_changed_claim(house: House, ask: Ask) -> None:
    link = claim_link(house)
    from domain.base_text import base32_decode, base32_encode

    cose = bytearray(base32_decode(link.fragment[1:]))
    cose[-1] ^= 1
    changed = link.prefix + "#C" + base32_encode(bytes(cose))
    assert told(ask(picture(changed), book())) == ("REFUTED", "claim_refuted", "claim_signature_broken")


def test_a_claim_under_another_number(house: House, ask: Ask) -> None:
    link = claim_link(house)
    other = link.text.replace(NUMBER, "150300202611200A1B2C3E")
    assert told(ask(picture(other), book())) == ("REFUTED", "claim_refuted", "claim_number_differs")


@pytest.mark.parametrize("host", ["VERLFY.EXAMPLE", "XN--VERIFY-9TA.EXAMPLE", "VERIFY.EXAMPLE.CO"])
def test_a_look_alike_host(house: House, ask: Ask, host: str) -> None:
    cover = qr_link.cover_link(HOST, NUMBER, SECRET).text.replace(HOST.upper(), host)
    assert told(ask(picture(cover), book()))[:2] == ("UNKNOWN", "code_unreadable")
    claim = claim_link(house).text.replace(HOST.upper(), host)
    assert told(ask(picture(claim), book()))[:2] == ("REFUTED", "claim_refuted")


def test_another_environment(house: House, ask: Ask) -> None:
    link = claim_link(house, environment=Environment.PRODUCTION)
    assert told(ask(picture(link), book()))[0] == "REFUTED"


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (picture(), "code_unreadable", "no_code_found"),
        (picture("https://example.org/menu"), "code_unreadable", "code_not_ours"),
        (picture(f"HTTPS://{HOST.upper()}/Q/{NUMBER}#CAAAAAAAA"), "code_unreadable", "claim_malformed"),
        (b"\x89PNG\r\n\x1a\nrubbish", "unreadable", "damaged"),
        (b"\xff\xd8\xff" + bytes(1000), "unreadable", "damaged"),
    ],
)
def test_pictures_without_a_code_of_ours(ask: Ask, data: bytes, code: str, reason: str) -> None:
    assert told(ask(data)) == ("UNKNOWN", code, reason)


def test_a_picture_with_too_many_pixels(ask: Ask) -> None:
    out = BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert told(ask(out.getvalue())) == ("UNKNOWN", "limits_exceeded", "too_many_pixels")


def test_a_typed_number(house: House, workers: WorkerPool) -> None:
    def typed(number: str, code: str, register: Book | None) -> tuple[str, str, str | None]:
        one = Verifier(house.opened(), register, TEST_LIMITS, workers)
        return told(one.verify_number(number, code, policy=policies.builtin(), now=NOW))

    assert typed(NUMBER, "1234 5678 9012", book()) == ("STANDS", "claim_stands", None)
    assert typed(NUMBER, "1234 5678 9012", None) == ("UNKNOWN", "online_needed", "no_status_source")
    unknown = typed("150300202611200A1B2C3E", "123456789012", book())
    assert unknown == typed(NUMBER, "000000000000", book())
    assert unknown[:2] == ("REFUTED", "code_unknown")


def test_a_revoked_qr_key(own_house: House) -> None:
    from keys import authority
    from keys.revocations import RevocationReason

    link = claim_link(own_house)
    authority.revoke(
        own_house.keys, own_house.keys.certificate(Role.QR), RevocationReason.KEY_COMPROMISE, at=NOW
    )
    with WorkerPool(own_house.bundle().anchors, TEST_LIMITS) as pool:
        one = Verifier(own_house.opened(), book(), TEST_LIMITS, pool)
        assert told(one.verify_text(link.text, "code", policy=policies.builtin(), now=NOW))[:2] == (
            "REFUTED", "issuer_revoked",
        )  # fmt: skip


def test_an_expired_bundle(house: House, workers: WorkerPool) -> None:
    opened = house.opened()
    old = replace(opened, bundle=replace(opened.bundle, expires_at=NOW))
    one = Verifier(old, book(), TEST_LIMITS, workers)
    from datetime import timedelta

    verdict = one.verify_text(
        claim_link(house).text, "code", policy=policies.builtin(), now=NOW + timedelta(days=1)
    )
    assert told(verdict) == ("UNKNOWN", "status_stale", "bundle_expired")
