"""What time does to a report: lists grow old, certificates end, keys are revoked, time stamps fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api import container
from api.services.house import trust
from api.services.issuing.orders import Order
from domain.verdict import CheckName, Outcome, Status, Verdict
from keys import authority
from keys.revocations import RevocationReason
from keys.roles import Role
from keys.trust import OpenedBundle
from tests.world.world import World
from verifier.policies.policy import builtin
from verifier.service import Verifier
from verifier.worker.pool import WorkerPool

pytestmark = pytest.mark.slow
Judge = Callable[..., Verdict]


@pytest.fixture
def own(tmp_path: Path) -> World:
    """A house for one story alone: its keys and lists are about to change."""
    return World.build(tmp_path, penalties=10, subjects=10)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """The verdict on a file under a bundle at some instant."""
    pools: dict[tuple[bytes, ...], WorkerPool] = {}

    def verdict(bundle: OpenedBundle, pdf: bytes, now: datetime, **more: Any) -> Verdict:
        anchors = tuple(bundle.bundle.anchors)
        pool = pools.setdefault(anchors, WorkerPool(anchors))
        return Verifier(bundle, worker=pool).verify(
            pdf, "report.pdf", policy=builtin("authenticity"), now=now, **more
        )

    yield verdict
    for pool in pools.values():
        pool.close()


def _bundle(world: World, moment: datetime) -> OpenedBundle:
    return trust.export(replace(world.open(), clock=lambda: moment), moment).opened


def _check(verdict: Verdict, name: CheckName) -> Outcome:
    return next(check.outcome for check in verdict.checks if check.check is name)


def test_a_week_s_lists_grow_stale_and_fresh_ones_mend_it(own: World, judge: Judge) -> None:
    pdf, now = own.report().read_bytes(), datetime.now(UTC)
    old = _bundle(own, now)
    later = now + timedelta(days=8)
    assert judge(old, pdf, now).status is Status.VALID
    stale = judge(old, pdf, later)
    assert (stale.status, stale.code) == (Status.INDETERMINATE, "status_stale")
    assert judge(_bundle(own, later), pdf, later).status is Status.VALID


def test_expired_certificates_alone_make_no_old_report_invalid(own: World, judge: Judge) -> None:
    pdf, now = own.report().read_bytes(), datetime.now(UTC)
    context = own.open()
    before = now + timedelta(days=600)
    authority.renew(context.keys, Role.TRUST, identity=context.identity, now=before)
    after = now + timedelta(days=900)  # the report certificate ended after 27 months
    verdict = judge(_bundle(own, after), pdf, after)
    assert verdict.code in ("ok", "status_stale")  # stale only where the root's yearly list is missing
    assert _check(verdict, CheckName.SIGNATURE_AT_SIGNING_TIME) is Outcome.PASSED


def test_a_signer_revoked_after_signing_leaves_the_report_good(own: World, judge: Judge) -> None:
    pdf, now = own.report().read_bytes(), datetime.now(UTC)
    context = own.open()
    certificate = context.keys.certificate(Role.REPORT)
    later = now + timedelta(hours=1)
    authority.revoke(context.keys, certificate, RevocationReason.SUPERSEDED, at=later)
    verdict = judge(_bundle(own, later + timedelta(minutes=1)), pdf, later + timedelta(minutes=2))
    assert (verdict.status, verdict.code) == (Status.VALID, "ok")
    issuer = next(check for check in verdict.checks if check.check is CheckName.ISSUER_NOW)
    assert issuer.evidence["revoked_at"]


def test_a_signer_revoked_before_signing_is_named_so(own: World, judge: Judge) -> None:
    pdf, now = own.report().read_bytes(), datetime.now(UTC)
    context = own.open()
    certificate = context.keys.certificate(Role.REPORT)
    authority.revoke(
        context.keys,
        certificate,
        RevocationReason.KEY_COMPROMISE,
        at=now + timedelta(minutes=1),
        invalid_since=now - timedelta(days=2),
    )
    verdict = judge(_bundle(own, now + timedelta(minutes=2)), pdf, now + timedelta(minutes=3))
    assert (verdict.status, verdict.code) == (Status.INVALID, "issuer_revoked")
    assert verdict.authenticity.value == "unknown"


def test_at_the_time_of_signing_the_file_s_own_evidence_is_enough(world: World, judge: Judge) -> None:
    pdf = world.report().read_bytes()
    now = datetime.now(UTC)
    bundle = _bundle(world, now)
    verdict = judge(bundle, pdf, now + timedelta(days=3650), at=now)
    assert verdict.status is Status.VALID


def test_without_a_time_stamp_authority_issuing_goes_on_at_a_lower_level(world: World, judge: Judge) -> None:
    context = replace(world.open(), stamper=None)
    desk = container.issuing_desk(context)
    issued = desk.issue(Order(subject=world.subject("records").uscc, purpose="投标"))
    desk.verifier.close()
    assert issued.level == "B-B"
    now = datetime.now(UTC)
    verdict = judge(_bundle(world, now), issued.pdf, now)
    assert (verdict.status, verdict.code) == (Status.VALID, "ok")
    signature = next(check for check in verdict.checks if check.check is CheckName.SIGNATURE)
    assert signature.evidence["level"] == "B-B"
