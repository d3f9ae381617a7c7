"""What a report would say, composed without taking a number: for a preview, the gate and a draft (R26)."""

from __future__ import annotations

import hashlib
from datetime import datetime

from api.services.context import Context
from api.services.issuing.composing import gather
from api.services.issuing.orders import Order
from api.store.entries import Reservation
from api.store.unit_of_work import UnitOfWork
from domain.canonical import encode
from domain.verdict import JsonValue
from records.compose import Composed, compose
from records.model import Subject

_NO_NUMBER = "-"


def compose_trial(
    context: Context, work: UnitOfWork, subject: Subject, order: Order, now: datetime
) -> Composed:
    """Give what the report would say if it were issued at ``now``; nothing is stored, no number is spent.

    Raises what composing refuses.
    """
    place = Reservation(
        number=_NO_NUMBER,
        subject=subject.id,
        status_list=0,
        status_idx=0,
        request={},
        as_of=order.as_of or now,
        reserved_at=now,
    )
    return compose(gather(context, work, subject, order, place))


def draft_sha256(composed: Composed) -> bytes:
    """Give a hash over what a person judges in a draft: equal while subject, domains and records are.

    Instants stand apart, so that a draft looked at a minute ago is still the same draft.
    """
    content = composed.content
    said: JsonValue = {
        "subject": [content.subject.id, content.subject.name, content.subject.registered_state],
        "from": content.scope.window_from.isoformat(),
        "domains": [
            [line.id, line.conclusion and line.conclusion.value, line.data_state.value, line.records]
            for line in content.domains
        ],
        "records": [[list(field) for field in leaf] for leaf in composed.leaf_inputs],
    }
    return hashlib.sha256(encode(said)).digest()
