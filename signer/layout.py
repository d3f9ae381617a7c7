"""Lays a report or a receipt out: content in, the bytes of B0 out, the same for the same input.

Typst runs in this process with one warm compiler per template.  Facts reach it as one JSON
string in ``sys.inputs``, never as code, so whatever a bureau or a register wrote stays text.
Byte shape of the result: ``docs/formats/signed-pdf.md``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from threading import Lock
from typing import Final

import typst

from domain import report_json
from domain.errors import InvariantBroken
from domain.report import ReportContent
from domain.verdict import JsonValue
from signer import footers, qr
from signer.fonts import load_fonts
from signer.glyphs import require_glyphs
from signer.page import PageExtras, page_view

STANDARDS: Final = ("a-3b", "ua-1")
"""PDF/A-3 (ISO 19005-3) and PDF/UA-1 (ISO 14289-1), as far as Typst itself checks them."""

REPORT_NAME: Final = "report.json"
CLAIM_NAME: Final = "claim.cose"
RECEIPT_NAME: Final = "receipt.json"
RECEIPT_TEMPLATE: Final = "receipt-1"
_DIFFERS: Final = re.compile(r"no marks for ([0-9]+) pages")
"""What the template says when it has no marks for as many pages as there are (style.typ)."""

__all__ = ["CLAIM_NAME", "RECEIPT_NAME", "REPORT_NAME", "PageExtras", "render", "render_receipt"]


def render(content: ReportContent, content_json: bytes, extras: PageExtras) -> bytes:
    """B0: the laid-out report with ``content_json`` and the signed claim attached.

    Args:
        content: what to print.
        content_json: its canonical bytes, which are attached unchanged.
        extras: codes and links that stand outside the JSON.

    Raises:
        Refused: ``glyph_missing``, with the character and the field it stands in.
        InvariantBroken: the bytes are not those of the content, a code is too large, the
            template is unknown, or the layout engine failed.
    """
    if report_json.encode(content) != content_json:
        raise InvariantBroken("content_bytes_differ", number=content.number)
    fonts = load_fonts()
    view = page_view(content, extras)
    require_glyphs(view, fonts.covered)
    # Whole seconds: the PDF's own dates have no fractions.
    facts: dict[str, JsonValue] = {
        "page": view,
        "pictures": _pictures(extras),
        "attachments": _attachments(content_json, extras),
    }
    engine, timestamp = _engine(content.template), int(content.reserved_at.timestamp())
    try:
        return engine.compile({**facts, "marks": footers.around(content, extras)}, timestamp=timestamp)
    except PagesDiffer as differ:
        # Rare: the guess of the number of pages was more than one off.  Which number of pages the
        # layout has does not depend on what the codes hold, so the second time it is right.
        marks = footers.of(content, extras, differ.pages)
        return engine.compile({**facts, "marks": marks}, timestamp=timestamp)


def render_receipt(view: Mapping[str, JsonValue], file: bytes, *, made_at: datetime) -> bytes:
    """The laid-out page of a verification receipt with the receipt ``file`` attached.

    ``view`` holds the strings the template places.  Raises Refused ``glyph_missing``.
    """
    fonts = load_fonts()
    require_glyphs(dict(view), fonts.covered)
    attached: dict[str, JsonValue] = {"name": f"/{RECEIPT_NAME}", "text": file.decode("utf-8")}
    return _engine(RECEIPT_TEMPLATE, shares=True).compile(
        {"page": dict(view), "file": attached}, timestamp=int(made_at.timestamp())
    )


def _pictures(extras: PageExtras) -> dict[str, JsonValue]:
    cover = qr.draw(extras.cover_link.segments, max_version=qr.COVER_MAX_VERSION)
    claim = qr.draw(extras.claim_link.segments, max_version=qr.CLAIM_MAX_VERSION)
    return {
        "cover": {"png": list(cover.png), "modules": cover.modules},
        "claim": {"png": list(claim.png), "modules": claim.modules},
        "seal": list(extras.seal_png) if extras.seal_png else None,
    }


def _attachments(content_json: bytes, extras: PageExtras) -> dict[str, JsonValue]:
    return {
        "report": {"name": REPORT_NAME, "text": content_json.decode("utf-8")},
        "claim": {"name": CLAIM_NAME, "bytes": list(extras.claim_cose)},
    }


class PagesDiffer(Exception):
    """The report has another number of pages than there are marks for."""

    def __init__(self, pages: int) -> None:
        super().__init__(pages)
        self.pages = pages


class _Engine:
    """One warm compiler; it holds parsed templates and faces, and one caller at a time."""

    def __init__(self, template: str, *, shares: bool) -> None:
        folder = Path(str(resources.files("templates") / "report" / template))
        if not template.replace("-", "").isalnum() or not (folder / "main.typ").is_file():
            raise InvariantBroken("template_unknown", template=template)
        self._lock = Lock()
        self._compiler = typst.Compiler(
            str(folder / "main.typ"),
            # Names of attachments are paths from the root, so a report's root is its own folder.
            root=str(folder.parent if shares else folder),
            font_paths=load_fonts().faces,
            ignore_system_fonts=True,
        )

    def compile(self, data: dict[str, JsonValue], *, timestamp: int) -> bytes:
        """The PDF for ``data``; it ends in a line end, so that a revision can follow.

        Raises PagesDiffer where ``data`` has no marks for the number of pages there are.
        """
        inputs = {"data": json.dumps(data, ensure_ascii=False, separators=(",", ":"))}
        with self._lock:
            try:
                pdf = self._compiler.compile(
                    format="pdf", sys_inputs=inputs, pdf_standards=list(STANDARDS), timestamp=timestamp
                )
            except typst.TypstError as error:
                if differ := _DIFFERS.search(error.message):
                    raise PagesDiffer(int(differ.group(1))) from error
                raise InvariantBroken("layout_failed", reason=error.message) from error
        if not isinstance(pdf, bytes):
            raise InvariantBroken("layout_failed", reason="no single document")
        return pdf + b"\n"


@cache
def _engine(template: str, *, shares: bool = False) -> _Engine:
    """The warm compiler; a template that ``shares`` may read its neighbours' colours and faces."""
    return _Engine(template, shares=shares)
