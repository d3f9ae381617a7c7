"""One flipped bit anywhere makes a report something else."""

from __future__ import annotations

from random import Random

import pytest

from domain.verdict import Authenticity, Status
from tests.forgeries.conftest import Judge
from tests.forgeries.original import Original

pytestmark = pytest.mark.slow
ELSEWHERE = 2000


def _flipped(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]


def test_one_bit_in_every_byte_of_the_gap(judge: Judge, original: Original) -> None:
    draw = Random(1)
    start, end = original.gap
    for at in range(start, end):
        verdict = judge(_flipped(original.pdf, at, draw.randrange(8)))
        assert verdict.status is not Status.VALID, at
        assert verdict.authenticity is not Authenticity.GENUINE, at


def test_one_bit_at_two_thousand_other_places(judge: Judge, original: Original) -> None:
    draw = Random(2)
    start, end = original.gap
    outside = [*range(start), *range(end, len(original.pdf))]
    for at in draw.sample(outside, ELSEWHERE):
        verdict = judge(_flipped(original.pdf, at, draw.randrange(8)))
        assert verdict.status is not Status.VALID, at
        assert verdict.authenticity is not Authenticity.GENUINE, at
