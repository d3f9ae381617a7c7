"""The sheet that goes back to a unit: its own rows with 原因 and 处理建议 (R20)."""

from __future__ import annotations

from uuid import UUID

from api.services.context import Context
from api.services.intake.ingest import FILE_PURPOSE
from api.services.intake.quarantine import cells_of
from api.store.entries import HeldRow
from domain.errors import NotFound
from records.intake import Problem, Quarantined, returned_sheet


def returned_sheet_of(context: Context, batch: UUID, lang: str) -> bytes:
    """Give the open rows of ``batch`` as XLSX, ready to be mended and sent in again.

    Raises NotFound ``batch_unknown`` or ``nothing_held``.
    """
    with context.store.reading() as work:
        kept, sealed = work.batches.get(batch), work.batches.file_of(batch)
        held = work.quarantine.open_of_batch(batch)
    if kept is None:
        raise NotFound("batch_unknown", batch=str(batch))
    if not held or sealed is None:
        raise NotFound("nothing_held", batch=str(batch))
    original = context.vault.unpack(sealed, FILE_PURPOSE)
    rows = [_quarantined(context, row) for row in held]
    return returned_sheet(original, kept.file_name or "", rows, lang, batch=batch)


def _quarantined(context: Context, row: HeldRow) -> Quarantined:
    cells = cells_of(context, row)
    return Quarantined(
        row=row.row,
        problems=tuple(
            Problem(
                None if item["column"] is None else str(item["column"]),
                str(item["code"]),
                dict(item["fields"]) if isinstance(item["fields"], dict) else {},
            )
            for item in row.problems
        ),
        keys=None,
        domains=row.domains,
        unit=None,
        named_unit=row.named_unit,
        identity=row.identity,
        reference=row.reference,
        cells=cells,
    )
