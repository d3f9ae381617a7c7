"""What is still held of the files that came in, for whoever asks the units to mend it (R3, R20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from api.services.context import Context
from api.services.house.regions import own_region
from api.services.intake.units import added_units, find_unit
from api.store.entries import HeldRow
from domain.errors import MalformedInput, NotFound
from records.units import UnitIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Open rows in the order in which they came, and the names of the files they came in."""

    rows: tuple[HeldRow, ...]
    files: Mapping[UUID, str | None]

    @property
    def only_batch(self) -> UUID:
        """The one batch of all rows; NotFound ``nothing_open``, MalformedInput ``batch_needed``."""
        batches = tuple(dict.fromkeys(row.batch for row in self.rows))
        if not batches:
            raise NotFound("nothing_open")
        if len(batches) > 1:
            raise MalformedInput("batch_needed", count=len(batches))
        return batches[0]


def open_rows(
    context: Context, *, unit: str | None = None, kind: str | None = None, batch: UUID | None = None
) -> Held:
    """Give the rows that wait to be mended, of one unit, kind or batch where asked.

    Raises NotFound ``unit_not_found`` and ``batch_unknown``.
    """
    with context.store.reading() as work:
        if batch is not None and work.batches.get(batch) is None:
            raise NotFound("batch_unknown", batch=str(batch))
        sender = None
        if unit is not None:
            sender = find_unit(UnitIndex(own_region(context, work), added_units(work)), unit).id
        rows = work.quarantine.open_rows(unit=sender, kind=kind, batch=batch)
        return Held(rows=rows, files=work.batches.file_names(row.batch for row in rows))
