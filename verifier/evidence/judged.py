"""What may be asked of a report's signed content when it is judged: a kept reading holds no more.

Reading the bytes has the whole content; judging them, then and later, has this.  A check that needs
another field adds it here, and whoever keeps readings must keep it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.report import DataState, RegionRef, Scope, Totals


class JudgedDomain(Protocol):
    """One row of the domain table."""

    @property
    def id(self) -> str:
        """The region's word for the domain."""
        ...

    @property
    def data_state(self) -> DataState:
        """How complete its data are."""
        ...


class JudgedTree(Protocol):
    """The record tree, without what its root is computed from."""

    @property
    def root(self) -> str:
        """SHA-256, lower-case hex."""
        ...

    @property
    def size(self) -> int:
        """Leaves including dummies."""
        ...


class JudgedContent(Protocol):
    """As :class:`domain.report.ReportContent`, with fewer fields."""

    @property
    def number(self) -> str:
        """The report number."""
        ...

    @property
    def region(self) -> RegionRef:
        """The region file that decided what counts."""
        ...

    @property
    def as_of(self) -> datetime:
        """The instant the report speaks of, aware UTC."""
        ...

    @property
    def fresh_until(self) -> datetime | None:
        """Until when it may be used as printed."""
        ...

    @property
    def scope(self) -> Scope:
        """Territory, window and domains."""
        ...

    @property
    def domains(self) -> Sequence[JudgedDomain]:
        """The domain table."""
        ...

    @property
    def totals(self) -> Totals:
        """Counts and sums."""
        ...

    @property
    def tree(self) -> JudgedTree:
        """The record tree."""
        ...

    @property
    def status_uri(self) -> str:
        """Address of the status list."""
        ...

    @property
    def status_idx(self) -> int:
        """The report's place in that list."""
        ...

    @property
    def log_origin(self) -> str:
        """The log that holds its commitment."""
        ...
