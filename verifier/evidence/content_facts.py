"""Reads the two attachments and asks whether they agree with each other and with the bundle."""

from __future__ import annotations

import hashlib

from domain import claim as claims
from domain import disclosure, report_json
from domain.canonical import decode_canonical
from domain.errors import MalformedInput, Refused
from domain.identifiers import ReportNumber
from domain.reasons import Reason
from domain.report import DataState, ReportContent
from domain.trust_format import TrustBundle
from keys.trust import verify_claim_signature
from verifier.evidence.model import Report
from verifier.pdf.facts import CLAIM, REPORT, PdfContents


def read_report(contents: PdfContents, bundle: TrustBundle) -> Report:
    """Return the report with the first thing that is wrong with it, if any; never raises."""
    data = contents.attachments.get(REPORT, b"")
    try:
        whole = decode_canonical(data, max_bytes=report_json.MAX_BYTES)
        content = report_json.from_json(whole)
        ReportNumber.parse(content.number)
    except MalformedInput:
        return Report(content=None, json=None, problem=Reason.CONTENT_MALFORMED)
    if not isinstance(whole, dict):
        return Report(content=None, json=None, problem=Reason.CONTENT_MALFORMED)
    problem = _problem(content, contents.attachments.get(CLAIM) or b"", bundle)
    return Report(content=content, json=report_json.verdict_report(whole), problem=problem)


def _problem(content: ReportContent, cose: bytes, bundle: TrustBundle) -> Reason | None:
    try:
        root = disclosure.recompute_root(content)
    except MalformedInput:
        return Reason.ROOT_MISMATCH
    if root.hex() != content.tree.root:
        return Reason.ROOT_MISMATCH
    if content.environment is not bundle.environment:
        return Reason.ENVIRONMENT_MISMATCH
    if content.host not in bundle.hosts:
        return Reason.HOST_UNKNOWN
    region = content.region
    if not any(
        (each.code, each.version, each.sha256) == (region.code, region.version, region.sha256)
        for each in bundle.region_files
    ):
        return Reason.REGION_FILE_UNKNOWN
    return None if _claim_agrees(content, cose, bundle) else Reason.CLAIM_MISMATCH


def _claim_agrees(content: ReportContent, cose: bytes, bundle: TrustBundle) -> bool:
    try:
        signed = claims.decode(cose)
        verify_claim_signature(signed, bundle)
    except (MalformedInput, Refused):
        return False
    return differing_facts(signed.claim, content) == ()


def differing_facts(claim: claims.Claim, content: ReportContent) -> tuple[str, ...]:
    """Return the names of the claim's facts that differ from the signed content."""
    scope, totals = content.scope, content.totals
    pending = any(line.data_state is DataState.PENDING for line in content.domains if line.id in scope.chosen)
    pairs: tuple[tuple[str, object, object], ...] = (
        ("host", claim.host, content.host),
        ("number", claim.number, content.number),
        ("environment", claim.environment, content.environment),
        ("subject_name", _name(claim), _cut(content.subject.name, claim)),
        ("uscc", claim.uscc, content.subject.uscc),
        ("as_of", claim.as_of, content.as_of),
        ("window_from", claim.window_from, scope.window_from),
        ("window_to", claim.window_to, scope.window_to),
        ("domains_chosen", claim.domains_chosen, len(scope.chosen)),
        ("domains_total", claim.domains_total, len(scope.chosen) + len(scope.omitted)),
        ("narrowed", claim.narrowed, scope.narrowed),
        ("incomplete", claim.incomplete, pending),
        ("records", claim.records, totals.records),
        ("fine_fen", claim.fine_fen, totals.fine_fen),
        ("latest_date", claim.latest_date, totals.latest_date),
        ("root", claim.root.hex(), content.tree.root),
        ("status", (claim.status_uri, claim.status_idx), (content.status_uri, content.status_idx)),
    )
    return tuple(name for name, said, signed in pairs if said != signed)


def _name(claim: claims.Claim) -> tuple[str, bytes | None]:
    return claim.subject_name, claim.name_hash


def _cut(full: str, claim: claims.Claim) -> tuple[str, bytes | None]:
    """Return the full name as this claim would write it, cut where the claim cut it."""
    if claim.name_hash is None:
        return full, None
    head = claim.subject_name.removesuffix(claims.ELLIPSIS)
    shown = head + claims.ELLIPSIS if full.startswith(head) else full
    return shown, hashlib.sha256(full.encode("utf-8")).digest()[:8]
