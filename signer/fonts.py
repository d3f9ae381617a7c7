"""The faces that come with the install: pinned by hash, and which characters they can print.

``templates/fonts/fonts.toml`` names each file, its SHA-256 and the characters it covers
(runs of code points).  Nothing else is ever used: fonts of the machine are ignored, so
that a report looks the same, and has the same bytes, everywhere.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import typst

from domain.errors import InvariantBroken


@dataclass(frozen=True, slots=True, kw_only=True)
class FontSet:
    """The pinned faces, ready for the layout engine."""

    faces: typst.Fonts
    covered: frozenset[int]
    """Code points that every text face has."""


@cache
def load_fonts() -> FontSet:
    """The faces of the install; read and checked once per process."""
    return read_fonts(Path(str(resources.files("templates") / "fonts")))


def read_fonts(directory: Path) -> FontSet:
    """The faces that ``directory/fonts.toml`` names, each with its pinned hash.

    Raises InvariantBroken ``font_changed`` or ``font_missing``, with the file's name.
    """
    entries = tomllib.loads((directory / "fonts.toml").read_text(encoding="utf-8"))["font"]
    for entry in entries:
        _require_pinned(directory / entry["file"], entry["sha256"])
    text_faces = [_points(entry["covers"]) for entry in entries if entry["text"]]
    return FontSet(
        faces=typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(directory)]
        ),
        covered=frozenset.intersection(*text_faces),
    )


def _require_pinned(path: Path, sha256: str) -> None:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvariantBroken("font_missing", file=path.name) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise InvariantBroken("font_changed", file=path.name)


def _points(runs: str) -> frozenset[int]:
    """Code points of ``"20-7E A0 4E00-9FFF"``: runs in hexadecimal, both ends included."""
    points: set[int] = set()
    for run in runs.split():
        first, _, last = run.partition("-")
        points.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(points)
