"""Check ``witnessed``: offline unknown, online proven against what witnesses saw, two histories refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.services.grants.showing import report_file
from api.services.house.trust import export
from api.services.log import serving
from api.services.log.witnessing import cosign_due
from domain.errors import DependencyUnavailable
from domain.tiles import CHECKPOINT_PATH, parse_path
from domain.verdict import CheckName, CheckResult, Code, Status, Verdict
from tests.unit.api.house_kit import HouseKit, shared_workers
from tests.unit.api.log_kit import Wire, grow, introduce
from verifier.evidence.witness_facts import LogFetch
from verifier.policies.policy import builtin
from verifier.service import Verifier

Opener = Callable[..., HouseKit]


@pytest.fixture
def seen(issued_kit: HouseKit, open_kit: Opener) -> tuple[HouseKit, Wire]:
    """A house with a released report, and its witness."""
    witness = open_kit("witness")
    return issued_kit, introduce(issued_kit, witness)


def _fetch(kit: HouseKit) -> LogFetch:
    def fetch(path: str) -> bytes:
        if path == CHECKPOINT_PATH:
            return serving.checkpoint(kit.context, kit.tick()).data
        return serving.resource(kit.context, parse_path(path))

    return fetch


def _verdict(kit: HouseKit, fetch: LogFetch | None) -> Verdict:
    with kit.context.store.reading() as work:
        number = next(work.audit.reports()).number
        pdf = report_file(kit.context, work, number)
    trust = export(kit.context, kit.tick()).opened
    verifier = Verifier(trust, worker=shared_workers(kit.context), log_fetch=fetch)
    return verifier.verify(pdf, "r.pdf", policy=builtin("authenticity"), now=kit.tick())


def _of(verdict: Verdict) -> CheckResult:
    return next(result for result in verdict.checks if result.check is CheckName.WITNESSED)


def test_offline_nothing_is_known_of_witnesses_and_nothing_hangs_on_it(seen: tuple[HouseKit, Wire]) -> None:
    kit, wire = seen
    cosign_due(kit.context, kit.tick(), wire)
    verdict = _verdict(kit, None)
    assert (_of(verdict).outcome, _of(verdict).evidence) == ("UNKNOWN", {"cause": "offline"})
    assert verdict.status is Status.VALID


@pytest.mark.parametrize("more", [0, 300])
def test_online_the_file_is_proven_under_what_witnesses_signed(
    seen: tuple[HouseKit, Wire], more: int
) -> None:
    kit, wire = seen
    size = grow(kit, more) if more else None
    cosign_due(kit.context, kit.tick(), wire)
    verdict = _verdict(kit, _fetch(kit))
    result = _of(verdict)
    assert result.outcome == "PASSED"
    assert result.evidence["cosigners"] == ["dz.example/witness"]
    assert size is None or result.evidence["size"] == size
    checkpoint = verdict.sources["checkpoint"]
    assert isinstance(checkpoint, dict)
    assert checkpoint["witnessed_size"] == result.evidence["size"]
    assert isinstance(checkpoint["age_seconds"], int)


def test_another_history_of_the_log_is_no_log_of_this_file(
    seen: tuple[HouseKit, Wire], open_kit: Opener
) -> None:
    kit, _ = seen
    branch = open_kit("branch")  # the same keys, another history
    wire = introduce(branch, open_kit("other-witness"))
    grow(branch, 40)
    cosign_due(branch.context, branch.tick(), wire)
    verdict = _verdict(kit, _fetch(branch))
    result = _of(verdict)
    assert (result.outcome, result.reason) == ("FAILED", "log_split")
    assert (verdict.status, verdict.code) == (Status.INVALID, Code.NOT_LOGGED)
    assert str(result.evidence["note"]).startswith("dz.example/log\n")
    assert result.evidence["file_root"] != result.evidence["root"]


def test_without_a_quorum_or_an_answer_nothing_is_known(seen: tuple[HouseKit, Wire]) -> None:
    kit, _ = seen

    def away(path: str) -> bytes:
        raise DependencyUnavailable("log_unreachable", url=path, cause="ConnectError")

    def tiles_away(path: str) -> bytes:
        return away(path) if path != CHECKPOINT_PATH else _fetch(kit)(path)

    def garbage(_path: str) -> bytes:
        return b"<html>"

    found = [_of(_verdict(kit, fetch)) for fetch in (_fetch(kit), away, garbage)]
    assert [each.outcome for each in found] == ["UNKNOWN"] * 3
    assert [each.evidence["cause"] for each in found] == ["no_quorum", "unreachable", "head_untrusted"]
    grow(kit, 30)
    assert _of(_verdict(kit, tiles_away)).evidence["cause"] == "unreachable"


def test_a_house_without_witnesses_asks_for_none(issued_kit: HouseKit) -> None:
    assert _of(_verdict(issued_kit, None)).outcome == "NOT_RUN"
