"""Answers what will never become a file: a void-intent leaf per open intent, a void-commitment leaf."""

from __future__ import annotations

from datetime import datetime

from api.services.context import Context
from api.services.issuing import log as logbook
from api.store.entries import Draft, Event, Intent
from api.store.unit_of_work import UnitOfWork
from domain.errors import InvariantBroken
from domain.leaf import Leaf, LeafType, void_commitment_digest, void_intent_digest
from keys.roles import Role


def void_intents(context: Context, work: UnitOfWork, number: str, now: datetime) -> int:
    """Answer every open intent of ``number`` with its void leaf; gives how many there were."""
    open_ = [intent for intent in work.drafts.intents(number) if intent.outcome == "open"]
    for intent in open_:
        _void_intent(context, work, intent, now)
    return len(open_)


def _void_intent(context: Context, work: UnitOfWork, intent: Intent, now: datetime) -> None:
    digest = void_intent_digest(intent.number, intent.signed_attrs_sha256)
    logged = logbook.append(
        context,
        work,
        lambda moment: Leaf(LeafType.VOID_INTENT, intent.key_id, moment, digest),
        now=now,
        number=intent.number,
        intent=str(intent.id),
    )
    work.drafts.answer(intent.id, "void", logged.index)


def void_commitment(
    context: Context, work: UnitOfWork, draft: Draft, now: datetime, *, owed: bool = False
) -> None:
    """Answer the draft's commitment with its void leaf; the number is spent.

    With ``owed`` the order behind it is to be issued again under a new number.
    """
    leaf = work.log.leaf(draft.leaf_index)
    if leaf is None:
        raise InvariantBroken("leaf_missing", index=draft.leaf_index)
    digest = void_commitment_digest(leaf.leaf)
    key_id = context.keys.private(Role.REPORT).key_id
    logbook.append(
        context,
        work,
        lambda moment: Leaf(LeafType.VOID_COMMITMENT, key_id, moment, digest),
        now=now,
        number=draft.number,
    )
    work.drafts.close(draft.number, "owed" if owed else "void")


def abandon(context: Context, number: str) -> None:
    """Void everything open about ``number``; nothing happens where all is answered already."""
    with context.store.writing() as work:
        now = context.clock()
        draft = work.drafts.get(number)
        void_intents(context, work, number, now)
        if draft is not None and draft.state == "open":
            void_commitment(context, work, draft, now)
            work.house.record(Event(at=now, actor="house", act="report_voided", number=number))
        work.commit()
