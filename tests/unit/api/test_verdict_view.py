"""What the page of a verdict shows: no green for a narrowed report, hosts named, ages told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api.http.verdict_view import view
from api.services.checking import originals
from api.services.checking.checker import Checked
from domain.verdict import Verdict
from domain.wording import LANGUAGES, Wording
from tests.unit.api.house_kit import FIRM, HouseKit
from tests.unit.api.test_checking import room


@pytest.fixture
def checked(issued_kit: HouseKit) -> Checked:
    with issued_kit.context.store.reading() as work:
        subject = work.subjects.by_uscc(FIRM)
        assert subject is not None
        (line,) = work.reports.of_subject(subject.id)
    return room(issued_kit).file(originals.original(issued_kit.context, line.number), "a.pdf")


def narrowed(verdict: Verdict) -> Verdict:
    assert verdict.report is not None
    scope: Any = dict(verdict.report["scope"])  # type: ignore[arg-type]
    chosen = scope["chosen"]
    scope |= {"narrowed": True, "chosen": chosen[:3], "omitted": chosen[3:]}
    rows: Any = verdict.report["domains"]
    domains = [row for row in rows if row["id"] in scope["chosen"]]
    return replace(verdict, report={**verdict.report, "scope": scope, "domains": domains})


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_narrowed_report_is_nowhere_plain_green(checked: Checked, language: str) -> None:
    words = Wording.load(language)
    assert checked.verdict is not None
    whole = view(checked, checked.verdict, words, "dz.example")
    assert (whole.tone, whole.scope, whole.omitted) == ("good", (), ())
    few = view(checked, narrowed(checked.verdict), words, "dz.example")
    assert (few.tone, few.content_tone) == ("limited", "limited")
    assert "3" in few.scope[0] and len(few.omitted) == len(whole.domains) - 3
    ids = narrowed(checked.verdict).report["scope"]["omitted"]  # type: ignore[index, call-overload]
    assert not set(few.omitted) & set(ids), "the left-out domains are named, not given as ids"
    assert next(fact.value for fact in few.facts if "/" in fact.value) == f"3 / {len(whole.domains)}"


@pytest.mark.parametrize(("language", "clean"), [("zh", "无记录"), ("en", "no record")])
def test_a_domain_in_doubt_is_not_called_clean(checked: Checked, language: str, clean: str) -> None:
    assert checked.verdict is not None and checked.verdict.report is not None
    rows: Any = checked.verdict.report["domains"]
    both = [{**rows[0], "conclusion": "none", "data_state": state} for state in ("pending", "current")]
    verdict = replace(checked.verdict, report={**checked.verdict.report, "domains": both})
    told = [row["conclusion"] for row in view(checked, verdict, Wording.load(language), "dz.example").domains]
    assert told[0] != clean
    assert told[1] == clean


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_page_is_in_the_catalogue(checked: Checked, language: str) -> None:
    assert checked.verdict is not None
    shown = view(checked, checked.verdict, Wording.load(language), "dz.example")
    told = [fact.label + fact.value for fact in (*shown.facts, *shown.sources)]
    told += [str(value) for row in (*shown.domains, *shown.checks) for value in row.values()]
    assert not [text for text in told if "portal_" in text]
    assert shown.hosts == ("dz.example",) and shown.foreign_hosts == ()
    assert len(shown.checks) == 15


def test_a_file_that_names_another_host_is_warned_about(checked: Checked) -> None:
    assert checked.verdict is not None
    other = replace(checked.verdict, others=({"kind": "cover", "host": "dz-example.cn", "number": "x"},))
    shown = view(replace(checked, verdict=other), other, Wording.load("zh"), "dz.example")
    assert shown.foreign_hosts == ("dz-example.cn",)
