"""What the verifier asks of a house's register; inside a house ``api`` answers, outside nobody does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.page_mark import PageMark
from domain.verdict import Overlay


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEntry:
    """One issued report as the register knows it."""

    number: str
    status: str
    """``valid``, ``revoked``, ``suspended``, ``data_changed`` or ``superseded``."""
    status_at: datetime
    """Since when that word holds, aware UTC."""
    reason: str | None
    """The operator's reason word, shown as evidence."""
    file_sha256: str
    """Of the released file, lower-case hex."""
    level: str
    """``B-LT`` or ``B-B``."""


class RegisterPort(Protocol):
    """The register of issued reports.

    Every method MUST read committed data no older than the call, MUST NOT raise for a
    number it does not know, and MUST raise DependencyUnavailable when it cannot answer:
    an unknown number and a silent register are different things.  A register that knows its
    numbers but cannot check a secret (opened without its keys) raises it with the code
    ``register_locked``.
    """

    def status_of(self, number: str, at: datetime | None = None) -> RegisterEntry | None:
        """Return the entry of a released report, None if no such report was released.

        With ``at`` its word is the one that stood at that moment, by the register's history.
        """
        ...

    def by_file_sha256(self, file_sha256: str) -> RegisterEntry | None:
        """Return the entry whose released file has that SHA-256 (lower-case hex), else None."""
        ...

    def by_cover_secret(self, number: str, secret: bytes) -> bool:
        """Tell whether that 16-byte secret stands on that report's cover, in constant time."""
        ...

    def by_page_mark(self, number: str, mark: PageMark) -> bool:
        """Tell whether that mark was put on a page of that released report."""
        ...

    def by_code(self, number: str, code: str) -> bool:
        """Tell whether those 12 digits are that report's 核验码; counts and locks wrong tries."""
        ...

    def overlay_of(self, number: str, now: datetime) -> tuple[Overlay, ...] | None:
        """Return what became known by ``now`` of the records that report counts; None if it cannot tell."""
        ...
