"""Judges an audit pack offline: every entry proven, and the report's life told by the rules of the log.

Rules: times never go back; one commitment or more, each answered within ten minutes by the one
signed file or by a void-commitment leaf; a final status (revoked, superseded) has no successor,
``valid`` only follows suspended or data_changed; each leaf's key has the role that may make it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from domain import audit_pack as packs
from domain import checkpoint as checkpoints
from domain import leaf as leaves
from domain import merkle, note
from domain.audit_pack import AuditPack, Entry
from domain.errors import CreditDocError, MalformedInput, Refused
from domain.identifiers import key_id
from domain.leaf import Leaf, LeafType
from domain.status_list import Value
from domain.trust_format import TrustBundle
from keys.roles import Role
from keys.trust import OpenedBundle, open_bundle, spki_of, verify_note

ANSWER_WITHIN: Final = timedelta(minutes=10)
_NEXT: Final[Mapping[int, frozenset[int]]] = {
    Value.VALID: frozenset(Value) - {Value.VALID},
    Value.SUSPENDED: frozenset(Value),
    Value.DATA_CHANGED: frozenset(Value),
    Value.SUPERSEDED: frozenset({Value.SUPERSEDED, Value.REVOKED}),
    Value.REVOKED: frozenset({Value.REVOKED}),
}
"""What may follow: nothing takes back what is final."""
_MAKERS: Final[Mapping[LeafType, Role]] = {
    LeafType.COMMITMENT: Role.REPORT,
    LeafType.SIGNED_FILE: Role.REPORT,
    LeafType.VOID_INTENT: Role.REPORT,
    LeafType.VOID_COMMITMENT: Role.REPORT,
    LeafType.STATUS_CHANGE: Role.STATUS,
    LeafType.LIST_PUBLICATION: Role.STATUS,
    LeafType.RECEIPT: Role.RECEIPT,
}


class PackStatus(StrEnum):
    """What the pack amounts to."""

    CLEAN = "clean"
    BREACH = "breach"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that does not hold; ``index`` is the first entry at which it shows."""

    code: str
    index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One proven entry."""

    index: int
    leaf: Leaf
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class PackReport:
    """What an audit pack shows."""

    status: PackStatus
    number: str
    made_at: datetime
    origin: str
    size: int
    """Leaves in the log under the pack's checkpoint."""
    life: tuple[Told, ...]
    """Every entry whose proof and opening hold, in order."""
    file_sha256: str | None
    problems: tuple[Problem, ...]


def check_pack(data: bytes, *, trust: OpenedBundle | None, anchor_sha256: str | None) -> PackReport:
    """The judgement on the pack in ``data``.

    Args:
        data: the file.
        trust: the bundle to believe; None believes the pack's own, if ``anchor_sha256`` is its root's.
        anchor_sha256: SHA-256 of the root that the pack's own bundle must have, lower-case hex.

    Raises:
        MalformedInput: it is no audit pack (``json_*``, ``audit_pack_*``, ``number_form``).
        Refused: ``bundle_*``, when the pack's own bundle cannot be believed.
    """
    pack = packs.decode(data)
    own = trust or open_bundle(pack.trust, pinned_anchor_sha256=anchor_sha256)
    unpinned = trust is None and anchor_sha256 is None
    try:
        head = _head(pack, own.bundle)
    except CreditDocError:
        return _report(pack, 0, (), (Problem(code="pack_checkpoint"),), unpinned=unpinned)
    told: list[Told] = []
    problems: list[Problem] = []
    for entry in pack.entries:
        found = _prove(entry, pack, head, own.bundle)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            told.append(found)
    problems.extend(_breaches(told))
    return _report(pack, head.size, tuple(told), tuple(problems), unpinned=unpinned)


