"""Policies: nothing is passed by silence, and the core is never weakened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import MalformedInput
from domain.verdict import CheckName, Level
from verifier.policies import policy as policies

BASE = 'id = "x"\n[levels]\n' + "".join(f'{check.value} = "fail"\n' for check in CheckName)


def test_builtin_policies_weigh_every_check() -> None:
    for name in policies.builtin_names():
        loaded = policies.builtin(name)
        assert loaded.id == name
        assert set(loaded.levels) == set(loaded.absent) == set(CheckName)


def test_status_counts_by_default_and_its_absence_does_not_under_authenticity() -> None:
    assert policies.builtin("status").absent[CheckName.STATUS] is Level.FAIL
    assert policies.builtin("authenticity").absent[CheckName.STATUS] is Level.INFORM
    assert policies.builtin("authenticity").levels[CheckName.STATUS] is Level.FAIL


def test_a_policy_of_ones_own() -> None:
    own = policies.load(
        (
            BASE
            + "[freshness]\nmax_age_days = 30\n[scope]\nallow_narrowed = false\ndomains = ['taxation']\nwindow_days = 365\n"
        ).encode()
    )
    assert (own.max_age_days, own.allow_narrowed, own.domains, own.window_days) == (
        30,
        False,
        ("taxation",),
        365,
    )


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        ("", "policy_malformed", "levels.shape"),
        ("id = ", "policy_malformed", ""),
        (BASE.replace('status = "fail"\n', ""), "policy_malformed", "levels.status"),
        (BASE.replace('status = "fail"', 'status = "green"'), "policy_malformed", "levels.status"),
        (BASE + 'other = "fail"\n', "policy_malformed", "levels.other"),
        (BASE + "[colour]\n", "policy_malformed", "colour"),
        (BASE + "[freshness]\nmax_age_days = 0\n", "policy_malformed", "freshness.max_age_days"),
        (BASE + "[freshness]\nmax_age_days = true\n", "policy_malformed", "freshness.max_age_days"),
        (BASE + "[scope]\nallow_narrowed = 1\n", "policy_malformed", "scope.allow_narrowed"),
        (BASE + "[scope]\ndomains = [1]\n", "policy_malformed", "scope.domains"),
        (BASE.replace('id = "x"', 'id = ""'), "policy_malformed", "id"),
        (BASE.replace('status = "fail"', 'status = ["fail"]'), "policy_malformed", "levels.status"),
        (BASE.replace('status = "fail"', "status = {}"), "policy_malformed", "levels.status"),
        ("a = " + "[" * 15_000, "policy_malformed", ""),
        ("a = " + "{a = " * 3_000, "policy_malformed", ""),
        ("version = " + "1" * 5_000, "policy_malformed", ""),
    ],
)
def test_a_wrong_policy_names_the_place(text: str, code: str, path: str) -> None:
    with pytest.raises(MalformedInput) as error:
        policies.load(text.encode())
    assert (error.value.code, error.value.fields["path"]) == (code, path)


@pytest.mark.parametrize("check", sorted(policies.CORE))
@pytest.mark.parametrize("level", ["warn", "inform"])
def test_no_policy_weakens_the_core(check: CheckName, level: str) -> None:
    for text in (
        BASE.replace(f'{check.value} = "fail"\n', f'{check.value} = "{level}"\n', 1),
        BASE + f'[absent]\n{check.value} = "{level}"\n',
    ):
        with pytest.raises(MalformedInput) as error:
            policies.load(text.encode())
        assert error.value.code == "policy_too_weak"


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(MalformedInput) as error:
        policies.builtin("../../etc/passwd")
    assert error.value.code == "policy_unknown"
    assert "status" in str(error.value.fields["known"])


@given(st.binary(max_size=200))
def test_any_bytes_give_a_policy_or_malformed_input(data: bytes) -> None:
    try:
        policies.load(data)
    except MalformedInput:
        return
    raise AssertionError("no random bytes are a policy")
