"""A checked thing as the few rows, tones and words that a page shows; decides nothing itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.services.checking.checker import Checked, hosts_named
from api.services.checking.matrix import Row
from api.services.checking.receipt_page import said_by
from domain import canonical
from domain import receipt as receipts
from domain.catalogue import domain_label, registered_state
from domain.money import format_fen
from domain.times import parse_rfc3339, shanghai_text
from domain.verdict import UNMET, ClaimStatus, Outcome, Status, Verdict
from domain.wording import Wording
from verifier.answers.words import Lines, check_line, lines

TONE: Final = {
    Status.VALID: "good",
    Status.INVALID: "bad",
    Status.INDETERMINATE: "unsure",
    ClaimStatus.STANDS: "claim",
    ClaimStatus.REFUTED: "bad",
    ClaimStatus.UNKNOWN: "unsure",
}
_BULK_TONE: Final = {status.value: tone for status, tone in TONE.items()}
_OUTCOME: Final = {
    Outcome.PASSED: "good",
    Outcome.FAILED: "bad",
    Outcome.UNKNOWN: "unsure",
    Outcome.NOT_RUN: "quiet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One row that a person compares with the paper."""

    label: str
    value: str
    code: bool = False
    """Set in a fixed-width face."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """What the page of one verdict shows."""

    checked: Checked
    verdict: Verdict
    lines: Lines
    tone: str
    """``good``, ``limited``, ``unmet``, ``bad``, ``unsure`` or ``claim``: how the first line looks."""
    content: str | None
    """The second line; of a confirmed code it is the registered original's."""
    content_tone: str
    content_head: str
    content_note: str
    """Which data is not current, set smaller."""
    scope: tuple[str, ...]
    facts: tuple[Fact, ...]
    omitted: tuple[str, ...]
    """Names of the domains the subject left out."""
    domains: tuple[Mapping[str, Any], ...]
    checks: tuple[Mapping[str, Any], ...]
    sources: tuple[Fact, ...]
    hosts: tuple[str, ...]
    foreign_hosts: tuple[str, ...]
    """Hosts it names that are not this house's."""
    receipt: Mapping[str, Any] | None
    """Of a receipt whose signature holds: what it says."""


def view(checked: Checked, verdict: Verdict, words: Wording, host: str) -> VerdictView:
    """Return what the page shows of ``verdict``, which is that of ``checked``; ``host`` is the house's."""
    told = lines(verdict, words)
    shown = checked.original if checked.original is not None else verdict
    content = lines(shown, words) if checked.original is not None else told
    report = shown.report or {}
    hosts = hosts_named(checked, host)
    return VerdictView(
        checked=checked,
        verdict=verdict,
        lines=told,
        tone=tone_of(verdict, content),
        content=content.content,
        content_tone=_content_tone(shown, content),
        content_head=content.content_head or "",
        content_note=content.content_note or "",
        scope=content.scope,
        facts=tuple(_facts(report, words)),
        omitted=_omitted(report, words),
        domains=tuple(_domains(report, words)),
        checks=tuple(_checks(verdict, words)),
        sources=tuple(_sources(verdict, words)),
        hosts=hosts,
        foreign_hosts=tuple(each for each in hosts if each != host),
        receipt=_receipt(verdict, words),
    )


def _receipt(verdict: Verdict, words: Wording) -> Mapping[str, Any] | None:
    """Return what a receipt says; of one that is not genuine nothing is repeated."""
    handed_in = verdict.presented or {}
    if verdict.status is ClaimStatus.REFUTED or handed_in.get("receipt") is None:
        return None
    receipt = receipts.decode(canonical.encode(handed_in["receipt"]))
    number = None if receipt.report is None else receipt.report.number
    log = _object(handed_in["log"])
    return {**said_by(receipt, words), "log": log, "logged_at": _instant(log.get("time")), "number": number}


def tone_of(verdict: Verdict, told: Lines) -> str:
    """Return the tone of the first line; a narrowed report is never plain green (R1).

    What a purpose refuses never looks like what is not genuine.
    """
    tone = TONE[verdict.status]
    if verdict.code in UNMET:
        return "unmet"
    return "limited" if tone == "good" and told.scope else tone


def tone_of_row(row: Row) -> str:
    """Return the same for a row of a batch."""
    tone = _BULK_TONE[row.status]
    if (row.line.verdict or {}).get("code") in UNMET:
        return "unmet"
    return "limited" if tone == "good" and row.narrowed else tone


def _content_tone(verdict: Verdict, told: Lines) -> str:
    content = verdict.content
    if content is None:
        return "none"
    blurred = told.scope or content.not_current or content.state == "incomplete"
    return "limited" if blurred else "plain"


def _facts(report: Mapping[str, Any], words: Wording) -> Iterator[Fact]:
    """Give what stands on the paper too, the most telling first."""
    subject = _object(report.get("subject"))
    yield from _fact("name", subject.get("name"), words)
    yield from _fact("uscc", subject.get("uscc"), words, code=True)
    yield from _fact("number", report.get("number"), words, code=True)
    totals = _object(report.get("totals"))
    if totals:
        yield from _fact("records", words.text("portal_records", records=totals.get("records", 0)), words)
        yield from _fact("fine", _yuan(totals.get("fine_fen"), words), words)
        yield from _fact("latest", totals.get("latest_date") or words.text("portal_none"), words)
    scope = _object(report.get("scope"))
    if scope:
        yield from _fact("domains", " / ".join(map(str, _counted(scope))), words)
        span = words.text("portal_span", first=scope.get("window_from"), last=scope.get("window_to"))
        yield from _fact("window", span, words)
    yield from _fact("as_of", _instant(report.get("as_of")), words)
    yield from _fact("fresh_until", _instant(report.get("fresh_until")), words)
    yield from _fact(
        "state", registered_state(str(subject.get("registered_state") or ""), words.language), words
    )


