"""Published status lists: built when something changed, and at least every ten minutes.

A reader sees a change within 60 seconds: a token may be kept for ``TTL`` by one cache on the way and for
``TTL`` by the reader itself, and a list with pending changes is built by the next request once the last
one is ``GAP`` old.  20 + 20 + 5 leaves 15 seconds for clocks and networks.  ``GAP`` bounds what a stream
of changes, or of requests, can make the house sign; nobody has to wait for the worker.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.services.context import Context
from api.services.house.trust import status_list_now, status_uri
from api.services.issuing import log as logbook
from api.store.entries_status import Publication
from api.store.unit_of_work import UnitOfWork
from domain.errors import NotFound
from domain.leaf import Leaf, LeafType, list_publication_digest
from domain.status_list import StatusList, array_of, compressed
from keys.roles import Role
from keys.status_signing import sign_status_list

TTL: Final = 20
"""Seconds."""
GAP: Final = timedelta(seconds=5)
REBUILD: Final = timedelta(minutes=10)
LIFETIME: Final = timedelta(hours=24)
"""From ``iat`` to ``exp``: a list older than a day is no answer to "now"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A list as it goes out."""

    publication: Publication
    newest: bool
    """False for one of the history, which never changes again."""

    @property
    def token(self) -> bytes:
        """The compact JWS."""
        return zlib.decompress(self.publication.token_gzip, 31)


def publish_due(context: Context, now: datetime) -> int:
    """Publish every list whose time has come; give how many."""
    with context.store.reading() as work:
        due = [number for number in lists(work) if _is_due(work, number, now)]
    return sum(_publish(context, number) for number in due)


def current(context: Context, status_list: int) -> Served:
    """Give the list as it is to be served now, built anew if it is due; NotFound ``status_list_unknown``."""
    with context.store.reading() as work:
        _require_known(work, status_list)
        kept = work.status.published(status_list)
        due = _is_due(work, status_list, context.clock())
    if kept is None or due:
        _publish(context, status_list)
        with context.store.reading() as work:
            kept = work.status.published(status_list)
    if kept is None:
        raise NotFound("status_list_unknown", list=status_list)
    return Served(publication=kept, newest=True)


def current_token(context: Context, status_list: int) -> bytes:
    """Give the token of the list as it stands now; NotFound ``status_list_unknown``."""
    return current(context, status_list).token


def bring_out(context: Context, status_list: int) -> None:
    """A list of that number is in force from now on: who asks later about now gets one.

    Signs only where none is, so a house with a worker or with readers pays one look-up.
    """
    with context.store.reading() as work:
        kept = work.status.published(status_list)
    if kept is None or context.clock() >= kept.expires_at:
        _publish(context, status_list)


def at(context: Context, status_list: int, moment: datetime) -> Served:
    """Give the list that was out at ``moment``.

    NotFound ``status_list_unknown``, or ``status_time_unknown`` for a moment without one: before the
    first, in a gap longer than a day, or yet to come.
    """
    if moment > context.clock():
        raise NotFound("status_time_unknown", list=status_list)
    newest = current(context, status_list)
    if newest.publication.made_at <= moment:
        return newest
    with context.store.reading() as work:
        kept = work.status.published(status_list, moment)
    if kept is None or moment >= kept.expires_at:
        raise NotFound("status_time_unknown", list=status_list)
    return Served(publication=kept, newest=False)


def lists(work: UnitOfWork) -> range:
    """Give the numbers of the lists that exist; one stands empty, so that bundles name it beforehand."""
    return range(1, status_list_now(work) + 2)


def _require_known(work: UnitOfWork, status_list: int) -> None:
    if status_list not in lists(work):
        raise NotFound("status_list_unknown", list=status_list)


def _is_due(work: UnitOfWork, status_list: int, now: datetime) -> bool:
    kept = work.status.published(status_list)
    if kept is None:
        return True
    age = now - kept.made_at
    changed = age >= GAP and work.status.last_change(status_list) > kept.last_change
    return changed or age >= REBUILD


def _publish(context: Context, status_list: int) -> bool:
    """Build, sign, log and keep the next version, unless somebody else just did; True when one came out."""
    with context.store.writing() as work:
        now = context.clock()
        if not _is_due(work, status_list, now):
            return False
        kept = work.status.published(status_list)
        version = 1 if kept is None else kept.version + 1
        listed = _built(context, work, status_list, version, now)
        handle = context.keys.private(Role.STATUS)
        token = sign_status_list(listed, handle, now=now)
        digest = hashlib.sha256(token).digest()
        logged = logbook.append(
            context,
            work,
            lambda moment: Leaf(
                LeafType.LIST_PUBLICATION, handle.key_id, moment, list_publication_digest(digest)
            ),
            now=now,
            number="",
        )
        work.status.publish(
            Publication(
                status_list=status_list,
                version=version,
                made_at=listed.issued_at,
                expires_at=listed.expires_at,
                token_gzip=gzipped(token),
                token_sha256=digest.hex(),
                last_change=work.status.last_change(status_list),
                leaf_index=logged.index,
            )
        )
        work.commit()
    return True


def _built(context: Context, work: UnitOfWork, status_list: int, version: int, now: datetime) -> StatusList:
    issued_at = now.replace(microsecond=0)
    return StatusList(
        uri=status_uri(context.house.host, status_list),
        version=version,
        issued_at=issued_at,
        expires_at=issued_at + LIFETIME,
        ttl=TTL,
        compressed=compressed(array_of(work.status.values(status_list))),
    )


def gzipped(token: bytes) -> bytes:
    """Give ``token`` as gzip without a date, so that equal tokens are equal bytes."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31, 9)
    return squeeze.compress(token) + squeeze.flush()
