"""Judges a code: a QR claim, a cover secret, or a typed number with its 核验码.

A code says nothing about the paper or file it is printed on.  Its verdict reads "a report
with these facts was issued and stands; compare with the paper", is of kind ``claim`` and
can never be VALID.  Of two codes in a picture the signed one is judged, both are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from domain import claim as claim_format
from domain import page_mark, qr_link
from domain.errors import DependencyUnavailable, MalformedInput, Refused
from domain.identifiers import ReportNumber
from domain.qr_link import QrLink
from domain.reasons import Reason
from domain.times import rfc3339
from domain.verdict import (
    MEANING,
    Authenticity,
    CheckResult,
    ClaimStatus,
    Code,
    ContentSays,
    JsonValue,
    Outcome,
    Status,
    Verdict,
)
from keys.trust import IssuerOutcome, issuer_now, verify_claim_signature
from verifier.checks.status import VALID, WORDS, by_entry, by_list
from verifier.engine import list_source
from verifier.evidence.reading import Sources
from verifier.evidence.region_names import region_name
from verifier.evidence.status_lists import Listed
from verifier.pdf.facts import picture_from
from verifier.policies.policy import VerificationPolicy
from verifier.ports import RegisterEntry, RegisterPort

_KINDS: Final = {qr_link.CLAIM: "claim", qr_link.PAPER_SECRET: "cover", qr_link.PAGE_MARK: "page"}
"""What a code is called in a list, the one that says most first."""
_Proves = Callable[[RegisterPort], bool]
_LOCKED: Final = "register_locked"
_OF_CODE: Final = {Status.INVALID: ClaimStatus.REFUTED, Status.INDETERMINATE: ClaimStatus.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """What one code amounts to."""

    status: ClaimStatus
    code: str
    reason: Reason | None
    authenticity: Authenticity = Authenticity.UNKNOWN
    claim: claim_format.Claim | None = None
    number: str | None = None
    status_check: CheckResult | None = None
    """What register or list said of the report, where one of them answered."""
    listed: Listed | None = None


def _unknown(code: str, reason: Reason | None) -> _Finding:
    return _Finding(status=ClaimStatus.UNKNOWN, code=code, reason=reason)


def _refuted(reason: Reason) -> _Finding:
    return _Finding(
        status=ClaimStatus.REFUTED, code="claim_refuted", reason=reason, authenticity=Authenticity.NOT_GENUINE
    )


def judge_picture(
    data: bytes, name: str, sources: Sources, *, policy: VerificationPolicy, now: datetime
) -> Verdict:
    """Return the verdict on the codes in a picture."""
    if len(data) > sources.limits.max_file_bytes:
        return _verdict(_unknown(Code.LIMITS_EXCEEDED, Reason.TOO_LARGE), name, sources, policy, now)
    answer = sources.workers.ask({"job": "picture"}, data)
    try:
        if answer.result is None:
            return _verdict(_unread(answer.reason), name, sources, policy, now)
        picture = picture_from(answer.result)
    except MalformedInput:
        return _verdict(_unread(None), name, sources, policy, now)
    return judge_texts(picture.codes, name, sources, policy=policy, now=now)


def _unread(reason: str | None) -> _Finding:
    word = next((each for each in Reason if each == reason), Reason.READER_FAILED)
    limits = word in (Reason.BOMB, Reason.TOO_SLOW, Reason.TOO_MANY_PIXELS)
    return _unknown(Code.LIMITS_EXCEEDED if limits else Code.UNREADABLE, word)


def judge_texts(
    texts: Sequence[str], name: str, sources: Sources, *, policy: VerificationPolicy, now: datetime
) -> Verdict:
    """Return the verdict on the texts of scanned codes: the signed one first, the others listed."""
    if not texts:
        return _verdict(_unknown("code_unreadable", Reason.NO_CODE_FOUND), name, sources, policy, now)
    links = sorted(((_parsed(text), text) for text in texts), key=lambda pair: _rank(pair[0]))
    chosen, _ = links[0]
    if chosen is None:
        finding = _unknown("code_unreadable", Reason.CODE_NOT_OURS)
    else:
        finding = _judge_link(chosen, sources, now)
        if any(link is not None and link.number != chosen.number for link, _ in links):
            # Two of our codes with two numbers on one page: one of them was pasted there.
            finding = _refuted(Reason.CLAIM_NUMBER_DIFFERS)
    return _verdict(finding, name, sources, policy, now, others=tuple(_listed(link) for link, _ in links))


def judge_number(
    number: str, code: str, sources: Sources, *, policy: VerificationPolicy, now: datetime
) -> Verdict:
    """Return the verdict on a typed number and code; unknown, wrong and locked answer alike."""
    try:
        parsed = str(ReportNumber.parse(number))
        digits = "".join(char for char in code if char.isdigit())
        finding = _ask(sources, parsed, lambda register: register.by_code(parsed, digits))
    except MalformedInput:
        finding = _unknown("code_unknown", Reason.CODE_NOT_KNOWN)
    return _verdict(finding, number, sources, policy, now)


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


def _judge_link(link: QrLink, sources: Sources, now: datetime) -> _Finding:
    ours = link.host in sources.trust.bundle.hosts
    if link.kind == qr_link.CLAIM:
        return _judge_claim(link, sources, now)
    if not ours:
        # A look-alike host in a code is the usual trick (threat 3): say so, ask nothing of it.
        foreign = _of_other_region(link, sources)
        return _unknown("code_unreadable", Reason.OTHER_REGION if foreign else Reason.HOST_UNKNOWN)
    if link.kind == qr_link.PAGE_MARK:
        return _judge_mark(link, sources)
    return _ask(sources, link.number, lambda register: register.by_cover_secret(link.number, link.payload))


def _judge_mark(link: QrLink, sources: Sources) -> _Finding:
    """Return what one page's mark amounts to: which page of which report it is, and no more.

    SECURITY: never genuine, whatever the register says: whoever photographs a page from afar
    would otherwise open the report's pages.
    """
    try:
        mark = page_mark.decode(link.payload)
    except MalformedInput:
        return _unknown("code_unreadable", Reason.CLAIM_MALFORMED)
    found = _ask(sources, link.number, lambda register: register.by_page_mark(link.number, mark))
    code = "page_mark" if found.code == "claim_stands" else found.code
    status = ClaimStatus.UNKNOWN if found.status is ClaimStatus.STANDS else found.status
    unproven = Authenticity.NOT_GENUINE if found.code == "code_unknown" else Authenticity.UNKNOWN
    return replace(found, status=status, code=code, authenticity=unproven)


def _of_other_region(link: QrLink, sources: Sources) -> bool:
    """Tell whether the number belongs to another centre than the bundle's: the wrong bundle, maybe."""
    return ReportNumber.parse(link.number).region != sources.trust.bundle.region


