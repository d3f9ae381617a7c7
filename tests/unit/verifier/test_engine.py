"""The fold: unknown is never green, the worst code wins, and a verdict is no boolean."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.reasons import REASONS, Reason
from domain.verdict import MEANING, Authenticity, CheckName, CheckResult, Code, Level, Outcome, Status
from verifier.checks import CHECKS
from verifier.engine import explained, fold
from verifier.policies import policy as policies
from verifier.policies.policy import VerificationPolicy

NAMES = tuple(CheckName)
POLICIES = tuple(policies.builtin(name) for name in policies.builtin_names())
MAY_BE_STALE = {CheckName.ISSUER_NOW, CheckName.SIGNATURE_AT_SIGNING_TIME}
outcomes = st.sampled_from(Outcome)
codes = st.one_of(st.none(), st.sampled_from(Code))


@st.composite
def any_results(draw: st.DrawFn) -> list[CheckResult]:
    """Any outcome with any code for every check: also combinations that no check of ours gives."""
    return [
        CheckResult(check=name, outcome=outcome, code=None if outcome is Outcome.PASSED else draw(codes))
        for name, outcome in ((name, draw(outcomes)) for name in NAMES)
    ]


def weighs(result: CheckResult, policy: VerificationPolicy) -> bool:
    old_list = result.check is CheckName.STATUS and result.code is Code.STATUS_STALE
    missing = old_list or result.code in (None, Code.STATUS_UNAVAILABLE)
    absent = result.outcome is Outcome.NOT_RUN or (result.outcome is Outcome.UNKNOWN and missing)
    return (policy.absent if absent else policy.levels)[result.check] is Level.FAIL


def assert_sound(results: list[CheckResult], policy: VerificationPolicy) -> None:
    folded = fold(results, policy)
    weighing = [result for result in results if weighs(result, policy)]
    all_passed = all(result.outcome is Outcome.PASSED for result in weighing)
    assert (folded.status is Status.VALID) == all_passed == (folded.code is Code.OK)
    core = [result for result in results if result.check in policies.CORE]
    proven = all(result.outcome is Outcome.PASSED for result in core)
    if any(result.outcome is Outcome.FAILED for result in (weighing if proven else core)):
        assert folded.status is Status.INVALID
    elif proven and not all_passed:
        assert folded.status is Status.INDETERMINATE
    meaning = MEANING[folded.code]
    assert (folded.status, folded.authenticity) == (meaning.status, meaning.authenticity)
    if folded.authenticity is Authenticity.GENUINE:
        for result in core:
            stale = result.outcome is Outcome.UNKNOWN and result.code is Code.STATUS_STALE
            assert result.outcome is Outcome.PASSED or (stale and result.check in MAY_BE_STALE)


@settings(max_examples=600, deadline=None)
@given(any_results(), st.sampled_from(POLICIES))
def test_unknown_is_never_green(results: list[CheckResult], policy: VerificationPolicy) -> None:
    assert_sound(results, policy)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_every_pair_of_checks_in_every_pair_of_outcomes(policy: VerificationPolicy) -> None:
    good = {name: CheckResult(check=name, outcome=Outcome.PASSED) for name in NAMES}
    assert fold(list(good.values()), policy).status is Status.VALID
    for first, second in itertools.combinations(NAMES, 2):
        for one, two in itertools.product(Outcome, repeat=2):
            changed = {
                **good,
                first: CheckResult(check=first, outcome=one),
                second: CheckResult(check=second, outcome=two),
            }
            assert_sound(list(changed.values()), policy)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
@pytest.mark.parametrize("code", Code)
def test_every_code_from_every_check(policy: VerificationPolicy, code: Code) -> None:
    for name in NAMES:
        for outcome in (Outcome.FAILED, Outcome.UNKNOWN):
            results = [
                CheckResult(check=each, outcome=outcome, code=code) if each is name
                else CheckResult(check=each, outcome=Outcome.PASSED) for each in NAMES
            ]  # fmt: skip
            assert_sound(results, policy)


def test_a_missing_check_is_not_a_passed_one() -> None:
    results = [CheckResult(check=name, outcome=Outcome.PASSED) for name in NAMES]
    for place in range(len(results)):
        assert fold(results[:place] + results[place + 1 :], POLICIES[0]).status is not Status.VALID
    assert fold([], POLICIES[0]).status is not Status.VALID


def test_the_worst_code_wins() -> None:
    results = [CheckResult(check=name, outcome=Outcome.PASSED) for name in NAMES]
    results[7] = CheckResult(check=NAMES[7], outcome=Outcome.FAILED, code=Code.CONTENT_MISMATCH)
    results[11] = CheckResult(check=NAMES[11], outcome=Outcome.FAILED, code=Code.REVOKED)
    results[5] = CheckResult(check=NAMES[5], outcome=Outcome.UNKNOWN, code=Code.STATUS_STALE)
    folded = fold(results, POLICIES[-1])
    assert (folded.status, folded.code) == (Status.INVALID, Code.CONTENT_MISMATCH)


def test_an_unread_file_is_no_forgery_but_a_failure_outranks_it() -> None:
    results = [CheckResult(check=name, outcome=Outcome.NOT_RUN) for name in NAMES]
    results[0] = CheckResult(check=NAMES[0], outcome=Outcome.UNKNOWN, code=Code.UNREADABLE)
    assert fold(results, POLICIES[-1]).authenticity is Authenticity.UNKNOWN
    results[3] = CheckResult(check=NAMES[3], outcome=Outcome.FAILED, code=Code.UNTRUSTED_ISSUER)
    assert fold(results, POLICIES[-1]).code is Code.UNTRUSTED_ISSUER


def test_a_check_not_run_says_after_which_one() -> None:
    results = [CheckResult(check=name, outcome=Outcome.NOT_RUN) for name in NAMES]
    results[0] = CheckResult(check=NAMES[0], outcome=Outcome.FAILED, code=Code.ALTERED)
    shown = explained(results, POLICIES[0])
    assert shown[1].evidence["after"] == "shape"


def test_checks_stand_in_the_order_of_the_contract() -> None:
    assert tuple(name for name, _ in CHECKS) == NAMES


def test_every_reason_stands_under_a_code() -> None:
    from domain.reasons import CLAIM_REASONS

    used = set().union(*REASONS.values(), *CLAIM_REASONS.values())
    missing = set(Reason) - used
    assert not missing
