"""Pages from Jinja2 templates: data from the endpoint, words from the catalogues, nothing else."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any, Final

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from api.http.assets import static_url
from api.http.language import language_of, remember
from domain.catalogue import registered_state
from domain.money import format_fen
from domain.times import shanghai_text
from domain.wording import Wording

_BLANK: Final = re.compile(r"\n\s*\n+")


class _Templates(jinja2.BaseLoader):
    """Reads ``templates/pages`` wherever the package lies."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Any]:  # noqa: ARG002
        """Give a template's text; jinja2.TemplateNotFound for none."""
        parts = template.split("/")
        file = resources.files("templates").joinpath("pages", *parts)
        if any(part in ("", ".", "..") for part in parts) or not file.is_file():
            raise jinja2.TemplateNotFound(template)
        return file.read_text("utf-8"), template, lambda: True


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=_Templates(), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.globals["static"] = static_url
    made.filters["registered"] = registered_state
    made.filters["fen"] = format_fen
    made.filters["day"] = lambda value: value.isoformat() if isinstance(value, date) else str(value)
    made.filters["instant"] = lambda value: shanghai_text(value) if isinstance(value, datetime) else "-"
    return made


def page(request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """Give the page made from ``templates/pages/<template>``; never kept by a cache.

    Every template also has ``t(code, **fields)``, ``has(code)``, ``lang``, ``principal`` (None for a
    visitor), ``nonce``, ``page_name`` (which template this is), ``web`` (the served house), ``path``
    (without query) and ``static(name)``.
    """
    language = language_of(request)
    words = Wording.load(language)
    html = (
        _environment()
        .get_template(template)
        .render(
            page_name=template,
            t=words.text,
            has=words.has,
            of_error=words.of_error,
            lang=language,
            principal=getattr(request.state, "principal", None),
            nonce=request.state.nonce,
            house=request.app.state.web.context.house,
            web=request.app.state.web,
            path=request.url.path,
            request_id=request.state.request_id,
            **facts,
        )
    )
    shown = HTMLResponse(_BLANK.sub("\n", html), status_code=status)
    shown.headers["Cache-Control"] = "no-store"
    remember(request, shown)
    return shown
