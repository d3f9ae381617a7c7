"""The cover holds by itself: rules keep clear of words, and what finds no room stands on the next page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import zxingcpp
from PIL import Image

from domain import report_json
from domain.catalogue import DOMAINS
from domain.report import DataState, ReportContent, Variant
from signer.layout import render
from tests.unit.signer import samples

CLEAR_PT = 4.5
"""Between a rule and the ink of a word: half the height of a line of small text."""
LONG_NAME = "山西省太原市综改示范区学府园区晨曦新型高分子复合材料与装备制造研发设计有限责任公司"


def narrowed_with_records(*, full: bool = False) -> ReportContent:
    """Three of forty domains chosen, twelve records in them, every line of the totals."""
    base = samples.narrowed()
    slugs = base.scope.chosen
    items = [
        samples.record(i, slugs[i % 3], full=full, marks=(("repaired", "objected") if i == 7 else ()))
        for i in range(11)
    ]
    items.append(samples.record(11, slugs[1], kind="dishonest-list", marks=("removed",), full=full))
    return _with(base, items, variant=Variant.FULL if full else Variant.SUMMARY)


def _with(base: ReportContent, items: list[Any], **changes: Any) -> ReportContent:
    return replace(base, records=tuple(items), totals=samples.totals(items), **changes)


def crowded() -> ReportContent:
    """A long name and address, branches, two windows left out, every data state, records and two bases."""
    base = samples.narrowed()
    chosen = ("taxation", "fire_safety", "energy", "archives")
    left = tuple(slug for slug in tuple(DOMAINS)[:41] if slug not in chosen and slug != "court_enforcement")
    base = replace(
        base,
        subject=replace(
            base.subject,
            name=LONG_NAME,
            registered_state="吊销，未注销",
            registration_authority="山西转型综合改革示范区管理委员会行政审批局",
            residence="山西省太原市山西转型综合改革示范区学府产业园南中环街529号清控创新基地C座20层2001号至2012号",
        ),
        scope=replace(
            base.scope,
            chosen=chosen,
            omitted=left[:36],
            window_to=date(2026, 6, 30),
            branches_known=(
                "太原市小店区第一分公司",
                "大同市平城区分公司",
                "长治市潞州区分公司",
                "运城分公司",
            ),
        ),
        basis=base.basis * 2,
        domains=(
            samples.line("taxation", 4, DataState.LATE, data_reasons=("unit_late",)),
            samples.line("fire_safety", 0, DataState.PENDING, data_reasons=("doubt",)),
            samples.line("energy", 0, DataState.PARTIAL, data_reasons=("gap",)),
            samples.uncollected("archives"),
        ),
    )
    return _with(base, [samples.record(i, "taxation", marks=("repaired",)) for i in range(4)])


def overfull() -> ReportContent:
    """More than one page can say: the crowded one in a trial phase, of a past day, dated, on five bases."""
    base = crowded()
    return replace(
        base,
        phase="trial",
        historical=True,
        fresh_until=datetime(2026, 12, 20, 16, 0, tzinfo=UTC),
        purpose="申请山西省省级专精特新中小企业认定及财政奖补资金，并用于上市辅导期合规核查",
        basis=base.basis + base.basis + base.basis[:1],
    )


COVERS: dict[str, Callable[[], ReportContent]] = {
    **samples.ALL,
    "narrowed_with_records": narrowed_with_records,
    "narrowed_with_records_full": lambda: narrowed_with_records(full=True),
    "long_name": lambda: samples.clean(subject=replace(samples.clean().subject, name=LONG_NAME)),
    "crowded": crowded,
    "overfull": overfull,
}


@pytest.fixture(scope="module")
def laid_out() -> dict[str, bytes]:
    return {name: _lay_out(make()) for name, make in COVERS.items()}


def _lay_out(content: ReportContent) -> bytes:
    return render(content, report_json.encode(content), samples.extras(content))


def _words(pdf: bytes, page: int) -> str:
    with pypdfium2.PdfDocument(pdf) as opened:
        return re.sub(r"\s", "", opened[page - 1].get_textpage().get_text_bounded())


def _rules(page: Any) -> list[float]:
    """The heights of the long horizontal rules of a page."""
    bounds = [item.get_bounds() for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=1)]
    return [
        (bottom + top) / 2 for left, bottom, right, top in bounds if top - bottom < 2.5 and right - left > 200
    ]


def _ink(page: Any) -> list[tuple[float, float]]:
    """From where to where each character's ink reaches in height."""
    text = page.get_textpage()
    boxes = [text.get_charbox(index) for index in range(text.count_chars())]
    return [(bottom, top) for _, bottom, _, top in boxes if top > bottom]


