"""Judges a code: a QR claim, a cover secret, or a typed number with its 核验码.

A code says nothing about the paper or file it is printed on.  Its verdict reads "a report
with these facts was issued and stands; compare with the paper", is of kind ``claim`` and
can never be VALID.  Of two codes in a picture the signed one is judged, both are listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from domain import claim as claim_format
from domain import page_mark, qr_link
from domain.errors import MalformedInput, Refused
from domain.identifiers import ReportNumber
from domain.qr_link import QrLink
from domain.reasons import Reason
from domain.verdict import (
    Authenticity,
    ClaimStatus,
    Code,
    JsonValue,
    Verdict,
)
from keys.trust import IssuerOutcome, issuer_now, verify_claim_signature
from verifier.evidence.reading import Sources
from verifier.paper.asking import ask, ask_signed
from verifier.paper.findings import Finding, of_code, refuted, unknown, verdict_of
from verifier.pdf.facts import picture_from
from verifier.policies.policy import VerificationPolicy

_KINDS: Final = {qr_link.CLAIM: "claim", qr_link.PAPER_SECRET: "cover", qr_link.PAGE_MARK: "page"}
"""What a code is called in a list, the one that says most first."""


def judge_picture(
    data: bytes, name: str, sources: Sources, *, policy: VerificationPolicy, now: datetime
) -> Verdict:
    """Return the verdict on the codes in a picture."""
    if len(data) > sources.limits.max_file_bytes:
        return verdict_of(unknown(Code.LIMITS_EXCEEDED, Reason.TOO_LARGE), name, sources, policy, now)
    answer = sources.workers.ask({"job": "picture"}, data)
    try:
        if answer.result is None:
            return verdict_of(_unread(answer.reason), name, sources, policy, now)
        picture = picture_from(answer.result)
    except MalformedInput:
        return verdict_of(_unread(None), name, sources, policy, now)
    return judge_texts(picture.codes, name, sources, policy=policy, now=now)


def _unread(reason: str | None) -> Finding:
    word = next((each for each in Reason if each == reason), Reason.READER_FAILED)
    limits = word in (Reason.BOMB, Reason.TOO_SLOW, Reason.TOO_MANY_PIXELS)
    return unknown(Code.LIMITS_EXCEEDED if limits else Code.UNREADABLE, word)


def judge_texts(
    texts: Sequence[str], name: str, sources: Sources, *, policy: VerificationPolicy, now: datetime
) -> Verdict:
    """Return the verdict on the texts of scanned codes: the signed one first, the others listed."""
    if not texts:
        return verdict_of(unknown("code_unreadable", Reason.NO_CODE_FOUND), name, sources, policy, now)
    links = sorted(((_parsed(text), text) for text in texts), key=lambda pair: _rank(pair[0]))
    chosen, _ = links[0]
    if chosen is None:
        finding = unknown("code_unreadable", Reason.CODE_NOT_OURS)
    else:
        finding = _judge_link(chosen, sources, now)
        if any(link is not None and link.number != chosen.number for link, _ in links):
            # Two of our codes with two numbers on one page: one of them was pasted there.
            finding = refuted(Reason.CLAIM_NUMBER_DIFFERS)
    return verdict_of(finding, name, sources, policy, now, others=tuple(_listed(link) for link, _ in links))


def judge_number(
    number: str, code: str, sources: Sources, *, policy: VerificationPolicy, now: datetime
) -> Verdict:
    """Return the verdict on a typed number and code; unknown, wrong and locked answer alike."""
    try:
        parsed = str(ReportNumber.parse(number))
        digits = "".join(char for char in code if char.isdigit())
        finding = ask(sources, parsed, lambda register: register.by_code(parsed, digits))
    except MalformedInput:
        finding = unknown("code_unknown", Reason.CODE_NOT_KNOWN)
    return verdict_of(finding, number, sources, policy, now)


def _parsed(text: str) -> QrLink | None:
    try:
        return qr_link.parse_link(text)
    except MalformedInput:
        return None


def _rank(link: QrLink | None) -> int:
    """Order codes: the signed one, the cover's, a page's mark, what is not ours."""
    return len(_KINDS) if link is None else list(_KINDS).index(link.kind)


def _listed(link: QrLink | None) -> dict[str, JsonValue]:
    if link is None:
        return {"kind": "other"}
    return {
        "kind": _KINDS[link.kind],
        "host": link.host,
        "number": link.number,
    }


def _judge_link(link: QrLink, sources: Sources, now: datetime) -> Finding:
    ours = link.host in sources.trust.bundle.hosts
    if link.kind == qr_link.CLAIM:
        return _judge_claim(link, sources, now)
    if not ours:
        # A look-alike host in a code is the usual trick (threat 3): say so, ask nothing of it.
        foreign = _of_other_region(link, sources)
        return unknown("code_unreadable", Reason.OTHER_REGION if foreign else Reason.HOST_UNKNOWN)
    if link.kind == qr_link.PAGE_MARK:
        return _judge_mark(link, sources)
    return ask(sources, link.number, lambda register: register.by_cover_secret(link.number, link.payload))


def _judge_mark(link: QrLink, sources: Sources) -> Finding:
    """Return what one page's mark amounts to: which page of which report it is, and no more.

    SECURITY: never genuine, whatever the register says: whoever photographs a page from afar
    would otherwise open the report's pages.
    """
    try:
        mark = page_mark.decode(link.payload)
    except MalformedInput:
        return unknown("code_unreadable", Reason.CLAIM_MALFORMED)
    found = ask(sources, link.number, lambda register: register.by_page_mark(link.number, mark))
    code = "page_mark" if found.code == "claim_stands" else found.code
    status = ClaimStatus.UNKNOWN if found.status is ClaimStatus.STANDS else found.status
    unproven = Authenticity.NOT_GENUINE if found.code == "code_unknown" else Authenticity.UNKNOWN
    return replace(found, status=status, code=code, authenticity=unproven)


def _of_other_region(link: QrLink, sources: Sources) -> bool:
    """Tell whether the number belongs to another centre than the bundle's: the wrong bundle, maybe."""
    return ReportNumber.parse(link.number).region != sources.trust.bundle.region


