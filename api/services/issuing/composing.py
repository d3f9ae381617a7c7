"""Everything known about a subject at an instant, composed and laid out with what is printed beside it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from api.services.context import Context
from api.services.house.regions import own_region
from api.services.house.trust import status_uri
from api.services.intake.subject_index import keys_of_subject
from api.services.intake.units import added_units
from api.services.issuing import page_marks
from api.services.issuing.codes import PlainCodes
from api.services.issuing.orders import Order
from api.store.entries import Reservation
from api.store.unit_of_work import UnitOfWork
from domain import report_json
from domain.claim import claim_hash
from domain.claim_facts import claim_of
from domain.qr_link import claim_link, cover_link
from domain.report import Environment, ReportContent
from keys.note_signing import sign_claim
from keys.roles import Role
from records.choice import ReportRequest
from records.compose import Composed, ComposeInput, compose
from records.compose import Reservation as ReservedPlace
from records.model import Subject
from signer.layout import render
from signer.page import PageExtras


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A report laid out and not yet signed."""

    content: ReportContent
    content_json: bytes
    content_sha256: str
    composed: Composed
    claim_hash: bytes
    b0: bytes


def gather(
    context: Context, work: UnitOfWork, subject: Subject, order: Order, reservation: Reservation
) -> ComposeInput:
    """Give everything the content of the report depends on, as known at the reservation's ``as_of``."""
    as_of = reservation.as_of
    return ComposeInput(
        region=own_region(context, work, as_of),
        subject=subject,
        branches=work.subjects.branches_of(subject.id, as_of),
        records=work.records.of_subject(subject.id, as_of),
        doubts=work.quarantine.doubts(subject.id, keys_of_subject(subject), as_of),
        watermarks=work.batches.watermarks(as_of),
        commitments=work.subjects.commitments(subject.id, as_of),
        extra_units=added_units(work, as_of),
        request=request_of(order, as_of),
        reservation=ReservedPlace(
            number=reservation.number,
            status_uri=status_uri(context.house.host, reservation.status_list),
            status_idx=reservation.status_idx,
            reserved_at=reservation.reserved_at,
        ),
        environment=Environment(context.house.environment),
        host=context.house.host,
        issuer_name=context.house.issuer_name,
        log_origin=context.house.log_origin,
        salt_for=context.keys.salt_for(reservation.number),
    )


def request_of(order: Order, as_of: datetime) -> ReportRequest:
    """Give the order as the composer asks for it."""
    return ReportRequest(
        domains=order.domains,
        window_from=order.window_from,
        window_to=order.window_to,
        purpose=order.purpose,
        variant=order.variant,
        as_of=as_of,
        historical=order.as_of is not None,
        channel=order.channel,
        matter=order.matter,
    )


def lay_out(context: Context, given: ComposeInput, codes: PlainCodes) -> Laid:
    """Compose, sign the QR claim and lay the pages out; nothing is stored."""
    composed = compose(given)
    context.step("composed")
    content = composed.content
    content_json = report_json.encode(content)
    cose = sign_claim(claim_of(content), context.keys.private(Role.QR))
    content_sha256 = hashlib.sha256(content_json).hexdigest()
    extras = PageExtras(
        verification_code=codes.code,
        cover_link=cover_link(content.host, content.number, codes.paper_secret),
        claim_link=claim_link(content.host, content.number, cose),
        claim_cose=cose,
        content_sha256=content_sha256,
        page_key=page_marks.key(context),
        domain_names={entry.id: entry.name for entry in given.region.domains},
        seal_png=_seal(context),
    )
    b0 = render(content, content_json, extras)
    context.step("laid_out")
    return Laid(
        content=content,
        content_json=content_json,
        content_sha256=content_sha256,
        composed=composed,
        claim_hash=claim_hash(cose),
        b0=b0,
    )


def _seal(context: Context) -> bytes | None:
    """Give the seal's picture that the operator put into the house (R8); the house draws none."""
    path = context.home / "seal.png"
    return path.read_bytes() if path.is_file() else None