def _report(
    pack: AuditPack, size: int, told: tuple[Told, ...], problems: tuple[Problem, ...], *, unpinned: bool
) -> PackReport:
    waiting = tuple(_unanswered(told, pack.made_at))
    late = tuple(item for item in waiting if item.code == "pack_unanswered")
    status = PackStatus.CLEAN
    if unpinned or len(late) < len(waiting):
        status = PackStatus.UNSURE
    if problems or late:
        status = PackStatus.BREACH
    if unpinned:
        problems += (Problem(code="pack_unpinned"),)
    files = [item for item in told if item.leaf.type is LeafType.SIGNED_FILE]
    return PackReport(
        status=status,
        number=pack.number,
        made_at=pack.made_at,
        origin=pack.origin,
        size=size,
        life=told,
        file_sha256=files[0].leaf.digest.hex() if files else None,
        problems=problems + waiting,
    )


def _head(pack: AuditPack, bundle: TrustBundle) -> checkpoints.Checkpoint:
    verify_note(pack.checkpoint, bundle.log.vkeys)
    head = checkpoints.decode(note.decode(pack.checkpoint).text)
    if head.origin != bundle.log.origin or pack.origin != head.origin:
        raise Refused("pack_checkpoint")
    return head


def _prove(
    entry: Entry, pack: AuditPack, head: checkpoints.Checkpoint, bundle: TrustBundle
) -> Told | Problem:
    index = entry.index
    try:
        merkle.verify_inclusion(merkle.leaf_hash(entry.leaf), index, head.size, entry.hashes, head.root)
        leaf = leaves.decode(entry.leaf)
    except MalformedInput:
        return Problem(code="pack_not_in_log", index=index)
    try:
        digest = packs.digest_of(entry.opening, pack.number)
    except MalformedInput:
        return Problem(code="pack_opening", index=index)
    if leaf.type is not entry.opening.kind or digest != leaf.digest:
        return Problem(code="pack_opening", index=index)
    if not _may_make(leaf, bundle):
        return Problem(code="pack_maker", index=index)
    return Told(index=index, leaf=leaf, entry=entry)


def _may_make(leaf: Leaf, bundle: TrustBundle) -> bool:
    role = _MAKERS.get(leaf.type)
    pinned = (service for service in bundle.services if service.role == role)
    return role is None or any(key_id(spki_of(service.cert)) == leaf.key_id for service in pinned)


def _breaches(told: list[Told]) -> Iterator[Problem]:
    """Yield what the log's own rules forbid."""
    for before, after in pairwise(told):
        if after.index <= before.index or after.leaf.time < before.leaf.time:
            yield Problem(code="pack_order", index=after.index)
    files = [item for item in told if item.leaf.type is LeafType.SIGNED_FILE]
    if len(files) > 1:
        yield Problem(code="pack_two_files", index=files[1].index)
    if not any(item.leaf.type is LeafType.COMMITMENT for item in told):
        yield Problem(code="pack_no_commitment")
    yield from _status_breaches(told)


def _status_breaches(told: list[Told]) -> Iterator[Problem]:
    now = int(Value.VALID)
    for item in told:
        if item.leaf.type is not LeafType.STATUS_CHANGE:
            continue
        value = int(item.entry.opening.parts["value"])
        if value not in _NEXT.get(now, ()):
            yield Problem(code="pack_status_order", index=item.index)
        now = value


def _unanswered(told: tuple[Told, ...], made_at: datetime) -> Iterator[Problem]:
    """Yield each commitment that nothing answered in time; one that may still be is only open."""
    files = [item for item in told if item.leaf.type is LeafType.SIGNED_FILE]
    voids = {item.entry.opening.parts["commitment"]: item for item in told if _is_void(item)}
    for item in (each for each in told if each.leaf.type is LeafType.COMMITMENT):
        answer = voids.get(item.entry.leaf.hex()) or next((f for f in files if f.index > item.index), None)
        until = made_at if answer is None else answer.leaf.time
        if until - item.leaf.time > ANSWER_WITHIN:
            yield Problem(code="pack_unanswered", index=item.index)
        elif answer is None:
            yield Problem(code="pack_open", index=item.index)


def _is_void(item: Told) -> bool:
    return item.leaf.type is LeafType.VOID_COMMITMENT
