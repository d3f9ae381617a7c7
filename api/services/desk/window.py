"""The window (政务服务窗口): somebody comes with their papers, and leaves with the signed report (R27)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from api.services.access.looks import look_by, record_look
from api.services.access.principal import Principal
from api.services.access.table import inside
from api.services.context import Context
from api.store.entries_desk import Visit
from api.store.unit_of_work import UnitOfWork
from domain.errors import MalformedInput, NotFound, Refused
from domain.identifiers import mask_person_number, normalise_identifier, uuid7
from records.matching import normalise_name
from records.model import Subject

MAX_SCAN: Final = 8 * 2**20
"""Bytes: ten pages at 150 dpi."""
MAX_TEXT: Final = 60
LASTS: Final = timedelta(hours=2)
"""How long somebody stands at the window at most."""
_SCANS: Final = ((b"%PDF-", "pdf"), (b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"))
AUTHORITIES: Final = ("legal_representative", "agent")
PAPERS: Final = ("resident_id", "passport", "other")
_APPLICANT, _SCAN = "window-applicant", "window-scan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """Who came, and by which authority."""

    name: str
    paper: str
    """``resident_id``, ``passport`` or ``other``."""
    number: str
    authority: str
    """``legal_representative`` (法定代表人, 负责人, 经营者) or ``agent`` (经办人)."""


def find(context: Context, principal: Principal, text: str, reason: str) -> tuple[Subject, ...]:
    """Give the subjects that a code or an exact name finds; each find is a look the subject can read.

    Raises Refused ``reason_needed``.  Nothing is found by part of a name: the window serves
    who stands before it.
    """
    said = reason.strip()
    if not said:
        raise Refused("reason_needed")
    with context.store.writing() as work:
        found = tuple(
            subject for subject in _candidates(work, text.strip()) if inside(principal.territory, subject)
        )
        for subject in found:
            look = look_by(context, principal, act="search", subject=subject.id, purpose=said)
            record_look(context, work, look)
        work.commit()
    return found


def take_down(
    context: Context,
    principal: Principal,
    subject: Subject,
    applicant: Applicant,
    scan: bytes | None,
    reason: str,
) -> UUID:
    """Who came is written down, sealed; the scan stands apart, sealed under a purpose of its own.

    Raises MalformedInput ``window_applicant`` or ``window_scan``, Refused ``scan_needed`` for an
    agent without papers.
    """
    _check(applicant)
    if applicant.authority == "agent" and not scan:
        raise Refused("scan_needed")
    if scan:
        kind_of_scan(scan)
    if principal.person is None:
        raise Refused("sign_in_needed")
    now = context.clock()
    id_ = uuid7(now, context.entropy)
    visit = Visit(
        id=id_,
        subject=subject.id,
        applicant_sealed=_sealed(context, id_, applicant),
        authority=applicant.authority,
        scan_sha256=sha256(scan).hexdigest() if scan else None,
        at=now,
        by=principal.person,
    )
    scan_sealed = context.vault.seal(scan, f"{_SCAN}:{visit.id}") if scan else None
    with context.store.writing() as work:
        work.desk.visit(visit, scan_sealed)
        look = look_by(context, principal, act="visit", subject=subject.id, purpose=reason)
        record_look(context, work, look)
        work.commit()
    return visit.id


def visit_of(context: Context, visit: UUID, by: UUID | None) -> Visit:
    """Give the visit that this very person took down.

    Raises NotFound ``not_found`` for another's, Refused ``visit_over`` when the applicant has long left.
    """
    with context.store.reading() as work:
        found = work.desk.visit_of(visit)
    if found is None or by is None or found.by != by:
        raise NotFound("not_found")
    if context.clock() - found.at > LASTS:
        raise Refused("visit_over")
    return found


def applicant_of(context: Context, visit: Visit) -> Applicant:
    """Give who came, the number of their paper masked (R7)."""
    said = json.loads(context.vault.unseal(visit.applicant_sealed, f"{_APPLICANT}:{visit.id}"))
    return Applicant(
        name=said["name"],
        paper=said["paper"],
        number=mask_person_number(said["number"]),
        authority=visit.authority,
    )


def kind_of_scan(data: bytes) -> str:
    """Give ``pdf``, ``jpeg`` or ``png``; MalformedInput ``window_scan`` for anything else or larger.

    The scan is kept and never opened here.
    """
    kind = next((kind for head, kind in _SCANS if data.startswith(head)), None)
    if kind is None or len(data) > MAX_SCAN:
        raise MalformedInput("window_scan", limit_mib=MAX_SCAN // 2**20)
    return kind


def _candidates(work: UnitOfWork, text: str) -> tuple[Subject, ...]:
    code = normalise_identifier(text)
    for kind, value in (("uscc", code), ("registration", code), ("name", normalise_name(text))):
        rows = work.subjects.keys(kind, [value]) if value else []
        found = tuple(subject for row in rows[:20] if (subject := work.subjects.by_id(row["id"])) is not None)
        if found:
            return found
    return ()


def _check(applicant: Applicant) -> None:
    for field, value in (("name", applicant.name), ("number", applicant.number)):
        if not value.strip() or len(value) > MAX_TEXT:
            raise MalformedInput("window_applicant", field=field)
    if applicant.authority not in AUTHORITIES or applicant.paper not in PAPERS:
        raise MalformedInput("window_applicant", field="authority")


def _sealed(context: Context, visit: UUID, applicant: Applicant) -> bytes:
    said = {"name": applicant.name.strip(), "paper": applicant.paper, "number": applicant.number.strip()}
    return context.vault.seal(json.dumps(said, ensure_ascii=False).encode(), f"{_APPLICANT}:{visit}")
