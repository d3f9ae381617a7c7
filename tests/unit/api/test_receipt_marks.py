"""The marks beside a receipt's checks are characters that the page's faces have."""

from __future__ import annotations

import pytest

from api.services.checking import receipt_page
from domain.verdict import Outcome
from signer.fonts import load_fonts


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_of_a_check_can_be_printed(outcome: Outcome) -> None:
    assert ord(receipt_page._MARKS[outcome]) in load_fonts().covered
