"""一码通: a code on the enterprise's phone that changes, works once and binds one browser (R23).

Scanning shows a page with a button; only the button spends the code, so a chat program that
looks a link up in advance spends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.services.access.looks import Act, look_by, record_look
from api.services.access.principal import Principal
from api.services.access.table import NATURAL_PERSON, require
from api.services.context import Context
from api.services.grants import tokens
from api.services.grants.admission import ENDED_REPORTS
from api.services.grants.showing import report_file
from api.services.house.regions import own_region
from api.store.entries import Event, Registered
from api.store.entries_grants import LiveCode
from api.store.unit_of_work import UnitOfWork
from domain.errors import InvariantBroken, MalformedInput, NotFound, Refused
from domain.grant_rights import DOWNLOAD, VIEW
from domain.grant_token import TokenKind, encode, fragment
from domain.identifiers import ReportNumber, uuid7
from domain.times import shanghai_day
from records.model import Subject

CHARACTERS: Final = (
    "山水云雨风雪江河海松竹梅兰花草春秋南北金木火土石米茶果桥船车马牛羊鹿鸟星月光红青白高大小天门书笔纸灯"
    "钟伞鼓琴塔园瓜糖盐饭手足甲丁"
)
"""64 everyday characters, no two alike to the eye or the ear: four of them are read out across a desk."""
WORD_LENGTH: Final = 4
_KEPT_FOR: Final = timedelta(hours=1)
"""How long an unspent code is still told from one that never was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A code as the enterprise's phone shows it."""

    code: LiveCode
    token: str
    fragment: str
    """What stands behind ``#`` in the link of the QR code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A code that one browser has spent."""

    code: LiveCode
    token: str
    """What that browser keeps; whoever has it goes on until the time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """What a bound browser may see."""

    code: LiveCode
    line: Registered
    subject: Subject


def make(context: Context, principal: Principal, number: str, allows: frozenset[str]) -> Shown:
    """Give a code for the report ``number``, good for the region's ``live_seconds`` and one use.

    Raises NotFound ``not_found``; Refused ``natural_person_only``, ``grant_report_ended``;
    MalformedInput ``live_allows`` for anything but view, with or without download.
    """
    if VIEW not in allows or not allows <= {VIEW, DOWNLOAD}:
        raise MalformedInput("live_allows")
    with context.store.writing() as work:
        line, subject = _own_report(work, principal, number)
        if subject.kind == NATURAL_PERSON:
            raise Refused("natural_person_only")
        if line.status in ENDED_REPORTS:
            raise Refused("grant_report_ended", number=line.number)
        if principal.person is None:
            raise Refused("sign_in_needed")
        now = context.clock()
        limits = own_region(context, work).settings_at(shanghai_day(now)).access
        secret = tokens.fresh(context)
        version, secret_hash = tokens.kept(context, TokenKind.LIVE, secret)
        code = LiveCode(
            id=uuid7(now, context.entropy), number=line.number, subject=subject.id, made_by=principal.person,
            allows=tuple(sorted(allows)), hash_version=version, secret_hash=secret_hash, word=_word(context),
            made_at=now, expires_at=now + limits.live,
        )  # fmt: skip
        work.live_codes.forget_unspent(line.number, now - _KEPT_FOR)
        work.live_codes.add(code)
        work.commit()
    return Shown(code=code, token=encode(TokenKind.LIVE, secret), fragment=fragment(TokenKind.LIVE, secret))


def spend(context: Context, principal: Principal, text: str) -> Spent:
    """Spend a scanned code and bind it to the browser that gets the answer's token.

    Raises MalformedInput ``grant_token_*``; NotFound ``live_unknown``; Refused ``live_spent``,
    ``live_expired``, ``live_withdrawn``.
    """
    hashes = tokens.candidates(context, TokenKind.LIVE, text)
    with context.store.writing() as work:
        now = context.clock()
        code = work.live_codes.by_hash(hashes)
        if code is None:
            raise NotFound("live_unknown")
        view = _view(work, code)
        require(principal, "grant_redeem", subject=view.subject, granted=True)
        limits = own_region(context, work).settings_at(shanghai_day(now)).access
        secret = tokens.fresh(context)
        _, browser_hash = tokens.kept(context, TokenKind.OPENING, secret)
        refusal = _refusal(code, now)
        if refusal is None and not work.live_codes.spend(code.id, browser_hash, now, now + limits.live_open):
            refusal = Refused("live_spent")
        act: Act = "live_open" if refusal is None else "denied"
        _look(context, work, principal, code, act, () if refusal is None else (refusal.code,))
        work.commit()
        if refusal is not None:
            raise refusal
        spent = work.live_codes.get(code.id)
    return Spent(code=spent or code, token=encode(TokenKind.OPENING, secret))


def view(context: Context, principal: Principal, token: str) -> LiveView:
    """Give what the browser with ``token`` may see this instant; the look is written first.

    Raises NotFound ``grant_opening_unknown``; Refused ``live_withdrawn``, ``grant_opening_ended``,
    ``grant_report_ended``.
    """
    with context.store.writing() as work:
        found = _bound(context, work, principal, token)
        _look(context, work, principal, found.code, VIEW)
        work.commit()
    return found


def download(context: Context, principal: Principal, token: str) -> tuple[Registered, bytes]:
    """Give the signed PDF, where the code allows it; Refused ``grant_not_allowed`` otherwise."""
    with context.store.writing() as work:
        found = _bound(context, work, principal, token)
        if DOWNLOAD not in found.code.allows:
            raise Refused("grant_not_allowed", act=DOWNLOAD)
        pdf = report_file(context, work, found.line.number)
        _look(context, work, principal, found.code, DOWNLOAD)
        work.commit()
    return found.line, pdf


def file_to_show(context: Context, principal: Principal, token: str) -> bytes:
    """Give the PDF for the page pictures of a view that was written down already."""
    with context.store.reading() as work:
        return report_file(context, work, _bound(context, work, principal, token).line.number)


def withdraw(context: Context, principal: Principal, number: str) -> int:
    """End every live code of a report, also in browsers that have it open; gives how many."""
    with context.store.writing() as work:
        line, subject = _own_report(work, principal, number)
        now = context.clock()
        ended = work.live_codes.withdraw(line.number, now)
        event = Event(
            at=now, actor=principal.name or principal.sub, act="live_withdrawn", subject=subject.id,
            number=line.number, fields={"ended": ended},
        )  # fmt: skip
        work.house.record(event)
        work.commit()
    return ended


def spent_codes(context: Context, principal: Principal, number: str) -> tuple[LiveCode, ...]:
    """Give the codes of a report that were spent and are still open, newest first."""
    with context.store.reading() as work:
        line, _ = _own_report(work, principal, number)
        now = context.clock()
        found = work.live_codes.of_number(line.number)
    return tuple(
        code
        for code in found
        if code.open_until is not None and code.withdrawn_at is None and code.open_until > now
    )


def _own_report(work: UnitOfWork, principal: Principal, number: str) -> tuple[Registered, Subject]:
    line = work.reports.get(str(ReportNumber.parse_typed(number)))
    subject = None if line is None else work.subjects.by_id(line.subject)
    if line is None or subject is None:
        require(principal, "live_code", organisation="")
        raise NotFound("not_found")
    require(principal, "live_code", subject=subject)
    return line, subject


def _bound(context: Context, work: UnitOfWork, principal: Principal, token: str) -> LiveView:
    code = work.live_codes.by_browser(tokens.candidates(context, TokenKind.OPENING, token))
    if code is None or code.open_until is None:
        raise NotFound("grant_opening_unknown")
    found = _view(work, code)
    require(principal, "grant_redeem", subject=found.subject, granted=True)
    if code.withdrawn_at is not None:
        raise Refused("live_withdrawn")
    if context.clock() >= code.open_until:
        raise Refused("grant_opening_ended")
    if found.line.status in ENDED_REPORTS:
        raise Refused("grant_report_ended", number=found.line.number)
    return found


def _view(work: UnitOfWork, code: LiveCode) -> LiveView:
    line, subject = work.reports.get(code.number), work.subjects.by_id(code.subject)
    if line is None or subject is None:
        raise InvariantBroken("not_registered", number=code.number)
    return LiveView(code=code, line=line, subject=subject)


def _refusal(code: LiveCode, now: datetime) -> Refused | None:
    if code.withdrawn_at is not None:
        return Refused("live_withdrawn")
    if code.spent_at is not None:
        return Refused("live_spent")
    return Refused("live_expired") if now >= code.expires_at else None


def _word(context: Context) -> str:
    return "".join(CHARACTERS[byte % len(CHARACTERS)] for byte in context.entropy(WORD_LENGTH))


def _look(
    context: Context,
    work: UnitOfWork,
    principal: Principal,
    code: LiveCode,
    act: Act,
    fields: tuple[str, ...] = (),
) -> None:
    look = look_by(
        context, principal, act=act, subject=code.subject, purpose="一码通", number=code.number,
        fields=fields, browser_hash=code.browser_hash,
    )  # fmt: skip
    record_look(context, work, look)
