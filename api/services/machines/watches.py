"""An organisation's watches for its programs, some at a time."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from api.services.access.principal import Principal
from api.services.context import Context
from api.services.machines import cursors
from api.services.watching import following
from api.services.watching.following import Followed
from domain.errors import MalformedInput
from domain.times import parse_rfc3339, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the watches, newest first."""

    items: tuple[Followed, ...]
    next: str | None
    """Cursor of the following page; None on the last."""


def page_of(context: Context, viewer: Principal, cursor: str | None, limit: int) -> Page:
    """Give at most ``limit`` of the organisation's watches after ``cursor``.

    Raises MalformedInput ``cursor_malformed`` and what :func:`following.of_receiver` raises.
    """
    list_ = f"watches:{viewer.organisation}"
    after = None
    if cursor is not None:
        at, id_ = _place(cursors.opened(context, list_, cursor))
        after = (parse_rfc3339(at), UUID(id_))
    # One more than asked tells whether there is a next page.
    found = following.of_receiver(context, viewer, limit=limit + 1, after=after)
    mark = None
    if len(found) > limit:
        last = found[limit - 1].watch
        mark = cursors.sealed(context, list_, (rfc3339(last.made_at), str(last.id)))
    return Page(items=found[:limit], next=mark)


def _place(parts: tuple[str, ...]) -> tuple[str, str]:
    if len(parts) != 2:
        raise MalformedInput("cursor_malformed")
    return parts[0], parts[1]
