"""Pictures of a print by the score, made as clerks take them: codes and marks are read and never misread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.services.verifying import HouseRegister, OwnVerifier
from domain.verdict import ClaimStatus
from tests.web.photographs import photograph, printed_page, scan
from tests.web.test_paper import PIXELS, SHARP
from tests.world.world import World
from verifier.limits import DEFAULT_LIMITS
from verifier.pdf.picture import read as read_picture
from verifier.policies import policy as policies

PICTURES = 100
AT_LEAST = 98


@pytest.mark.slow
def test_a_hundred_photographs_of_the_cover(house: World) -> None:
    report = house.report("records")
    number = house.content(report)["number"]
    paper = printed_page(report.read_bytes())
    context = house.open()
    verifier = OwnVerifier(context, HouseRegister(context.store, context), size=2)
    now = context.clock()
    judge = verifier.at(now)

    def read(seed: int) -> tuple[str, str]:
        taken = photograph(paper, seed)
        verdict = judge.verify(taken.data, "shot.jpg", policy=policies.builtin(), now=now)
        if verdict.status is ClaimStatus.STANDS and verdict.report == {"number": number}:
            return "read", taken.how
        # Of a picture in which only the foot's code can be read, that is told, and nothing is claimed.
        foot = (verdict.code, verdict.status, verdict.report)
        missed = verdict.code == "code_unreadable" or foot == (
            "page_mark", ClaimStatus.UNKNOWN, {"number": number}
        )  # fmt: skip
        return ("missed" if missed else "wrong"), taken.how

    try:
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(read, range(PICTURES)))
    finally:
        verifier.close()
        context.store.close()
    assert [how for outcome, how in outcomes if outcome == "wrong"] == []
    assert len([how for outcome, how in outcomes if outcome == "read"]) >= AT_LEAST, [
        how for outcome, how in outcomes if outcome == "missed"
    ]


@pytest.mark.slow
def test_forty_photographs_and_forty_scans_of_a_page(house: World) -> None:
    """ADR 23's measurement of the mark as it is printed, on this layout."""
    sheet = printed_page(house.report("clean").read_bytes(), 1, SHARP)

    def marks(data: bytes) -> int:
        return sum("#M" in text for text in read_picture(data, DEFAULT_LIMITS, mark=True).codes)

    taken = sum(marks(photograph(sheet, seed, PIXELS).data) for seed in range(40))
    scanned = sum(marks(scan(sheet, seed)) for seed in range(40))
    assert (taken >= 39, scanned >= 39) == (True, True), (taken, scanned)
