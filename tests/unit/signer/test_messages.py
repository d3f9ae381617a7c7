"""Each code this package raises has a sentence in both languages that names its fields."""

from __future__ import annotations

import re
import string
import tomllib
from importlib import resources
from pathlib import Path

import pytest

CODES = {
    match[1]
    for path in Path(str(resources.files("signer"))).glob("*.py")
    for match in re.finditer(r'(?:Refused|InvariantBroken)\(\s*"([a-z_]+)"', path.read_text(encoding="utf-8"))
}


def catalogue(language: str) -> dict[str, str]:
    text = (resources.files("templates") / "messages" / f"signer.{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_code_has_a_sentence_and_no_sentence_is_left_over(language: str) -> None:
    assert len(CODES) > 12
    assert set(catalogue(language)) == CODES


def test_both_languages_name_the_same_fields() -> None:
    def fields(sentence: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    zh, en = catalogue("zh"), catalogue("en")
    assert {code: fields(zh[code]) for code in zh} == {code: fields(en[code]) for code in en}