def _fact(name: str, value: object, words: Wording, *, code: bool = False) -> Iterator[Fact]:
    if value not in (None, ""):
        yield Fact(label=words.text(f"portal_fact_{name}"), value=str(value), code=code)


def _counted(scope: Mapping[str, Any]) -> tuple[int, int]:
    chosen, omitted = scope.get("chosen"), scope.get("omitted")
    if isinstance(chosen, list) and isinstance(omitted, list):
        return len(chosen), len(chosen) + len(omitted)
    return int(chosen or 0), int(scope.get("total") or 0)  # a claim carries the counts alone


def _omitted(report: Mapping[str, Any], words: Wording) -> tuple[str, ...]:
    left_out = _object(report.get("scope")).get("omitted")
    names = {str(row.get("id")): str(row.get("name")) for row in _rows(report.get("domains"))}
    if not isinstance(left_out, list):
        return ()
    return tuple(domain_label(each, names.get(each), words.language) for each in map(str, left_out))


def _domains(report: Mapping[str, Any], words: Wording) -> Iterator[Mapping[str, Any]]:
    for row in _rows(report.get("domains")):
        state = str(row.get("data_state"))
        reasons = row.get("data_reasons") or ()
        yield {
            "name": domain_label(str(row.get("id")), str(row.get("name")), words.language),
            "conclusion": words.text(f"portal_conclusion_{_conclusion(row)}"),
            "found": row.get("conclusion") == "found",
            "state": words.text(f"portal_state_{state}"),
            "current": state == "current",
            "records": row.get("records") if row.get("conclusion") else "—",
            "reasons": [words.text(f"portal_data_reason_{reason}") for reason in reasons],
            "until": _attested(_rows(row.get("intervals"))),
            "commitment": row.get("commitment"),
        }


def _conclusion(row: Mapping[str, Any]) -> str:
    said = str(row.get("conclusion") or "open")
    # Never the words for a clean domain beside a doubt (rule R3).
    return "unseen" if said == "none" and row.get("data_state") == "pending" else said


def _attested(intervals: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the earliest day up to which all units vouch, None when one of them never did."""
    days = [each.get("to") for each in intervals]
    return min(str(day) for day in days) if days and all(days) else None


def _checks(verdict: Verdict, words: Wording) -> Iterator[Mapping[str, Any]]:
    for result in verdict.checks:
        name, outcome, sentence = check_line(result, words)
        yield {
            "name": name,
            "outcome": outcome,
            "tone": _OUTCOME[result.outcome],
            "sentence": sentence,
            "code": result.check.value,
            "evidence": [(str(key), _evidence(value)) for key, value in result.evidence.items()],
        }


def _evidence(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "-"
    return "-" if value is None else str(value)


def _sources(verdict: Verdict, words: Wording) -> Iterator[Fact]:
    """Give what the verdict rests on and how old each part is."""

    def source(name: str, value: str, *, code: bool = False) -> Fact:
        return Fact(label=words.text(f"portal_source_{name}"), value=value, code=code)

    yield source("verified_at", shanghai_text(verdict.verified_at))
    asked = ("registered", "status")
    if verdict.kind == "claim" or any(
        result.check.value in asked and result.outcome is not Outcome.NOT_RUN for result in verdict.checks
    ):
        yield source("register", words.text("portal_source_live"))
    for name in ("trust_list", "revocation"):
        if part := _object(verdict.sources.get(name)):
            yield source(name, _age(part, words))
    trust = _object(verdict.sources.get("trust_list"))
    if trust.get("sha256"):
        yield source("trust_sha256", str(trust["sha256"]), code=True)
        yield source("anchor", str(trust["anchor_sha256"]), code=True)
    if log := _object(verdict.sources.get("checkpoint")):
        size = words.text("portal_log_size", origin=log.get("origin"), size=log.get("size"))
        yield source("log", size)
    yield source(
        "policy", words.text("portal_policy", id=f"{verdict.policy_id} {verdict.policy_sha256[:16]}…")
    )


def _age(part: Mapping[str, Any], words: Wording) -> str:
    seconds = max(0, int(part.get("age_seconds") or 0))
    unit, count = ("minutes", seconds // 60) if seconds < 7200 else ("hours", seconds // 3600)
    if seconds >= 2 * 86_400:
        unit, count = "days", seconds // 86_400
    return words.text(f"portal_age_{unit}", count=count, made_at=_instant(part.get("made_at")))


def _instant(value: object) -> str | None:
    return shanghai_text(parse_rfc3339(value)) if isinstance(value, str) else None


def _yuan(fen: object, words: Wording) -> str:
    return words.text("portal_yuan", amount=format_fen(fen if isinstance(fen, int) else 0))


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
