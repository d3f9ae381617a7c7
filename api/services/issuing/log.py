"""The house's signature log: append a leaf and sign the head in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from api.services.context import Context
from api.store.repositories.log import Appended
from api.store.unit_of_work import UnitOfWork
from domain.checkpoint import Checkpoint, encode
from domain.leaf import Leaf
from keys.note_signing import sign_note
from keys.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A leaf in the log and the signed head that includes it."""

    appended: Appended
    checkpoint: bytes
    """Signed note of the tree right after the leaf."""


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
    text = encode(Checkpoint(origin=context.house.log_origin, size=appended.size, root=appended.root))
    signed = sign_note(text, context.house.log_origin, context.keys.private(Role.LOG))
    work.log.add_checkpoint(appended.size, appended.root, signed, now)
    return Logged(appended=appended, checkpoint=signed)
