"""Single cells: dates, amounts, categories, procedures, identity of numbers, redaction."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import MalformedInput
from records.intake import amounts, cells
from records.intake.categories import categories_of, penalties_in, settle
from records.intake.codes import QUARANTINE
from records.intake.identity import plain_document_number
from records.intake.redaction import redact_text
from records.model import Category, Procedure
from tests.unit.records_intake.making import FIRM, PERSON


@given(st.text(alphabet="〔〕[]【(）0123456789号罚乌海aZＺ７-－#＃ \u3000\u200b①㈱ﾀﾞé·"))
def test_the_short_way_to_a_plain_document_number_is_the_long_one(text: str) -> None:
    # A character that is no usual one sends every number the long way, and stands at the end as itself.
    assert plain_document_number(text) + "é".upper() == plain_document_number(text + "é")


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-05", "2024/1/5", "2024.01.05", "2024年1月5日", "2024 年 1 月 5 日", "20240105", "２０２４年０１月０５日",
        "2024-01-05 00:00:00", "2024/1/5 13:05", "2024-01-05T08:00:00+08:00", "2024-01-05 00:00:00.0", "45296",
        "45296.5", "二〇二四年一月五日", "２０２４／０１／０５", "20240105120000",
    ],
)  # fmt: skip
def test_spellings_of_one_day(text: str) -> None:
    assert cells.day_of(text) == date(2024, 1, 5)


def test_serial_days_of_both_systems_and_open_ends() -> None:
    assert cells.day_of("43834", date_1904=True) == date(2024, 1, 5)
    assert cells.day_of("2099/12/31") == date(2099, 12, 31)
    assert cells.day_of("73050") == date(2099, 12, 31)
    assert cells.day_of("二〇二三年十二月三十一日") == date(2023, 12, 31)


@pytest.mark.parametrize(
    "text",
    ["2024-13-01", "2024-02-30", "24-01-05", "05/01/2024", "2024年1月", "2024", "昨天", "2024-1/5", "1", "99999",
     "二〇二四年一二月五日", "2024-01-05Z", "1900/1/1 "],
)  # fmt: skip
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        cells.day_of(text)
    assert caught.value.code in {"date_unreadable", "date_implausible"}


@given(
    st.dates(date(1950, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"]),
)
def test_every_day_is_read_as_written(day: date, form: str) -> None:
    assert cells.day_of(day.strftime(form)) == day


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0.2", 200_000),
        ("", 0),
        ("/", 0),
        ("—", 0),
        ("0.2万元", 200_000),
        ("１.５", 1_500_000),
        ("1,234.5", 1_234_500_000),
    ],
)
def test_amounts_in_wan(text: str, fen: int) -> None:
    assert cells.fen_of(text) == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("两千", "amount_unreadable"),
        ("-1", "amount_negative"),
        ("2000元", "amount_unit_word"),
        ("0.0000001", "amount_unreadable"),
    ],
)
def test_amounts_that_are_none(text: str, code: str) -> None:
    with pytest.raises(MalformedInput, match=code):
        cells.fen_of(text)


@pytest.mark.parametrize(
    ("text", "fines"),
    [
        ("罚款2000元", (200_000,)),
        ("罚款人民币2,000元整", (200_000,)),
        ("处以罚款:0.2万元", (200_000,)),
        ("罚款贰仟元整（¥2000.00）", (200_000,)),
        ("罚款人民币壹拾贰万叁仟元", (12_300_000,)),
        ("处以二万七千七百一十元罚款", (2_771_000,)),
        ("上一年度销售额277.10万元,处以销售额1%的罚款2.771万元", (2_771_000,)),
        ("1.警告;2.罚款3000元;3.罚款5000元", (300_000, 500_000)),
        ("逾期不缴纳的,每日按罚款数额的3%加处罚款", ()),
        ("加处罚款300元", ()),
        ("没收违法所得800元", ()),
        ("货值2000元", ()),
    ],
)
def test_only_amounts_that_belong_to_the_fine_are_taken(text: str, fines: tuple[int, ...]) -> None:
    assert amounts.stated_in(text).fines == fines


def test_confiscated_amounts() -> None:
    assert amounts.stated_in("没收违法所得人民币800元,罚款2000元").taken == (80_000,)
    assert amounts.stated_in("没收违法所得1.2万元").taken == (1_200_000,)


@pytest.mark.parametrize(
    ("column", "stated", "problem"),
    [
        (200_000, (200_000,), None),
        (800_000, (300_000, 500_000), None),
        (500_000, (300_000, 500_000), None),
        (2_770_000, (2_771_000,), None),
        (200_000 * 10_000, (200_000,), "amount_unit"),
        (20, (200_000,), "amount_unit"),
        (300_000, (200_000,), "amount_mismatch"),
        (277_100_000, (2_771_000,), "amount_mismatch"),
        (12_345, (), None),
    ],
)
def test_the_column_against_the_text(column: int, stated: tuple[int, ...], problem: str | None) -> None:
    assert amounts.compare(column, stated) == problem


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("罚款", (Category.FINE,)),
        ("警告,罚款", (Category.WARNING, Category.FINE)),
        ("警告；罚款；没收违法所得", (Category.WARNING, Category.FINE, Category.CONFISCATE_GAINS)),
        ("没收违法所得、没收非法财物", (Category.CONFISCATE_GAINS, Category.CONFISCATE_GOODS)),
        ("罚款|责令停产停业", (Category.FINE, Category.SUSPEND_OPERATION)),
        ("暂扣或者吊销许可证", (Category.SUSPEND_LICENCE, Category.REVOKE_LICENCE)),
        ("其他-责令改正、限期拆除", (Category.OTHER,)),
        ("不予行政处罚", (Category.NO_PENALTY,)),
        ("行政拘留", (Category.DETENTION,)),
        ("", ()),
    ],
)
def test_categories_in_one_cell(text: str, found: tuple[Category, ...]) -> None:
    assert categories_of(text).found == found
    assert not categories_of(text).unknown


def test_an_unknown_category_counts_as_other_and_is_reported() -> None:
    assert categories_of("训诫").found == (Category.OTHER,)
    assert categories_of("训诫").unknown == ("训诫",)


@pytest.mark.parametrize(
    ("column", "content", "fen", "settled"),
    [
        ((Category.NO_PENALTY,), "不予行政处罚", 0, (Category.NO_PENALTY,)),
        ((Category.NO_PENALTY,), "对A行为不予行政处罚;对B行为罚款5000元", 0, (Category.FINE,)),
        ((Category.NO_PENALTY, Category.WARNING), "", 0, (Category.WARNING,)),
        ((Category.NO_PENALTY,), "不予处罚", 100, (Category.FINE,)),
        ((Category.FINE,), "不予行政处罚", 0, (Category.FINE,)),
        ((Category.OTHER,), "不予行政处罚", 0, (Category.NO_PENALTY,)),
        ((), "警告,罚款200元", 20_000, (Category.WARNING, Category.FINE)),
        ((Category.NO_PENALTY,), "不予罚款,不予行政处罚", 0, (Category.NO_PENALTY,)),
    ],
)
def test_no_penalty_stands_only_alone(
    column: tuple[Category, ...], content: str, fen: int, settled: tuple[Category, ...]
) -> None:
    assert settle(column, content, fen) == settled


def test_penalties_denied_are_no_penalties() -> None:
    assert penalties_in("免予罚款,给予警告") == (Category.WARNING,)


def test_procedures() -> None:
    assert [cells.procedure_of(t) for t in ("普通程序", "一般程序", "简易程序", "", "未注明", "某某")] == [
        Procedure.ORDINARY, Procedure.ORDINARY, Procedure.SIMPLE, Procedure.UNSTATED, Procedure.UNSTATED, None,
    ]  # fmt: skip


def test_document_numbers_are_one_in_every_spelling() -> None:
    spellings = [
        "乌市监罚〔2024〕12号",
        "乌市监罚[2024]12号",
        "乌市监罚（2024）12号",
        "乌市监罚【２０２４】12 号",
        "乌市监罚(2024)１２号",
    ]
    assert len({plain_document_number(text) for text in spellings}) == 1
    assert plain_document_number("A-1") == plain_document_number("a－１") != plain_document_number("A-11")


def test_numbers_of_persons_and_bodies() -> None:
    assert cells.is_resident_number(PERSON)
    assert not cells.is_resident_number(PERSON[:-1] + ("0" if PERSON[-1] != "0" else "1"))
    assert cells.organisation_code_of(FIRM[8:16] + "-" + FIRM[16]) == FIRM[8:17]
    assert cells.organisation_code_of("12345678-0") is None


LONG = [
    "1",
    "九",
    "没收",
    "罚款",
    "罚款1",
    "负责人王",
    "(",
    "身份证",
    "1 ",
    "不予",
    "蒙C",
    "〔",
    "年1",
    ",",
    "其他",
    "护照A",
]


@pytest.mark.parametrize("piece", LONG)
def test_the_longest_cell_is_read_in_a_moment(piece: str) -> None:
    """SECURITY: no pattern may take time that grows with the square of a cell; 32,767 characters is the limit."""
    text = (piece * 32_767)[:32_767]
    begun = time.process_time()
    amounts.stated_in("罚款" + text)
    categories_of(text)
    penalties_in(text)
    redact_text(text)
    plain_document_number(text)
    with pytest.raises(MalformedInput):
        cells.day_of(text)
    assert time.process_time() - begun < 5


@given(st.text(max_size=30))
def test_any_text_gives_a_value_or_malformed_input(text: str) -> None:
    for read in (cells.day_of, cells.fen_of, cells.review_of):
        try:
            read(text)
        except MalformedInput as error:
            assert error.code in QUARANTINE
    cells.procedure_of(text)
    cells.repair_of(text)
    categories_of(text)
    amounts.stated_in("罚款" + text)
    cells.organisation_code_of(text)
    cells.is_resident_number(text)


@given(st.text(st.sampled_from("乌监罚〔〕[]()（）【】0129０９ 号-－第Aａ"), max_size=20))
def test_a_plain_document_number_stays_as_it_is(text: str) -> None:
    assert plain_document_number(plain_document_number(text)) == plain_document_number(text)
