"""Uses of a grant in pages."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from api.services.access.principal import Principal
from api.services.context import Context
from api.services.grants import withdrawing
from api.services.machines import cursors
from api.store.entries_access import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the uses, newest first."""

    looks: tuple[Look, ...]
    next: str | None


def page_of(context: Context, viewer: Principal, grant: UUID, cursor: str | None, limit: int) -> Page:
    """Give at most ``limit`` uses after ``cursor``; raises what ``uses`` does, and ``cursor_malformed``."""
    found = withdrawing.uses(context, viewer, grant)
    list_ = f"uses:{grant}"
    if cursor is not None:
        last = cursors.opened(context, list_, cursor)[0]
        places = [str(look.id) for look in found]
        found = found[places.index(last) + 1 :] if last in places else ()
    shown = found[:limit]
    more = len(found) > limit
    return Page(looks=shown, next=cursors.sealed(context, list_, (str(shown[-1].id),)) if more else None)
