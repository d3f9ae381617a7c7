"""A third region is one new file and no code: it differs from the shipped ones on every axis."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import Refused
from domain.report import Conclusion
from records.model import Kind, Procedure, Repair
from records.regions import load_region, shipped_regions
from tests.unit.records.making import LOCAL, NOW, THIRD, TODAY, attest, composed, penalty

ROOT = Path(__file__).parents[3]
SUBJECT = replace(LOCAL, registration_authority="甲乙市市场监督管理局", residence="甲乙市")


def report(*records, **changes):
    return composed(THIRD, records, subject=SUBJECT, **changes)


def court(name="j", **changes):
    return penalty(
        name,
        **{
            "kind": Kind.JUDGMENT,
            "unit": "court",
            "domains": ("court_enforcement",),
            "procedure": None,
            "categories": (),
            "fine_fen": 0,
            "decided_on": date(2025, 1, 2),
            "effective_on": date(2025, 1, 20),
            **changes,
        },
    )


def test_it_has_its_own_title_twelve_domains_and_validity():
    content = report().content
    assert content.title == "无违法记录专用报告"
    assert len(content.domains) == 12
    assert content.fresh_until == NOW + timedelta(days=10)
    assert content.phase == "full"
    assert content.basis[0].number == "甲乙政发〔2026〕1号"


def test_review_is_by_a_person_within_ten_days():
    settings = THIRD.settings_at(TODAY)
    assert (settings.review_mode, settings.objection_days) == ("person", 10)


def test_the_window_rolls():
    assert report().content.scope.window_from == date(2021, 11, 20)
    later = datetime(2027, 3, 1, 4, tzinfo=NOW.tzinfo)
    assert THIRD.settings_at(later.date()).window_start(later.date()) == date(2022, 3, 1)
    inside = penalty("in", unit="enforcement", decided_on=date(2021, 11, 20))
    outside = penalty("out", unit="enforcement", decided_on=date(2021, 11, 19))
    assert report(inside, outside).content.totals.records == 1


def test_ordinary_penalties_abnormal_list_and_judgments_count():
    fire = penalty("f", unit="enforcement")
    simple = penalty("s", unit="enforcement", procedure=Procedure.SIMPLE, fine_fen=10_000)
    abnormal = penalty(
        "a",
        kind=Kind.ABNORMAL_LIST,
        unit="market_regulation",
        domains=("market_regulation",),
        procedure=None,
        categories=(),
        fine_fen=0,
    )
    coercion = penalty("c", kind=Kind.COERCION, unit="enforcement", procedure=None)
    listed = penalty("d", kind=Kind.DISHONEST_LIST, unit="enforcement", procedure=None)
    totals = report(fire, simple, abnormal, court(), coercion, listed).content.totals
    assert totals.by_kind == {"abnormal-list": 1, "judgment": 1, "penalty": 1}


def test_repaired_records_are_hidden():
    repaired = penalty(unit="enforcement", repair=Repair.REPAIRED, repaired_on=date(2025, 1, 1))
    content = report(repaired).content
    assert content.totals.records == content.totals.repaired == 0
    line = next(line for line in content.domains if line.id == "fire_safety")
    assert line.conclusion is Conclusion.NONE
    assert content.scope.profile.repair_regime == "hide"


def test_nobody_chooses():
    with pytest.raises(Refused, match="choice_not_allowed"):
        report(domains=("taxation",))
    with pytest.raises(Refused, match="choice_not_allowed"):
        report(window_from=date(2025, 1, 1))


def test_lateness_is_its_own_per_kind():
    marks = attest(THIRD, TODAY - timedelta(days=10))
    states = {line.id: line.data_state for line in report(watermarks=marks).content.domains}
    assert states["taxation"] == "late"
    assert states["court_enforcement"] == "current"


def test_no_code_or_name_of_a_region_stands_in_the_source():
    regions = [load_region(data) for data in shipped_regions().values()] + [THIRD]
    words = {word for region in regions for word in (region.code, region.name, region.name.rstrip("市省"))}
    words |= {district.name for region in regions for district in region.districts}
    sources = {
        path: _code_of(path.read_text("utf-8"))
        for package in ("api", "domain", "keys", "records", "signer", "verifier")
        for path in (ROOT / package).rglob("*.py")
    }
    assert len(sources) > 20
    found = {
        f"{path.relative_to(ROOT)}: {word}"
        for path, code in sources.items()
        for word in words
        if word in code
    }
    layouts = [
        path for path in (ROOT / "templates").rglob("*") if path.suffix in {".typ", ".j2", ".toml", ".html"}
    ]
    found |= {f"{path.name}: {word}" for path in layouts for word in words if word in path.read_text("utf-8")}
    assert found == set()


def _code_of(source: str) -> str:
    """Everything but docstrings, whose examples decide nothing."""
    prose = {
        (item.lineno, item.col_offset)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        for item in node.body
        if isinstance(item, ast.Expr)
    }
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return "\n".join(t.string for t in tokens if t.type != tokenize.STRING or t.start not in prose)
