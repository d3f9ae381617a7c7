"""Which unit decided a row and which domains it belongs to, asked through a port (rule R19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from records.model import Kind
from records.region_model import Region, UnitEntry
from records.units import Mapped, UnitIndex, Unmapped


class Resolve(Protocol):
    """Maps a row's authority to a unit and domains; MUST be pure for the time of one file."""

    def __call__(
        self,
        *,
        unit_name: str | None = None,
        uscc: str | None = None,
        kind: Kind | str,
        list_name: str | None = None,
        row_domain: str | None = None,
        basis: str | None = None,
        behaviour: str | None = None,
    ) -> Mapped | Unmapped:
        """The place of a row, or why there is none."""


def unit_tree(region: Region, units: Sequence[UnitEntry]) -> Resolve:
    """The region's own unit tree with the units operators added."""
    return UnitIndex(region, units).map_row


class Placer:
    """Asks once per distinct authority, list, domain and basis of a file."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._known: dict[tuple[str | None, ...], Mapped | Unmapped] = {}

    def place(
        self,
        kind: Kind,
        unit_name: str,
        uscc: str | None,
        *,
        list_name: str | None = None,
        row_domain: str | None = None,
        basis: str | None = None,
        behaviour: str | None = None,
    ) -> Mapped | Unmapped:
        """The place of a row; the texts decide only where a unit serves several domains."""
        key = (kind, unit_name, uscc, list_name, row_domain)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._resolve(
                unit_name=unit_name or None, uscc=uscc, kind=kind, list_name=list_name, row_domain=row_domain
            )
        if isinstance(found, Unmapped) and found.problem == "domain_ambiguous" and (basis or behaviour):
            return self._resolve(
                unit_name=unit_name or None, uscc=uscc, kind=kind, list_name=list_name, row_domain=row_domain,
                basis=basis, behaviour=behaviour,
            )  # fmt: skip
        return found
