"""问题反馈 from any page, tracked to its answer; the writer finds it by a reference shown once (R34)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from api.services.context import Context
from api.store.entries_desk import Feedback
from domain.errors import MalformedInput, NotFound
from domain.identifiers import hide_person_numbers, uuid7

MAX_MESSAGE: Final = 2000
MAX_CONTACT: Final = 120
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No character that is taken for another when read aloud."""
_LETTERS: Final = 12
"""58 bits: nobody finds another's note by trying."""
_REFERENCE, _MESSAGE, _CONTACT = "feedback-reference", "feedback-message", "feedback-contact"
_PART: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note as the operator or its writer reads it."""

    id: UUID
    page: str
    channel: str
    message: str
    contact: str | None
    """None also for the writer: only the operator needs it."""
    state: str
    made_at: datetime
    answer: str | None
    answered_at: datetime | None


def write(context: Context, *, page: str, channel: str, message: str, contact: str) -> str:
    """The note is kept, sealed, and its reference given: it is shown once and kept as a keyed hash.

    A certificate number that somebody wrote into it is masked before that (R7): nobody who answers needs it.
    Raises MalformedInput ``feedback_message`` for an empty or too long one, ``feedback_contact``.
    """
    said, reach = hide_person_numbers(message.strip()), hide_person_numbers(contact.strip())
    if not said or len(said) > MAX_MESSAGE:
        raise MalformedInput("feedback_message", limit=MAX_MESSAGE)
    if len(reach) > MAX_CONTACT:
        raise MalformedInput("feedback_contact", limit=MAX_CONTACT)
    reference = _fresh(context)
    now = context.clock()
    id_ = uuid7(now, context.entropy)
    note = Feedback(
        id=id_,
        reference_hash=_hash(context, reference),
        page=part_of(page),
        channel=channel,
        message_sealed=context.vault.seal(said.encode("utf-8", "replace"), f"{_MESSAGE}:{id_}"),
        contact_sealed=context.vault.seal(reach.encode("utf-8", "replace"), f"{_CONTACT}:{id_}")
        if reach
        else None,
        state="open",
        made_at=now,
    )
    with context.store.writing() as work:
        work.feedback.add(note)
        work.commit()
    return "-".join(reference[i : i + 4] for i in range(0, _LETTERS, 4))


def read(context: Context, reference: str) -> Note:
    """Give the writer's own note with its answer; NotFound ``feedback_unknown``."""
    plain = "".join(char for char in reference.upper() if char in _ALPHABET)
    with context.store.reading() as work:
        found = work.feedback.by_reference(_hash(context, plain))
    if found is None:
        raise NotFound("feedback_unknown")
    return _note(context, found, with_contact=False)


def open_notes(context: Context) -> tuple[Note, ...]:
    """Give the oldest notes that wait for an answer."""
    with context.store.reading() as work:
        return tuple(_note(context, note, with_contact=True) for note in work.feedback.in_state("open"))


def answer(context: Context, note: UUID, text: str, by: str) -> None:
    """The note is answered; MalformedInput ``feedback_message``, Conflict ``feedback_answered``."""
    said = hide_person_numbers(text.strip())
    if not said or len(said) > MAX_MESSAGE:
        raise MalformedInput("feedback_message", limit=MAX_MESSAGE)
    with context.store.writing() as work:
        work.feedback.answer(note, said, by, context.clock())
        work.commit()


def part_of(page: str) -> str:
    """Give the part of the site that an address names: its first word, so that no number is kept with it."""
    first = page.strip("/").split("/")[0].split("?")[0].lower()
    return first if _PART.fullmatch(first) else "home"


def _fresh(context: Context) -> str:
    base = len(_ALPHABET)
    value = int.from_bytes(context.entropy(16), "big")
    letters = []
    for _ in range(_LETTERS):
        value, rest = divmod(value, base)
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def _hash(context: Context, reference: str) -> bytes:
    return context.keys.keyed_hash(reference.encode(), purpose=_REFERENCE, version=1)


def _note(context: Context, kept: Feedback, *, with_contact: bool) -> Note:
    sealed = kept.contact_sealed if with_contact else None
    # Nothing stands there once it is past its time.
    message = (
        context.vault.unseal(kept.message_sealed, f"{_MESSAGE}:{kept.id}").decode()
        if kept.message_sealed
        else ""
    )
    return Note(
        id=kept.id,
        page=kept.page,
        channel=kept.channel,
        message=message,
        contact=None if sealed is None else context.vault.unseal(sealed, f"{_CONTACT}:{kept.id}").decode(),
        state=kept.state,
        made_at=kept.made_at,
        answer=kept.answer,
        answered_at=kept.answered_at,
    )
