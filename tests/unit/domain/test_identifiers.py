"""Identifiers: report numbers, USCC, UUIDv7, masks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as reference

from domain import identifiers
from domain.errors import MalformedInput
from domain.identifiers import ReportNumber, check_uscc, mask_person_number, normalise_identifier, uuid7
from tests.unit.domain.strategies import instants, quick

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def test_uuid7_is_the_example_of_rfc_9562() -> None:
    expected = UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")
    random_bits = 0xCC3 << 62 | 0x18C4DC0C0C07398F
    made = uuid7(
        datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC), lambda size: (random_bits << 6).to_bytes(size, "big")
    )
    assert made == expected


@quick
@given(first=instants, second=instants, noise=st.binary(min_size=10, max_size=10))
def test_uuid7_sorts_by_time(first: datetime, second: datetime, noise: bytes) -> None:
    made = uuid7(first, lambda size: noise[:size])
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    if int(first.timestamp() * 1000) + 1 < int(second.timestamp() * 1000):
        assert made < uuid7(second, lambda size: bytes(size))


def test_report_number_reads_as_printed() -> None:
    number = ReportNumber.parse("15030020260301ABCDEF01")
    assert (number.region, number.issued_on, number.tail) == ("150300", date(2026, 3, 1), "ABCDEF01")
    assert str(number) == "15030020260301ABCDEF01"
    made = ReportNumber.make("140000", date(2025, 11, 1), lambda size: b"\x00\xff\x10\xab"[:size])
    assert str(made) == "1400002025110100FF10AB"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "15030020260301ABCDEF0",
        "15030020260301abcdef01",
        "15030020260230ABCDEF01",
        "1503002026030１ABCDEF01",
    ],
)
def test_another_spelling_is_no_report_number(text: str) -> None:
    with pytest.raises(MalformedInput, match="number_form"):
        ReportNumber.parse(text)


def test_typing_is_forgiven() -> None:
    assert str(ReportNumber.parse_typed(" 150300-20260301 abcdef０１ ")) == "15030020260301ABCDEF01"


@quick
@given(
    head=st.text(ALPHABET, min_size=2, max_size=2),
    region=st.integers(0, 999999),
    code=st.text(ALPHABET, min_size=8, max_size=8),
)
def test_uscc_agrees_with_the_reference_library(head: str, region: int, code: str) -> None:
    body = f"{head}{region:06d}{code}{identifiers.organisation_check_digit(code)}"
    good = body + reference.calc_check_digit(body)
    assert check_uscc(good).problem is None
    assert check_uscc(good).warnings == ()
    if head.isdigit():
        assert reference.is_valid(good)
    for digit in ALPHABET:
        if digit != good[-1]:
            assert check_uscc(body + digit).problem == "uscc_check_digit"


def test_what_is_wrong_with_a_uscc_is_named() -> None:
    assert check_uscc("９１１１０００ ０６０００３７３４1l").problem is None
    assert check_uscc("  ").problem == "uscc_empty"
    assert check_uscc("9111000060003734").problem == "uscc_length"
    assert check_uscc("9111000060003734IL").problem == "uscc_characters"
    assert check_uscc("911100006000373410").problem == "uscc_check_digit"


def test_a_wrong_inner_digit_alone_only_warns() -> None:
    body = "91110000600037342"
    check = check_uscc(body + reference.calc_check_digit(body))
    assert (check.problem, check.warnings) == (None, ("uscc_organisation_digit",))


@pytest.mark.parametrize(
    ("eight", "digit"), [("60003734", "1"), ("D2143569", "X"), ("00000000", "0"), ("00000001", "9")]
)
def test_organisation_digit(eight: str, digit: str) -> None:
    assert identifiers.organisation_check_digit(eight) == digit


@quick
@given(text=st.text(max_size=30))
def test_normalising_is_stable(text: str) -> None:
    once = normalise_identifier(text)
    assert "".join(once.split()) == once
    assert check_uscc(text).value == once


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("150302199001011234", "150*************34"),
        ("150302199001０1123x", "150*************3X"),
        ("G12345678", "G*******8"),
        ("AB12", "****"),
        ("", ""),
    ],
)
def test_person_numbers_are_masked(number: str, shown: str) -> None:
    assert mask_person_number(number) == shown


def test_key_id_is_the_start_of_the_hash() -> None:
    assert identifiers.key_id(b"abc").hex() == "ba7816bf8f01cfea"
