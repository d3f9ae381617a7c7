"""Names of kinds, marks, fields and people in the language of the page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fastapi import Request

from api.http import verdict_view
from api.http.language import language_of
from api.http.verdict_view import VerdictView
from api.http.web import Web
from api.services.checking.checker import Checked
from domain.catalogue import DOMAINS, MARKS, RECORD_KINDS, Name, domain_label
from domain.times import shanghai_text
from domain.verdict import Verdict
from domain.wording import Wording
from verifier.answers.details_words import field_label, field_value


def record_words(request: Request) -> dict[str, Any]:
    """Give the functions by which a template names what records are made of.

    ``last_moment`` is the last second before an end: a grant until midnight is said to last that day.
    """
    language = language_of(request)
    between = Wording.load(language).text("content.comma")
    return {
        "kind_name": lambda slug: _named(RECORD_KINDS, slug, language),
        "mark_name": lambda slug: _named(MARKS, slug, language),
        "field_name": lambda field: field_label(field, language),
        "field_value": lambda field, value: field_value(field, value, language),
        "domain_name": lambda slug, printed: domain_label(slug, printed, language),
        "domains_named": lambda slugs: between.join(_named(DOMAINS, slug, language) for slug in slugs),
        "field_names": lambda fields: between.join(field_label(field, language) for field in fields),
        "last_moment": lambda end: shanghai_text(end - timedelta(seconds=1)),
    }


def judged(request: Request, web: Web, number: str, pdf: bytes, verdict: Verdict) -> VerdictView:
    """Give the verdict on a registered file as the verifier's own page shows it: the same card everywhere."""
    checked = Checked(
        name=number, kind=None, size=len(pdf), sha256=hashlib.sha256(pdf).hexdigest(), verdict=verdict
    )
    words = Wording.load(language_of(request))
    return verdict_view.view(checked, verdict, words, web.context.house.host)


def _named(names: Mapping[str, Name], slug: str, language: str) -> str:
    name = names.get(slug)
    return slug if name is None else name.zh if language == "zh" else name.en
