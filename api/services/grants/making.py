"""Making grants: by the subject, more narrowly out of another grant, or by law for a requesting body."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from api.services.access.looks import look_by, record_look
from api.services.access.principal import Principal
from api.services.access.roles import Role
from api.services.access.table import NATURAL_PERSON, owns, require
from api.services.context import Context
from api.services.grants import tokens
from api.services.grants.admission import (
    ENDED_REPORTS,
    Held,
    factor_owner,
    held,
    require_factor,
    require_receiver,
    require_standing,
)
from api.services.grants.redeeming import note_wrong_factor
from api.services.grants.wishes import (
    CODE,
    SIGN_IN,
    Wish,
    check_query,
    check_scope,
    factor_of,
    plain_purpose,
    receiver_of,
    right_of,
)
from api.services.house.regions import own_region
from api.services.issuing.releasing import stored_content
from api.services.log.facts import log_grant
from api.store.entries import Event, Registered
from api.store.entries_grants import LIVE, Grant
from api.store.repositories.grants import MAX_DEPTH
from api.store.unit_of_work import UnitOfWork
from domain.errors import InvariantBroken, MalformedInput, NotFound, Refused
from domain.grant_rights import GrantScope, Right, scope_to_json
from domain.grant_token import TokenKind, encode, fragment
from domain.identifiers import ReportNumber, check_uscc, uuid7
from domain.report import ReportContent
from domain.times import shanghai_day
from records.model import Subject
from records.settings import Settings

PREFIX_SHOWN = 8
"""Characters of the token by which a subject tells its grants apart: the prefix and four more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new grant with its secret, which nobody can show again."""

    grant: Grant
    token: str
    fragment: str
    """What stands behind ``#`` in the link that a QR code holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalRequest:
    """What a requesting body (机关) states in place of the subject's consent (R24)."""

    about: str
    """Report number, or USCC: then the subject's newest report in force."""
    basis: str
    """法律依据, by title and article."""
    purpose: str
    allows: frozenset[str] = frozenset({"view"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedReport:
    """A report with everything that decides what may be granted of it."""

    line: Registered
    subject: Subject
    content: ReportContent
    settings: Settings


def make(context: Context, principal: Principal, number: str, wish: Wish) -> Made:
    """Let somebody see the report ``number``; the secret is in the answer and nowhere else.

    Raises NotFound ``not_found`` for a report that is not the principal's; Refused ``grant_needed``
    to an agent (it narrows a grant), ``natural_person_only``, ``grant_report_ended`` and the refusals
    of the wish; MalformedInput for a wish written wrongly.
    """
    with context.store.writing() as work:
        now = context.clock()
        report = report_for(context, work, number, now)
        require(principal, "grant_make", subject=report.subject)
        if report.subject.kind == NATURAL_PERSON:
            raise Refused("natural_person_only")
        if report.line.status in ENDED_REPORTS:
            raise Refused("grant_report_ended", number=report.line.number)
        receiver = receiver_of(wish)
        right = right_of(wish, receiver, report.settings, now)
        check_scope(right.scope, report.content)
        check_query(right, report.content, report.settings)
        factor, digits = factor_of(wish, receiver, report.subject)
        made = _new(
            context, work, report, right, wish, now=now, factor=factor, digits=digits, by=principal.person
        )
        _log(work, principal, made.grant, "grant_made")
        work.commit()
    return made


def narrow(
    context: Context, principal: Principal, token: str, wish: Wish, *, factor: str | None = None
) -> Made:
    """Make a grant out of the one whose secret is ``token``; it opens nothing more and dies with it.

    What the wish leaves out is taken from the wider grant, its purpose always.  Raises as redeeming
    does, and Refused ``grant_wider`` with the ``axis`` on which the wish reaches beyond.
    """
    hashes = tokens.candidates(context, TokenKind.GRANT, token)
    with context.store.writing() as work:
        now = context.clock()
        found = work.grants.by_hash(hashes)
        if found is None:
            raise NotFound("grant_unknown")
        wide = held(work, found)
        require_receiver(principal, wide)
        _require_own_side(principal, wide.subject)
        if not require_factor(context, work, wide, factor, now):
            refusal = note_wrong_factor(context, work, principal, wide)
            work.commit()
            raise refusal
        limit = require_standing(wide, now)
        if len(wide.chain) > MAX_DEPTH - 1:
            raise Refused("grant_too_deep")
        made = _narrower(context, work, wide, limit, wish, now, principal)
        _log(work, principal, made.grant, "grant_narrowed")
        work.commit()
    return made


def make_by_law(context: Context, principal: Principal, request: LegalRequest) -> Made:
    """Open one report to an approved 机关 that states its legal basis; the subject is told at once (R24).

    Raises what the access table refuses, NotFound ``grant_no_report``, MalformedInput ``grant_basis``.
    """
    basis = " ".join(request.basis.split())
    if not basis or len(basis) > 200:
        raise MalformedInput("grant_basis")
    purpose = plain_purpose(request.purpose)
    with context.store.writing() as work:
        now = context.clock()
        report = _asked_for(context, work, request.about, now)
        require(principal, "legal_request", subject=report.subject, reason=basis)
        days = report.settings.access.law_days
        end = now + timedelta(days=days)
        wish = Wish(
            purpose=purpose, allows=request.allows, receiver=principal.organisation, expires_at=end,
            receiver_name=principal.organisation_name,
        )  # fmt: skip
        right = right_of(wish, principal.organisation, report.settings, now, days=days)
        check_query(right, report.content, report.settings)
        made = _new(
            context, work, report, right, wish, now=now, factor=SIGN_IN, digits=None, by=None, basis=basis
        )
        look = look_by(
            context, principal, act="legal_request", subject=report.subject.id,
            purpose=f"{purpose} ({basis})", number=report.line.number, grant=made.grant.id,
        )  # fmt: skip
        record_look(context, work, look)
        _log(work, principal, made.grant, "grant_by_law")
        work.commit()
    return made


def _require_own_side(principal: Principal, subject: Subject) -> None:
    """A grant is narrowed by the subject's own people alone: whoever receives one passes nothing on."""
    require(principal, "grant_make", subject=subject, granted=True)
    if principal.role is Role.AGENT and not owns(principal, subject):
        raise NotFound("not_found")


def _narrower(
    context: Context,
    work: UnitOfWork,
    wide: Held,
    limit: Right,
    wish: Wish,
    now: datetime,
    principal: Principal,
) -> Made:
    report = report_for(context, work, wide.line.number, now)
    receiver = receiver_of(wish) or limit.receiver
    filled = replace(
        wish,
        purpose=wide.grant.purpose,
        not_before=wish.not_before or limit.not_before,
        expires_at=wish.expires_at or limit.expires_at,
        uses=limit.uses if wish.uses is None else wish.uses,
    )
    right = right_of(filled, receiver, report.settings, now)
    right = replace(right, scope=_inherited(wish.scope, limit.scope))
    axis = right.outside(limit)
    if axis is not None:
        raise Refused("grant_wider", axis=axis)
    check_scope(right.scope, report.content)
    check_query(right, report.content, report.settings)
    if factor_owner(wide.chain) is not None:
        # The digits of the wider grant are asked for this one too; two sets would let one be skipped.
        factor, digits = CODE, None
    else:
        factor, digits = factor_of(filled, receiver, wide.subject)
    return _new(
        context, work, report, right, filled, now=now, factor=factor, digits=digits, by=principal.person,
        basis=wide.grant.legal_basis, parent=wide.grant.id,
    )  # fmt: skip


def _inherited(wished: GrantScope, wider: GrantScope) -> GrantScope:
    """The wished scope; an axis that was left open is the wider grant's."""
    return GrantScope(
        domains=wider.domains if wished.domains is None else wished.domains,
        kinds=wider.kinds if wished.kinds is None else wished.kinds,
        fields=wider.fields if wished.fields is None else wished.fields,
        years=wider.years if wished.years is None else wished.years,
    )


def report_for(context: Context, work: UnitOfWork, number: str, now: datetime) -> GrantedReport:
    """Give the released report ``number``; NotFound ``not_found``.  Who asks is the caller's matter."""
    line = work.reports.get(str(ReportNumber.parse_typed(number)))
    if line is None:
        raise NotFound("not_found")
    subject, draft = work.subjects.by_id(line.subject), work.drafts.get(line.number)
    if subject is None or draft is None:
        raise InvariantBroken("not_registered", number=line.number)
    settings = own_region(context, work).settings_at(shanghai_day(now))
    return GrantedReport(
        line=line, subject=subject, content=stored_content(context, draft), settings=settings
    )


def _asked_for(context: Context, work: UnitOfWork, about: str, now: datetime) -> GrantedReport:
    code = check_uscc(about)
    if code.problem is not None:
        return report_for(context, work, about, now)
    subject = work.subjects.by_uscc(code.value)
    lines = () if subject is None else work.reports.of_subject(subject.id)
    standing = next((line for line in lines if line.status not in ENDED_REPORTS), None)
    if standing is None:
        raise NotFound("grant_no_report")
    return report_for(context, work, standing.number, now)


def _new(
    context: Context,
    work: UnitOfWork,
    report: GrantedReport,
    right: Right,
    wish: Wish,
    *,
    now: datetime,
    factor: str,
    digits: str | None,
    by: UUID | None,
    basis: str | None = None,
    parent: UUID | None = None,
) -> Made:
    secret = tokens.fresh(context)
    version, secret_hash = tokens.kept(context, TokenKind.GRANT, secret)
    id_, token = uuid7(now, context.entropy), encode(TokenKind.GRANT, secret)
    name = " ".join((wish.receiver_name or "").split())[:100]
    grant = Grant(
        id=id_,
        parent=parent,
        number=report.line.number,
        subject=report.subject.id,
        made_by=by,
        receiver=right.receiver,
        receiver_name=(name or None) if right.receiver else None,
        purpose=plain_purpose(wish.purpose),
        legal_basis=basis,
        scope=scope_to_json(right.scope),
        allows=tuple(sorted(right.allows)),
        not_before=right.not_before,
        expires_at=right.expires_at,
        max_uses=right.uses,
        uses=0,
        factor=factor,
        factor_hash=None if digits is None else tokens.factor_hash(context, str(id_), digits, version),
        wrong_factors=0,
        prefix=token[:PREFIX_SHOWN],
        hash_version=version,
        secret_hash=secret_hash,
        state=LIVE,
        made_at=now,
    )
    work.grants.add(grant)
    log_grant(context, work, grant, "made", now)
    return Made(grant=grant, token=token, fragment=fragment(TokenKind.GRANT, secret))


def _log(work: UnitOfWork, principal: Principal, grant: Grant, act: str) -> None:
    work.house.record(
        Event(
            at=grant.made_at,
            actor=principal.name or principal.sub,
            act=act,
            subject=grant.subject,
            number=grant.number,
            reason=grant.legal_basis or grant.purpose,
            fields={"grant": str(grant.id), "receiver": grant.receiver, "allows": [*grant.allows]},
        )
    )
