"""A verdict in the words of one language: lines for a screen, a page, a receipt.

The same lines everywhere; nothing here decides, and nothing of the file is repeated
unless the verdict itself repeats it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.catalogue import domain_label
from domain.reasons import Reason
from domain.times import parse_rfc3339, shanghai_day
from domain.verdict import CheckName, CheckResult, Code, JsonValue, Outcome, Verdict
from domain.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What a reader is told, each part a sentence or None."""

    document: str
    """First line: is the document genuine and what state is it in."""
    content: str | None
    """Second line: what it says within its scope; None when nothing may be repeated."""
    content_head: str | None
    """The second line's answer alone."""
    content_note: str | None
    """What stands behind it in brackets: the domains whose data is not current."""
    scope: tuple[str, ...]
    """What the subject left out, if anything."""
    reason: str | None
    next: str
    caution: str | None
    """Of a code: that it never proves the paper or file it stands on."""
    environment: str | None
    """Says that it is a demonstration or a test."""


def lines(verdict: Verdict, words: Wording) -> Lines:
    """Return the lines of a verdict."""
    code, reason = _entry(verdict), verdict.reason
    report = verdict.report or {}
    environment = report.get("environment") or _environment_of_receipt(verdict)
    head, note = _content(verdict, words)
    return Lines(
        document=words.text(f"verdict.{code}.line", **_regions(verdict)),
        content=f"{head}{note}" if head and note else head,
        content_head=head,
        content_note=note.strip() if note else None,
        scope=_scope(report, words),
        reason=_reason(verdict, code, words),
        next=words.text(f"reason.{reason}.next") if reason else words.text(f"verdict.{code}.next"),
        caution=words.text("claim.caution") if verdict.kind == "claim" else None,
        environment=words.text(f"label.environment_{environment}")
        if environment in ("demo", "test")
        else None,
    )


def _reason(verdict: Verdict, code: str, words: Wording) -> str:
    if verdict.presented is not None:
        return words.text(f"receipt_code.{verdict.presented['code']}")
    if verdict.reason:
        return words.text(f"reason.{verdict.reason}.line", **_said(verdict))
    return words.text(f"verdict.{code}.why")


def _environment_of_receipt(verdict: Verdict) -> JsonValue:
    said = (verdict.presented or {}).get("receipt")
    verifier = said.get("verifier") if isinstance(said, dict) else None
    return verifier.get("environment") if isinstance(verifier, dict) else None


def _entry(verdict: Verdict) -> str:
    """Return the catalogue entry of the code; what was not asked, or asked of the wrong bundle, says less."""
    if verdict.reason == Reason.OTHER_REGION:
        return "other_region"
    if verdict.reason == Reason.NOT_YET_ISSUED:
        return "not_yet_issued"
    if verdict.reason == Reason.RESAVED:  # most often nothing but the software touched it: accuse nobody
        return "resaved"
    if verdict.code == "online_needed" and verdict.reason != Reason.NO_STATUS_SOURCE:
        return "code_not_checked"
    if verdict.code == Code.OK and not any(
        result.check is CheckName.STATUS and result.outcome is Outcome.PASSED for result in verdict.checks
    ):
        return "ok_status_not_asked"
    return str(verdict.code)


def _regions(verdict: Verdict) -> dict[str, JsonValue]:
    """Return the bundle's region and the number's first digits, where the two differ."""
    if verdict.reason != Reason.OTHER_REGION:
        return {}
    trust = verdict.sources.get("trust_list")
    known: Mapping[str, JsonValue] = trust if isinstance(trust, dict) else {}
    region, name = known.get("region"), known.get("region_name")
    numbers = [other.get("number") for other in verdict.others]
    prefixes = [result.evidence.get("number_prefix") for result in verdict.checks]
    prefixes += [number[:6] for number in numbers if isinstance(number, str)]
    return {
        "bundle_region": f"{name}({region})" if name else region,
        "number_prefix": next((each for each in prefixes if each), None),
    }


