"""Asking once: a form sent twice, by a double click or a reload, issues one report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from api.services.access.looks import look_by, record_look
from api.services.access.principal import Principal
from api.services.context import Context
from api.services.desk.reviewing import Issue
from api.services.issuing.issue import Issued
from api.services.issuing.orders import Order, order_json
from api.services.machines.once import begin, forget
from api.store.columns import dump_json
from domain.errors import MalformedInput
from records.model import Subject

KEPT: Final = timedelta(days=1)
_PURPOSE: Final = "desk-form"
_DONE: Final = 200
MAX_KEY: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What became of a form."""

    number: str | None = None
    application: UUID | None = None
    """Set where a person must look first (R26)."""

    @property
    def at_work(self) -> bool:
        """Whether the first sending of this form is still being carried out."""
        return self.number is None and self.application is None


def submit(
    context: Context, issue: Issue, principal: Principal, subject: Subject, order: Order, key: str
) -> Submitted:
    """Issue what was asked for, or say what became of the same form sent before.

    ``key`` comes with the form; the same key with another order is another form.  Raises
    MalformedInput ``form_key`` and what issuing refuses; the form may then be sent again.
    """
    if not key or len(key) > MAX_KEY:
        raise MalformedInput("form_key")
    key_hash, asked = _key(context, principal, order, key)
    if not begin(context, key_hash, asked):
        return earlier(context, key_hash)
    try:
        done = issue(order)
    except BaseException:
        forget(context, key_hash)
        raise
    if isinstance(done, Issued):
        answer = Submitted(number=done.number)
    else:
        answer = Submitted(application=done.application)
    _answer(context, key_hash, answer, principal, subject, order)
    return answer


def earlier(context: Context, key_hash: bytes) -> Submitted:
    """Give what became of the form with that key; nothing yet while it is at work."""
    with context.store.reading() as work:
        kept = work.once.get(key_hash)
    if kept is None or kept.answer_sealed is None:
        return Submitted()
    said = json.loads(context.vault.unseal(kept.answer_sealed, _PURPOSE))
    application = said["application"]
    return Submitted(number=said["number"], application=UUID(application) if application else None)


def _key(context: Context, principal: Principal, order: Order, key: str) -> tuple[bytes, bytes]:
    asked = sha256(dump_json(order_json(order)).encode()).digest()
    spelled = b"\x00".join((str(principal.person).encode(), key.encode(), asked))
    return context.keys.keyed_hash(spelled, purpose=_PURPOSE), asked


def _answer(
    context: Context, key_hash: bytes, answer: Submitted, principal: Principal, subject: Subject, order: Order
) -> None:
    """The answer is kept, and the subject's access list says who had the report made."""
    said = {"number": answer.number, "application": str(answer.application) if answer.application else None}
    sealed = context.vault.seal(json.dumps(said).encode(), _PURPOSE)
    with context.store.writing() as work:
        work.once.answer(key_hash, _DONE, sealed, context.clock() + KEPT)
        look = look_by(
            context,
            principal,
            act="issue",
            subject=subject.id,
            purpose=order.reason or order.purpose,
            number=answer.number,
            fields=order.domains or (),
        )
        record_look(context, work, look)
        work.commit()
