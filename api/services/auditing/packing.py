"""The audit pack of one report: every entry about it, opened and proven under the newest head.

Facts of grants and looks go in as hashes with their salts: the pack shows that they are in the
log, not whom they name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from api.services.context import Context
from api.services.house.trust import current
from api.services.log.facts import open_fact
from api.services.log.key_events import events_of
from api.services.log.serving import newest_checkpoint
from api.store.entries import Draft, StoredLeaf
from api.store.entries_log import LogFact
from api.store.entries_status import StatusChange
from api.store.unit_of_work import UnitOfWork
from domain import leaf as leaves
from domain import note, tlog_proof
from domain.audit_pack import AuditPack, Entry, Opening
from domain.checkpoint import decode as decode_checkpoint
from domain.errors import InvariantBroken, NotFound
from domain.identifiers import ReportNumber
from domain.leaf import LeafType, key_event_digest
from domain.status_list import VALUE_OF
from domain.tree_proofs import inclusion_proof

_Opened = tuple[int, Opening]
"""Index in the log and what went into the digest there."""


def audit_pack(context: Context, text: str, now: datetime) -> AuditPack:
    """Give the pack of the report with number ``text`` as of ``now``.

    Raises MalformedInput ``number_form``, NotFound ``number_unknown_here``; InvariantBroken
    where the house cannot open one of its own entries.
    """
    number = str(ReportNumber.parse_typed(text))
    trust = current(context, now).data
    with context.store.reading() as work:
        if work.drafts.reservation(number) is None:
            raise NotFound("number_unknown_here", number=number)
        signed = newest_checkpoint(work)
        size = decode_checkpoint(note.decode(signed).text).size
        found = dict(_openings(context, work, number))
        entries = tuple(_entry(work, index, found[index], size) for index in sorted(found) if index < size)
    return AuditPack(
        number=number,
        made_at=now,
        origin=context.house.log_origin,
        checkpoint=signed,
        trust=trust,
        entries=entries,
    )


def _entry(work: UnitOfWork, index: int, opening: Opening, size: int) -> Entry:
    stored = work.log.leaf(index)
    if stored is None:
        raise InvariantBroken("log_node_missing", level=0, index=index)
    hashes = inclusion_proof(index, size, work.log.nodes)
    return Entry(index=index, leaf=stored.leaf, hashes=hashes, opening=opening)


def _openings(context: Context, work: UnitOfWork, number: str) -> Iterator[_Opened]:
    draft = work.drafts.get(number)
    changes = work.status.changes_of(number)
    yield from _of_issuing(work, number, draft)
    yield from ((change.leaf_index, _change(change)) for change in changes)
    yield from _of_lists(work, changes)
    for fact in _facts(work, number):
        yield fact.index, _fact(context, work, fact)
    if draft is not None:
        yield from _of_key(context, work, draft.leaf_index)


def _of_issuing(work: UnitOfWork, number: str, draft: Draft | None) -> Iterator[_Opened]:
    """Yield commitment, void entries and the file."""
    intents = {str(intent.id): intent for intent in work.drafts.intents(number)}
    for stored in work.log.leaves_of(number):
        match LeafType(stored.type):
            case LeafType.COMMITMENT:
                yield stored.index, _commitment(stored, draft)
            case LeafType.SIGNED_FILE:
                digest = leaves.decode(stored.leaf).digest.hex()
                yield stored.index, Opening(kind=LeafType.SIGNED_FILE, parts={"sha256": digest})
            case LeafType.RECEIPT:
                digest = leaves.decode(stored.leaf).digest.hex()
                yield stored.index, Opening(kind=LeafType.RECEIPT, parts={"sha256": digest})
            case LeafType.VOID_INTENT:
                intent = intents.get(stored.intent or "")
                if intent is None:
                    raise InvariantBroken("audit_entry_unexplained", index=stored.index)
                said = {"signed_attributes_sha256": intent.signed_attrs_sha256.hex()}
                yield stored.index, Opening(kind=LeafType.VOID_INTENT, parts=said)
            case LeafType.VOID_COMMITMENT:
                own = None if draft is None else work.log.leaf(draft.leaf_index)
                if own is None:
                    raise InvariantBroken("audit_entry_unexplained", index=stored.index)
                said = {"commitment": own.leaf.hex()}
                yield stored.index, Opening(kind=LeafType.VOID_COMMITMENT, parts=said)


def _commitment(stored: StoredLeaf, draft: Draft | None) -> Opening:
    if draft is None or draft.leaf_index != stored.index:
        raise InvariantBroken("audit_entry_unexplained", index=stored.index)
    extra = tlog_proof.decode_extra(tlog_proof.decode(draft.proof).extra or b"")
    parts = {
        "root": draft.root,
        "b0_sha256": draft.b0_sha256.hex(),
        "claim_hash": draft.claim_hash.hex(),
        "salt": extra.salt.hex(),
    }
    return Opening(kind=LeafType.COMMITMENT, parts=parts)


def _change(change: StatusChange) -> Opening:
    parts: dict[str, str | int] = {
        "value": int(VALUE_OF[change.word]),
        "list": change.status_list,
        "idx": change.status_idx,
        "salt": change.salt.hex(),
    }
    return Opening(kind=LeafType.STATUS_CHANGE, parts=parts)


def _of_lists(work: UnitOfWork, changes: tuple[StatusChange, ...]) -> Iterator[_Opened]:
    """Yield the first list that said each change."""
    for change in changes:
        said = work.status.first_after(change.status_list, change.id)
        if said is not None:
            yield (
                said.leaf_index,
                Opening(kind=LeafType.LIST_PUBLICATION, parts={"token_sha256": said.token_sha256}),
            )


def _facts(work: UnitOfWork, number: str) -> tuple[LogFact, ...]:
    ids = (*work.grants.ids_about(number), *work.looks.ids_about(number))
    return work.witnesses.facts_of([number, *map(str, ids)])


def _fact(context: Context, work: UnitOfWork, fact: LogFact) -> Opening:
    stored, opened = work.log.leaf(fact.index), open_fact(context, fact)
    if stored is None:
        raise InvariantBroken("log_node_missing", level=0, index=fact.index)
    parts: dict[str, str | int] = {"sha256": opened.sha256.hex(), "salt": opened.salt.hex()}
    kind = LeafType(stored.type)
    if kind is not LeafType.HISTORICAL:
        parts["id"] = opened.about.replace("-", "")
    return Opening(kind=kind, parts=parts)


def _of_key(context: Context, work: UnitOfWork, commitment: int) -> Iterator[_Opened]:
    """Yield what happened to the report key that the commitment names."""
    own = work.log.leaf(commitment)
    if own is None:
        return
    key_id = leaves.decode(own.leaf).key_id
    places = {leaves.decode(each.leaf).digest: each.index for each in work.log.of_type(LeafType.KEY_EVENT)}
    for event, spki_sha256 in events_of(context.keys):
        index = places.get(key_event_digest(event, spki_sha256))
        if spki_sha256[: len(key_id)] == key_id and index is not None:
            parts: dict[str, str | int] = {"event": int(event), "spki_sha256": spki_sha256.hex()}
            yield index, Opening(kind=LeafType.KEY_EVENT, parts=parts)
