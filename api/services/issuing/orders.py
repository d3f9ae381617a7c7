"""What somebody asks of the issuing desk, and how it is kept beside the reservation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from domain.identifiers import check_uscc, hide_person_numbers, mask_person_number, normalise_identifier
from domain.report import Variant
from domain.times import parse_rfc3339, rfc3339
from domain.verdict import JsonValue

MAX_PURPOSE: Final = 60
"""Characters of a purpose in the subject's own words: one line on the cover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One request for a report."""

    subject: str
    """USCC or subject id; never a person's certificate number (R7)."""
    domains: tuple[str, ...] | None = None
    """Domain ids the subject chose; None: all of the region."""
    window_from: date | None = None
    window_to: date | None = None
    purpose: str = ""
    variant: Variant = Variant.SUMMARY
    as_of: datetime | None = None
    """A past instant (R12); None: now."""
    by: str | None = None
    """The operator who asks for a past instant or overrides the gate."""
    reason: str | None = None
    channel: str = "cli"
    matter: str | None = None
    """Id of the matter in the region's catalogue for which it is asked (R28)."""

    def __post_init__(self) -> None:
        """Keep no certificate number in what is stored or printed (R7); blanks are no reason (R12)."""
        object.__setattr__(self, "purpose", hide_person_numbers(self.purpose))
        for name in ("by", "reason"):
            said = (getattr(self, name) or "").strip()
            object.__setattr__(self, name, hide_person_numbers(said) or None)


def order_json(order: Order) -> Mapping[str, JsonValue]:
    """Give the order as it is kept beside its reservation."""
    return {
        "subject": order.subject,
        "domains": None if order.domains is None else list(order.domains),
        "from": None if order.window_from is None else order.window_from.isoformat(),
        "to": None if order.window_to is None else order.window_to.isoformat(),
        "purpose": order.purpose,
        "variant": order.variant.value,
        "as_of": None if order.as_of is None else rfc3339(order.as_of),
        "by": order.by,
        "reason": order.reason,
        "channel": order.channel,
        "matter": order.matter,
    }


def order_from_json(kept: Mapping[str, JsonValue]) -> Order:
    """Give the order that :func:`order_json` wrote."""
    domains = kept["domains"]
    return Order(
        subject=str(kept["subject"]),
        domains=tuple(str(item) for item in domains) if isinstance(domains, list) else None,
        window_from=_day(kept["from"]),
        window_to=_day(kept["to"]),
        purpose=str(kept["purpose"]),
        variant=Variant(str(kept["variant"])),
        as_of=parse_rfc3339(str(kept["as_of"])) if kept["as_of"] else None,
        by=_text(kept.get("by")),
        reason=_text(kept.get("reason")),
        channel=str(kept["channel"]),
        matter=_text(kept.get("matter")),
    )


def subject_key(text: str) -> UUID | str:
    """Give the subject id that ``text`` spells, else the USCC in its one spelling."""
    try:
        return UUID(text.strip())
    except ValueError:
        return normalise_identifier(text)


def shown_key(key: UUID | str) -> str:
    """Give a key as an error may repeat it: an id, a code, or what is neither with its middle masked (R7)."""
    return (
        str(key) if isinstance(key, UUID) or check_uscc(key).problem is None else mask_person_number(key)[:40]
    )


def _day(value: JsonValue) -> date | None:
    return date.fromisoformat(str(value)) if value else None


def _text(value: JsonValue) -> str | None:
    return None if value is None else str(value)