def _judge_claim(link: QrLink, sources: Sources, now: datetime) -> _Finding:
    bundle = sources.trust.bundle
    try:
        signed = claim_format.decode(link.payload)
    except MalformedInput:
        return _unknown("code_unreadable", Reason.CLAIM_MALFORMED)
    try:
        service = verify_claim_signature(signed, bundle)
    except (Refused, MalformedInput) as error:
        if error.code != "untrusted_key":
            return _refuted(Reason.CLAIM_SIGNATURE_BROKEN)
        foreign = _of_other_region(link, sources)
        return _refuted(Reason.OTHER_REGION if foreign else Reason.CLAIM_KEY_UNKNOWN)
    claim = signed.claim
    if claim.number != link.number:
        return _refuted(Reason.CLAIM_NUMBER_DIFFERS)
    if (
        claim.host not in bundle.hosts
        or link.host != claim.host
        or claim.environment is not bundle.environment
    ):
        return _refuted(Reason.HOST_UNKNOWN)
    finding = _by_key(issuer_now(bundle, service.cert, claim.as_of, now).outcome, now > bundle.expires_at)
    if finding is None:
        finding = _ask_signed(sources, claim, now)
    return replace(
        finding,
        authenticity=Authenticity.UNKNOWN if finding.code == Code.ISSUER_REVOKED else Authenticity.GENUINE,
        claim=claim,
        number=claim.number,
    )


def _by_key(outcome: IssuerOutcome, expired: bool) -> _Finding | None:
    """Return a finding where the QR key's own state decides; a code has no time stamp to save it."""
    if outcome in (IssuerOutcome.REVOKED_BEFORE, IssuerOutcome.REVOKED_AFTER):
        return _of_code(Code.ISSUER_REVOKED, Reason.REVOKED_BEFORE_SIGNING)
    if expired:
        return _of_code(Code.STATUS_STALE, Reason.BUNDLE_EXPIRED)
    if outcome is not IssuerOutcome.OK:
        return _of_code(Code.STATUS_STALE, Reason.REVOCATION_STALE)
    return None


def _of_code(code: Code, reason: Reason, number: str | None = None) -> _Finding:
    meaning = MEANING[code]
    return _Finding(
        status=_OF_CODE[meaning.status],
        code=code,
        reason=reason,
        authenticity=meaning.authenticity,
        number=number,
    )


def _ask_signed(sources: Sources, claim: claim_format.Claim, now: datetime) -> _Finding:
    """Return what the register, else a status list, says of a claim whose signature was checked."""
    if sources.register is None:
        return _by_list(sources, claim, now, Reason.NO_STATUS_SOURCE)
    try:
        entry = sources.register.status_of(claim.number)
    except DependencyUnavailable:
        return _by_list(sources, claim, now, Reason.REGISTER_UNREACHABLE)
    return _refuted_code() if entry is None else _by_entry(entry)


