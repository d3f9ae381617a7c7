"""What goes into a report's content and what comes out, as frozen records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.report import Environment, ReportContent
from records.choice import ReportRequest
from records.counting import CountingRule, Window
from records.model import Commitment, CreditRecord, Doubt, Subject, Watermark
from records.region_model import Region, UnitEntry
from records.units import UnitIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What transaction R reserved for this report."""

    number: str
    status_uri: str
    status_idx: int
    reserved_at: datetime
    """Aware UTC; its Asia/Shanghai day is the day of issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeInput:
    """Everything a report's content depends on."""

    region: Region
    subject: Subject
    branches: tuple[str, ...]
    records: Sequence[CreditRecord]
    """Versions matched to the subject; those not known at ``as_of`` are left out here."""
    doubts: Sequence[Doubt]
    watermarks: Sequence[Watermark]
    commitments: Sequence[Commitment]
    extra_units: Sequence[UnitEntry]
    request: ReportRequest
    reservation: Reservation
    environment: Environment
    host: str
    issuer_name: str
    log_origin: str
    salt_for: Callable[[int, int], bytes]
    """32 bytes for a leaf and a field index."""
    issuing_region: Region | None = None
    """The region file in force on the day of issue, where it is another than at ``as_of``: phase,
    eligibility, sealing, display of repaired records and the printed words go by it."""

    @property
    def issuing(self) -> Region:
        """The region file that the day of issue goes by."""
        return self.issuing_region or self.region


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """The content, and what the house keeps beside it."""

    content: ReportContent
    leaf_inputs: tuple[tuple[tuple[str, str], ...], ...]
    """Per leaf the ordered field ids and values, shown or not (to be stored encrypted)."""
    versions: tuple[tuple[UUID, ...], ...]
    """Per leaf the record versions it was made of, so that reports can be found by batch (R31)."""
    pending: tuple[str, ...]
    """Chosen domains in 待核: what review mode ``person`` stops at (R26)."""
    not_current: tuple[str, ...]
    """Chosen domains whose data state is not 正常."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One counted record on its way to a leaf."""

    record: CreditRecord
    versions: tuple[UUID, ...]
    domains: tuple[str, ...]
    marks: tuple[str, ...]
    unit_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the request comes to under the region's settings."""

    domains: tuple[str, ...]
    window: Window
    rule: CountingRule
    units: UnitIndex
    issued_on: date
    as_of_day: date
