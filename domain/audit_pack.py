"""The audit pack: one file that proves a report's whole life, checked without asking anybody.

Canonical JSON (RFC 8785)::

    {type, version, number, made_at, origin, checkpoint base64(signed note), trust base64(bundle),
     entries[] {index, leaf base64, hashes[] base64, opening {kind, ...}}}

Every entry is proven under the one checkpoint (RFC 6962 inclusion proof, sibling first).  An
opening holds what went into the leaf's digest (:mod:`domain.leaf`), so that the digest can be
made again; all values are lower-case hex, numbers are integers::

    commitment       root b0_sha256 claim_hash salt
    signed_file      sha256
    void_intent      signed_attributes_sha256
    void_commitment  commitment                      ; the 50 bytes of the leaf it answers
    status_change    value list idx salt
    key_event        event spki_sha256
    list_publication token_sha256
    receipt          sha256
    grant, view      id sha256 salt                  ; id without hyphens
    historical       sha256 salt

A pack shows what its maker opened.  That nothing about the report was left out only the house's
own log with its register can show (``daizheng audit log --home``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain import canonical, leaf
from domain.base_text import base64_decode, base64_encode
from domain.errors import MalformedInput
from domain.identifiers import ReportNumber
from domain.json_fields import Fields
from domain.leaf import KeyEvent, LeafType
from domain.times import rfc3339
from domain.verdict import JsonValue

TYPE: Final = "urn:daizheng:schema:audit-pack:1"
VERSION: Final = 1
MAX_BYTES: Final = 64 * 2**20
MAX_ENTRIES: Final = 100_000

Parts = Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What went into one leaf's digest."""

    kind: LeafType
    parts: Parts
    """Hex strings and integers, exactly those of the grammar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One leaf, its way to the root, and its opening."""

    index: int
    leaf: bytes
    hashes: tuple[bytes, ...]
    opening: Opening


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPack:
    """All that is proven of one report."""

    number: str
    made_at: datetime
    origin: str
    checkpoint: bytes
    """Signed note, byte for byte; every entry is proven under it."""
    trust: bytes
    """The trust bundle's JWS as it was in force when the pack was made."""
    entries: tuple[Entry, ...]
    """In the order of the log."""


def digest_of(opening: Opening, number: str) -> bytes:
    """The digest that a leaf with this opening carries; MalformedInput for parts of another form."""
    form = _FORMS[opening.kind]
    if set(opening.parts) != set(form.hex) | set(form.whole):
        raise MalformedInput("audit_pack_opening", kind=opening.kind.name.lower())
    values: dict[str, bytes | int] = {
        name: _bytes(opening.parts[name], size) for name, size in form.hex.items()
    }
    values |= {name: _count(opening.parts[name]) for name in form.whole}
    return form.digest(number, values)


def encode(pack: AuditPack) -> bytes:
    """The pack's canonical JSON; MalformedInput if no reader could take it back."""
    data = canonical.encode(
        {
            "type": TYPE,
            "version": VERSION,
            "number": pack.number,
            "made_at": rfc3339(pack.made_at),
            "origin": pack.origin,
            "checkpoint": base64_encode(pack.checkpoint),
            "trust": base64_encode(pack.trust),
            "entries": [_entry(item) for item in pack.entries],
        }
    )
    if decode(data) != pack:
        raise MalformedInput("audit_pack_form")
    return data


def decode(data: bytes) -> AuditPack:
    """The pack those bytes hold; MalformedInput ``json_*``, ``number_form`` or ``audit_pack_*``.

    Nothing is proven yet: :mod:`verifier.audit_pack` does that.
    """
    top = Fields(canonical.decode_canonical(data, max_bytes=MAX_BYTES), "")
    top.constant("type", TYPE)
    top.constant("version", VERSION)
    pack = AuditPack(
        number=str(ReportNumber.parse(top.text("number"))),
        made_at=top.instant("made_at"),
        origin=top.text("origin"),
        checkpoint=top.base64("checkpoint"),
        trust=top.base64("trust"),
        entries=top.objects("entries", _read_entry),
    )
    top.close()
    if len(pack.entries) > MAX_ENTRIES:
        raise MalformedInput("audit_pack_form")
    return pack


def _entry(item: Entry) -> dict[str, JsonValue]:
    return {
        "index": item.index,
        "leaf": base64_encode(item.leaf),
        "hashes": [base64_encode(each) for each in item.hashes],
        "opening": {"kind": item.opening.kind.name.lower(), **item.opening.parts},
    }


