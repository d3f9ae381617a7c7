"""Every code that these packages raise has a sentence in both languages, with the fields it names."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

import keys
from domain.wording import LANGUAGES, Wording

ERRORS = {"MalformedInput", "Refused", "NotFound", "Conflict", "InvariantBroken", "DependencyUnavailable"}


def _raised() -> dict[str, set[str]]:
    """Code to the field names that every place gives it, read from the source."""
    found: dict[str, set[str]] = {}
    for path in Path(next(iter(keys.__path__))).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
                named = {word.arg for word in node.keywords if word.arg}
                for literal in ast.walk(node.args[0]):
                    if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
                        found[literal.value] = found.get(literal.value, named) & named
    # The one code that is chosen before it is raised.
    found |= {"key_store_missing": {"directory", "file"}, "key_file_missing": {"directory", "file"}}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence_that_its_fields_fill(language: str) -> None:
    wording = Wording.load(language)
    codes = _raised()
    assert len(codes) > 35
    for code, fields in codes.items():
        assert wording.has(code), code
        named = {name for _, name, _, _ in string.Formatter().parse(wording.sentences[code]) if name}
        assert named <= fields, code
