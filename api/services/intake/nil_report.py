"""A nil report: nothing to report, said by a named person for days that he names (R4)."""

from __future__ import annotations

import hashlib
from datetime import datetime

from api.services.context import Context
from api.services.house.regions import own_region
from api.services.intake.units import added_units, find_unit
from api.services.issuing.delivery import Delivery, Received, attest_with, domain_id, event_of
from api.store.entries import Batch
from domain.errors import MalformedInput
from domain.identifiers import uuid7
from records.units import UnitIndex


def receive_nil(context: Context, delivery: Delivery, now: datetime) -> Received:
    """A nil report: a batch without a file that moves the watermark (R4)."""
    if delivery.complete_to is None:
        raise MalformedInput("nil_needs_through")
    batch = uuid7(now, context.entropy)
    with context.store.writing() as work:
        recorded = context.clock()
        region = own_region(context, work)
        unit = find_unit(UnitIndex(region, added_units(work)), delivery.unit)
        kept = Batch(
            id=batch,
            kind=delivery.kind.value,
            unit=unit.id,
            file_name=None,
            file_sha256=hashlib.sha256(b"").hexdigest(),
            domain=domain_id(region, delivery.domain),
            no_simple=delivery.no_simple,
            confirmed_by=delivery.by,
            received_at=recorded,
            rows=0,
            accepted=0,
            unchanged=0,
            quarantined=0,
            skipped=0,
        )
        work.batches.add(kept, None)
        attested = attest_with(context, work, delivery, region, unit, batch, recorded)
        work.house.record(event_of(delivery, kept, recorded))
        work.commit()
    return Received(
        batch=batch,
        unit=unit.id,
        rows=0,
        accepted=0,
        unchanged=0,
        quarantined=0,
        skipped=0,
        unmatched=0,
        cleared=0,
        held=(),
        warnings=(),
        attested=attested,
    )
