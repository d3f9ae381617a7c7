"""A hundred pictures of a printed cover, made as clerks take them: the code is read and never misread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.services.verifying import HouseRegister, OwnVerifier
from domain.verdict import ClaimStatus
from tests.web.photographs import photograph, printed_page
from tests.world.world import World
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
        return ("missed" if verdict.code == "code_unreadable" else "wrong"), taken.how

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
