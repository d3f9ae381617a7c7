"""No certificate number, plate, mobile number or third person's name survives in free text (rule R7)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.intake.redaction import redact_text, treatment_of
from tests.unit.records_intake.making import FIRM, PERSON, credit_code, person_number


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        (f"身份证号{PERSON}。", PERSON),
        (f"张三({PERSON})驾驶", PERSON),
        (f"SFZ{PERSON}A", PERSON),
        (f"{PERSON[:6]} {PERSON[6:14]} {PERSON[14:]}", PERSON[6:14]),
        ("".join(chr(ord(c) + 0xFEE0) for c in PERSON[:17]) + "Ｘ", "９０"),
        ("身份证号码:150302900101123", "150302900101123"),
        ("持护照E12345678入境", "E12345678"),
        ("电话13812345678", "13812345678"),
        ("驾驶蒙C12345号车", "12345"),
        ("车牌号蒙C·D12345", "D12345"),
        ("蒙C1234挂", "1234"),
        ("现场负责人:欧阳示范,在场", "欧阳示范"),
        ("直接责任人员李示例,男", "李示例"),
        ("当事人王示范因超载", "王示范"),
    ],
)
def test_what_names_a_person_is_redacted(text: str, gone: str) -> None:
    assert gone not in redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "负责人未履行安全管理职责",
        "从业人员未经培训上岗",
        f"统一社会信用代码{FIRM}",
        "乌市监罚〔2024〕12号,罚款200000元",
        "2024年01月05日14时检查",
        "",
        "《中华人民共和国安全生产法》第九十四条第一款",
        "注册号150300000012345",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert redact_text(text) == text


def test_a_credit_code_of_digits_alone_stays_unless_it_looks_like_a_person() -> None:
    codes = (credit_code(f"{n:08d}", "91150302") for n in range(10_000_000, 10_000_400))
    code = next(c for c in codes if c.isdigit())
    assert redact_text(f"代码{code}。") == f"代码{code}。"


@pytest.mark.parametrize(
    ("header", "value", "gone"),
    [
        ("法人身份证号", PERSON, PERSON[6:14]),
        ("负有直接责任的财务负责人姓名", "李示例、王范", "李示例"),
        ("车牌号", "蒙C12345", "12345"),
        ("联系电话", "0473-8991234", "8991234"),
        ("主要负责人", "赵示", "赵示"),
        ("家庭住址", "乌海市某街1号", "某街"),
    ],
)
def test_columns_are_treated_by_their_header(header: str, value: str, gone: str) -> None:
    kept = treatment_of(header)(value)
    assert gone not in kept
    assert kept


@given(
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.integers(0, 999),
    st.text(max_size=20),
    st.text(max_size=20),
)
def test_no_resident_number_survives_anywhere(day: date, tail: int, before: str, after: str) -> None:
    number = person_number(f"150302{day.year:04d}{day.month:02d}{day.day:02d}{tail:03d}")
    if not before[-1:].isdigit() and not after[:1].isdigit():
        assert number not in redact_text(before + number + after)
