"""Sentences: every code of ours has one in both languages, and none can carry an attack."""

from __future__ import annotations

import ast
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import wording
from domain.errors import CreditDocError, InvariantBroken, MalformedInput, Refused
from domain.identifiers import check_uscc
from domain.wording import Wording
from tests.unit.domain.strategies import quick

DOMAIN = Path(wording.__file__).parent
ERRORS = {"MalformedInput", "ProofRejected", "InvariantBroken", "Refused", "NotFound"}


def _raised() -> list[tuple[str, str, frozenset[str]]]:
    """Module, code and field names of every error built with a literal code in this package."""
    found = []
    for path in sorted(DOMAIN.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ERRORS:
                fields = frozenset(keyword.arg for keyword in node.keywords if keyword.arg)
                found.append((path.name, str(node.args[0].value), fields))
    return found


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize(("module", "code", "fields"), _raised())
def test_each_error_raised_here_has_a_sentence_it_can_fill(
    module: str, code: str, fields: frozenset[str], language: str
) -> None:
    sentences = Wording.load(language).sentences
    assert code in sentences, f"{module} raises {code}"
    assert wording.placeholders(sentences[code]) <= fields, f"{module} raises {code} without a field"


@pytest.mark.parametrize("text", ["", "1", "9111000060003734IL", "911100006000373410", "91110000600037331E"])
def test_each_word_about_a_uscc_has_a_sentence(text: str) -> None:
    check = check_uscc(text)
    for code in (check.problem, *check.warnings):
        assert code is None or all(Wording.load(language).has(code) for language in wording.LANGUAGES)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_no_code_stands_in_two_catalogues(language: str) -> None:
    codes = Counter(
        code
        for _, data in wording.catalogues(language)
        for code, _ in wording.flatten(tomllib.loads(data.decode("utf-8")))
    )
    assert [code for code, times in codes.items() if times > 1] == []


def _facts(template: str) -> frozenset[str]:
    """Placeholders; a field may come in both languages, as ``kind`` and ``kind_en``."""
    return frozenset(name.removesuffix("_en").removesuffix("_zh") for name in wording.placeholders(template))


def test_both_languages_say_the_same_things_with_the_same_fields() -> None:
    zh, en = (Wording.load(language).sentences for language in wording.LANGUAGES)
    assert zh.keys() == en.keys()
    assert [code for code in zh if _facts(zh[code]) != _facts(en[code])] == []


SAMPLE = Wording("zh", {"plain": "第 {row} 行", "code.ok.line": "真实有效", "code.ok.next": "可以使用"})


def test_a_table_answers_with_its_line() -> None:
    assert SAMPLE.text("code.ok") == "真实有效"
    assert SAMPLE.text("code.ok.next") == "可以使用"
    assert SAMPLE.has("code.ok")
    assert not SAMPLE.has("code")
    assert SAMPLE.codes() == ("code.ok.line", "code.ok.next", "plain")


def test_what_is_missing_shows_the_code_and_never_raises() -> None:
    assert SAMPLE.text("plain", row=3) == "第 3 行"
    assert SAMPLE.text("plain") == "第 ? 行 [plain]"
    assert SAMPLE.text("unheard_of") == "unheard_of"
    assert SAMPLE.text("unheard_of", row=3, why="x\ny") == "unheard_of (row=3, why=x y)"
    assert SAMPLE.of_error(Refused("plain", row=9)) == "第 9 行"
    assert isinstance(Refused("plain"), CreditDocError)


def test_only_known_languages_load() -> None:
    with pytest.raises(InvariantBroken, match="language_unknown"):
        Wording.load("fr")


def test_a_catalogue_holds_sentences_only() -> None:
    with pytest.raises(InvariantBroken, match="message_form"):
        list(wording.flatten({"a": {"b": 3}}))


def test_field_values_cannot_steer_the_screen() -> None:
    hostile = "乌海\u202e\x1b[31m\u200b\r\n{row}" + "长" * 600
    shown = SAMPLE.text("plain", row=hostile)
    assert shown.startswith("第 乌海[31m  {row}长")
    assert len(shown) < wording.MAX_FIELD + 10
    assert "…" in shown


@quick
@given(value=st.text(max_size=40))
def test_cleaning_is_idempotent_and_prints_on_one_line(value: str) -> None:
    once = wording.clean(value)
    assert wording.clean(once) == once
    assert len(once.splitlines()) <= 1


def test_our_own_errors_read_as_sentences() -> None:
    error = MalformedInput("money_form", text="两万")
    assert Wording.load("zh").of_error(error).startswith("“两万”不是金额")
    assert Wording.load("en").of_error(error).startswith("“两万” is no amount")
