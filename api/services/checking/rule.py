"""A receiver's own rule over reports (使用方自定规则): its answer is never the report's conclusion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from domain.errors import MalformedInput
from domain.money import fen_from_yuan
from domain.times import parse_day, parse_rfc3339, shanghai_day

MAX_STEPS: Final = 5
MAX_DAYS: Final = 3660
MEETS, FAILS, OPEN = "meets", "fails", "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one receiver asks beyond the verdict; everything is optional."""

    steps_fen: tuple[int, ...] = ()
    """Rising sums; a report's fines fall on a step, counted from 0."""
    categories: tuple[str, ...] = ()
    """Categories of penalty that the receiver does not accept."""
    look_back_days: int | None = None
    """A record decided so recently is not accepted, and the report must cover that long."""
    age_days: int | None = None
    """How old the report's data may be."""

    @property
    def empty(self) -> bool:
        """Tell whether nothing is asked."""
        return not (self.steps_fen or self.categories or self.look_back_days or self.age_days)

    def to_json(self) -> dict[str, Any]:
        """Return the rule as it is stored."""
        return {
            "steps_fen": list(self.steps_fen),
            "categories": list(self.categories),
            "look_back_days": self.look_back_days,
            "age_days": self.age_days,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Rule:
        """Return the rule that :meth:`to_json` stored."""
        return cls(
            steps_fen=tuple(stored["steps_fen"]),
            categories=tuple(stored["categories"]),
            look_back_days=stored["look_back_days"],
            age_days=stored["age_days"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the rule says of one report."""

    outcome: str
    """``meets``, ``fails`` or ``open``: cannot be told from this report."""
    step: int | None
    notes: tuple[tuple[str, dict[str, object]], ...]
    """Sentence codes with their fields, one for each point that failed or stayed open."""


def rule_from(steps: str, categories: tuple[str, ...], look_back: str, age: str) -> Rule:
    """Return the rule that somebody typed; MalformedInput ``rule_steps``, ``rule_days`` or ``money_*``."""
    parts = [part for part in steps.replace("，", " ").replace(",", " ").replace("、", " ").split() if part]
    sums = tuple(fen_from_yuan(part) for part in parts)
    if len(sums) > MAX_STEPS or list(sums) != sorted(set(sums)):
        raise MalformedInput("rule_steps", limit=MAX_STEPS)
    return Rule(
        steps_fen=sums,
        categories=tuple(dict.fromkeys(categories)),
        look_back_days=_days(look_back),
        age_days=_days(age),
    )


def _days(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isascii() or not text.strip().isdigit() or not 0 < int(text) <= MAX_DAYS:
        raise MalformedInput("rule_days", limit=MAX_DAYS)
    return int(text)


def judged(rule: Rule, verdict: Mapping[str, Any], now: datetime) -> Judged | None:
    """Return what ``rule`` says of a stored verdict; None where it may not be asked: nothing is proven."""
    report = verdict.get("report")
    if rule.empty or verdict.get("status") != "VALID" or not isinstance(report, dict):
        return None
    totals, scope = report["totals"], report["scope"]
    step = sum(totals["fine_fen"] >= limit for limit in rule.steps_fen) if rule.steps_fen else None
    failing = tuple(_failing(rule, report, totals, now))
    pending = tuple(_open(rule, scope, verdict, now))
    outcome = FAILS if failing or step else OPEN if pending else MEETS
    fines: tuple[tuple[str, dict[str, object]], ...] = ()
    if step:
        fines = (("rule_note_step", {"step": step}),)
    return Judged(outcome=outcome, step=step, notes=fines + failing + pending)


def _failing(
    rule: Rule, report: Mapping[str, Any], totals: Mapping[str, Any], now: datetime
) -> Iterator[tuple[str, dict[str, object]]]:
    for name in rule.categories:
        if count := totals["by_category"].get(name, 0):
            yield "rule_note_category", {"category": name, "records": count}
    latest = totals.get("latest_date")
    since = _since(rule, now)
    if since is not None and latest is not None and parse_day(latest) >= since:
        yield "rule_note_recent", {"latest": latest, "days": rule.look_back_days}
    if rule.age_days is not None:
        age = (now - parse_rfc3339(report["as_of"])).days
        if age > rule.age_days:
            yield "rule_note_age", {"age": age, "days": rule.age_days}


def _open(
    rule: Rule, scope: Mapping[str, Any], verdict: Mapping[str, Any], now: datetime
) -> Iterator[tuple[str, dict[str, object]]]:
    since = _since(rule, now)
    if since is not None and parse_day(scope["window_from"]) > since:
        yield "rule_note_window", {"first": scope["window_from"], "days": rule.look_back_days}
    if scope.get("narrowed"):
        yield "rule_note_narrowed", {}
    content = verdict.get("content")
    blurred = content.get("not_current") if isinstance(content, dict) else None
    if blurred:
        # Missing data meets nobody's rule: what was not collected may hold what the rule asks about.
        yield "rule_note_not_current", {"count": len(blurred)}


def _since(rule: Rule, now: datetime) -> date | None:
    if rule.look_back_days is None:
        return None
    return shanghai_day(now) - timedelta(days=rule.look_back_days)
