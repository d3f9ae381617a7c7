"""The highest version seen of each status list, in a file between runs of the command.

JSON ``{"version": 1, "lists": {key: [version, sha256]}}``, written whole and renamed into place under
a lock, so that two runs at once forget nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from domain.errors import MalformedInput, Refused

FILE: Final = "status-lists.json"
_MAX_BYTES: Final = 4 * 2**20


def default_folder(variables: Mapping[str, str]) -> Path | None:
    """Return the user's folder for what programs remember (XDG_STATE_HOME), None where there is none."""
    named = variables.get("XDG_STATE_HOME", "")
    home = variables.get("HOME", "")
    if named.startswith("/"):
        return Path(named) / "daizheng"
    return Path(home) / ".local" / "state" / "daizheng" if home.startswith("/") else None


class FileMemory:
    """Remembers in ``folder``.

    ``strict`` raises Refused ``state_unwritable`` when nothing can be written there; otherwise the run
    goes on and remembers nothing.  What is there and cannot be read is always MalformedInput
    ``state_malformed``: whoever spoils the file must not make the verifier forget in silence.
    """

    def __init__(self, folder: Path, *, strict: bool) -> None:
        self._path, self._strict = folder / FILE, strict

    def seen(self, key: str) -> tuple[int, str] | None:
        """Return the version and token SHA-256 of the newest list seen under ``key``."""
        return self._read().get(key)

    def remember(self, key: str, version: int, sha256: str, now: datetime) -> None:  # noqa: ARG002
        """Keep it; a lower version than the one kept changes nothing."""
        try:
            with self._locked():
                known = self._read()
                if key not in known or known[key][0] < version:
                    self._write({**known, key: (version, sha256)})
        except OSError as error:
            if self._strict:
                raise Refused("state_unwritable", file=str(self._path)) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _read(self) -> dict[str, tuple[int, str]]:
        try:
            data = self._path.read_bytes()
        except OSError:
            return {}
        try:
            if len(data) > _MAX_BYTES:
                raise ValueError(len(data))
            lists = json.loads(data)["lists"]
            return {str(key): (int(each[0]), str(each[1])) for key, each in lists.items()}
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
            raise MalformedInput("state_malformed", file=str(self._path)) from error

    def _write(self, lists: Mapping[str, tuple[int, str]]) -> None:
        temporary = self._path.with_suffix(".new")
        said = {"version": 1, "lists": {key: list(each) for key, each in sorted(lists.items())}}
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(said, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
