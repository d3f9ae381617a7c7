"""Reading typed fields out of a decoded JSON object, naming the place of whatever is wrong.

Strict on purpose: a missing field, a field nobody knows and a value of another type are
all MalformedInput ``json_field`` with the path, because what is signed must be understood
whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from typing import NoReturn, TypeVar
from uuid import UUID

from domain.base_text import base64_decode, hex_decode
from domain.errors import MalformedInput
from domain.times import parse_day, parse_rfc3339, rfc3339
from domain.verdict import JsonValue

_E = TypeVar("_E", bound=StrEnum)
_T = TypeVar("_T")


class Fields:
    """One JSON object being read; each getter takes a field away, ``close`` refuses leftovers."""

    def __init__(self, value: JsonValue, path: str) -> None:
        if not isinstance(value, dict):
            raise MalformedInput("json_field", path=path or "/", expected="object")
        self._left = dict(value)
        self._path = path

    def _refuse(self, name: str, expected: str) -> NoReturn:
        raise MalformedInput("json_field", path=f"{self._path}/{name}"[:200], expected=expected)

    def _take(self, name: str, expected: str) -> JsonValue:
        if name not in self._left:
            self._refuse(name, expected)
        return self._left.pop(name)

    def has(self, name: str) -> bool:
        """Whether the field is there and not yet taken."""
        return name in self._left

    def text(self, name: str) -> str:
        """A string."""
        value = self._take(name, "string")
        return value if isinstance(value, str) else self._refuse(name, "string")

    def integer(self, name: str) -> int:
        """An integer not below zero."""
        value = self._take(name, "integer")
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self._refuse(name, "integer")
        return value

    def flag(self, name: str) -> bool:
        """A boolean."""
        value = self._take(name, "boolean")
        return value if isinstance(value, bool) else self._refuse(name, "boolean")

    def optional(self, name: str, getter: Callable[[str], _T]) -> _T | None:
        """None for null, else what ``getter`` (one of the others) reads."""
        if name in self._left and self._left[name] is None:
            del self._left[name]
            return None
        return getter(name)

    def enum(self, name: str, kind: type[_E]) -> _E:
        """A word of a closed list."""
        text = self.text(name)
        try:
            return kind(text)
        except ValueError:
            return self._refuse(name, "|".join(kind))

    def constant(self, name: str, expected: str | int) -> None:
        """Exactly that value."""
        value = self._take(name, str(expected))
        if isinstance(value, bool) or value != expected:
            self._refuse(name, str(expected))

    def day(self, name: str) -> date:
        """A calendar day, YYYY-MM-DD."""
        with self._at(name, "YYYY-MM-DD"):
            return parse_day(self.text(name))

    def instant(self, name: str) -> datetime:
        """An instant in its one spelling."""
        text = self.text(name)
        with self._at(name, "instant"):
            instant = parse_rfc3339(text)
            if rfc3339(instant) != text:
                self._refuse(name, "instant")
            return instant

    def base64(self, name: str) -> bytes:
        """Bytes in padded base64."""
        with self._at(name, "base64"):
            return base64_decode(self.text(name))

    def base64s(self, name: str) -> tuple[bytes, ...]:
        """An array of base64 strings."""
        with self._at(name, "base64"):
            return tuple(base64_decode(text) for text in self.texts(name))

    def hex_text(self, name: str, length: int) -> str:
        """Lower-case hex of exactly ``length`` bytes, as text."""
        text = self.text(name)
        with self._at(name, f"hex of {length} bytes"):
            hex_decode(text, length)
        return text

    def hex_texts(self, name: str, length: int) -> tuple[str, ...]:
        """An array of lower-case hex strings of ``length`` bytes each, as text."""
        found = self.texts(name)
        with self._at(name, f"hex of {length} bytes"):
            for text in found:
                hex_decode(text, length)
        return found

    def list(self, name: str) -> list[JsonValue]:
        """An array."""
        value = self._take(name, "array")
        return value if isinstance(value, list) else self._refuse(name, "array")

    def texts(self, name: str) -> tuple[str, ...]:
        """An array of strings."""
        value = self.list(name)
        return tuple(item if isinstance(item, str) else self._refuse(name, "strings") for item in value)

    def counts(self, name: str) -> dict[str, int]:
        """An object whose values are integers not below zero."""
        value = self._take(name, "object")
        if not isinstance(value, dict):
            self._refuse(name, "object")
        inner = Fields(value, f"{self._path}/{name}")
        return {key: inner.integer(key) for key in list(value)}

    def object(self, name: str) -> Fields:
        """A nested object."""
        return Fields(self._take(name, "object"), f"{self._path}/{name}")

    def plain(self, name: str) -> dict[str, JsonValue]:
        """An object as it is, whatever it holds."""
        value = self._take(name, "object")
        return value if isinstance(value, dict) else self._refuse(name, "object")

    def uuid(self, name: str) -> UUID:
        """A UUID in its one spelling."""
        text = self.text(name)
        try:
            found = UUID(text)
        except ValueError:
            self._refuse(name, "UUID")
        return found if str(found) == text else self._refuse(name, "UUID")

    def objects(
        self,
        name: str,
        read: Callable[[Fields], _T],
        usual: Callable[[JsonValue], _T | None] = lambda _: None,
    ) -> tuple[_T, ...]:
        """An array of objects, each read whole by ``read``.

        ``usual`` may read an object sooner; where it gives None, ``read`` says what is wrong.
        """
        found = []
        for place, item in enumerate(self.list(name)):
            value = usual(item)
            if value is None:
                inner = Fields(item, f"{self._path}/{name}/{place}")
                value = read(inner)
                inner.close()
            found.append(value)
        return tuple(found)

    def close(self) -> None:
        """Nothing is left; else MalformedInput names the first unknown field."""
        if self._left:
            self._refuse(min(self._left), "no such field")

    @contextmanager
    def _at(self, name: str, expected: str) -> Iterator[None]:
        try:
            yield
        except MalformedInput as error:
            if error.code == "json_field":
                raise
            path = f"{self._path}/{name}"[:200]
            raise MalformedInput("json_field", path=path, expected=expected) from error
