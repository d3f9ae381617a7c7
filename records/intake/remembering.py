"""What was made of a text once is not made again: files say the same few things many times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from domain.errors import MalformedInput
from records.intake.redaction import Redact

CACHE: Final = 50_000
Value = TypeVar("Value")


def kept(
    memo: dict[str, Value | MalformedInput], key: str, make: Callable[[], Value]
) -> Value | MalformedInput:
    """The value, or the error it ended in; remembered, since cells of a column repeat."""
    if len(memo) > CACHE:
        memo.clear()
    try:
        found: Value | MalformedInput = make()
    except MalformedInput as error:
        found = error
    memo[key] = found
    return found


def remembering(treat: Redact) -> Redact:
    """``treat`` with a memory: names and numbers of one firm come again in many rows."""
    return Remembered(treat).__getitem__


class Remembered(dict[str, str]):
    """Texts as they were treated; one that is asked for the first time is treated then."""

    def __init__(self, treat: Redact) -> None:
        """Treat each text with ``treat``, once."""
        super().__init__()
        self._treat = treat

    def __missing__(self, text: str) -> str:
        """Give the text as it is treated now."""
        if len(self) > CACHE:
            self.clear()
        found = self[text] = self._treat(text)
        return found
