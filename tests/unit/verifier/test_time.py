"""Time and status: the two questions at signing time and now, and what each source may change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.report import DataState
from domain.verdict import CheckName, Outcome, Status, Verdict
from keys import authority
from keys.revocations import RevocationReason
from keys.roles import Role
from tests.unit.verifier import house as world
from tests.unit.verifier.conftest import Judge
from tests.unit.verifier.house import NOW, Book, House, domain_line, report
from verifier.policies import policy as policies
from verifier.service import Verifier
from verifier.worker.pool import WorkerPool

DAY = timedelta(days=1)


def told(verdict: Verdict) -> tuple[Status, str, str | None]:
    return Status(verdict.status), str(verdict.code), verdict.reason


def book(pdf: bytes, status: str = "valid", at: datetime = NOW) -> Book:
    made = Book()
    made.enter(pdf, status=status, at=at)
    return made


def test_now_it_is_ok(genuine: bytes, judge: Judge) -> None:
    assert told(judge(genuine, policy="status", register=book(genuine))) == (Status.VALID, "ok", None)


def test_outside_a_house_the_status_is_not_known(genuine: bytes, judge: Judge) -> None:
    assert told(judge(genuine, policy="status")) == (
        Status.INDETERMINATE,
        "status_unavailable",
        "no_status_source",
    )


def test_eight_days_later_the_old_bundle_is_stale_and_a_fresh_one_is_ok(
    house: House, genuine: bytes, judge: Judge
) -> None:
    later = NOW + 8 * DAY
    old = judge(genuine, now=later, register=book(genuine))
    assert told(old)[:2] == (Status.INDETERMINATE, "status_stale")
    fresh = judge(genuine, now=later, trust=house.opened(later), register=book(genuine), policy="status")
    assert told(fresh) == (Status.VALID, "ok", None)


def test_an_old_list_in_a_fresh_bundle_is_stale(house: House, genuine: bytes, judge: Judge) -> None:
    later = NOW + 8 * DAY
    stale = house.opened(later, crls=house.bundle(NOW).crls)
    assert told(judge(genuine, now=later, trust=stale)) == (
        Status.INDETERMINATE, "status_stale", "revocation_stale",
    )  # fmt: skip


def test_no_list_at_all_is_stale(house: House, genuine: bytes, judge: Judge) -> None:
    bare = replace(house.opened(), bundle=house.bundle(crls=()))
    assert told(judge(genuine, trust=bare)) == (Status.INDETERMINATE, "status_stale", "revocation_missing")


def test_certificates_expired_and_fresh_evidence_is_ok(house: House, genuine: bytes, judge: Judge) -> None:
    """A report of an expired signer stays genuine as long as somebody still vouches for its CA."""
    later = NOW + 3 * 365 * DAY
    crls = authority.all_crls(house.keys, now=NOW)
    kept = replace(
        house.opened(),
        bundle=replace(
            house.bundle(),
            made_at=later,
            expires_at=later + 7 * DAY,
            crls=tuple(_restamped(house, crls, later)),
        ),
    )
    assert told(judge(genuine, now=later, trust=kept)) == (Status.VALID, "ok", None)


def _restamped(house: House, crls: tuple[bytes, ...], later: datetime) -> list[bytes]:
    """The same lists, made anew by their own issuers at a later time."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    from keys.custody import KeyStore

    root = KeyStore.open(house.directory / "root", world.PASSPHRASE)
    keys = [root.private(Role.ROOT).key, house.keys.private(Role.ISSUING).key]
    out = []
    for der, key in zip(crls, keys, strict=True):
        old = x509.load_der_x509_crl(der)
        builder = x509.CertificateRevocationListBuilder().issuer_name(old.issuer)
        builder = builder.last_update(later - timedelta(hours=1)).next_update(later + 7 * DAY)
        for extension in old.extensions:
            builder = builder.add_extension(extension.value, critical=extension.critical)
        out.append(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))  # type: ignore[arg-type]
    return out


