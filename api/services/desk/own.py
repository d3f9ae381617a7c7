"""A subject's own reports and applications: never another's (R21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.services.access.looks import look_by, record_look
from api.services.access.principal import Principal
from api.services.context import Context
from api.services.issuing import codes
from api.services.issuing.releasing import stored_content
from api.services.issuing.showing import file_of
from api.store.entries import Application, Registered
from api.store.unit_of_work import UnitOfWork
from domain.errors import NotFound
from domain.identifiers import ReportNumber
from domain.report import ReportContent
from records.model import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What stands on the first page of the desk."""

    subject: Subject
    reports: tuple[Registered, ...]
    """Newest first."""
    applications: tuple[Application, ...]
    """Those that a person had or has to look at, newest first."""
    copies: dict[str, int]
    """Printed copies per report number."""
    now: datetime


def subject_of(context: Context, principal: Principal) -> Subject:
    """Give the subject that ``principal`` acts for; NotFound ``no_subject_here`` when none is known."""
    with context.store.reading() as work:
        return own_subject(work, principal)


def own_subject(work: UnitOfWork, principal: Principal) -> Subject:
    """Give the subject inside a transaction that is open already."""
    found = None
    if principal.subject is not None:
        found = work.subjects.by_id(principal.subject)
    elif principal.organisation is not None:
        found = work.subjects.by_uscc(principal.organisation)
    if found is None:
        raise NotFound("no_subject_here", name=principal.organisation_name or principal.name)
    return found


def start(context: Context, subject: Subject) -> Start:
    """Give the subject's reports and applications."""
    with context.store.reading() as work:
        reports = work.reports.of_subject(subject.id)
        return Start(
            subject=subject,
            reports=reports,
            applications=work.reports.applications_of(subject.id),
            copies=work.desk.copies([line.number for line in reports]),
            now=context.clock(),
        )


def report_of(context: Context, subject: Subject, number: str) -> Registered:
    """Give one report about ``subject``; NotFound ``not_found`` for another's as for none."""
    with context.store.reading() as work:
        return require_report(work, subject, number)


def require_report(work: UnitOfWork, subject: Subject, number: str) -> Registered:
    """Give the report inside a transaction that is open already."""
    line = work.reports.get(typed_number(number))
    if line is None or line.subject != subject.id:
        raise NotFound("not_found")
    return line


def typed_number(text: str) -> str:
    """Give a report number in its one spelling; NotFound ``not_found`` for what is none."""
    try:
        return str(ReportNumber.parse_typed(text))
    except Exception as error:
        raise NotFound("not_found") from error


def application_of(context: Context, subject: Subject, id_: UUID) -> Application:
    """Give one application of ``subject``; NotFound ``not_found`` for another's as for none."""
    with context.store.reading() as work:
        found = work.reports.application(id_)
    if found is None or found.subject != subject.id:
        raise NotFound("not_found")
    return found


def content_of(context: Context, number: str) -> ReportContent:
    """Give the signed content of a released report."""
    with context.store.reading() as work:
        draft = work.drafts.get(number)
    if draft is None:
        raise NotFound("not_found")
    return stored_content(context, draft)


def pdf_of(context: Context, number: str) -> bytes:
    """Give the signed file."""
    return file_of(context, number)


def code_locked(context: Context, number: str) -> bool:
    """Say whether the 核验码 printed on a report is locked."""
    with context.store.reading() as work:
        return codes.is_locked(work, number)


def new_code(context: Context, principal: Principal, line: Registered) -> str:
    """Give a new 核验码 in groups of four in the place of a locked one; Conflict ``code_not_locked``.

    It is shown this once; that it was made stands in the subject's access list.
    """
    with context.store.writing() as work:
        code = codes.renewed(context, work, line.number)
        look = look_by(
            context, principal, act="code", subject=line.subject, purpose="核验码已锁定", number=line.number
        )
        record_look(context, work, look)
        work.commit()
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def file_names(title: str, line: Registered, subject: Subject) -> tuple[str, str]:
    """Give the name of the file in plain ASCII and in full: a clerk finds it again by the subject's name."""
    safe = "".join(char for char in subject.name if char.isalnum())[:40]
    return f"{line.number}.pdf", f"{title}_{safe}_{line.number}.pdf"
