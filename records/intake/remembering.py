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
    known: dict[str, str] = {}

    def remembered(text: str) -> str:
        found = known.get(text)
        if found is None:
            if len(known) > CACHE:
                known.clear()
            found = known[text] = treat(text)
        return found

    return remembered


# Standard columns that hold no free text lose identity numbers only; the rest goes through redact_text.
