"""Records that were here before their subject: matched when the subject arrives (R13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from api.services.context import Context
from api.services.intake.subject_index import keys_of_subject
from api.store.entries import DoubtKey
from api.store.repositories.record_rows import storable
from api.store.unit_of_work import UnitOfWork
from domain.identifiers import uuid7
from records.matching import normalise_name
from records.model import Kind


def rematch(context: Context, work: UnitOfWork, subjects: Iterable[UUID], *, now: datetime) -> int:
    """Give each waiting record that a code of one of ``subjects`` names to that subject; gives how many.

    The record gets a new version, so that what was known before the subject came can
    still be told (R12).  A bare name matches nobody here either.
    """
    owners: dict[tuple[str, str], set[UUID]] = {}
    heads: dict[UUID, str] = {}
    for id_ in subjects:
        subject = work.subjects.by_id(id_)
        if subject is not None:
            heads[id_] = normalise_name(subject.legal_representative or "")
            for key in keys_of_subject(subject):
                owners.setdefault((key.kind, key.value), set()).add(id_)
    named = work.quarantine.holders_naming(DoubtKey(kind=k, value=v) for k, v in owners if k != "name")
    waiting = work.records.unmatched(named)
    return _give(context, work, waiting, owners, heads, now)


def _give(
    context: Context,
    work: UnitOfWork,
    waiting: Sequence[dict[str, Any]],
    owners: dict[tuple[str, str], set[UUID]],
    heads: dict[UUID, str],
    now: datetime,
) -> int:
    made: list[dict[str, Any]] = []
    renewed: dict[UUID, UUID] = {}
    for row in waiting:
        subject = _owner(row, owners)
        if subject is None or _names_head(row, heads[subject]):
            continue
        version = renewed[row["version"]] = uuid7(now, context.entropy)
        changed = row | {"version": version, "subject": subject, "recorded_at": now}
        made.append(storable(changed))
    work.records.supersede(list(renewed), now)
    work.records.add(made)
    work.records.copy_provenance(renewed)
    return len(made)


def _names_head(row: dict[str, Any], head: str) -> bool:
    """A judgment on the 法定代表人 never becomes the firm's (R15); it goes on casting doubt."""
    return bool(head) and row["kind"] == Kind.JUDGMENT.value and normalise_name(row["key_name"]) == head


def _owner(row: dict[str, Any], owners: dict[tuple[str, str], set[UUID]]) -> UUID | None:
    """The one subject that the row's strongest code names, in the order of R13."""
    strong = (("uscc", row["key_uscc"]), ("person", row["key_person_number_hash"]))
    for kind, value in strong:
        if value:
            return _single(owners.get((kind, value)))
    found = _single(owners.get(("organisation", row["key_organisation_code"] or "")))
    if found is not None:
        return found
    named = owners.get(("name", row["key_name"]), set())
    for column in ("registration_number", "institution_number", "society_number"):
        both = owners.get(("registration", row["key_" + column] or ""), set()) & named
        if len(both) == 1:
            return both.pop()
    return None


def _single(found: set[UUID] | None) -> UUID | None:
    return next(iter(found)) if found is not None and len(found) == 1 else None
