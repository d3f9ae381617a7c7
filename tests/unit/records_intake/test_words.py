"""Every code intake can say has its sentences in both languages (处理建议 for what goes back)."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from domain.wording import Wording, placeholders
from records.intake import Problem, advice, reason
from records.intake.codes import QUARANTINE, REFUSALS, SKIPPED, WARNINGS

SOURCE = Path(str(resources.files("records") / "intake"))
FOLDER = Path(str(resources.files("templates") / "messages"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_code_has_its_sentences(lang: str) -> None:
    words = Wording.load(lang)
    for code in QUARANTINE | WARNINGS | REFUSALS:
        assert words.has(code), code
    for code in QUARANTINE:
        assert words.has(f"{code}.todo"), code
    for word in SKIPPED:
        assert words.has(f"skipped.{word}"), word


def test_the_two_catalogues_say_the_same_things() -> None:
    catalogues = [tomllib.loads((FOLDER / f"intake.{lang}.toml").read_text("utf-8")) for lang in ("zh", "en")]
    zh, en = (dict(_flat(catalogue)) for catalogue in catalogues)
    assert zh.keys() == en.keys()
    for code, sentence in zh.items():
        assert placeholders(sentence) - {"value"} == placeholders(en[code]) - {"value"}, code
    known = QUARANTINE | WARNINGS | REFUSALS | {f"skipped.{word}" for word in SKIPPED}
    assert {code.removesuffix(".line").removesuffix(".todo") for code in zh} <= known


def _flat(table: dict[str, object], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        found += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, str(value))]
    return found


def test_every_code_in_the_source_is_on_a_list() -> None:
    said: set[str] = set()
    for path in SOURCE.glob("*.py"):
        text = path.read_text("utf-8")
        said |= set(re.findall(r'MalformedInput\(\s*"([a-z_]+)"', text))
        said |= set(re.findall(r'(?:\.warn|notices\.add)\(\s*"([a-z_]+)"', text))
        said |= set(re.findall(r'\.fail\(\s*[^,()]+,\s*"([a-z_]+)"', text))
        said |= set(re.findall(r'Problem\(\s*[^,()]+,\s*"([a-z_]+)"', text))
    assert len(said) > 50
    assert said <= QUARANTINE | WARNINGS | REFUSALS | {"reference_unknown"}


def test_reasons_name_the_column_and_advice_is_said_once() -> None:
    words = Wording.load("zh")
    problems = [
        Problem("甲", "required_missing"),
        Problem("乙", "required_missing"),
        Problem(None, "marker_left"),
    ]
    assert reason(problems, words).splitlines()[:2] == ["【甲】必填内容为空。", "【乙】必填内容为空。"]
    assert advice(problems, words).splitlines() == [
        "请补填“甲”。",
        "请补填“乙”。",
        words.text("marker_left.todo"),
    ]
