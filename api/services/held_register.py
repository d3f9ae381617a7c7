"""The house's register as one open transaction sees it: one state for all that one verdict asks."""

from __future__ import annotations

from datetime import datetime

from api.services.checking.overlay import overlay_within
from api.services.context import Context
from api.services.verifying import HouseRegister, as_of, entry_of
from api.store.entries import Registered
from api.store.unit_of_work import UnitOfWork
from domain.verdict import Overlay
from verifier.ports import RegisterEntry


class HeldRegister(HouseRegister):
    """Answers from ``work`` for as long as it is open; of one thread, for one verdict."""

    def __init__(self, work: UnitOfWork, context: Context, line: Registered) -> None:
        """Answer within ``work``, which has read ``line`` itself: that one is not asked for twice."""
        super().__init__(context.store, context)
        self._work, self._held, self._line = work, context, line

    def status_of(self, number: str, at: datetime | None = None) -> RegisterEntry | None:
        """Give the entry of a released report, with the word that stood at ``at`` (None: now)."""
        entry = entry_of(self._of(number))
        return entry if entry is None or at is None else as_of(self._work, entry, at)

    def by_file_sha256(self, file_sha256: str) -> RegisterEntry | None:
        """Give the entry of the report whose file has that hash."""
        same = self._line.file_sha256 == file_sha256
        return entry_of(self._line if same else self._work.reports.by_file(file_sha256))

    def overlay_of(self, number: str, now: datetime) -> tuple[Overlay, ...] | None:
        """Give what became known later of the records that report counts; None for one not here."""
        line = self._of(number)
        return None if line is None else overlay_within(self._held, self._work, line, now)

    def _of(self, number: str) -> Registered | None:
        return self._line if self._line.number == number else self._work.reports.get(number)