def _judge_claim(link: QrLink, sources: Sources, now: datetime) -> Finding:
    bundle = sources.trust.bundle
    try:
        signed = claim_format.decode(link.payload)
    except MalformedInput:
        return unknown("code_unreadable", Reason.CLAIM_MALFORMED)
    try:
        service = verify_claim_signature(signed, bundle)
    except (Refused, MalformedInput) as error:
        if error.code != "untrusted_key":
            return refuted(Reason.CLAIM_SIGNATURE_BROKEN)
        foreign = _of_other_region(link, sources)
        return refuted(Reason.OTHER_REGION if foreign else Reason.CLAIM_KEY_UNKNOWN)
    claim = signed.claim
    if claim.number != link.number:
        return refuted(Reason.CLAIM_NUMBER_DIFFERS)
    if (
        claim.host not in bundle.hosts
        or link.host != claim.host
        or claim.environment is not bundle.environment
    ):
        return refuted(Reason.HOST_UNKNOWN)
    finding = _by_key(issuer_now(bundle, service.cert, claim.as_of, now).outcome, now > bundle.expires_at)
    if finding is None:
        finding = ask_signed(sources, claim, now)
    return replace(
        finding,
        authenticity=Authenticity.UNKNOWN if finding.code == Code.ISSUER_REVOKED else Authenticity.GENUINE,
        claim=claim,
        number=claim.number,
    )


def _by_key(outcome: IssuerOutcome, expired: bool) -> Finding | None:
    """Return a finding where the QR key's own state decides; a code has no time stamp to save it."""
    if outcome in (IssuerOutcome.REVOKED_BEFORE, IssuerOutcome.REVOKED_AFTER):
        return of_code(Code.ISSUER_REVOKED, Reason.REVOKED_BEFORE_SIGNING)
    if expired:
        return of_code(Code.STATUS_STALE, Reason.BUNDLE_EXPIRED)
    if outcome is not IssuerOutcome.OK:
        return of_code(Code.STATUS_STALE, Reason.REVOCATION_STALE)
    return None
