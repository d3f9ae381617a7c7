"""What a unit hands over, and what the house answers: the shapes, and what every delivery leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from api.services.context import Context
from api.services.intake.watermarks import Attestation, attest
from api.store.entries import Batch, Event, HeldRow
from api.store.unit_of_work import UnitOfWork
from domain.errors import MalformedInput
from records.model import Kind
from records.region_model import Region, UnitEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a unit's person says when handing over a file, or that there is nothing to hand over."""

    kind: Kind
    unit: str
    """Name, USCC or id of the sending unit."""
    by: str
    """Who confirms it."""
    data: bytes | None
    """None: a nil report."""
    file_name: str | None = None
    domain: str | None = None
    no_simple: bool = False
    list_name: str | None = None
    complete_from: date | None = None
    complete_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a delivery; every row is in exactly one of the five figures."""

    batch: UUID
    unit: str
    rows: int
    accepted: int
    unchanged: int
    quarantined: int
    skipped: int
    unmatched: int
    """Accepted rows about nobody the house knows yet; they wait and cast doubt by name."""
    cleared: int
    """Held rows of earlier files that this one answers."""
    held: tuple[HeldRow, ...]
    warnings: tuple[Mapping[str, object], ...]
    attested: tuple[date, date] | None


def domain_id(region: Region, text: str | None) -> str | None:
    """Give the domain's id for an id or name; MalformedInput ``domain_unknown``."""
    if text is None:
        return None
    found = region.domain_of(text)
    if found is None:
        raise MalformedInput("domain_unknown", domain=text[:40], region=region.name)
    return found


def attest_with(
    context: Context,
    work: UnitOfWork,
    delivery: Delivery,
    region: Region,
    unit: UnitEntry,
    batch: UUID,
    now: datetime,
) -> tuple[date, date] | None:
    """Store the interval that the delivery attests, if it says one; gives what now stands (R4)."""
    if delivery.complete_to is None:
        return None
    domain = domain_id(region, delivery.domain)
    attestation = Attestation(
        unit=unit.id,
        kind=delivery.kind,
        domains=() if domain is None else (domain,),
        complete_from=delivery.complete_from,
        complete_to=delivery.complete_to,
        by=delivery.by,
        nil=delivery.data is None,
        batch=batch,
    )
    return attest(context, work, region, attestation, now=now)


def event_of(delivery: Delivery, batch: Batch, now: datetime) -> Event:
    """Give the entry for the auditor."""
    return Event(
        at=now,
        actor=delivery.by,
        act="nil_report" if delivery.data is None else "batch_received",
        fields={"batch": str(batch.id), "unit": batch.unit, "kind": batch.kind, "rows": batch.rows},
    )
