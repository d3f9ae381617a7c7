"""The dated setting groups of a region file, folded into one settings record per span of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from domain.report import Basis
from records.settings import AccessLimits, Eligibility, Retention, Sealing, Settings, look_back_start

GROUPS: Final = (
    "counting", "repair", "sealing", "choice", "service", "access", "lateness", "eligibility", "report",
)  # fmt: skip
"""Each is a list of entries with a ``from`` day; in a valid file in ascending order."""

STAFF_LOOKS_PER_DAY: Final = 100
"""Where a region file does not say; the schema names the same default."""

SPOKEN: Final = ("report", "counting", "repair", "sealing", "choice", "service", "eligibility", "lateness")
"""The order in which the groups' sentences make the scope profile; a setting that changes takes
its sentence with it."""


def settings_history(tree: Mapping[str, Any]) -> tuple[tuple[date, Settings], ...]:
    """For a checked region document, each day on which anything changes and what holds from then.

    The first day is the one on which every group has begun.  Raises MalformedInput
    ``look_back_malformed``.
    """
    first = max(tree[group][0]["from"] for group in GROUPS)
    begins = {entry["from"] for group in GROUPS for entry in tree[group]}
    begins |= {entry["from"] for entry in tree.get("retention", ())}
    days = sorted({day for day in begins if day > first} | {first})
    return tuple((date.fromisoformat(day), _settings_on(tree, day)) for day in days)


def _settings_on(tree: Mapping[str, Any], day: str) -> Settings:
    now = {group: [entry for entry in tree[group] if entry["from"] <= day][-1] for group in GROUPS}
    counting, service, report = now["counting"], now["service"], now["report"]
    look_back_start(counting["look_back"], date.fromisoformat(day))
    return Settings(
        look_back=counting["look_back"],
        kinds_counted=tuple(counting["kinds"]),
        procedures=tuple(counting["procedures"]),
        never_counted=tuple(counting["never_counted"]),
        simple_ceiling_organisation_fen=counting["simple_ceiling_organisation_yuan"] * 100,
        simple_ceiling_citizen_fen=counting["simple_ceiling_citizen_yuan"] * 100,
        citizen_kinds=tuple(counting["citizen_kinds"]),
        repair_regime=now["repair"]["regime"],
        repair_channels=tuple(now["repair"].get("channels", ())),
        sealing=_sealing(now["sealing"]),
        choose_domains=now["choice"]["domains"],
        choose_window=now["choice"]["window"],
        commitments_allowed=now["choice"]["commitments"],
        review_mode=service["review"],
        objection_days=service.get("objection_working_days"),
        repair_days=service.get("repair_working_days"),
        staff_looks_per_day=service.get("staff_looks_per_day", STAFF_LOOKS_PER_DAY),
        validity_days=service.get("validity_days"),
        access=_access(now["access"]),
        retention=_retention(tree.get("retention", ()), day),
        sharing_days=_sharing_days(now["lateness"], counting["kinds"]),
        publication_working_days=now["lateness"]["publication_working_days"],
        eligibility=_eligibility(now["eligibility"]),
        title=report["title"],
        template=report["template"],
        basis=tuple(
            Basis(title=row["title"], number=row.get("number"), draft=row["draft"]) for row in report["basis"]
        ),
        equal_force=report.get("equal_force"),
        sentences={group: tuple(now[group].get("rules", ())) for group in SPOKEN},
        notes=tuple(report["notes"]),
        invented_units_note=report.get("invented_units_note"),
    )


def _sealing(row: Mapping[str, Any]) -> Sealing:
    return Sealing(
        minors=row["minors"],
        public_security_persons=row["public_security_persons"],
        public_security_organisations=row["public_security_organisations"],
    )


def _access(row: Mapping[str, Any]) -> AccessLimits:
    return AccessLimits(
        live=timedelta(seconds=row["live_seconds"]),
        live_open=timedelta(minutes=row["live_minutes"]),
        view=timedelta(minutes=row["view_minutes"]),
        share_days=row["share_days"],
        share_days_max=row["share_days_max"],
        uses=row["uses"],
        uses_max=row["uses_max"],
        law_days=row["law_days"],
    )


def _retention(rows: Sequence[Mapping[str, Any]], day: str) -> Retention:
    """A region that says nothing keeps everything: nothing is erased that nobody decided on."""
    begun = [row for row in rows if row["from"] <= day]
    return (
        Retention(**{name: days for name, days in begun[-1].items() if name != "from"})
        if begun
        else Retention()
    )


def _eligibility(row: Mapping[str, Any]) -> Eligibility:
    return Eligibility(
        subject_kinds=tuple(row["subject_kinds"]),
        by_analogy=tuple(row.get("by_analogy", ())),
        registered_within=tuple(row.get("registered_within", ())),
        refused_states=tuple(row["refused_states"]),
    )


def _sharing_days(row: Mapping[str, Any], kinds: list[str]) -> Mapping[str, int]:
    special = row.get("sharing_days_by_kind", {})
    return {kind: special.get(kind, row["sharing_days"]) for kind in kinds}
