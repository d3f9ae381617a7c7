"""Which reports rest on a batch, or bear the signature of a key."""

from __future__ import annotations

from uuid import UUID

from api.services.context import Context
from api.services.issuing.stored_leaves import stored_leaves
from api.store.unit_of_work import UnitOfWork
from domain.errors import MalformedInput, NotFound
from domain.identifiers import KEY_ID_BYTES


def by_batch(context: Context, work: UnitOfWork, text: str) -> tuple[str, ...]:
    """Give the numbers of the reports that show a record of that batch, or that it came too late for.

    NotFound ``batch_unknown``.
    """
    batch = batch_id(work, text)
    versions, subjects = work.records.of_batch(batch)
    shown = [
        line.number
        for subject in sorted(subjects)
        for line in work.reports.of_subject(subject)
        if versions & _counted(context, work, line.number)
    ]
    return tuple(sorted({*shown, *work.late.numbers_of_batch(batch)}))


def by_key(work: UnitOfWork, text: str) -> tuple[str, ...]:
    """Give the numbers of the reports that a report key signed; MalformedInput ``key_id_form``."""
    return work.status.numbers_by_key(bytes.fromhex(key_id_of(text)))


def key_id_of(text: str) -> str:
    """Give a key id as 16 lower-case hex digits; MalformedInput ``key_id_form``."""
    said = text.strip().lower()
    try:
        known = len(bytes.fromhex(said)) == KEY_ID_BYTES
    except ValueError:
        known = False
    if not known:
        raise MalformedInput("key_id_form", text=text[:40])
    return said


def batch_id(work: UnitOfWork, text: str) -> UUID:
    """Give a batch's id; NotFound ``batch_unknown``."""
    try:
        found = UUID(text.strip())
    except ValueError as error:
        raise NotFound("batch_unknown", batch=text[:40]) from error
    if work.batches.get(found) is None:
        raise NotFound("batch_unknown", batch=text[:40])
    return found


def _counted(context: Context, work: UnitOfWork, number: str) -> set[UUID]:
    """The record versions behind the leaves of a report, as transaction A kept them."""
    draft = work.drafts.get(number)
    if draft is None:
        return set()
    _, versions = stored_leaves(context, draft)
    return {item for group in versions for item in group}
