"""Every sentence for an error gets all the fields it names, wherever the error is raised.

That a code has a sentence at all is asked in each package; the verifier's own reasons never leave it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.wording import LANGUAGES, Wording, placeholders

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("domain", "records", "keys", "signer", "verifier", "api")
NAMED_BY_INTAKE = {"file"}
"""The reader of a table adds the file's name to whatever its parts raise."""
NOTHING_TO_DO = {
    "certificate_revoked_already", "endpoint_not_proved", "late_withdrawn", "number_taken",
    "status_places_taken", "status_same",
}  # fmt: skip
"""Sentences without 请: the program goes on by itself, nothing is left to do, or it says what by other words."""
ERRORS = {"MalformedInput", "Refused", "NotFound", "Conflict", "InvariantBroken", "DependencyUnavailable"}


def _raising() -> Iterator[tuple[str, ast.Call]]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
                if called and node.func.id in ERRORS and node.args:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def _raised() -> Iterator[tuple[str, str, set[str] | None]]:
    """Place, code and the names of its fields; None where the fields are not written out."""
    for place, call in _raising():
        named = {word.arg for word in call.keywords if word.arg}
        open_ended = any(word.arg is None for word in call.keywords)
        for literal in ast.walk(call.args[0]):
            if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
                yield place, literal.value, None if open_ended else named


def _given_later(place: str) -> set[str]:
    return NAMED_BY_INTAKE if place.startswith("records/intake/") else set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_fills_the_sentence(language: str) -> None:
    wording = Wording.load(language)
    raised = list(_raised())
    assert len(raised) > 200
    wrong = [
        f"{place} {code}: {missing}"
        for place, code, fields in raised
        if fields is not None
        and (missing := placeholders(wording.sentences.get(code, "")) - fields - _given_later(place))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("code", sorted({code for _, code, _ in _raised()}))
def test_each_refusal_says_what_to_do_next(code: str) -> None:
    chinese = Wording.load("zh").sentences.get(code)
    assert chinese is None or "请" in chinese or code in NOTHING_TO_DO, chinese
