"""Rows that could not be taken: held with whom they name, cleared by the right row, never lost (R3, R20)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from api.services.context import Context
from api.services.intake.subject_index import doubt_keys
from api.store.entries import HeldRow
from api.store.unit_of_work import UnitOfWork
from domain.errors import MalformedInput
from domain.identifiers import uuid7
from domain.verdict import JsonValue
from domain.wording import clean
from records.intake import reference as references
from records.intake.model import Problem, Quarantined, Table
from records.intake.reference import RowReference
from records.intake.returned import references_in, unmasked
from records.matching import normalise_name

CELLS_PURPOSE = "quarantined-cells"


def hold(
    context: Context,
    work: UnitOfWork,
    rows: Sequence[Quarantined],
    *,
    batch: UUID,
    unit: str,
    kind: str,
    now: datetime,
) -> tuple[HeldRow, ...]:
    """Hold ``rows``; one that says word for word what an open one says takes its place."""
    held = tuple(_held(context, row, batch=batch, unit=unit, kind=kind, now=now) for row in rows)
    again = work.quarantine.by_fingerprints(row.fingerprint for row in held)
    work.quarantine.clear([row.id for row in again], now, batch)
    work.quarantine.add(held)
    return held


def clear_mended(work: UnitOfWork, texts: Iterable[str | None], *, batch: UUID, now: datetime) -> int:
    """Clear exactly the rows whose references a mended sheet carries; gives how many were open."""
    wanted = {_reference(text) for text in texts if text}
    found = work.quarantine.by_references(text for text in wanted if text)
    work.quarantine.clear([row.id for row in found.values()], now, batch)
    return len(found)


def restored(context: Context, work: UnitOfWork, table: Table) -> Table:
    """Give a mended sheet with the certificate numbers that were masked when it went back (R7, R20)."""
    wanted = {row: _reference(text) for row, text in references_in(table).items()}
    open_ = work.quarantine.by_references(text for text in wanted.values() if text)
    said = {row: cells_of(context, open_[text]) for row, text in wanted.items() if text in open_}
    return unmasked(table, said)


def cells_of(context: Context, row: HeldRow) -> Mapping[str, str]:
    """Give the row's cells as they were sent."""
    cells: dict[str, str] = json.loads(context.vault.unseal(row.cells_sealed, CELLS_PURPOSE))
    return cells


def clear_answered(
    work: UnitOfWork, said: Mapping[str, set[str]], *, kind: str, batch: UUID, now: datetime
) -> int:
    """Clear open rows of ``kind`` about a record that has now arrived in order.

    ``said`` maps a record's identity to the names and codes it arrived with: one 文号 may
    name several subjects, and only that subject's row is answered.
    """
    answered = [
        row.id
        for row in work.quarantine.by_identities(said)
        if row.kind == kind and row.identity is not None and _is_about(row, said[row.identity])
    ]
    work.quarantine.clear(answered, now, batch)
    return len(answered)


def _is_about(row: HeldRow, names: set[str]) -> bool:
    return any(key.value in names for key in row.keys if key.kind in ("name", "uscc", "person"))


def _reference(text: str) -> str | None:
    try:
        return str(references.decode(text))
    except MalformedInput:
        return None


def _held(context: Context, row: Quarantined, *, batch: UUID, unit: str, kind: str, now: datetime) -> HeldRow:
    cells = json.dumps(dict(row.cells), ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    said = f"{unit}\x00{kind}\x00".encode() + cells
    return HeldRow(
        id=uuid7(now, context.entropy),
        reference=str(RowReference(batch, row.row)),
        batch=batch,
        row=row.row,
        column=row.column,
        code=row.code,
        problems=tuple(_problem(item) for item in row.problems),
        unit=unit,
        kind=kind,
        identity=row.identity,
        fingerprint=context.keys.keyed_hash(said, purpose="quarantined-row"),
        domains=row.domains,
        cells_sealed=context.vault.seal(cells, CELLS_PURPOSE),
        named_unit=_unknown_unit(row),
        keys=doubt_keys(row.keys, context.vault),
        recorded_at=now,
    )


def _unknown_unit(row: Quarantined) -> str | None:
    """The name for which an operator must find a unit (R19); a row back for another reason asks nothing."""
    unknown = any(item.code == "unit_unknown" for item in row.problems)
    return normalise_name(row.named_unit) if unknown and row.named_unit else None


def _problem(item: Problem) -> Mapping[str, JsonValue]:
    fields: dict[str, JsonValue] = {name: clean(value) for name, value in item.fields.items()}
    return {"column": item.column, "code": item.code, "fields": fields}
