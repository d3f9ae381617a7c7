"""Verdict vocabulary: every code has a meaning and its reasons; a verdict is never a boolean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.reasons import REASONS, Reason
from domain.verdict import MEANING, Authenticity, CheckName, Code, Status, Verdict


def test_each_code_has_one_meaning_and_its_own_severity() -> None:
    assert set(MEANING) == set(Code)
    severities = [meaning.severity for meaning in MEANING.values()]
    assert len(set(severities)) == len(severities)


def test_only_ok_is_valid_and_only_it_is_mildest() -> None:
    assert [code for code, meaning in MEANING.items() if meaning.status is Status.VALID] == [Code.OK]
    assert min(MEANING, key=lambda code: MEANING[code].severity) is Code.OK


def test_an_unreadable_file_never_outweighs_a_bad_one() -> None:
    unreadable = max(
        MEANING[code].severity for code in (Code.UNREADABLE, Code.ENCRYPTED, Code.LIMITS_EXCEEDED)
    )
    invalid = [meaning.severity for meaning in MEANING.values() if meaning.status is Status.INVALID]
    assert unreadable < min(invalid)


def test_a_withdrawn_report_is_not_called_a_forgery() -> None:
    for code in (Code.REVOKED, Code.SUPERSEDED, Code.SUSPENDED, Code.DATA_CHANGED, Code.EXPIRED):
        assert MEANING[code].authenticity is Authenticity.GENUINE


def test_every_code_has_its_reasons() -> None:
    assert set(REASONS) == set(Code)
    assert all(isinstance(reason, Reason) for reasons in REASONS.values() for reason in reasons)


def test_a_verdict_is_no_boolean() -> None:
    verdict = Verdict(
        file="a.pdf",
        kind="document",
        status=Status.INVALID,
        code=Code.ALTERED,
        reason=None,
        authenticity=Authenticity.NOT_GENUINE,
        content=None,
        checks=(),
        report=None,
        policy_id="status",
        policy_sha256="0" * 64,
        verified_at=datetime(2026, 3, 1, tzinfo=UTC),
        sources={},
    )
    with pytest.raises(TypeError, match="not a boolean"):
        bool(verdict)


def test_checks_stand_in_the_order_of_the_contract() -> None:
    assert [check.value for check in CheckName] == (
        "shape structure signature issuer_pinned signature_at_signing_time issuer_now time_bound content logged "
        "witnessed registered status freshness scope recognition"
    ).split()
