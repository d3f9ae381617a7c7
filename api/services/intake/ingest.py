"""A unit's file on its way into the house: read, place, write, and say what became of each row.

Reading and placing happen before the transaction; inside it the rows are matched and
written, and ``recorded_at`` is taken while the write lock is held.  An ``as_of`` that is
taken under the same lock can therefore never fall between a row's instant and its commit.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.services.context import Context, compressed
from api.services.house.regions import own_region
from api.services.intake import quarantine, repairing
from api.services.intake.nil_report import receive_nil
from api.services.intake.record_writer import RecordWriter, Written
from api.services.intake.units import added_units, find_unit
from api.services.issuing.delivery import Delivery, Received, attest_with, domain_id, event_of
from api.services.status import late
from api.services.status.late import Arrival
from api.store.entries import Batch
from api.store.unit_of_work import UnitOfWork
from domain.identifiers import uuid7
from records.intake import (
    BatchInfo,
    Parsed,
    ParsedRow,
    Problem,
    Quarantined,
    RecordDraft,
    RepairDraft,
    Table,
    parse,
    read_table,
)
from records.matching import normalise_name
from records.model import Kind
from records.region_model import Region, UnitEntry
from records.units import UnitIndex

FILE_PURPOSE = "batch-file"
Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, and rows done and in all."""


