"""What walks leave behind, and the search through it: addresses, answers, downloads, the log, the database.

A browser's whole traffic is kept as HAR, so that nothing it asked for or was told can be missed.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pikepdf
import pypdfium2

from domain.base_text import base32_decode
from domain.errors import MalformedInput
from tests.world.world import World

CLEAR_BYTES = 12
"""A secret's bytes are looked for where they are this many: fewer may stand anywhere by chance."""


@dataclass
class Trail:
    """Everything that walks of one module left behind."""

    folder: Path
    world: World
    log: Path
    secrets: dict[str, set[str]] = field(default_factory=dict)
    """Kind of secret, and those of that kind."""
    kept: dict[str, bytes] = field(default_factory=dict)
    """Downloads and answers that no browser recorded, by a name of their own."""
    contexts: list[Any] = field(default_factory=list)

    def context(self, browser: Any, address: str, **more: Any) -> Any:
        """A browser context of which everything is recorded."""
        place = self.folder / f"{len(self.contexts)}.har"
        context = browser.new_context(
            base_url=address, locale="zh-CN", record_har_path=place, record_har_content="embed", **more
        )
        context.set_default_timeout(60_000)
        self.contexts.append(context)
        return context

    def close(self, context: Any) -> None:
        """That context is closed and its record written."""
        context.close()
        self.contexts[self.contexts.index(context)] = None

    def secret(self, kind: str, value: str) -> str:
        """The same value, remembered as one that nothing may hold."""
        assert len(value) >= 6, kind
        self.secrets.setdefault(kind, set()).add(value)
        return value

    def keep(self, name: str, data: bytes | str) -> bytes:
        """The same data, kept to be searched."""
        body = data.encode() if isinstance(data, str) else data
        self.kept[f"{len(self.kept)} {name}"] = body
        return body

    @cached_property
    def entries(self) -> list[dict[str, Any]]:
        """Every request of every browser; the browsers are closed with that."""
        for context in self.contexts:
            if context is not None and context.browser.is_connected():
                context.close()
        files = sorted(self.folder.glob("*.har"))
        return [entry for file in files for entry in json.loads(file.read_text())["log"]["entries"]]

    def addresses(self) -> dict[str, bytes]:
        """Every address that was asked for, and every Referer and Location."""
        found: dict[str, bytes] = {}
        for place, entry in enumerate(self.entries):
            # What stands behind "#" is not sent; that pages take it out of the bar is asserted in the walks.
            found[f"address {place}"] = entry["request"]["url"].partition("#")[0].encode()
            for name, headers in (("referer", "request"), ("location", "response")):
                said = [each["value"] for each in entry[headers]["headers"] if each["name"].lower() == name]
                found[f"{name} {place}"] = "\n".join(said).encode()
        return found

    def answers(self) -> dict[str, bytes]:
        """Every answer that a browser got, and everything kept; files also as the text in them."""
        found: dict[str, bytes] = {}
        for place, entry in enumerate(self.entries):
            content = entry["response"]["content"]
            body = content.get("text", "")
            data = base64.b64decode(body) if content.get("encoding") == "base64" else body.encode()
            found |= readable(f"answer {place} {entry['request']['url'].partition('#')[0]}", data)
        for name, data in self.kept.items():
            found |= readable(name, data)
        return found

    def stores(self) -> dict[str, bytes]:
        """What the service wrote: its log, and the database in clear."""
        return {"log": self.log.read_bytes(), "database": self.world.kept()}


def hits(haystacks: dict[str, bytes], needles: Iterable[str]) -> list[tuple[str, str]]:
    """Where one of ``needles`` stands, in any of the ways it may be written."""
    wanted = [(needle, form) for needle in needles for form in forms(needle)]
    return [(place, needle) for place, data in haystacks.items() for needle, form in wanted if form in data]


def forms(value: str) -> set[bytes]:
    """The ways in which a secret may be written down."""
    plain = value.replace(" ", "")
    texts = {value, plain, plain.upper(), plain.lower(), quote(value, safe=""), quote_plus(value)}
    body = plain.partition("_")[2] if plain[:4] in ("dzg_", "dzl_", "dzo_", "dzk_") else plain
    texts |= {body, body.upper()}
    raw = _bytes(body)
    if raw is not None and len(raw) >= CLEAR_BYTES:
        texts |= {raw.hex(), base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
        return {text.encode() for text in texts} | {raw}
    return {text.encode() for text in texts}


def _bytes(body: str) -> bytes | None:
    """The bytes that a token or a code's fragment stands for; without its check or letter."""
    if len(body) == 58:
        return base64.b32decode(body[:52].upper() + "====")[:32]
    try:
        return base32_decode(body[1:]) if body[:1] in ("P", "C", "M") and len(body) > 20 else _base64(body)
    except MalformedInput:
        return _base64(body)


def _base64(body: str) -> bytes | None:
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def readable(name: str, data: bytes) -> dict[str, bytes]:
    """``data``, and what a reader finds in it: text and attachments of a PDF, sheets of a workbook."""
    found = {name: data}
    if data.startswith(b"%PDF-"):
        found |= {f"{name} {part}": text for part, text in _pdf(data)}
    elif data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found |= {f"{name} {part}": archive.read(part) for part in archive.namelist()}
    elif data.startswith(b"\x1f\x8b"):
        found[f"{name} unpacked"] = gzip.decompress(data)
    return found


def _pdf(data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with pypdfium2.PdfDocument(data) as document:
            pages = [page.get_textpage().get_text_bounded() for page in document]
    except pypdfium2.PdfiumError:  # some of the files are broken on purpose
        return
    yield "text", "\n".join(pages).encode()
    yield "text without blanks", "".join("".join(pages).split()).encode()
    with pikepdf.open(io.BytesIO(data)) as opened:
        for attached in opened.attachments:
            yield attached, opened.attachments[attached].get_file().read_bytes()
