"""A JSON object kept as the text it was written as, opened only when somebody looks inside.

Most of what is answered repeats such an object whole: its text goes out as it came in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property

from domain.verdict import JsonValue


class WrittenJson(Mapping[str, JsonValue]):
    """The object of ``text``, which this house wrote itself with :meth:`of`; equal to any equal mapping."""

    def __init__(self, text: str) -> None:
        """Keep ``text``: one JSON object, compact."""
        self.text = text

    @classmethod
    def of(cls, value: Mapping[str, JsonValue]) -> WrittenJson:
        """Give ``value`` written."""
        return cls(json.dumps(dict(value), ensure_ascii=False, separators=(",", ":")))

    @cached_property
    def _opened(self) -> dict[str, JsonValue]:
        opened: dict[str, JsonValue] = json.loads(self.text)
        return opened

    def __getitem__(self, name: str) -> JsonValue:
        return self._opened[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._opened)

    def __len__(self) -> int:
        return len(self._opened)
