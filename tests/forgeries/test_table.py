"""Every forgery of the threat list gets its code and reason; none reads as valid, none crashes."""

from __future__ import annotations

import pytest

from domain.reasons import REASONS
from domain.verdict import Code, Status
from tests.forgeries.conftest import Judge
from tests.forgeries.on_bytes import TABLE as ON_BYTES
from tests.forgeries.on_pdf import BY_PROGRAM
from tests.forgeries.on_pdf import TABLE as ON_PDF
from tests.forgeries.original import Forgery, Original


def test_the_original_itself_is_valid(judge: Judge, original: Original) -> None:
    # Without this every row below could pass for the wrong reason.
    verdict = judge(original.pdf)
    assert (verdict.status, verdict.code) == (Status.VALID, Code.OK)


def _require(judge: Judge, original: Original, forgery: Forgery) -> None:
    forged = forgery.make(original)
    assert forged != original.pdf
    verdict = judge(forged)
    assert verdict.status is not Status.VALID
    assert verdict.code in forgery.codes, f"{verdict.code} / {verdict.reason}"
    assert verdict.reason in REASONS[Code(verdict.code)]
    if forgery.reasons:
        assert verdict.reason in forgery.reasons


@pytest.mark.parametrize("forgery", [*ON_BYTES, *ON_PDF], ids=lambda forgery: forgery.name)
def test_forgery(judge: Judge, original: Original, forgery: Forgery) -> None:
    _require(judge, original, forgery)


@pytest.mark.parametrize(
    "forgery",
    [pytest.param(forgery, marks=pytest.mark.tool(tool), id=forgery.name) for tool, forgery in BY_PROGRAM],
)
def test_saved_by_another_program(judge: Judge, original: Original, forgery: Forgery) -> None:
    _require(judge, original, forgery)


def test_no_two_forgeries_share_a_name() -> None:
    names = [forgery.name for forgery in (*ON_BYTES, *ON_PDF, *(forgery for _, forgery in BY_PROGRAM))]
    assert len(set(names)) == len(names)