def _said(verdict: Verdict) -> dict[str, JsonValue]:
    """Return what the reason's sentence names, from the check that found it."""
    found = next((each for each in verdict.checks if each.reason == verdict.reason), None)
    return {} if found is None else _fields(found)


def _fields(result: CheckResult) -> dict[str, JsonValue]:
    """Return the day and the cause that a status was given for, and the day of the list that says it."""
    moment = result.evidence.get("since") or result.evidence.get("made_at")
    day = shanghai_day(parse_rfc3339(moment)).isoformat() if isinstance(moment, str) else "-"
    return {"day": day, "why": result.evidence.get("why") or "-", "version": result.evidence.get("version")}


def check_line(result: CheckResult, words: Wording) -> tuple[str, str, str]:
    """Return a check's name, its outcome, and the sentence with reason and next step."""
    base = f"check.{result.check.value}"
    told = (
        words.text(f"reason.{result.reason}.line", **_fields(result))
        if result.reason
        else words.text(f"{base}.{result.outcome}")
    )
    return words.text(f"{base}.name"), words.text(f"outcome.{result.outcome.value}"), told


def _content(verdict: Verdict, words: Wording) -> tuple[str | None, str | None]:
    content = verdict.content
    if content is None:
        return None, None
    states = _not_current(verdict.report or {}, content.not_current, words.language)
    blank = content.state == "no_record_in_scope" and "not_collected" in states
    first = words.text(
        "content.no_record_collected" if blank else f"content.{content.state}", records=content.records
    )
    told = [
        words.text(
            f"content.{state}",
            count=len(names),
            domains=words.text("content.comma").join(names[:_NAMED])
            + words.text("content.more") * (len(names) > _NAMED),
        )
        for state, names in states.items()
    ]
    if not told:
        return first, None
    return first, words.text("content.note", states=words.text("content.between").join(told))


_NAMED: Final = 5
"""So many domains are named on the line; the report's table has them all."""
_STATES: Final = ("pending", "not_collected", "partial", "late")


def _not_current(report: Mapping[str, JsonValue], ids: Sequence[str], language: str) -> dict[str, list[str]]:
    """The names of domains whose data is not current, by their state, the worst first."""
    domains = report.get("domains")
    rows = [row for row in domains if isinstance(row, dict)] if isinstance(domains, list) else []
    known = {str(row["id"]): row for row in rows}
    found: dict[str, list[str]] = {state: [] for state in (*_STATES, "not_current")}
    for item in ids:
        row = known.get(item, {})
        state = str(row.get("data_state"))
        found[state if state in _STATES else "not_current"].append(
            domain_label(item, str(row.get("name", item)), language)
        )
    return {state: names for state, names in found.items() if names}


def _scope(report: Mapping[str, JsonValue], words: Wording) -> tuple[str, ...]:
    scope = report.get("scope")
    if not isinstance(scope, dict) or not scope.get("narrowed"):
        return ()
    chosen, total = _counts(scope)
    out = []
    if chosen != total:
        out.append(words.text("content.narrowed_domains", chosen=chosen, total=total))
    window = _window(scope)
    if window is not None and (chosen == total or scope.get("window_default_from") not in (None, window[0])):
        out.append(words.text("content.narrowed_window", window_from=window[0], window_to=window[1]))
    return tuple(out)


def _counts(scope: Mapping[str, JsonValue]) -> tuple[int, int]:
    chosen, omitted, total = scope.get("chosen"), scope.get("omitted"), scope.get("total")
    if isinstance(chosen, list) and isinstance(omitted, list):
        return len(chosen), len(chosen) + len(omitted)
    if isinstance(chosen, int) and isinstance(total, int):  # a claim carries the counts alone
        return chosen, total
    return 0, 0


def _window(scope: Mapping[str, JsonValue]) -> tuple[str, str] | None:
    first, last = scope.get("window_from"), scope.get("window_to")
    return (first, last) if isinstance(first, str) and isinstance(last, str) else None
