"""The largest tree this house is known to have signed, remembered outside its database.

A database restored from an older backup holds a smaller tree.  Signing it again would give
two heads of one size, which nobody can take back: so every append is first compared with the
head that was written here after the last one, and with what witnesses say they have seen.

Files in the house's directory::

    log-head        the newest signed checkpoint, verbatim
    log-seen.json   {witness: size} where a witness said it has seen more than we hold
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from domain import checkpoint as checkpoints
from domain import note
from domain.checkpoint import Checkpoint
from domain.errors import InvariantBroken, MalformedInput, Refused

HEAD: Final = "log-head"
SEEN: Final = "log-seen.json"
_LOCK: Final = "log-seen.lock"
_FEW: Final = 4
# What a head's file says depends on its bytes alone, and an append meets the same ones three times.
_KNOWN: Final[dict[bytes, Checkpoint]] = {}


def require_not_behind(home: Path, size: int, root: bytes, root_at: Callable[[int], bytes | None]) -> None:
    """Return only for a tree that holds all that was ever signed or witnessed.

    ``root_at`` gives the root that the database keeps for a smaller size.  Raises Refused
    ``log_behind_witness`` for a smaller tree and ``log_forked`` for one with another past,
    InvariantBroken ``log_head_unreadable``.
    """
    head = remembered(home)
    if head is not None:
        if head.size > size:
            raise Refused("log_behind_witness", size=size, seen=head.size, witness=HEAD)
        if (root if head.size == size else root_at(head.size)) != head.root:
            raise Refused("log_forked", size=head.size, file=HEAD)
    for witness, largest in seen(home).items():
        if largest > size:
            raise Refused("log_behind_witness", size=size, seen=largest, witness=witness)


def remembered(home: Path) -> Checkpoint | None:
    """Give the head written after the last append; None in a house that has none."""
    try:
        handle = os.open(f"{home}/{HEAD}", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        return _head(_all(handle), home)
    finally:
        os.close(handle)


def remember(home: Path, head: Checkpoint, signed: bytes) -> None:
    """``head``, as it was ``signed``, stands in the house's directory, unless a larger one does."""
    # What was committed stays committed: a full disk must not make an issued report look refused.
    with suppress(OSError):
        handle = os.open(f"{home}/{HEAD}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            known = _all(handle)
            if not known or _head(known, home).size < head.size:
                # Over the old one in a single write, which no signal cuts: a rename would wait for the disk.
                os.pwrite(handle, signed, 0)
                if len(signed) < len(known):
                    os.ftruncate(handle, len(signed))
                _keep(signed, head)
        finally:
            os.close(handle)


def _all(handle: int) -> bytes:
    return os.pread(handle, min(os.fstat(handle).st_size, note.MAX_NOTE_BYTES + 1), 0)


def _head(data: bytes, home: Path) -> Checkpoint:
    if (known := _KNOWN.get(data)) is not None:
        return known
    try:
        read = checkpoints.decode(note.decode(data).text)
    except MalformedInput as error:
        raise InvariantBroken("log_head_unreadable", file=str(home / HEAD)) from error
    _keep(data, read)
    return read


def _keep(data: bytes, head: Checkpoint) -> None:
    if len(_KNOWN) >= _FEW:
        _KNOWN.clear()
    _KNOWN[data] = head


def seen(home: Path) -> Mapping[str, int]:
    """Give what witnesses said they have seen beyond our own tree, by the witness's name."""
    try:
        handle = os.open(f"{home}/{SEEN}", os.O_RDONLY)
    except FileNotFoundError:
        return {}
    try:
        with os.fdopen(handle, "rb") as file:
            kept = json.load(file)
    except ValueError as error:
        raise InvariantBroken("log_head_unreadable", file=str(home / SEEN)) from error
    return {str(name): int(size) for name, size in kept.items()}


def note_seen(home: Path, witness: str, size: int | None) -> None:
    """A witness has seen ``size`` leaves of ours, more than we hold; None: it agrees with us again."""
    with _alone(home):
        known = dict(seen(home))
        before = known.get(witness)
        known.pop(witness, None) if size is None else known.update({witness: size})
        if known.get(witness) != before:
            _replace(home / SEEN, json.dumps(known, sort_keys=True).encode() + b"\n")


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    handle = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)
