"""What a status list says about one report, and whether that list may be believed at all.

A list comes by network (:mod:`verifier.online`) or as a file.  Believed is one that a pinned status
key signed, that names the report's own address, that is not from the future, and that is no step
back: the highest version seen of each list is remembered, and a lower one, or other bytes under the
same version, is refused by name.  Age is judged last: fresh for 24 hours, then stale, and after seven
days no answer.  Revoked and superseded are final, so they stand however old the list is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from domain.errors import CreditDocError, DependencyUnavailable, MalformedInput, NotFound, Refused
from domain.reasons import Reason
from domain.status_facts import FINAL
from domain.status_list import WORD_OF, StatusList, Value, value_at
from domain.trust_format import TrustBundle
from keys.trust.status_token import OpenedStatusList, open_status_token

FRESH: Final = timedelta(hours=24)
LAST: Final = timedelta(days=7)
"""Older than this is no answer."""
SKEW: Final = timedelta(minutes=5)
"""Clocks may differ by this much."""


class ListMemory(Protocol):
    """Remembers the highest version seen of each list, between runs."""

    def seen(self, key: str) -> tuple[int, str] | None:
        """Return version and token SHA-256 of the newest list seen under ``key``."""
        ...

    def remember(self, key: str, version: int, sha256: str, now: datetime) -> None:
        """Keep what was seen now; never a lower version."""
        ...


class ListFetch(Protocol):
    """Fetches one token.

    Implementations MUST raise NotFound when the house says that no list was out at that moment,
    DependencyUnavailable for every other way in which none comes, and MUST open no other address.
    """

    def __call__(self, uri: str, moment: datetime | None) -> bytes:
        """Return the token at ``uri``, as it was out at ``moment`` (None: now)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What was found for one report."""

    uri: str
    problem: Reason | None
    """Why there is no word, or why it cannot be relied on; None for a word that can."""
    word: str | None = None
    version: int | None = None
    made_at: datetime | None = None
    stale: bool = False
    """The problem is age alone: the list was once the word on it."""


class Forgetful:
    """A memory that ends with the process."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, str]] = {}

    def seen(self, key: str) -> tuple[int, str] | None:
        """Return what was seen in this process."""
        return self._seen.get(key)

    def remember(self, key: str, version: int, sha256: str, now: datetime) -> None:  # noqa: ARG002
        """Keep it for this process."""
        if key not in self._seen or self._seen[key][0] < version:
            self._seen[key] = (version, sha256)


