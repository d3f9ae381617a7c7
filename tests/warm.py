"""What a test process makes once and lends to every house it opens: started readers, opened passphrases.

A reader's start costs four verifications, and each command of a person starts one of its own; tests give
hundreds of them.  A pool that is closed leaves its idle readers here, closed sandbox and all, and the next
pool of the same anchors and limits takes them up, as a served house's requests do.  A key made of a
passphrase is a pure function of both and the salt.  Neither is changed in what is started or computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from queue import Empty
from threading import Lock
from typing import Any

import pytest

from keys.vault import Kdf
from verifier.worker import pool as starting
from verifier.worker.pool import WorkerPool

AT_MOST = 6
"""Idle readers, each of some 100 MB, that are kept; of more the oldest ends."""
_kept: list[tuple[Any, Any]] = []
"""Key and process, the newest last."""
_gate = Lock()
_lending = True
_close = WorkerPool.close
_start = starting._Process


def lend(patch: pytest.MonkeyPatch) -> None:
    """From now on, while ``patch`` holds, readers and opened passphrases are lent."""
    patch.setattr(WorkerPool, "close", _put_away)
    patch.setattr(starting, "_Process", _taken_or_started)
    patch.setattr(Kdf, "key", cache(Kdf.key))


@contextmanager
def each_its_own() -> Iterator[None]:
    """Inside the block every pool starts and ends its own readers."""
    global _lending
    _lending = False
    try:
        yield
    finally:
        _lending = True


def end() -> None:
    """No reader is kept any more."""
    with _gate:
        ended, _kept[:] = [process for _, process in _kept], []
    for process in ended:
        process.end()


def _key(anchors: Any, limits: Any, options: dict[str, Any]) -> Any:
    return tuple(anchors), limits, tuple(sorted(options.items()))


def _taken_or_started(anchors: Any, limits: Any, **options: Any) -> Any:
    wanted = _key(anchors, limits, options)
    while _lending:
        with _gate:
            place = next((at for at in range(len(_kept) - 1, -1, -1) if _kept[at][0] == wanted), None)
            process = None if place is None else _kept.pop(place)[1]
        if process is None:
            break
        if process.alive:
            return process
        process.end()
    return _start(anchors, limits, **options)


def _put_away(pool: WorkerPool) -> None:
    options = {"sandboxed": pool._sandboxed, "writes_reports": pool._writes_reports}
    while _lending:
        try:
            process = pool._idle.get_nowait()
        except Empty:
            break
        with _gate:
            _kept.append((_key(pool._anchors, pool._limits, options), process))
            old = [each for _, each in _kept[:-AT_MOST]]
            del _kept[:-AT_MOST]
        for each in old:
            each.end()
    _close(pool)
