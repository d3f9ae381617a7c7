"""A write that comes with a key of its own is carried out once; a repeat gets the first one's answer."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from api.services.context import Context
from api.store.entries_desk import Answered
from domain.errors import Conflict, MalformedInput

AT_WORK: Final = timedelta(minutes=2)
"""Longer than any write takes: a key whose process died is free again afterwards."""
KEPT: Final = timedelta(days=1)
_AGAIN_SECONDS: Final = 2
_KEY: Final = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)
_PURPOSE: Final = "api-write"
_BODY: Final = "api-write-body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One write as it came."""

    who: str
    """Whose key it is: two callers may use the same word."""
    route: str
    key: str | None
    """None: nothing is kept, a repeat is another write."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered."""

    status: int
    body: str
    location: str | None = None
    repeated: bool = False


def answered_once(context: Context, asked: Asked, act: Callable[[], Answer]) -> Answer:
    """Give what ``act`` answers, or what it answered to the same write before (for a day).

    Nothing is kept of a write that was refused: it changed nothing and may be tried again.  Raises
    MalformedInput ``idempotency_key_form``, ``idempotency_key_reused`` for the key of another write;
    Conflict ``idempotency_at_work`` while the first is being carried out.
    """
    if asked.key is None:
        return act()
    if not _KEY.fullmatch(asked.key):
        raise MalformedInput("idempotency_key_form")
    key_hash = _hash(context, asked)
    body_hash = context.keys.keyed_hash(asked.body, purpose=_BODY)
    if not begin(context, key_hash, body_hash):
        return _earlier(context, key_hash, body_hash)
    try:
        answer = act()
    except BaseException:
        forget(context, key_hash)
        raise
    _keep(context, key_hash, answer)
    return answer


def forget(context: Context, key_hash: bytes) -> None:
    """The write changed nothing: its key may come again."""
    with context.store.writing() as work:
        work.once.forget(key_hash)
        work.commit()


def _hash(context: Context, asked: Asked) -> bytes:
    spelled = "\x00".join((asked.who, asked.route, asked.key or ""))
    return context.keys.keyed_hash(spelled.encode(), purpose=_PURPOSE)


def begin(context: Context, key_hash: bytes, body_hash: bytes) -> bool:
    """The write of that key is ours to carry out, or somebody has it already (False)."""
    with context.store.writing() as work:
        now = context.clock()
        entry = Answered(
            key_hash=key_hash, request_sha256=body_hash, status=None, answer_sealed=None, made_at=now,
            expires_at=now + AT_WORK,
        )  # fmt: skip
        ours = work.once.begin(entry)
        work.commit()
    return ours


def _earlier(context: Context, key_hash: bytes, body_hash: bytes) -> Answer:
    with context.store.reading() as work:
        kept = work.once.get(key_hash)
    if kept is not None and not hmac.compare_digest(kept.request_sha256, body_hash):
        raise MalformedInput("idempotency_key_reused")
    if kept is None or kept.answer_sealed is None or kept.status is None:
        raise Conflict("idempotency_at_work", retry_after=_AGAIN_SECONDS)
    said = json.loads(context.vault.unpack(kept.answer_sealed, _PURPOSE))
    return Answer(status=kept.status, body=said["body"], location=said["location"], repeated=True)


def _keep(context: Context, key_hash: bytes, answer: Answer) -> None:
    # Sealed: the answer may hold a secret that is shown once.
    said = json.dumps({"body": answer.body, "location": answer.location}).encode()
    sealed = context.vault.pack(said, _PURPOSE)
    with context.store.writing() as work:
        work.once.answer(key_hash, answer.status, sealed, context.clock() + KEPT)
        work.commit()
