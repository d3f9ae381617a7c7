"""The register of subjects: imported from a file, versioned, matched with records that were here first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from api.services.context import Context, HouseVault
from api.services.house.regions import own_region
from api.services.intake import quarantine
from api.services.intake.ingest import FILE_PURPOSE, Progress, quiet
from api.services.intake.rematching import rematch
from api.services.intake.subject_index import BatchIndex
from api.store.entries import Batch, Event, HeldRow
from api.store.repositories.record_rows import PERSON_PURPOSE
from api.store.unit_of_work import UnitOfWork
from domain.identifiers import uuid7
from records.intake import ParsedSubject, ParsedSubjects, SubjectDraft, Table, parse_subjects, read_table
from records.matching import Matched, match, normalise_name

KIND = "subjects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a register file."""

    batch: UUID
    rows: int
    accepted: int
    unchanged: int
    quarantined: int
    skipped: int
    matched: int
    """Waiting records that now belong to a subject."""
    cleared: int
    """Held rows that this file mended."""
    held: tuple[HeldRow, ...]
    warnings: tuple[Mapping[str, object], ...]


@dataclass(slots=True)
class _Plan:
    """What the transaction writes."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    ended: list[UUID] = field(default_factory=list)
    unchanged: int = 0
    heads: list[tuple[int, str]] = field(default_factory=list)
    """Place in ``rows`` and the head office's USCC."""


def import_subjects(
    context: Context,
    data: bytes,
    file_name: str,
    *,
    by: str,
    now: datetime,
    progress: Progress = quiet,
) -> Imported:
    """Take a register file in; a changed subject is a new version, and waiting records find theirs."""
    progress("reading", 0, 0)
    with context.store.reading() as work:
        region = own_region(context, work)
    table = read_table(data, file_name)
    with context.store.reading() as work:
        table = quarantine.restored(context, work, table)
    parsed = parse_subjects(table, region, now)
    progress("writing", 0, len(parsed.rows))
    with context.store.writing() as work:
        done = _write(context, work, data, file_name, by, table, parsed)
        work.commit()
    progress("done", done.rows, done.rows)
    return done


def _write(
    context: Context,
    work: UnitOfWork,
    data: bytes,
    file_name: str,
    by: str,
    table: Table,
    parsed: ParsedSubjects,
) -> Imported:
    now = context.clock()
    batch = uuid7(now, context.entropy)
    plan = _plan(context, work, parsed.rows, now)
    work.subjects.supersede(plan.ended, now)
    work.subjects.add(plan.rows)
    matched = rematch(context, work, [row["id"] for row in plan.rows], now=now)
    carried = [row.reference for row in parsed.rows] + [row.reference for row in parsed.quarantined]
    carried += [row.reference for row in parsed.repeated]
    cleared = quarantine.clear_mended(work, carried, batch=batch, now=now)
    held = quarantine.hold(context, work, parsed.quarantined, batch=batch, unit=by, kind=KIND, now=now)
    kept = _batch(batch, data, file_name, by, table, parsed, plan, len(held), now)
    work.batches.add(kept, context.vault.pack(data, FILE_PURPOSE))
    work.house.record(
        Event(at=now, actor=by, act="subjects_imported", fields={"batch": str(batch), "rows": kept.rows})
    )
    warnings = tuple(
        {"code": item.code, "column": item.column, "rows": list(item.rows), "fields": dict(item.fields)}
        for item in parsed.warnings
    )
    return Imported(
        batch=batch,
        rows=kept.rows,
        accepted=kept.accepted,
        unchanged=kept.unchanged,
        quarantined=kept.quarantined,
        skipped=kept.skipped,
        matched=matched,
        cleared=cleared,
        held=held,
        warnings=warnings,
    )


def _batch(
    batch: UUID,
    data: bytes,
    file_name: str,
    by: str,
    table: Table,
    parsed: ParsedSubjects,
    plan: _Plan,
    held: int,
    now: datetime,
) -> Batch:
    return Batch(
        id=batch,
        kind=KIND,
        unit=by,
        file_name=file_name,
        file_sha256=hashlib.sha256(data).hexdigest(),
        domain=None,
        no_simple=False,
        confirmed_by=by,
        received_at=now,
        rows=table.rows_in_file,
        accepted=len(plan.rows),
        unchanged=plan.unchanged + len(parsed.repeated),
        quarantined=held,
        skipped=len(parsed.skipped),
    )


def _plan(context: Context, work: UnitOfWork, rows: Sequence[ParsedSubject], now: datetime) -> _Plan:
    index = BatchIndex(work, context.vault, (row.draft.keys for row in rows))
    found = {row.row: _existing(row.draft, index) for row in rows}
    current = work.subjects.current_hashes([id_ for id_ in found.values() if id_ is not None])
    plan = _Plan()
    for row in rows:
        columns = _columns(row.draft, context.vault)
        columns["content_sha256"] = _content_sha256(columns, row.draft.parent_uscc)
        id_ = found[row.row]
        if id_ is not None and id_ in current:
            version, content = current[id_]
            if content == columns["content_sha256"]:
                plan.unchanged += 1
                continue
            plan.ended.append(version)
        version = uuid7(now, context.entropy)
        made = {"version": version, "id": id_ or version, "recorded_at": now, "superseded_at": None}
        if row.draft.parent_uscc:
            plan.heads.append((len(plan.rows), row.draft.parent_uscc))
        plan.rows.append(columns | made)
    _find_heads(work, plan)
    return plan


def _find_heads(work: UnitOfWork, plan: _Plan) -> None:
    """Branches know their head office where it is in this file or was here before."""
    heads = {row["uscc"]: row["id"] for row in plan.rows if row["uscc"]}
    wanted = {uscc for _, uscc in plan.heads if uscc not in heads}
    heads |= {row["key"]: row["id"] for row in work.subjects.keys("uscc", wanted)}
    for place, uscc in plan.heads:
        plan.rows[place]["parent"] = heads.get(uscc)


def _existing(draft: SubjectDraft, index: BatchIndex) -> UUID | None:
    found = match(draft.keys, index)
    return found.subject_id if isinstance(found, Matched) else None


def _columns(draft: SubjectDraft, vault: HouseVault) -> dict[str, Any]:
    number = draft.keys.person_number
    return {
        "name": draft.name,
        "name_key": normalise_name(draft.name),
        "kind": draft.kind,
        "uscc": draft.uscc,
        "registration_number": draft.registration_number,
        "organisation_code": draft.organisation_code or (draft.uscc[8:17] if draft.uscc else None),
        "legal_representative": draft.legal_representative,
        "established_on": draft.established_on,
        "residence": draft.residence,
        "registration_authority": draft.registration_authority,
        "registered_state": draft.registered_state,
        "parent": None,
        "person_number_hash": vault.fingerprint(number) if number else None,
        "person_number_sealed": vault.seal(number.encode(), PERSON_PURPOSE) if number else None,
        "person_number_type": draft.keys.person_number_type,
    }


def _content_sha256(columns: Mapping[str, Any], head: str | None) -> bytes:
    said = {name: value for name, value in columns.items() if name != "person_number_sealed"}
    text = json.dumps(said | {"head": head}, ensure_ascii=False, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
