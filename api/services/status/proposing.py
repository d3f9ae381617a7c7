"""Revoking all reports of a key or of a batch: one person proposes, another confirms, both are named."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from api.services.context import Context
from api.services.house.two_people import note_second, require_another
from api.services.issuing.review import require_operator
from api.services.status import affected
from api.services.status.changing import act_of, reason_of, record, require_allowed
from api.store.entries import Event
from api.store.entries_status import Proposal
from api.store.unit_of_work import UnitOfWork
from domain.errors import Conflict, CreditDocError, MalformedInput, NotFound
from domain.identifiers import uuid7
from domain.status_facts import standing

TARGETS: Final = ("key", "batch")


def propose(
    context: Context,
    target: str,
    target_id: str,
    word: str,
    reason: str,
    *,
    by: str,
    account: str | None = None,
) -> Proposal:
    """Keep what somebody wants done to many reports, and give it; nothing else happens yet.

    ``account``: the system's account that ``by`` was named from, None for a person signed in.
    Raises MalformedInput ``status_target_unknown``, ``key_id_form``, ``status_word_unknown``,
    ``reason_too_long``; NotFound ``batch_unknown``; Refused ``reason_needed``, ``not_an_operator``.
    """
    act_of(word)
    said = reason_of(reason)
    with context.store.writing() as work:
        now = context.clock()
        require_operator(work, by)
        made = Proposal(
            id=uuid7(now, context.entropy),
            target=target,
            target_id=_named(work, target, target_id),
            word=word,
            reason=said,
            proposed_by=by,
            proposed_at=now,
        )
        work.status.propose(made)
        work.house.record(_event(made, "status_proposed", by, now, account))
        work.commit()
    return made


def numbers(context: Context, proposal: Proposal) -> tuple[str, ...]:
    """Give the reports that the proposal is about, as of now."""
    with context.store.reading() as work:
        return _numbers(context, work, proposal)


def confirm(context: Context, id_: str, *, by: str, account: str | None = None) -> Proposal:
    """Do what was proposed, in one transaction, as the second of two people; give it with its count.

    ``account`` as in :func:`propose`; a second person who did not sign in is told to the auditor.
    Reports on which it cannot be done any more (final already) stay as they are and are not counted.
    Raises NotFound ``proposal_unknown``; Conflict ``proposal_decided``; Refused ``not_an_operator``,
    ``second_person_needed``.
    """
    with context.store.writing() as work:
        now = context.clock()
        waiting = _waiting(work, id_)
        require_operator(work, by)
        require_another(waiting.proposed_by, by)
        done = 0
        for number in _numbers(context, work, waiting):
            try:
                require_allowed(number, act_of(waiting.word), standing(work.status.changes_of(number)))
            except CreditDocError:
                continue
            record(
                context, work, number, act_of(waiting.word), waiting.reason, by=waiting.proposed_by,
                second=by, cause=f"proposal:{waiting.id}", now=now,
            )  # fmt: skip
            done += 1
        work.status.decide(waiting.id, "confirmed", by, now, done)
        work.house.record(_event(waiting, "status_confirmed", by, now, account))
        note_second(
            work, _said(work, waiting), second=by, account=account, about=f"proposal:{waiting.id}", now=now
        )
        work.commit()
        return _known(work, id_)


def refuse(context: Context, id_: str, *, by: str, account: str | None = None) -> Proposal:
    """Nothing is done; whoever proposed it may refuse it too.  Raises as :func:`confirm`."""
    with context.store.writing() as work:
        now = context.clock()
        waiting = _waiting(work, id_)
        require_operator(work, by)
        work.status.decide(waiting.id, "refused", by, now, None)
        work.house.record(_event(waiting, "status_refused", by, now, account))
        work.commit()
        return _known(work, id_)


def waiting(context: Context) -> tuple[tuple[Proposal, int], ...]:
    """Give the proposals that wait with the number of reports each is about, oldest first."""
    with context.store.reading() as work:
        found = work.status.proposals()
        return tuple((each, len(_numbers(context, work, each))) for each in found)


def _named(work: UnitOfWork, target: str, text: str) -> str:
    if target not in TARGETS:
        raise MalformedInput("status_target_unknown", target=target[:20])
    return affected.key_id_of(text) if target == "key" else str(affected.batch_id(work, text))


def _numbers(context: Context, work: UnitOfWork, proposal: Proposal) -> tuple[str, ...]:
    if proposal.target == "key":
        return affected.by_key(work, proposal.target_id)
    return affected.by_batch(context, work, proposal.target_id)


def _waiting(work: UnitOfWork, id_: str) -> Proposal:
    found = _known(work, id_)
    if found.state != "waiting":
        raise Conflict("proposal_decided", proposal=id_)
    return found


def _known(work: UnitOfWork, id_: str) -> Proposal:
    try:
        found = work.status.proposal(UUID(id_))
    except ValueError:
        found = None
    if found is None:
        raise NotFound("proposal_unknown", proposal=id_[:40])
    return found


def _said(work: UnitOfWork, proposal: Proposal) -> Event:
    said = work.house.events_of("status_proposed")
    return next(each for each in reversed(said) if each.fields["proposal"] == str(proposal.id))


def _event(proposal: Proposal, act: str, by: str, now: datetime, account: str | None) -> Event:
    fields = {
        "proposal": str(proposal.id), "target": proposal.target, "id": proposal.target_id,
        "word": proposal.word, "account": account,
    }  # fmt: skip
    return Event(at=now, actor=by, act=act, reason=proposal.reason, fields=fields)
