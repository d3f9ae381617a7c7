"""Asking witnesses to cosign our newest head (c2sp.org/tlog-witness, the client's side).

Each witness gets the head with a proof that it extends what that witness signed last.  A
witness that has seen more than we hold says so: then our database is an old one, and nothing
is signed until that is mended (:mod:`api.services.log.heads`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.services.context import Context
from api.services.log import heads
from api.services.log.key_events import bring_up_to_date
from api.services.log.outgoing import Answer, HttpOutgoing, Outgoing
from api.services.log.plan import Witness
from api.services.log.serving import newest_checkpoint
from api.store.entries_log import BEHIND, REFUSED, Cosignature, LogAlarm
from domain import note, tree_proofs, witness_request
from domain.checkpoint import Checkpoint
from domain.checkpoint import decode as decode_checkpoint
from domain.errors import CreditDocError, DependencyUnavailable, MalformedInput, Refused
from domain.witness_request import SIZE_TYPE, AddCheckpoint
from keys.trust.signatures import verify_cosignature

AHEAD: Final = timedelta(minutes=5)
"""How far a witness's clock may run before ours."""
_TRIES: Final = 3
_KEPT_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking one witness."""

    witness: str
    outcome: str
    """``cosigned``, ``current`` (nothing new), ``unreachable``, ``refused``, ``behind`` or ``unusable``."""
    size: int
    """The head it was asked for, or the size it has seen."""
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """One of our heads with all that goes to a witness."""

    head: Checkpoint
    note: bytes


def cosign_due(context: Context, now: datetime, outgoing: Outgoing | None = None) -> tuple[Asked, ...]:
    """Have every witness cosign the newest head that it has not signed yet; never raises for a witness.

    Asked at most every 60 s by the worker; nothing is sent where nothing is new.  Key events
    that a death kept out of the log are entered first.
    """
    bring_up_to_date_quietly(context, now)
    if not context.log_plan.witnesses:
        return ()
    if outgoing is not None:
        return tuple(_ask(context, each, now, outgoing) for each in context.log_plan.witnesses)
    with HttpOutgoing() as own:
        return tuple(_ask(context, each, now, own) for each in context.log_plan.witnesses)


def bring_up_to_date_quietly(context: Context, now: datetime) -> None:
    """Key events that the log lacks are entered, unless the log may not grow now."""
    try:
        bring_up_to_date(context, now)
    except Refused:
        # The witnesses must be asked all the same: they say why it may not.
        return


def _ask(context: Context, witness: Witness, now: datetime, outgoing: Outgoing) -> Asked:
    try:
        return _cosign(context, witness, now, outgoing)
    except DependencyUnavailable as error:
        return Asked(witness=witness.name, outcome="unreachable", size=0, cause=error.code)
    except CreditDocError as error:
        return Asked(witness=witness.name, outcome="unusable", size=0, cause=error.code)


def _cosign(context: Context, witness: Witness, now: datetime, outgoing: Outgoing) -> Asked:
    with context.store.reading() as work:
        old = work.witnesses.cosigned_size(witness.key.name)
    for _ in range(_TRIES):
        head, request = _request(context, old)
        if old == head.head.size and not heads.seen(context.home).get(witness.name):
            return Asked(witness=witness.name, outcome="current", size=old)
        answer = outgoing.post(f"{witness.url}/add-checkpoint", request)
        if answer.status == 200:
            _keep(context, witness, head, answer.body, now)
            return Asked(witness=witness.name, outcome="cosigned", size=head.head.size)
        told = _told_size(answer)
        if told is None or told == old:
            return _refused(context, witness, head, answer, now)
        if told > _size(context):
            return _behind(context, witness, head, told, answer, now)
        old = told
    return Asked(witness=witness.name, outcome="unusable", size=old, cause="log_moved")


def _request(context: Context, old: int) -> tuple[_Head, bytes]:
    """Give the newest head and the body that asks for it, proven from ``old``."""
    with context.store.reading() as work:
        signed = newest_checkpoint(work)
        head = decode_checkpoint(note.decode(signed).text)
        start = min(old, head.size)
        proof = tree_proofs.consistency_proof(start, head.size, work.log.nodes)
    body = witness_request.encode(AddCheckpoint(old=start, proof=proof, note=signed))
    return _Head(head=head, note=signed), body


def _size(context: Context) -> int:
    with context.store.reading() as work:
        return work.log.size()


def _told_size(answer: Answer) -> int | None:
    if answer.status != 409 or answer.kind != SIZE_TYPE:
        return None
    return witness_request.decode_size(answer.body)


def _keep(context: Context, witness: Witness, head: _Head, body: bytes, now: datetime) -> None:
    """The witness's signature stands beside the head; raises for one that is not its own."""
    text = note.decode(head.note).text
    lines = [
        line
        for line in note.decode_lines(body)
        if (line.name, line.key_hash) == (witness.key.name, witness.key.key_hash)
    ]
    if not lines:
        raise Refused("note_unsigned")
    seconds = verify_cosignature(text, lines[0], witness.key)
    if seconds > (now + AHEAD).timestamp():
        raise MalformedInput("cosignature_form")
    with context.store.writing() as work:
        work.witnesses.add_cosignature(
            Cosignature(
                witness=witness.key.name,
                size=head.head.size,
                key_hash=lines[0].key_hash,
                signature=lines[0].signature,
                stored_at=now,
            )
        )
        work.commit()
    heads.remember(context.home, head.head, head.note)
    heads.note_seen(context.home, witness.name, None)


def _behind(
    context: Context, witness: Witness, head: _Head, told: int, answer: Answer, now: datetime
) -> Asked:
    """From now on nothing is appended: the witness has seen what our database lost."""
    heads.note_seen(context.home, witness.name, told)
    _alarm(context, BEHIND, witness, head, told, answer, now)
    return Asked(witness=witness.name, outcome="behind", size=told)


def _refused(context: Context, witness: Witness, head: _Head, answer: Answer, now: datetime) -> Asked:
    if answer.status in (409, 422):
        # It knows our log by another past: somebody was shown two.
        _alarm(context, REFUSED, witness, head, head.head.size, answer, now)
    return Asked(
        witness=witness.name, outcome="refused", size=head.head.size, cause=f"status_{answer.status}"
    )


def _alarm(
    context: Context, kind: str, witness: Witness, head: _Head, size: int, answer: Answer, now: datetime
) -> None:
    with context.store.writing() as work:
        work.witnesses.raise_alarm(
            LogAlarm(
                at=now,
                kind=kind,
                origin=context.house.log_origin,
                size=size,
                root=head.head.root,
                witness=witness.key.name,
                first=head.note,
                second=answer.body[:_KEPT_BYTES],
            )
        )
        work.commit()
