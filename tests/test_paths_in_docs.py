"""What the documents name is there: every file and folder, in the first of the two hops or in a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOPS = "api docs domain keys records requirements scripts signer templates tests verifier".split()
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])
CODE = re.compile(r"`([^`\s]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
FILE = re.compile(r"^[\w.{},-]+\.(py|toml|html|js|typ|md|txt|ini)$")


def _spelled_out(text: str) -> Iterator[str]:
    """``a/{b,c}.py`` is two paths; ``<code>`` and ``CODE`` stand for any word."""
    parts = re.split(r"\{([^}]*)\}", re.sub(r"<[^>]*>|(?<=[/-])[A-Z]{3,}(?=[-.])", "*", text))
    choices = [part.split(",") if at % 2 else [part] for at, part in enumerate(parts)]
    yield from ("".join(chosen) for chosen in product(*choices))


def _missing(line: str) -> Iterator[str]:
    folder: Path | None = None
    for word in CODE.findall(line):
        named = any(word.startswith(f"{top}/") for top in TOPS)
        if not named and (folder is None or not FILE.match(word)):
            continue
        for path in _spelled_out(word):
            # A bare name stands beside the file that was named before it, or at the top.
            if not any(ROOT.glob(path.rstrip("/"))) and not (folder and any(folder.glob(path))):
                yield word
        if named:
            found = ROOT / word
            folder = found if found.is_dir() else found.parent


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    missing = [word for line in text.splitlines() for word in _missing(line)]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_where_a_page_points_is_there(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_package_and_every_room_of_the_services_has_its_place() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    rooms = [path.parent.name for path in (ROOT / "api" / "services").glob("*/__init__.py")]
    rooms += [path.parent.name for path in (ROOT / "verifier").glob("*/__init__.py")]
    rooms += [path.parent.name for path in (ROOT / "api" / "http" / "pages").glob("*/__init__.py")]
    assert rooms and [room for room in rooms if f"`{room}`" not in text and f"/{room}/" not in text] == []


def test_the_floors_that_are_drawn_are_the_floors_that_are_checked() -> None:
    drawn = (ROOT / "docs" / "architecture.md").read_text().split("```")[1]
    contract = (ROOT / ".importlinter").read_text().split("layers =")[1].split("ignore_imports")[0]

    def floors(text: str) -> list[list[str]]:
        rows = [re.split(r"\s{2,}", row.strip())[0] for row in text.splitlines() if row.strip()]
        return [[each.strip() for each in row.split("|")] for row in rows]

    assert floors(drawn) == floors(contract)