def _judge_in(
    house: House, pdf: bytes, now: datetime, workers: WorkerPool, at: datetime | None = None
) -> Verdict:
    with WorkerPool(house.bundle().anchors) as pool:
        one = Verifier(house.opened(now), None, worker=pool)
        return one.verify(pdf, "x.pdf", policy=policies.builtin("authenticity"), now=now, at=at)


def test_signer_revoked_after_signing_stays_ok_with_a_note(own_house: House, workers: WorkerPool) -> None:
    pdf = own_house.issue()
    authority.revoke(
        own_house.keys, own_house.keys.certificate(Role.REPORT), RevocationReason.SUPERSEDED, at=NOW + DAY
    )
    verdict = _judge_in(own_house, pdf, NOW + 2 * DAY, workers)
    assert told(verdict) == (Status.VALID, "ok", "revoked_after_signing")


def test_signer_revoked_before_signing(own_house: House, workers: WorkerPool) -> None:
    pdf = own_house.issue()
    authority.revoke(
        own_house.keys, own_house.keys.certificate(Role.REPORT), RevocationReason.KEY_COMPROMISE,
        at=NOW + DAY, invalid_since=NOW - timedelta(hours=1),
    )  # fmt: skip
    verdict = _judge_in(own_house, pdf, NOW + 2 * DAY, workers)
    assert told(verdict) == (Status.INVALID, "issuer_revoked", "revoked_before_signing")
    assert verdict.report is None


def test_stamper_revoked_before_signing(own_house: House, workers: WorkerPool) -> None:
    pdf = own_house.issue()
    authority.revoke(
        own_house.keys, own_house.keys.certificate(Role.TIMESTAMP), RevocationReason.KEY_COMPROMISE,
        at=NOW + DAY, invalid_since=NOW - timedelta(hours=1),
    )  # fmt: skip
    assert told(_judge_in(own_house, pdf, NOW + 2 * DAY, workers))[1] == "issuer_revoked"


def test_at_the_time_of_signing_it_is_ok_on_its_own_evidence(genuine: bytes, judge: Judge) -> None:
    at = NOW + timedelta(minutes=5)
    assert told(judge(genuine, now=NOW + 3 * DAY, at=at)) == (Status.VALID, "ok", None)
    revoked_later = book(genuine, "revoked", NOW + DAY)
    assert told(judge(genuine, now=NOW + 3 * DAY, at=at, register=revoked_later, policy="status"))[1] == "ok"
    assert told(judge(genuine, now=NOW + 3 * DAY, register=revoked_later, policy="status"))[1] == "revoked"


def test_at_a_time_before_signing_nothing_can_be_said(genuine: bytes, judge: Judge) -> None:
    assert told(judge(genuine, at=NOW - DAY))[0] is Status.INDETERMINATE


def test_at_a_time_past_the_embedded_lists(genuine: bytes, judge: Judge) -> None:
    assert told(judge(genuine, at=NOW + 6 * DAY + timedelta(hours=23), now=NOW + 7 * DAY))[1] in {
        "ok",
        "status_stale",
    }
    assert told(judge(genuine, at=NOW + 9 * DAY, now=NOW + 10 * DAY))[1] == "status_stale"


def test_without_a_time_stamp_it_is_ok_at_level_b(house: House, judge: Judge) -> None:
    pdf = house.issue(stamped=False)
    verdict = judge(pdf, register=book(pdf), policy="status")
    assert told(verdict) == (Status.VALID, "ok", None)
    signature = next(result for result in verdict.checks if result.check is CheckName.SIGNATURE)
    assert signature.evidence["level"] == "B-B"


@pytest.mark.parametrize(
    ("word", "status", "code"),
    [
        ("revoked", Status.INVALID, "revoked"),
        ("superseded", Status.INVALID, "superseded"),
        ("suspended", Status.INDETERMINATE, "suspended"),
        ("data_changed", Status.INDETERMINATE, "data_changed"),
        ("a word nobody knows", Status.INDETERMINATE, "status_unavailable"),
    ],
)
def test_the_registers_word(genuine: bytes, judge: Judge, word: str, status: Status, code: str) -> None:
    verdict = judge(genuine, register=book(genuine, word), policy="status")
    assert told(verdict)[:2] == (status, code)
    assert verdict.authenticity.value == "genuine"
    assert verdict.report is not None


