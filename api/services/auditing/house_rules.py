"""What an auditor inside the house asks beyond the public log: does each row fit its entry?

Every promise is followed to its own answer, and every register line, status change, list, grant,
look and key event is recomputed into the digest that the log holds.  So a row that somebody
changed or removed past the triggers is found, with the entry it belongs to.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime
from uuid import UUID

from api.services.auditing.book import Book
from api.services.auditing.receipt_rules import check_receipts
from api.services.auditing.status_rules import check_status
from api.services.context import Context
from api.services.issuing.releasing import FILE_PURPOSE
from api.services.log.facts import OpenedFact, grant_facts, look_facts, open_fact
from api.services.log.key_events import events_of
from api.store.entries import Intent
from api.store.entries_grants import LIVE
from api.store.repositories.audit import DraftFacts, LeafRow
from api.store.unit_of_work import UnitOfWork
from domain import canonical, leaf, tlog_proof
from domain.errors import CreditDocError
from domain.leaf import Leaf, LeafType
from domain.log_replay import ANSWERED_WITHIN, Problem, Replay
from domain.merkle import Frontier
from domain.times import parse_rfc3339

_ANSWERS = (LeafType.SIGNED_FILE, LeafType.VOID_INTENT)
_BROKEN = (CreditDocError, ValueError, KeyError, TypeError)


def check_house(context: Context, work: UnitOfWork, replay: Replay, now: datetime, *, files: bool) -> None:
    """What does not fit stands among the findings of ``replay``; ``files`` opens each released file too."""
    book = Book(work)
    _check_state(work, replay, book)
    _check_heads(work, replay)
    _check_promises(work, replay, book, now)
    _check_register(work, replay, book)
    check_status(context, work, replay, book)
    _check_facts(context, work, replay, book)
    receipts = {row.index: decoded for row, decoded in book.of(LeafType.RECEIPT)}
    check_receipts(context, work, replay, receipts, now)
    _check_keys(context, replay, book)
    if files:
        _check_files(context, work, replay)


def _check_state(work: UnitOfWork, replay: Replay, book: Book) -> None:
    """The row that everybody appends to says what the entries say; so do the columns beside each entry."""
    size, root = work.log.head()
    if size != replay.size:
        replay.found(min(size, replay.size), Problem.STATE, size=size)
    elif root != replay.root(size):
        replay.found(None, Problem.STATE, size=size)
    for row, decoded in book.rows.values():
        here = slice(row.index * 32, row.index * 32 + 32)
        if row.type != decoded.type or row.leaf_hash != replay.hashes[here]:
            replay.found(row.index, Problem.ROW_DIFFERS, table="log_leaves")


def _check_heads(work: UnitOfWork, replay: Replay) -> None:
    """Each head that was ever signed is that of the first so many entries; the first other names one."""
    edge, expected = Frontier(), 1
    for size, root, signed in work.audit.checkpoints():
        while edge.size < min(size, replay.size):
            at = edge.size * 32
            edge = edge.append(bytes(replay.hashes[at : at + 32]))
        if size != expected:
            replay.found(expected - 1, Problem.ROW_MISSING, table="checkpoints")
            expected = size
        expected += 1
        if size > replay.size:
            replay.found(replay.size, Problem.SHORTER, kept=size)
            return
        if edge.root() != root or f"\n{size}\n".encode() not in signed:
            # The heads before it fit: this head's newest entry is the first that was changed.
            replay.found(size - 1, Problem.HISTORY, kept=size)
            return
    if expected != replay.size + 1:
        replay.found(expected - 1, Problem.ROW_MISSING, table="checkpoints")


def _check_promises(work: UnitOfWork, replay: Replay, book: Book, now: datetime) -> None:
    numbers = Counter(row.number for row, _ in book.of(LeafType.SIGNED_FILE))
    for row, _ in book.of(LeafType.SIGNED_FILE):
        if numbers[row.number] > 1:
            replay.found(row.index, Problem.NUMBER_TWICE)
    drafts = {draft.leaf_index: draft for draft in work.audit.drafts()}
    voided = {decoded.digest for _, decoded in book.of(LeafType.VOID_COMMITMENT)}
    for row, decoded in book.of(LeafType.COMMITMENT):
        draft = drafts.get(row.index)
        if draft is None:
            replay.found(row.index, Problem.ROW_MISSING, table="drafts")
            continue
        if _commitment(draft) != decoded.digest:
            replay.found(row.index, Problem.ROW_DIFFERS, table="drafts")
        answers = numbers[row.number] + (leaf.void_commitment_digest(row.leaf) in voided)
        if answers != 1 and (answers or draft.state != "open" or now - decoded.time > ANSWERED_WITHIN):
            replay.found(row.index, Problem.UNANSWERED, answers=answers)
    for index in drafts.keys() - book.rows.keys():
        replay.found(index, Problem.ENTRY_MISSING)
    _check_intents(work, replay, book, now)


def _commitment(draft: DraftFacts) -> bytes | None:
    try:
        extra = tlog_proof.decode_extra(tlog_proof.decode(draft.proof).extra or b"")
        root = bytes.fromhex(draft.root)
        return leaf.commitment_digest(draft.number, root, draft.b0_sha256, draft.claim_hash, extra.salt)
    except _BROKEN:
        return None


def _check_intents(work: UnitOfWork, replay: Replay, book: Book, now: datetime) -> None:
    answers: dict[str, list[tuple[LeafRow, Leaf]]] = {}
    for row, decoded in book.of(*_ANSWERS):
        answers.setdefault(row.intent or "", []).append((row, decoded))
    for intent in book.intents:
        _check_intent(replay, intent, answers.pop(str(intent.id), []), now)
    for stray in answers.values():
        replay.found(stray[0][0].index, Problem.ROW_MISSING, table="intents")
    uses, answered = work.drafts.key_uses(), sum(replay.counts[kind] for kind in _ANSWERS)
    waiting = sum(intent.outcome == "open" for intent in book.intents)
    if uses != len(book.intents) or uses != answered + waiting:
        replay.found(None, Problem.KEY_USES, uses=uses, intents=len(book.intents), answers=answered)


def _check_intent(replay: Replay, intent: Intent, answers: list[tuple[LeafRow, Leaf]], now: datetime) -> None:
    if not answers and intent.outcome == "open" and now - intent.made_at <= ANSWERED_WITHIN:
        return
    if len(answers) != 1:
        index = answers[1][0].index if answers else intent.leaf_index
        replay.found(index, Problem.INTENT, number=intent.number, answers=len(answers))
        return
    row, decoded = answers[0]
    void = decoded.type is LeafType.VOID_INTENT
    digest = leaf.void_intent_digest(intent.number, intent.signed_attrs_sha256) if void else decoded.digest
    told = ("void" if void else "file", row.index, decoded.digest)
    if (intent.outcome, intent.leaf_index, digest) != told or row.number != intent.number:
        replay.found(row.index, Problem.ROW_DIFFERS, table="intents")
    elif decoded.time - intent.made_at > ANSWERED_WITHIN:
        replay.found(row.index, Problem.ANSWERED_LATE, answer=row.index)


def _check_register(work: UnitOfWork, replay: Replay, book: Book) -> None:
    lines = {line.leaf_index: line for line in work.audit.reports()}
    for row, decoded in book.of(LeafType.SIGNED_FILE):
        line = lines.pop(row.index, None)
        if line is None:
            replay.found(row.index, Problem.ROW_MISSING, table="reports")
        elif (line.number, line.file_sha256) != (row.number, decoded.digest.hex()):
            replay.found(row.index, Problem.ROW_DIFFERS, table="reports")
    for index in lines:
        replay.found(index, Problem.ENTRY_MISSING, table="reports")


def _check_facts(context: Context, work: UnitOfWork, replay: Replay, book: Book) -> None:
    """Each entry about a grant, a look or a past instant has its facts, and the rows say the same."""
    known: dict[int, OpenedFact] = {}
    for fact in work.witnesses.facts():
        try:
            opened = open_fact(context, fact)
            if _digest(opened, book) != book.digest(fact.index):
                raise ValueError(fact.index)
            known[fact.index] = opened
        except _BROKEN:
            replay.found(fact.index, Problem.ROW_DIFFERS, table="log_facts")
    for row, _ in book.of(LeafType.GRANT, LeafType.VIEW, LeafType.HISTORICAL):
        if row.index not in known:
            replay.found(row.index, Problem.ROW_MISSING, table="log_facts")
    _check_looks(work, replay, book, known)
    _check_grants(work, replay, book, known)


def _digest(fact: OpenedFact, book: Book) -> bytes | None:
    found = book.rows.get(fact.index)
    kind = None if found is None else found[1].type
    if kind is LeafType.GRANT:
        return leaf.grant_digest(UUID(fact.about), fact.sha256, fact.salt)
    if kind is LeafType.VIEW:
        return leaf.view_digest(UUID(fact.about), fact.sha256, fact.salt)
    if kind is LeafType.HISTORICAL:
        return leaf.historical_digest(fact.about, fact.sha256, fact.salt)
    return None


def _check_looks(work: UnitOfWork, replay: Replay, book: Book, known: dict[int, OpenedFact]) -> None:
    rows = {str(look.id): look for look in work.audit.looks()}
    for row, _ in book.of(LeafType.VIEW):
        fact = known.get(row.index)
        if fact is None:
            continue
        look = rows.pop(fact.about, None)
        if look is None:
            replay.found(row.index, Problem.ROW_MISSING, table="looks")
        elif canonical.encode(look_facts(look)) != fact.data:
            replay.found(row.index, Problem.ROW_DIFFERS, table="looks")
    for _ in rows:
        replay.found(None, Problem.ENTRY_MISSING, table="looks")


def _check_grants(work: UnitOfWork, replay: Replay, book: Book, known: dict[int, OpenedFact]) -> None:
    rows = {str(grant.id): grant for grant in work.audit.grants()}
    logged: set[tuple[str, str]] = set()
    for row, _ in book.of(LeafType.GRANT):
        fact = known.get(row.index)
        said = fact.facts if fact is not None else None
        if fact is None or not isinstance(said, dict):
            continue
        act, grant = str(said["act"]), rows.get(fact.about)
        logged.add((fact.about, act))
        if grant is None:
            replay.found(row.index, Problem.ROW_MISSING, table="grants")
        elif canonical.encode(grant_facts(grant, act, parse_rfc3339(str(said["at"])))) != fact.data:
            replay.found(row.index, Problem.ROW_DIFFERS, table="grants")
    for id_, grant in rows.items():
        wanted = {(id_, "made")} | ({(id_, grant.state)} if grant.state != LIVE else set())
        if not wanted <= logged or (grant.state == LIVE and len([1 for key in logged if key[0] == id_]) > 1):
            replay.found(None, Problem.ROW_DIFFERS, table="grants", grant=id_)


def _check_keys(context: Context, replay: Replay, book: Book) -> None:
    """Every key of the house was announced, and nothing was announced that the key store does not hold."""
    digests = {decoded.digest: row.index for row, decoded in book.of(LeafType.KEY_EVENT)}
    for event, spki_sha256 in events_of(context.keys):
        if digests.pop(leaf.key_event_digest(event, spki_sha256), None) is None:
            replay.found(None, Problem.ENTRY_MISSING, table="keys", key_id=spki_sha256[:8].hex())
    for index in digests.values():
        replay.found(index, Problem.ROW_MISSING, table="keys")


def _check_files(context: Context, work: UnitOfWork, replay: Replay) -> None:
    """The bytes that left the house are still those that were logged."""
    lines = {line.number: line.leaf_index for line in work.audit.reports()}
    for number, sha256, sealed in work.audit.files():
        try:
            data = context.vault.unseal(sealed, f"{FILE_PURPOSE}:{number}")
            fits = hashlib.sha256(data).hexdigest() == sha256
        except _BROKEN:
            fits = False
        if not fits:
            replay.found(lines.get(number), Problem.ROW_DIFFERS, table="reports")