def _by_list(sources: Sources, claim: claim_format.Claim, now: datetime, without: Reason) -> _Finding:
    lists = sources.lists
    listed = None if lists is None else lists.listed(claim.status_uri, claim.status_idx, now=now, at=None)
    if listed is None:
        return _of_code(Code.STATUS_UNAVAILABLE, without, claim.number)
    return replace(_of_check(by_list(listed), claim.number), listed=listed)


def _ask(sources: Sources, number: str, proves: _Proves) -> _Finding:
    """Return what the register says of a number and the holder's secret, which ``proves`` checks.

    SECURITY: nothing here is signed, so nothing is genuine before the register confirmed both.
    """
    register = sources.register
    if register is None:
        return _unknown("online_needed", Reason.NO_STATUS_SOURCE)
    try:
        if not proves(register):
            return _refuted_code()
        entry = register.status_of(number)
    except DependencyUnavailable as error:
        return _unproven(register, number, locked=error.code == _LOCKED)
    if entry is None:
        return _refuted_code()
    if entry.status != VALID and entry.status not in WORDS:
        return _unknown("online_needed", Reason.REGISTER_UNREACHABLE)
    return _by_entry(entry)


def _unproven(register: RegisterPort, number: str, *, locked: bool) -> _Finding:
    """Return what can be said while the secret cannot be checked: a number never issued is refuted."""
    try:
        known = register.status_of(number) is not None
    except DependencyUnavailable:
        return _unknown("online_needed", Reason.REGISTER_UNREACHABLE)
    if not known:
        return _refuted_code()
    return _unknown("online_needed", Reason.REGISTER_LOCKED if locked else Reason.REGISTER_UNREACHABLE)


def _refuted_code() -> _Finding:
    return _Finding(
        status=ClaimStatus.REFUTED,
        code="code_unknown",
        reason=Reason.CODE_NOT_KNOWN,
        authenticity=Authenticity.NOT_GENUINE,
    )


def _by_entry(entry: RegisterEntry) -> _Finding:
    return _of_check(by_entry(entry), entry.number)


def _of_check(result: CheckResult, number: str) -> _Finding:
    if result.outcome is Outcome.PASSED:
        return _Finding(
            status=ClaimStatus.STANDS,
            code="claim_stands",
            reason=None,
            authenticity=Authenticity.GENUINE,
            number=number,
            status_check=result,
        )
    finding = _of_code(
        result.code or Code.STATUS_UNAVAILABLE, Reason(result.reason or Reason.NO_STATUS_SOURCE), number
    )
    return replace(finding, status_check=result)


def _verdict(
    finding: _Finding,
    name: str,
    sources: Sources,
    policy: VerificationPolicy,
    now: datetime,
    others: tuple[dict[str, JsonValue], ...] = (),
) -> Verdict:
    opened = sources.trust
    return Verdict(
        file=name,
        kind="claim",
        status=finding.status,
        code=str(finding.code),
        reason=finding.reason,
        authenticity=finding.authenticity,
        content=_content(finding.claim),
        checks=() if finding.status_check is None else (finding.status_check,),
        report=_facts(finding),
        policy_id=policy.id,
        policy_sha256=policy.sha256,
        verified_at=now,
        sources={
            "trust_list": {
                "region": opened.bundle.region,
                "region_name": region_name(opened.bundle.region_files, opened.bundle.region),
                "sequence": opened.bundle.sequence,
                "sha256": opened.sha256,
                "anchor_sha256": opened.anchor_sha256,
                "made_at": rfc3339(opened.bundle.made_at),
                "age_seconds": int((now - opened.bundle.made_at).total_seconds()),
            },
            "status_list": list_source(finding.listed, now),
            "checkpoint": None,
        },
        others=others,
    )


def _content(claim: claim_format.Claim | None) -> ContentSays | None:
    if claim is None:
        return None
    state = "records" if claim.records else "incomplete" if claim.incomplete else "no_record_in_scope"
    return ContentSays(state=state, records=claim.records, not_current=())


def _facts(finding: _Finding) -> dict[str, JsonValue] | None:
    """Return the few facts a person compares with the paper."""
    claim = finding.claim
    if claim is None:
        return None if finding.number is None else {"number": finding.number}
    return {
        "number": claim.number,
        "environment": claim.environment.value,
        "subject": {"name": claim.subject_name, "uscc": claim.uscc},
        "as_of": rfc3339(claim.as_of),
        "scope": {
            "narrowed": claim.narrowed,
            "chosen": claim.domains_chosen,
            "total": claim.domains_total,
            "window_from": claim.window_from.isoformat(),
            "window_to": claim.window_to.isoformat(),
        },
        "totals": {
            "records": claim.records,
            "fine_fen": claim.fine_fen,
            "latest_date": None if claim.latest_date is None else claim.latest_date.isoformat(),
        },
    }
