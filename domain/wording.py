"""Sentences for codes, in Chinese and English, from ``templates/messages/*.<lang>.toml``.

Each catalogue is TOML: ``code = "sentence with {field}"``, or tables reached by dotted
codes (``code.ok.line``).  A placeholder is a bare field name.  What is missing never
raises: a reader then sees the code itself, which support can look up.
"""

from __future__ import annotations

import string
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from domain.errors import CreditDocError, InvariantBroken
from domain.identifiers import hide_person_numbers

LANGUAGES: Final = ("zh", "en")
MAX_FIELD: Final = 500
"""Characters of one field value that a sentence repeats."""

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_DEFAULT_ENTRY: Final = "line"


def clean(value: object) -> str:
    """``value`` as text that cannot move the cursor, turn the line or hide itself, or show a person's number.

    Whatever somebody typed comes back in some sentence: a certificate number in the wrong place too (R7).
    """
    text = hide_person_numbers(str(value))
    shown = "".join(" " if char in "\r\n\t" else char for char in text if char in "\r\n\t" or _visible(char))
    return shown if len(shown) <= MAX_FIELD else shown[: MAX_FIELD - 1] + "\u2026"


def _visible(char: str) -> bool:
    return unicodedata.category(char) not in _INVISIBLE


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of one language."""

    language: str
    sentences: Mapping[str, str]
    """By dotted code."""

    @classmethod
    def load(cls, language: str) -> Wording:
        """All catalogues of ``zh`` or ``en``, merged; read once per process."""
        if language not in LANGUAGES:
            raise InvariantBroken("language_unknown", language=clean(language))
        return _load(language)

    def has(self, code: str) -> bool:
        """Whether there is a sentence under exactly this code, or under its ``line`` entry."""
        return self._template(code) is not None

    def codes(self) -> tuple[str, ...]:
        """Every dotted code, sorted."""
        return tuple(sorted(self.sentences))

    def text(self, code: str, /, **fields: object) -> str:
        """The sentence under ``code``, with cleaned field values; the code itself if there is none.

        A table answers with its ``line`` entry.  A placeholder without a field shows as ``?``
        and the code is added, so that a gap in our own data never hides a message.
        """
        template = self._template(code)
        if template is None:
            return self._bare(code, fields)
        return _fill(template, code, fields)

    def of_error(self, error: CreditDocError) -> str:
        """The sentence for an error of ours: that of its ``reason`` where the code has one for it."""
        detail = f"{error.code}.{error.fields.get('reason')}"
        return self.text(detail if detail in self.sentences else error.code, **error.fields)

    def _template(self, code: str) -> str | None:
        return self.sentences.get(code) or self.sentences.get(f"{code}.{_DEFAULT_ENTRY}")

    def _bare(self, code: str, fields: Mapping[str, object]) -> str:
        listed = ", ".join(f"{clean(name)}={clean(value)}" for name, value in fields.items())
        return f"{clean(code)} ({listed})" if listed else clean(code)


def _fill(template: str, code: str, fields: Mapping[str, object]) -> str:
    parts, missing = [], False
    for literal, name, _, _ in string.Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            missing = missing or name not in fields
            parts.append(clean(fields[name]) if name in fields else "?")
    if missing:
        parts.append(f" [{clean(code)}]")
    return "".join(parts)


def placeholders(template: str) -> frozenset[str]:
    """Names of the fields a sentence mentions."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


@cache
def _load(language: str) -> Wording:
    merged: dict[str, str] = {}
    for _, data in catalogues(language):
        for code, sentence in flatten(tomllib.loads(data.decode("utf-8"))):
            merged.setdefault(code, sentence)  # that no code stands in two catalogues is for the tests to see
    return Wording(language, merged)


def catalogues(language: str) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each catalogue of a language, sorted by name."""
    folder = resources.files("templates").joinpath("messages")
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(f".{language}.toml"):
            yield entry.name, entry.read_bytes()


def flatten(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Dotted code and sentence of everything in a catalogue; other values are a mistake of ours."""
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, value
        elif isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            raise InvariantBroken("message_form", message=prefix + key)