def _read_entry(fields: Fields) -> Entry:
    opening = fields.object("opening")
    kind = _kind(opening.text("kind"))
    form = _FORMS[kind]
    parts: dict[str, str | int] = {name: opening.hex_text(name, size) for name, size in form.hex.items()}
    parts |= {name: opening.integer(name) for name in form.whole}
    opening.close()
    return Entry(
        index=fields.integer("index"),
        leaf=base64_decode(fields.text("leaf")),
        hashes=fields.base64s("hashes"),
        opening=Opening(kind=kind, parts=parts),
    )


def _kind(text: str) -> LeafType:
    try:
        return LeafType[text.upper()] if text.islower() else _unknown(text)
    except KeyError:
        return _unknown(text)


def _unknown(text: str) -> LeafType:
    raise MalformedInput("audit_pack_opening", kind=text[:40])


def _bytes(value: str | int, size: int) -> bytes:
    try:
        data = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError as error:
        raise MalformedInput("audit_pack_form") from error
    if len(data) != size:
        raise MalformedInput("audit_pack_form")
    return data


def _count(value: str | int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedInput("audit_pack_form")
    return value


@dataclass(frozen=True, slots=True)
class _Form:
    """The parts of one kind of opening, and how its digest is made of them."""

    hex: Mapping[str, int]
    """Name and length in bytes."""
    digest: Callable[[str, Mapping[str, bytes | int]], bytes]
    whole: tuple[str, ...] = ()


def _commitment(number: str, parts: Mapping[str, bytes | int]) -> bytes:
    root, b0, claim, salt = (_raw(parts, name) for name in ("root", "b0_sha256", "claim_hash", "salt"))
    return leaf.commitment_digest(number, root, b0, claim, salt)


def _status_change(number: str, parts: Mapping[str, bytes | int]) -> bytes:
    value, status_list, idx = (_whole(parts, name) for name in ("value", "list", "idx"))
    return leaf.status_change_digest(number, value, status_list, idx, _raw(parts, "salt"))


def _key_event(_number: str, parts: Mapping[str, bytes | int]) -> bytes:
    try:
        event = KeyEvent(_whole(parts, "event"))
    except ValueError as error:
        raise MalformedInput("audit_pack_form") from error
    return leaf.key_event_digest(event, _raw(parts, "spki_sha256"))


def _grant(_number: str, parts: Mapping[str, bytes | int]) -> bytes:
    return leaf.grant_digest(UUID(bytes=_raw(parts, "id")), _raw(parts, "sha256"), _raw(parts, "salt"))


def _view(_number: str, parts: Mapping[str, bytes | int]) -> bytes:
    return leaf.view_digest(UUID(bytes=_raw(parts, "id")), _raw(parts, "sha256"), _raw(parts, "salt"))


def _historical(number: str, parts: Mapping[str, bytes | int]) -> bytes:
    return leaf.historical_digest(number, _raw(parts, "sha256"), _raw(parts, "salt"))


def _raw(parts: Mapping[str, bytes | int], name: str) -> bytes:
    value = parts[name]
    assert isinstance(value, bytes)
    return value


def _whole(parts: Mapping[str, bytes | int], name: str) -> int:
    value = parts[name]
    assert isinstance(value, int)
    return value


_SALTED: Final = {"id": 16, "sha256": 32, "salt": 32}
_FORMS: Final[Mapping[LeafType, _Form]] = {
    LeafType.COMMITMENT: _Form({"root": 32, "b0_sha256": 32, "claim_hash": 32, "salt": 32}, _commitment),
    LeafType.SIGNED_FILE: _Form({"sha256": 32}, lambda _, p: leaf.signed_file_digest(_raw(p, "sha256"))),
    LeafType.VOID_INTENT: _Form(
        {"signed_attributes_sha256": 32},
        lambda number, p: leaf.void_intent_digest(number, _raw(p, "signed_attributes_sha256")),
    ),
    LeafType.VOID_COMMITMENT: _Form(
        {"commitment": leaf.LEAF_BYTES}, lambda _, p: leaf.void_commitment_digest(_raw(p, "commitment"))
    ),
    LeafType.STATUS_CHANGE: _Form({"salt": 32}, _status_change, ("value", "list", "idx")),
    LeafType.KEY_EVENT: _Form({"spki_sha256": 32}, _key_event, ("event",)),
    LeafType.LIST_PUBLICATION: _Form(
        {"token_sha256": 32}, lambda _, p: leaf.list_publication_digest(_raw(p, "token_sha256"))
    ),
    LeafType.RECEIPT: _Form({"sha256": 32}, lambda _, p: leaf.receipt_digest(_raw(p, "sha256"))),
    LeafType.GRANT: _Form(_SALTED, _grant),
    LeafType.VIEW: _Form(_SALTED, _view),
    LeafType.HISTORICAL: _Form({"sha256": 32, "salt": 32}, _historical),
}