class StatusLists:
    """The lists at hand for one trust bundle.

    Args:
        bundle: whose status keys are believed.
        anchor_sha256: keeps apart what two houses of one name publish.
        files: tokens handed over as files.
        fetch: asks the network; None stays offline.
        memory: what was seen before.
    """

    def __init__(
        self,
        bundle: TrustBundle,
        anchor_sha256: str,
        *,
        files: Sequence[bytes] = (),
        fetch: ListFetch | None = None,
        memory: ListMemory | None = None,
    ) -> None:
        self._bundle, self._anchor, self._files, self._fetch = bundle, anchor_sha256, tuple(files), fetch
        self._memory = memory or Forgetful()
        self._kept: dict[tuple[str, datetime | None], tuple[datetime, bytes]] = {}

    def listed(self, uri: str, index: int, *, now: datetime, at: datetime | None) -> Listed | None:
        """Return what a list says of the report at ``index`` of ``uri``; None where none is at hand.

        ``at`` asks for a list that was out at that moment; a moment to come is the present.
        """
        moment = None if at is None or at >= now else at
        if self._fetch is not None:
            try:
                token = self._fetched(self._fetch, uri, moment, now)
            except (DependencyUnavailable, NotFound) as error:
                none = isinstance(error, NotFound)
                why = Reason.STATUS_LIST_NONE_THEN if none else Reason.STATUS_LIST_UNREACHABLE
                return self._from_files(uri, index, now, moment) or _none(uri, why)
            opened = self._open(token, now)
            if isinstance(opened, Reason):
                return _none(uri, opened)
            return self._judged(opened, uri, index, now, moment)
        return self._from_files(uri, index, now, moment)

    def _fetched(self, fetch: ListFetch, uri: str, moment: datetime | None, now: datetime) -> bytes:
        """Ask once for all files of a run: one answer holds for some seconds, as its ``ttl`` allows."""
        kept = self._kept.get((uri, moment))
        if kept is not None and now - kept[0] < timedelta(seconds=10):
            return kept[1]
        token = fetch(uri, moment)
        self._kept[(uri, moment)] = (now, token)
        return token

    def _open(self, token: bytes, now: datetime) -> OpenedStatusList | Reason:
        try:
            return open_status_token(token, self._bundle, now)
        except MalformedInput:
            return Reason.STATUS_LIST_MALFORMED
        except Refused:
            return Reason.STATUS_LIST_UNTRUSTED

    def _from_files(self, uri: str, index: int, now: datetime, moment: datetime | None) -> Listed | None:
        opened = [self._open(token, now) for token in self._files]
        good = [item for item in opened if isinstance(item, OpenedStatusList)]
        here = [item for item in good if item.listed.uri == uri]
        then = [item for item in here if moment is None or _covers(item.listed, moment)]
        if then:
            newest = max(then, key=lambda item: item.listed.version)
            return self._judged(newest, uri, index, now, moment)
        if here:
            return _none(uri, Reason.STATUS_LIST_OTHER_TIME)
        bad = next((item for item in opened if isinstance(item, Reason)), None)
        if bad is not None:
            return _none(uri, bad)
        return _none(uri, Reason.STATUS_LIST_OTHER) if good else None

    def _judged(
        self, opened: OpenedStatusList, uri: str, index: int, now: datetime, moment: datetime | None
    ) -> Listed:
        listed = opened.listed
        problem = self._unfit(opened, uri, now, moment)
        if problem is not None:
            return _of(listed, uri, problem)
        try:
            value = value_at(listed, index)
        except CreditDocError:
            return _of(listed, uri, Reason.STATUS_LIST_MALFORMED)
        if value not in set(Value):
            return _of(listed, uri, Reason.STATUS_VALUE_UNKNOWN)
        word = WORD_OF[Value(value)]
        old = None if moment is not None or word in FINAL else _age(listed, now)
        return _of(listed, uri, old, word=word)

    def _unfit(
        self, opened: OpenedStatusList, uri: str, now: datetime, moment: datetime | None
    ) -> Reason | None:
        listed = opened.listed
        if listed.uri != uri:
            return Reason.STATUS_LIST_OTHER
        if listed.issued_at > now + SKEW:
            return Reason.STATUS_LIST_FROM_FUTURE
        if moment is not None:
            # The standard's own rule: a server that ignores the question must not answer it.
            return None if _covers(listed, moment) else Reason.STATUS_LIST_OTHER_TIME
        key = f"{self._anchor} {uri}"
        seen = self._memory.seen(key)
        if seen is not None and listed.version < seen[0]:
            return Reason.STATUS_LIST_ROLLED_BACK
        if seen is not None and listed.version == seen[0] and opened.sha256 != seen[1]:
            return Reason.STATUS_LIST_FORKED
        if seen is None or listed.version > seen[0]:
            self._memory.remember(key, listed.version, opened.sha256, now)
        return None


def _covers(listed: StatusList, moment: datetime) -> bool:
    return listed.issued_at <= moment < listed.expires_at


def _age(listed: StatusList, now: datetime) -> Reason | None:
    age = now - listed.issued_at
    if age > LAST:
        return Reason.STATUS_LIST_TOO_OLD
    return Reason.STATUS_LIST_STALE if age > FRESH or now >= listed.expires_at else None


def _none(uri: str, problem: Reason) -> Listed:
    return Listed(uri=uri, problem=problem)


def _of(listed: StatusList, uri: str, problem: Reason | None, *, word: str | None = None) -> Listed:
    return Listed(
        uri=uri,
        problem=problem,
        word=word,
        version=listed.version,
        made_at=listed.issued_at,
        stale=problem is Reason.STATUS_LIST_STALE,
    )
