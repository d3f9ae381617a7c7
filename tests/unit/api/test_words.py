"""Every code this part can answer with has its sentence in both languages, and no sentence is left over."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from api.services.access.looks import Act
from domain.wording import Wording, placeholders

ROOT = Path(__file__).resolve().parents[3]
_RAISED = re.compile(
    r"(?:MalformedInput|Refused|NotFound|Conflict|DependencyUnavailable|InvariantBroken)\(\s*\"([a-z0-9_]+)\""
)
_SAID = re.compile(r"\.say\(\s*\"([a-z0-9_]+)\"\s*[,)]")


def _used() -> set[str]:
    text = "".join(path.read_text("utf-8") for path in (ROOT / "api").rglob("*.py"))
    return set(_RAISED.findall(text)) | set(_SAID.findall(text))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_code_has_its_sentence(language: str) -> None:
    words = Wording.load(language)
    assert sorted(code for code in _used() if not words.has(code)) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_a_looker_may_do_has_a_word(language: str) -> None:
    words = Wording.load(language)
    said = {key.removeprefix("look_act_") for key in words.sentences if key.startswith("look_act_")}
    assert said == set(get_args(Act))


def test_both_languages_name_the_same_fields() -> None:
    zh, en = (
        tomllib.loads((ROOT / f"templates/messages/api.{language}.toml").read_text("utf-8"))
        for language in ("zh", "en")
    )
    assert zh.keys() == en.keys()
    # A sentence may leave a field out where the language does not need it, never invent one.
    for code in zh:
        assert placeholders(en[code]) <= placeholders(zh[code]) or placeholders(zh[code]) <= placeholders(
            en[code]
        )