def quiet(_stage: str, _done: int, _total: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A delivery read and placed, before anything is written."""

    batch: UUID
    unit: UnitEntry
    region: Region
    table: Table
    parsed: Parsed
    sha256: str


def receive(context: Context, delivery: Delivery, *, now: datetime, progress: Progress = quiet) -> Received:
    """Take a delivery in: one transaction, nothing lost, one batch whatever becomes of its rows.

    Raises MalformedInput for a file that cannot be read at all, NotFound
    ``unit_not_found``, MalformedInput ``domain_unknown`` or ``through_in_future``.
    """
    if delivery.data is None:
        return receive_nil(context, delivery, now)
    progress("reading", 0, 0)
    with _without_collector(), ThreadPoolExecutor(max_workers=1) as aside:
        # The file as it is kept: compressing it takes a tenth as long as all the rest, and needs none of it.
        kept = aside.submit(compressed, delivery.data)
        received = _take_in(context, delivery, delivery.data, kept, now, progress)
    progress("done", received.rows, received.rows)
    return received


def _take_in(
    context: Context, delivery: Delivery, data: bytes, kept: Future[bytes], now: datetime, progress: Progress
) -> Received:
    """Read, write and commit; what was read is gone afterwards, so that no collector goes through it."""
    read = _read(context, delivery, data, now)
    progress("writing", 0, len(read.parsed.rows))
    with context.store.writing() as work:
        recorded = context.clock()
        received = _write(context, work, delivery, read, kept, recorded)
        work.commit()
    return received


@contextmanager
def _without_collector() -> Iterator[None]:
    """Inside the block nobody looks for cycles: rows make none, and looking through them all takes a fifth.

    What is no longer referred to is freed all the same; :class:`Limits` bounds the rest.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _read(context: Context, delivery: Delivery, data: bytes, now: datetime) -> _Read:
    with context.store.reading() as work:
        region = own_region(context, work)
        units = added_units(work)
    unit = find_unit(UnitIndex(region, units), delivery.unit)
    batch = uuid7(now, context.entropy)
    sha256 = hashlib.sha256(data).hexdigest()
    info = BatchInfo(
        id=batch,
        unit=unit.id,
        file_sha256=sha256,
        received_at=now,
        confirmed_by=delivery.by,
        domain=domain_id(region, delivery.domain),
        no_simple=delivery.no_simple,
        list_name=delivery.list_name,
    )
    table = read_table(data, delivery.file_name or "")
    with context.store.reading() as work:
        table = quarantine.restored(context, work, table)
    parsed = parse(table, delivery.kind, region, units, info)
    return _Read(batch=batch, unit=unit, region=region, table=table, parsed=parsed, sha256=sha256)


def _write(
    context: Context, work: UnitOfWork, delivery: Delivery, read: _Read, kept: Future[bytes], now: datetime
) -> Received:
    parsed, batch, unit = read.parsed, read.batch, read.unit.id
    arrival = Arrival(batch=batch, source=unit, kind=delivery.kind, by=delivery.by)
    written = write_rows(context, work, parsed.rows, arrival, now=now)
    # Cleared first: what this very file holds back is not answered by what it brings.
    cleared = _clear(context, work, read, delivery.kind, written, now)
    back = (*parsed.quarantined, *refused(parsed, read.table, written))
    held = quarantine.hold(context, work, back, batch=batch, unit=unit, kind=delivery.kind.value, now=now)
    taken = _batch(delivery, read, written, len(held), now)
    work.batches.add(taken, context.vault.seal(kept.result(), FILE_PURPOSE))
    attested = attest_with(context, work, delivery, read.region, read.unit, batch, now)
    work.house.record(event_of(delivery, taken, now))
    return Received(
        batch=batch,
        unit=unit,
        rows=taken.rows,
        accepted=taken.accepted,
        unchanged=taken.unchanged,
        quarantined=taken.quarantined,
        skipped=taken.skipped,
        unmatched=written.unmatched,
        cleared=cleared,
        held=held,
        warnings=_warnings(parsed, written),
        attested=attested,
    )


def write_rows(
    context: Context,
    work: UnitOfWork,
    rows: Sequence[ParsedRow],
    arrival: Arrival,
    *,
    now: datetime,
) -> Written:
    """Write parsed rows of one batch, records or repair results, and give what became of each.

    Reports that a late row touches are marked in the same transaction (R31).
    """
    batch, kind = arrival.batch, arrival.kind
    if kind is Kind.REPAIR:
        repairs = [(row.row, row.draft) for row in rows if isinstance(row.draft, RepairDraft)]
        return repairing.apply(context, work, repairs, batch=batch, now=now)
    accepted = [(row.row, row.draft) for row in rows if isinstance(row.draft, RecordDraft)]
    writer = RecordWriter(context, work, batch=batch, source=arrival.source, kind=kind.value, now=now)
    written = writer.write(accepted)
    late.notice(context, work, written.fresh, arrival, now=now)
    return written


def refused(parsed: Parsed, table: Table, written: Written) -> Iterable[Quarantined]:
    """Give the rows that the writer could not take as quarantined ones, with everything they said."""
    codes = dict.fromkeys(written.conflicting, "conflict_in_file")
    codes |= dict.fromkeys(written.without_target, "repair_target_missing")
    codes |= dict.fromkeys(written.misnamed, "judgment_names_person")
    if not codes:
        return
    cells = {row.number: table.cells(row) for row in table.rows if row.number in codes}
    for row in parsed.rows:
        if row.row in codes:
            draft = row.draft
            yield Quarantined(
                row=row.row,
                problems=(Problem(None, codes[row.row], {"first_row": "?", "name": draft.keys.name}),),
                keys=draft.keys,
                domains=draft.domains,
                unit=draft.unit,
                named_unit=None,
                identity=draft.identity if isinstance(draft, RecordDraft) else draft.target,
                reference=row.reference,
                cells=cells[row.row],
            )


def _clear(
    context: Context, work: UnitOfWork, read: _Read, kind: Kind, written: Written, now: datetime
) -> int:
    parsed = read.parsed
    carried = [row.reference for row in parsed.rows]
    carried += [row.reference for row in parsed.repeated]
    carried += [row.reference for row in parsed.quarantined]
    cleared = quarantine.clear_mended(work, carried, batch=read.batch, now=now)
    waiting = work.quarantine.open_identities(kind.value)
    if not waiting:
        return cleared
    said: dict[str, set[str]] = {}
    taken = {*written.accepted, *written.unchanged}
    for row in parsed.rows:
        draft = row.draft
        identity = draft.identity if isinstance(draft, RecordDraft) else draft.target
        if identity in waiting and row.row in taken:
            names = {draft.keys.name and normalise_name(draft.keys.name), draft.keys.uscc}
            if draft.keys.person_number:
                names.add(context.vault.fingerprint(draft.keys.person_number))
            said.setdefault(identity, set()).update(name for name in names if name)
    return cleared + quarantine.clear_answered(work, said, kind=kind.value, batch=read.batch, now=now)


def _batch(delivery: Delivery, read: _Read, written: Written, held: int, now: datetime) -> Batch:
    parsed = read.parsed
    return Batch(
        id=read.batch,
        kind=delivery.kind.value,
        unit=read.unit.id,
        file_name=delivery.file_name,
        file_sha256=read.sha256,
        domain=domain_id(read.region, delivery.domain),
        no_simple=delivery.no_simple,
        list_name=delivery.list_name,
        confirmed_by=delivery.by,
        received_at=now,
        rows=read.table.rows_in_file,
        accepted=len(written.accepted),
        unchanged=len(written.unchanged) + len(parsed.repeated),
        quarantined=held,
        skipped=len(parsed.skipped),
    )


def _warnings(parsed: Parsed, written: Written) -> tuple[Mapping[str, object], ...]:
    said: list[Mapping[str, object]] = [
        {"code": item.code, "column": item.column, "rows": list(item.rows), "fields": dict(item.fields)}
        for item in parsed.warnings
    ]
    if written.renamed:
        said.append({"code": "name_differs", "column": None, "rows": written.renamed, "fields": {}})
    return tuple(said)


__all__ = ["FILE_PURPOSE", "Delivery", "Progress", "Received", "quiet", "receive", "write_rows"]