@pytest.mark.parametrize("name", COVERS)
def test_no_rule_of_the_cover_comes_near_a_word(laid_out: dict[str, bytes], name: str) -> None:
    with pypdfium2.PdfDocument(laid_out[name]) as opened:
        page = opened[0]
        ink = _ink(page)
        # The two outer rules belong to the head and to the footer and never move.
        rules = sorted(_rules(page))[1:-1]
    assert len(rules) >= (3 if name == "overfull" else 4)
    near = [min(min(abs(rule - bottom), abs(rule - top)) for bottom, top in ink) for rule in rules]
    assert min(near) >= CLEAR_PT, near
    assert not [rule for rule in rules for bottom, top in ink if bottom < rule < top]


@pytest.mark.parametrize("name", COVERS)
def test_the_first_page_holds_what_a_cover_must_and_its_code(laid_out: dict[str, bytes], name: str) -> None:
    content = COVERS[name]()
    words = _words(laid_out[name], 1)
    must = ["出具单位", content.number, "482913370562", "登记状态", "用途"]
    if name != "overfull":
        must += ["生成时间", "依据", "数据截至", "查询结果"]
    assert [word for word in must if word not in words] == []
    with pypdfium2.PdfDocument(laid_out[name]) as opened:
        picture = opened[0].render(scale=3).to_pil().convert("L")
    assert samples.extras(content).cover_link.text in [code.text for code in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("name", ["narrowed", "narrowed_with_records", "narrowed_with_records_full"])
def test_r1_the_cover_names_what_was_left_out(laid_out: dict[str, bytes], name: str) -> None:
    words = _words(laid_out[name], 1)
    left_out = [DOMAINS[slug].zh for slug in COVERS[name]().scope.omitted]
    assert [domain for domain in left_out if domain not in words] == []


def test_a_crowded_cover_keeps_the_number_and_the_names_stand_behind_it(laid_out: dict[str, bytes]) -> None:
    cover, behind = _words(laid_out["crowded"], 1), _words(laid_out["crowded"], 2)
    assert "仅涵盖4/40领域（主体自选）" in cover
    assert "未纳入36个领域，名称列于第2页。" in cover
    assert "△待核1个领域" in cover
    assert "登记机关、住所列于第2页" in cover
    assert "分类统计见第2页。" in cover
    assert "封面（续）" in behind
    left_out = [DOMAINS[slug].zh for slug in crowded().scope.omitted]
    assert [domain for domain in left_out if domain not in behind] == []
    assert "2001号至2012号" in behind
    assert "金额合计" in behind


def test_a_cover_that_fits_has_nothing_behind_it(laid_out: dict[str, bytes]) -> None:
    for name in ("clean", "narrowed", "with_records", "pending", "trader"):
        assert "封面（续）" not in _words(laid_out[name], 2), name


def test_a_cover_of_two_pages_says_everything_once(laid_out: dict[str, bytes]) -> None:
    first, second = _words(laid_out["overfull"], 1), _words(laid_out["overfull"], 2)
    both = first + second
    assert "第2页" not in first.replace("第2页共", "")
    assert "逐项见后页" in both
    assert both.count("有记录4条") == 1
    assert "2001号至2012号" in both
    assert "生成时间" in second
    assert "各领域查询结果" in _words(laid_out["overfull"], 3)


def test_a_supplied_seal_lies_on_no_code() -> None:
    seal = BytesIO()
    Image.new("RGB", (90, 90), (200, 0, 0)).save(seal, format="PNG")
    for content in (samples.clean(), crowded()):
        extras = samples.extras(content, seal_png=seal.getvalue())
        with pypdfium2.PdfDocument(render(content, report_json.encode(content), extras)) as opened:
            picture = opened[0].render(scale=3).to_pil().convert("L")
        read = [code.text for code in zxingcpp.read_barcodes(picture)]
        assert extras.cover_link.text in read
        assert sum("#M" in text for text in read) == 1
