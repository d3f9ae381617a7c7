"""Codes are kept as keyed hashes, fit only their number, and lock for good after a hundred wrong tries."""

from __future__ import annotations

from api.services.issuing.codes import (
    MAX_WRONG_TRIES,
    PlainCodes,
    code_fits,
    fresh,
    hashed,
    paper_secret_fits,
)
from tests.unit.api.house_kit import HouseKit

NUMBER, OTHER = "15030020260615AAAAAAAA", "15030020260615BBBBBBBB"


def _kept(kit: HouseKit) -> PlainCodes:
    plain = fresh(kit.context)
    with kit.context.store.writing() as work:
        work.reports.add_codes(hashed(kit.context, NUMBER, plain))
        work.commit()
    return plain


def test_a_code_has_twelve_digits_and_is_not_kept(kit: HouseKit) -> None:
    plain = _kept(kit)
    assert len(plain.code) == 12
    assert plain.code.isdigit()
    with kit.context.store.reading() as work:
        kept = work.reports.codes(NUMBER)
    assert kept is not None
    assert plain.code.encode() not in kept.code_hash + kept.paper_secret_hash
    assert plain.paper_secret not in kept.code_hash + kept.paper_secret_hash


def test_only_the_right_code_for_the_right_number_fits(kit: HouseKit) -> None:
    plain = _kept(kit)
    groups = f"{plain.code[:4]} {plain.code[4:8]} {plain.code[8:]}"
    wrong = f"{(int(plain.code) + 1) % 10**12:012d}"
    assert code_fits(kit.context, NUMBER, groups)
    assert not code_fits(kit.context, NUMBER, wrong)
    assert not code_fits(kit.context, OTHER, plain.code)
    with kit.context.store.reading() as work:
        assert paper_secret_fits(kit.context, work, NUMBER, plain.paper_secret)
        assert not paper_secret_fits(kit.context, work, NUMBER, bytes(16))
        assert not paper_secret_fits(kit.context, work, OTHER, plain.paper_secret)


def test_a_hundred_wrong_tries_lock_it_for_good(kit: HouseKit) -> None:
    plain = _kept(kit)
    wrong = f"{(int(plain.code) + 1) % 10**12:012d}"
    for _ in range(MAX_WRONG_TRIES - 1):
        code_fits(kit.context, NUMBER, wrong)
    assert code_fits(kit.context, NUMBER, plain.code)
    code_fits(kit.context, NUMBER, wrong)
    assert not code_fits(kit.context, NUMBER, plain.code)
