"""Witnessing other logs (c2sp.org/tlog-witness, the witness's side).

A head is cosigned only if a trusted key of its log signed it and it is proven to extend the
head cosigned before.  Looking up that head and keeping the new one is one transaction under
the write lock, so that two requests at once can never lead to two branches.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.services.context import Context
from api.services.log.plan import WatchedLog
from api.store.entries_log import SPLIT_VIEW, UNPROVEN, LogAlarm, WitnessedHead
from api.store.unit_of_work import UnitOfWork
from domain import merkle, note, witness_request
from domain.checkpoint import Checkpoint
from domain.checkpoint import decode as decode_checkpoint
from domain.errors import MalformedInput, Refused
from domain.merkle import ProofRejected
from domain.witness_request import SIZE_TYPE, AddCheckpoint
from keys.note_signing import cosign, witness_key
from keys.roles import Role
from keys.trust import verify_note

TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the witness answers: the status is the specification's, not ours to choose."""

    status: int
    body: bytes = b""
    kind: str = TEXT


def name_of(context: Context) -> str:
    """Give the name under which this house cosigns; like the log's origin it never changes."""
    return f"{context.house.host}/witness"


def vkey_of(context: Context) -> str:
    """Give this house's cosigning key as other logs name it; NotFound ``key_unknown``."""
    return str(witness_key(name_of(context), context.keys.private(Role.WITNESS)))


def add_checkpoint(context: Context, body: bytes, now: datetime) -> Reply:
    """Give the answer to ``add-checkpoint``: a cosignature, or the status that says why not.

    NotFound ``key_unknown`` in a house founded without a witness key.
    """
    handle = context.keys.private(Role.WITNESS)
    try:
        request = witness_request.decode(body)
        head = decode_checkpoint(note.decode(request.note).text)
    except MalformedInput as error:
        return _said(400, error.code)
    watched = context.log_plan.log(head.origin)
    if watched is None:
        return _said(404, "log_unknown")
    try:
        verify_note(request.note, watched.vkeys)
    except (Refused, MalformedInput) as error:
        return _said(403, error.code)
    if request.old > head.size:
        return _said(400, "old_size")
    refusal = _extend(context, watched, request, head, now)
    if refusal is not None:
        return refusal
    line = cosign(note.decode(request.note).text, name_of(context), handle, seconds=int(now.timestamp()))
    return Reply(status=200, body=note.encode_line(line).encode("utf-8"))


def _extend(
    context: Context, watched: WatchedLog, request: AddCheckpoint, head: Checkpoint, now: datetime
) -> Reply | None:
    """The head is the newest one witnessed, or the answer is given that refuses it."""
    with context.store.writing() as work:
        before = work.witnesses.newest_head(watched.origin)
        refusal = _refusal(work, before, request, head, now)
        if refusal is None and (before is None or before.size < head.size):
            work.witnesses.add_head(
                WitnessedHead(
                    origin=head.origin, size=head.size, root=head.root, note=request.note, seen_at=now
                )
            )
        # The head, or the evidence against it, is durable before anybody hears of it.
        work.commit()
    return refusal


def _refusal(
    work: UnitOfWork, before: WitnessedHead | None, request: AddCheckpoint, head: Checkpoint, now: datetime
) -> Reply | None:
    size, root = (0, merkle.EMPTY_ROOT) if before is None else (before.size, before.root)
    same = work.witnesses.head_at(head.origin, head.size)
    if same is not None and same.root != head.root:
        _keep_evidence(work, SPLIT_VIEW, same, request, head, now)
        return _newest(size)
    if request.old != size:
        return _newest(size)
    try:
        merkle.verify_consistency(size, head.size, root, head.root, request.proof)
    except ProofRejected as error:
        if before is not None:
            _keep_evidence(work, UNPROVEN, before, request, head, now)
        return _said(422, error.code)
    return None


def _keep_evidence(
    work: UnitOfWork,
    kind: str,
    before: WitnessedHead,
    request: AddCheckpoint,
    head: Checkpoint,
    now: datetime,
) -> None:
    """Both notes are kept: each bears the log's own signature."""
    work.witnesses.raise_alarm(
        LogAlarm(
            at=now,
            kind=kind,
            origin=head.origin,
            size=head.size,
            root=head.root,
            witness="",
            first=before.note,
            second=request.note,
            proof=b"".join(request.proof),
        )
    )


def _newest(size: int) -> Reply:
    return Reply(status=409, body=witness_request.encode_size(size), kind=SIZE_TYPE)


def _said(status: int, code: str) -> Reply:
    return Reply(status=status, body=f"{code}\n".encode("ascii"))
