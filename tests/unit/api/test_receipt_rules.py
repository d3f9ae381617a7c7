"""Each receipt a house keeps fits its entry; what an administrator changes is named by that entry."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from api.services.auditing.own_log import audit_house
from api.services.checking.purpose import Purpose
from api.services.checking.receipts import KEPT, Given, give_all, receipt_of
from api.services.grants.showing import report_file
from api.services.house.trust import export
from domain.log_replay import Problem
from tests.unit.api.house_kit import HouseKit, shared_workers
from verifier.policies.policy import builtin
from verifier.service import Verifier


@pytest.fixture
def receipts(issued_kit: HouseKit) -> tuple[Given, Given]:
    """Two receipts of one verification each."""
    kit = issued_kit
    with kit.context.store.reading() as work:
        pdf = report_file(kit.context, work, next(work.audit.reports()).number)
    verifier = Verifier(export(kit.context, kit.tick()).opened, worker=shared_workers(kit.context))
    policy = builtin("authenticity")
    verdict = verifier.verify(pdf, "r.pdf", policy=policy, now=kit.tick())
    purpose = Purpose(policy=policy, text="authenticity")
    wanted = [receipt_of(kit.context, verdict, purpose, sha256=None, size=0) for _ in range(2)]
    first, second = give_all(kit.context, wanted, kit.tick())
    return first, second


def _change(kit: HouseKit, statement: str, **values: object) -> None:
    with kit.context.store.engine.begin() as connection:
        connection.execute(text(statement), values)


def _found(kit: HouseKit) -> list[tuple[int | None, Problem, str]]:
    findings = audit_house(kit.context, kit.tick(), files=False).findings
    return [(each.index, each.problem, str(each.facts.get("table"))) for each in findings]


def test_receipts_as_they_were_given_are_clean(issued_kit: HouseKit, receipts: tuple[Given, Given]) -> None:
    assert receipts[0].log_index != receipts[1].log_index
    assert _found(issued_kit) == []


def test_a_changed_hash_is_named(issued_kit: HouseKit, receipts: tuple[Given, Given]) -> None:
    index = receipts[1].log_index
    _change(issued_kit, "UPDATE receipts SET sha256 = :s WHERE log_index = :i", s="0" * 64, i=index)
    assert _found(issued_kit) == [(index, Problem.ROW_DIFFERS, "receipts")]


def test_a_receipt_under_another_id_is_named(issued_kit: HouseKit, receipts: tuple[Given, Given]) -> None:
    index = receipts[0].log_index
    _change(issued_kit, "UPDATE receipts SET id = :id WHERE log_index = :i", id=uuid4().hex, i=index)
    assert _found(issued_kit) == [(index, Problem.ROW_DIFFERS, "receipts")]


def test_a_row_that_leads_to_no_receipt_entry_is_named(
    issued_kit: HouseKit, receipts: tuple[Given, Given]
) -> None:
    index = receipts[0].log_index
    _change(issued_kit, "UPDATE receipts SET log_index = 0 WHERE log_index = :i", i=index)
    assert _found(issued_kit) == [
        (0, Problem.ENTRY_MISSING, "receipts"),
        (index, Problem.ROW_MISSING, "receipts"),
    ]


def test_a_removed_row_is_named_until_its_days_are_over(
    issued_kit: HouseKit, receipts: tuple[Given, Given]
) -> None:
    index = receipts[0].log_index
    _change(issued_kit, "DELETE FROM receipts WHERE log_index = :i", i=index)
    assert _found(issued_kit) == [(index, Problem.ROW_MISSING, "receipts")]
    issued_kit.now += KEPT + timedelta(minutes=1)
    assert _found(issued_kit) == []
