"""The catalogue of matters (替代事项清单): what a report stands in for, as a region file writes it (R28).

One entry is used from both sides: the enterprise picks it and domains and years are filled in; a
receiver holds a report against it.  Decoded from the ``matters`` of a region file, whose grammar is
``templates/schemas/region-1.schema.json``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from domain.errors import MalformedInput
from records.settings import Settings, look_back_start

DRAFT: Final = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotProved:
    """Something a report cannot prove, and the unit that can."""

    what: str
    ask: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterEntry:
    """One matter for which a report is taken instead of certificates."""

    id: str
    from_: date
    to: date | None
    """Last day on which it holds; None: until further notice."""
    status: str
    """``draft``: the operator's proposal, where the plan only names the scene; or ``in_force``."""
    department: str
    """Who asks for the proof."""
    matter: str
    """The matter as a clerk calls it; printed as the purpose."""
    scenario: str
    """Closed word: ``bidding``, ``procurement``, ``loan``, ``listing``, ``approval``, ``subsidy``,
    ``honours`` or ``other``."""
    domains: tuple[str, ...] | None
    """Domains the receiver needs; None: every domain of the region."""
    window: str | None
    """ISO 8601 period back from today (``P3Y``); None: as far as the region's data reach."""
    basis: str | None
    exceptions: tuple[str, ...]
    """Where a law asks for another proof all the same."""
    not_proved: tuple[NotProved, ...]

    def holds_on(self, day: date) -> bool:
        """Whether the entry is in force on ``day``."""
        return self.from_ <= day and (self.to is None or day <= self.to)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the report says about this matter, one paragraph each."""
        lines = [
            f"办理“{self.matter}”时，本报告不能证明{item.what}，请向{item.ask}了解。"
            for item in self.not_proved
        ]
        return (*lines, *(f"办理“{self.matter}”时的例外情形：{text}" for text in self.exceptions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What picking a matter fills in; None: all domains, or the region's own window."""

    domains: tuple[str, ...] | None
    window_from: date | None


def fill(entry: MatterEntry, settings: Settings, day: date) -> Filled:
    """The choice that the matter makes on ``day``, as far as the region lets anybody choose.

    A period that reaches beyond the region's data begins where the data begin.
    """
    start = settings.window_start(day)
    wanted = look_back_start(entry.window, day) if entry.window and settings.choose_window else start
    return Filled(
        domains=entry.domains if settings.choose_domains else None,
        window_from=wanted if wanted > start else None,
    )


def read_matters(tree: Mapping[str, Any]) -> tuple[MatterEntry, ...]:
    """The matters of a checked region document, in the file's order."""
    return tuple(_entry(row) for row in tree.get("matters", ()))


def check_matter(row: Mapping[str, Any], path: str) -> None:
    """Raises MalformedInput where a matter ends before it begins or has a period that is none."""
    if row.get("to", row["from"]) < row["from"]:
        raise MalformedInput("region_order", path=path, day=row["to"])
    if "window" in row:
        look_back_start(row["window"], date.fromisoformat(row["from"]))


def _entry(row: Mapping[str, Any]) -> MatterEntry:
    return MatterEntry(
        id=row["id"],
        from_=date.fromisoformat(row["from"]),
        to=date.fromisoformat(row["to"]) if "to" in row else None,
        status=row["status"],
        department=row["department"],
        matter=row["matter"],
        scenario=row["scenario"],
        domains=tuple(row["domains"]) if "domains" in row else None,
        window=row.get("window"),
        basis=row.get("basis"),
        exceptions=tuple(row.get("exceptions", ())),
        not_proved=tuple(NotProved(what=item["what"], ask=item["ask"]) for item in row["not_proved"]),
    )
