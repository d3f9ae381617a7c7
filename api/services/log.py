"""The house's signature log: append a leaf and sign the head in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from api.services.context import Context
from api.store.repositories.log import Appended
from api.store.unit_of_work import UnitOfWork
from domain import note
from domain.checkpoint import Checkpoint, encode
from domain.leaf import Leaf
from keys.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A leaf in the log and the signed head that includes it."""

    appended: Appended
    checkpoint: bytes
    """Signed note of the tree right after the leaf."""


def verifier_key(context: Context) -> note.VerifierKey:
    """Give the log's public key under the log's name."""
    public = context.keys.private(Role.LOG).public_raw
    return note.VerifierKey(name=context.house.log_origin, kind=note.ED25519, public_key=public)


def append(
    context: Context,
    work: UnitOfWork,
    make: Callable[[datetime], Leaf],
    *,
    now: datetime,
    number: str,
    intent: str | None = None,
) -> Logged:
    """Append the leaf that ``make`` gives for the log's time and sign the new head; the caller commits."""
    appended = work.log.append(make, now=now, number=number, intent=intent)
    signed = sign_head(context, appended.size, appended.root)
    work.log.add_checkpoint(appended.size, appended.root, signed, now)
    return Logged(appended=appended, checkpoint=signed)


def sign_head(context: Context, size: int, root: bytes) -> bytes:
    """Give the checkpoint of that tree as a note signed by the log's key."""
    text = encode(Checkpoint(origin=context.house.log_origin, size=size, root=root))
    key = verifier_key(context)
    signature = note.NoteSignature(
        name=key.name, key_hash=key.key_hash, signature=context.keys.private(Role.LOG).sign(text)
    )
    return note.encode(text, [signature])
