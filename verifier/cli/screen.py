"""Lines on a terminal: one fact a line, names aligned, colour only where somebody looks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Final
from unicodedata import east_asian_width

import typer

from domain.wording import Wording

_LABEL_WIDTH: Final = 12


def labelled(words: Wording, label: str, text: str) -> Iterable[str]:
    """Yield one fact under its name in the reader's language."""
    name = words.text(f"label.{label}")
    width = sum(2 if east_asian_width(char) in "WF" else 1 for char in name)
    yield f"  {name}{' ' * (_LABEL_WIDTH - width)}{text}"


def coloured(text: str, colour: str) -> str:
    """Return the text in a colour on a terminal, and as it stands anywhere else."""
    return typer.style(text, fg=colour) if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text


def print_line(text: str) -> None:
    """Print one line in UTF-8, whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write((text + "\n").encode("utf-8", "surrogatepass"))
    sys.stdout.buffer.flush()
