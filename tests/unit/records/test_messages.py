"""Every refusal of this package has a sentence in both languages that names only fields it has."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from domain.wording import LANGUAGES, Wording, placeholders

MODULES = sorted((Path(__file__).parents[3] / "records").glob("*.py"))


def raised() -> dict[str, set[str]]:
    """Code to the fields given, for each `raise Error("code", field=...)` with a literal code."""
    found: dict[str, set[str]] = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args):
                continue
            code = node.exc.args[0]
            if isinstance(code, ast.Constant) and getattr(node.exc.func, "id", "") != "ValueError":
                fields = {word.arg for word in node.exc.keywords if word.arg}
                found[code.value] = found.get(code.value, fields) & fields
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_code_has_its_sentence(language: str):
    wording, codes = Wording.load(language), raised()
    assert {"not_eligible", "phase_not_started", "region_shape", "request_domain_unknown"} <= set(codes)
    for code, fields in codes.items():
        assert wording.has(code), code
        sentence = wording.sentences.get(code) or wording.sentences[f"{code}.line"]
        assert placeholders(sentence) <= fields, code
    for reason in ("subject_kind", "registered_elsewhere", "registration_unknown"):
        assert placeholders(wording.sentences[f"not_eligible.{reason}"]) <= codes["not_eligible"]