def test_a_known_revocation_counts_under_authenticity_too(genuine: bytes, judge: Judge) -> None:
    assert told(judge(genuine, register=book(genuine, "revoked"), policy="authenticity"))[1] == "revoked"


def test_a_silent_register_is_not_an_empty_one(genuine: bytes, judge: Judge) -> None:
    from domain.errors import DependencyUnavailable
    from tests.unit.verifier.house import RegisterEntry

    class Silent(Book):
        def by_file_sha256(self, file_sha256: str) -> RegisterEntry | None:
            raise DependencyUnavailable("database_unavailable")

    verdict = judge(genuine, register=Silent(), policy="status")
    assert told(verdict) == (Status.INDETERMINATE, "status_unavailable", "register_unreachable")


@pytest.mark.parametrize(("away", "code"), [(-1, "ok"), (0, "ok"), (1, "expired")])
def test_the_printed_period_to_the_second(house: House, judge: Judge, away: int, code: str) -> None:
    until = NOW + timedelta(hours=5)
    pdf = house.issue(report(fresh_until=until))
    assert told(judge(pdf, now=until + timedelta(seconds=away)))[1] == code


def test_a_receivers_own_policy(house: House, workers: WorkerPool) -> None:
    text = policies.resources.files("verifier").joinpath("policies", "authenticity.toml").read_text()
    base = report()
    narrow = replace(base.scope, narrowed=True, chosen=("taxation",), omitted=("fire_safety",))
    pdf = house.issue(replace(base, scope=narrow, domains=base.domains[:1], as_of=NOW - 40 * DAY))
    one = Verifier(house.opened(), None, worker=workers)
    for extra, code, reason in (
        ("[freshness]\nmax_age_days = 30\n", "too_old_for_policy", "older_than_policy"),
        ("[scope]\nallow_narrowed = false\n", "scope_insufficient", "scope_narrowed"),
        ('[scope]\ndomains = ["fire_safety"]\n', "scope_insufficient", "domain_missing"),
        ("[scope]\nwindow_days = 9000\n", "scope_insufficient", "window_too_short"),
        ("", "ok", None),
    ):
        verdict = one.verify(pdf, "x", policy=policies.load((text + extra).encode()), now=NOW)
        assert (verdict.code, verdict.reason) == (code, reason)
        assert verdict.report is not None


def test_a_pending_domain_is_not_a_clean_report(house: House, judge: Judge) -> None:
    content = report(domains=(domain_line("taxation"), domain_line("fire_safety", DataState.PENDING)))
    verdict = judge(house.issue(content))
    assert verdict.content is not None
    assert (verdict.content.state, verdict.content.not_current) == ("incomplete", ("fire_safety",))


def test_the_report_repeated_is_the_signed_one(genuine: bytes, judge: Judge) -> None:
    from domain import report_json

    verdict = judge(genuine)
    signed = report_json.to_json(report())
    assert verdict.report == report_json.verdict_report(signed)


def test_every_check_appears_in_every_verdict(genuine: bytes, judge: Judge) -> None:
    for data in (genuine, b"", b"%PDF-1.7\n", genuine[:-1], genuine + b"x"):
        verdict = judge(data)
        assert tuple(result.check for result in verdict.checks) == tuple(CheckName)
        assert all(result.outcome in Outcome for result in verdict.checks)


def test_details_belong_to_their_report(house: House, genuine: bytes, judge: Judge) -> None:
    from domain import disclosure
    from domain.errors import MalformedInput

    content = report()
    own = disclosure.Details(number=content.number, root=content.tree.root, size=content.tree.size, items=())
    assert judge(genuine, details=disclosure.encode_details(own)).status is Status.VALID
    other = replace(own, number="150300202611200A1B2C3E")
    with pytest.raises(MalformedInput) as error:
        judge(genuine, details=disclosure.encode_details(other))
    assert error.value.code == "details_other_report"
    with pytest.raises(MalformedInput):
        judge(b"", details=disclosure.encode_details(own))
