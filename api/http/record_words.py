"""Names of kinds, marks, fields and people in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from fastapi import Request

from api.http.language import language_of
from domain.catalogue import MARKS, RECORD_KINDS, Name
from domain.times import shanghai_text
from domain.verdict import Status, Verdict
from domain.wording import Wording
from verifier.details_words import field_label
from verifier.words import lines

_TONES: Final = {Status.VALID.value: "good", Status.INVALID.value: "bad"}


def record_words(request: Request) -> dict[str, Any]:
    """Give the functions by which a template names what records are made of.

    ``last_moment`` is the last second before an end: a grant until midnight is said to last that day.
    """
    language = language_of(request)
    return {
        "kind_name": lambda slug: _named(RECORD_KINDS, slug, language),
        "mark_name": lambda slug: _named(MARKS, slug, language),
        "field_name": lambda field: field_label(field, language),
        "field_names": lambda fields: "、".join(field_label(field, language) for field in fields),
        "last_moment": lambda end: shanghai_text(end - timedelta(seconds=1)),
    }


def verdict_words(request: Request, verdict: Verdict) -> dict[str, Any]:
    """Give a verdict's two lines, the second with its note apart, and the tone of its sign."""
    told = lines(verdict, Wording.load(language_of(request)))
    head, bracket, rest = (told.content or "").partition(" (")
    return {
        "told": told,
        "tone": _TONES.get(verdict.status.value, "unsure"),
        "content_head": head,
        "content_note": bracket.strip() + rest,
    }


def _named(names: Mapping[str, Name], slug: str, language: str) -> str:
    name = names.get(slug)
    return slug if name is None else name.zh if language == "zh" else name.en
