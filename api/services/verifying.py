"""Our own verifier inside the house: the house's trust, its register, one warm pool of workers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from api.services.checking.overlay import overlay_of
from api.services.context import Context
from api.services.house.trust import FILE, is_current, own_bundle
from api.services.issuing import codes, page_marks
from api.store.entries import Registered
from api.store.entries_status import SeenList
from api.store.unit_of_work import Store, UnitOfWork
from domain.errors import DependencyUnavailable
from domain.page_mark import PageMark
from domain.status_facts import standing
from domain.trust_format import TrustBundle
from domain.verdict import Overlay
from keys.trust import OpenedBundle
from verifier.limits import DEFAULT_LIMITS, VerifierLimits
from verifier.ports import RegisterEntry, RegisterPort
from verifier.service import Verifier
from verifier.worker.pool import WorkerPool


class HouseRegister:
    """Answers the verifier from the register; see :class:`verifier.ports.RegisterPort`."""

    def __init__(self, store: Store, context: Context | None) -> None:
        """Without ``context`` (no key passphrase) typed codes and paper secrets cannot be asked."""
        self._store, self._context = store, context

    def status_of(self, number: str, at: datetime | None = None) -> RegisterEntry | None:
        """Give the entry of a released report, with the word that stood at ``at`` (None: now)."""
        with self._store.reading() as work:
            entry = entry_of(work.reports.get(number))
            return entry if entry is None or at is None else as_of(work, entry, at)

    def by_file_sha256(self, file_sha256: str) -> RegisterEntry | None:
        """Give the entry of the report whose file has that hash."""
        with self._store.reading() as work:
            return entry_of(work.reports.by_file(file_sha256))

    def by_cover_secret(self, number: str, secret: bytes) -> bool:
        """Say whether that secret stands on the cover of ``number``."""
        context = self._keyed()
        with self._store.reading() as work:
            return codes.paper_secret_fits(context, work, number, secret)

    def by_page_mark(self, number: str, mark: PageMark) -> bool:
        """Say whether this house put that mark on a page of ``number``."""
        context = self._keyed()
        with self._store.reading() as work:
            return page_marks.ours(context, work, number, mark)

    def by_code(self, number: str, code: str) -> bool:
        """Say whether that is the 核验码 of ``number``; wrong tries are counted."""
        return codes.code_fits(self._keyed(), number, code)

    def overlay_of(self, number: str, now: datetime) -> tuple[Overlay, ...] | None:
        """Give what became known later of the records that report counts; None without the keys."""
        return None if self._context is None else overlay_of(self._context, number, now)

    def _keyed(self) -> Context:
        if self._context is None:
            raise DependencyUnavailable("register_locked")
        return self._context


def entry_of(line: Registered | None) -> RegisterEntry | None:
    """Give a line of the register as the verifier is told it."""
    if line is None:
        return None
    return RegisterEntry(
        number=line.number,
        status=line.status,
        status_at=line.status_at,
        reason=line.status_reason,
        file_sha256=line.file_sha256,
        level=line.level,
    )


def as_of(work: UnitOfWork, entry: RegisterEntry, at: datetime) -> RegisterEntry:
    """Give ``entry`` with the word that stood at ``at``."""
    then = standing(work.status.changes_of(entry.number, at))
    with_since = entry if then.since is None else replace(entry, status_at=then.since)
    return replace(with_since, status=then.word, reason=then.reason)


class HouseMemory:
    """Keeps in the register which versions of other houses' status lists were seen."""

    def __init__(self, store: Store) -> None:
        """Remember in ``store``."""
        self._store = store

    def seen(self, key: str) -> tuple[int, str] | None:
        """Give version and token SHA-256 of the newest list seen under ``key``."""
        with self._store.reading() as work:
            found = work.status.seen(key)
        return None if found is None else (found.version, found.sha256)

    def remember(self, key: str, version: int, sha256: str, now: datetime) -> None:
        """Keep it, if it is newer than what is kept."""
        with self._store.writing() as work:
            work.status.remember(SeenList(uri=key, version=version, sha256=sha256, seen_at=now))
            work.commit()


class OwnVerifier:
    """Keeps one verifier warm and renews it when the house's trust bundle is renewed."""

    def __init__(
        self,
        context: Context,
        register: RegisterPort | None,
        limits: VerifierLimits = DEFAULT_LIMITS,
        workers: WorkerPool | None = None,
        *,
        size: int = 1,
        require_sandbox: bool = True,
    ) -> None:
        """Verify for ``context``; ``register`` None asks only what a file itself proves.

        ``workers`` lends a pool that somebody else ends; ``size`` is that of a pool made here, whose
        workers start without ``require_sandbox`` although the kernel gives no sandbox.
        """
        self._require_sandbox = require_sandbox
        self._context, self._register, self._limits = context, register, limits
        self._pool, self._lent, self._size = workers, workers is not None, size
        self._renewing = Lock()
        self._verifier: Verifier | None = None
        self._made_of: tuple[int, TrustBundle] | None = None

    def at(self, now: datetime) -> Verifier:
        """Give the verifier with trust that is current at ``now``."""
        with self._renewing:
            return self._current(now)

    def _current(self, now: datetime) -> Verifier:
        if self._verifier is None or not self._still_good(now):
            trust = own_bundle(self._context, now)
            self._verifier = Verifier(trust, self._register, self._limits, self._workers(trust))
            self._made_of = (_changed_at(self._context.home / FILE), trust.bundle)
        return self._verifier

    def _still_good(self, now: datetime) -> bool:
        if self._made_of is None:
            return False
        changed, bundle = self._made_of
        return is_current(self._context, bundle, now) and changed == _changed_at(self._context.home / FILE)

    def _workers(self, trust: OpenedBundle) -> WorkerPool:
        anchors = tuple(trust.bundle.anchors)
        if self._pool is None or self._pool.anchors != anchors:
            self.close()
            self._pool = WorkerPool(
                trust.bundle.anchors,
                self._limits,
                size=self._size,
                allow_unsandboxed=not self._require_sandbox,
            )
        return self._pool

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None and not self._lent:
            self._pool.close()
        self._pool, self._lent = None, False


def _changed_at(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0
