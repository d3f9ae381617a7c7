"""The salted Merkle tree over a report's records, and the details shown out of it later.

Grammar (lengths big-endian)::

    field-hash  = SHA-256("daizheng/field/v1" LF u16(len id) id u32(len value) value salt)
    record-leaf = "daizheng/record/v1" LF u16(count) *field-hash
    dummy-leaf  = "daizheng/padding/v1" LF salt
    root        = RFC 6962 root over the leaf hashes, padded with dummies to the next
                  power of two, at least 16

``id`` and ``value`` are UTF-8, ``salt`` is 32 bytes, different for each leaf and field.
Since each field hash is salted, one field can be shown without giving its neighbours
away; since leaves are padded, the tree's size tells only an order of magnitude.

Details are canonical JSON (``urn:daizheng:schema:details:1``)::

    {type, number, root, size, items[] {leaf, fields[], proof[]}}

where a field is {id, value, salt} when shown and {id, hash} when not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from domain import canonical, merkle
from domain.base_text import base64url_decode, base64url_encode, hex_decode
from domain.errors import MalformedInput
from domain.json_fields import Fields
from domain.report import RecordItem, RecordTreeRef, ReportContent, ShownField, WithheldField
from domain.verdict import JsonValue

FIELD_TAG: Final = b"daizheng/field/v1\n"
RECORD_TAG: Final = b"daizheng/record/v1\n"
PADDING_TAG: Final = b"daizheng/padding/v1\n"
SALT_BYTES: Final = 32
MIN_LEAVES: Final = 16
MAX_LEAVES: Final = 2**20
DETAILS_TYPE: Final = "urn:daizheng:schema:details:1"
MAX_DETAILS_BYTES: Final = 16 * 2**20

Field = ShownField | WithheldField

_HASH: Final = re.compile(r"[0-9a-f]{64}").fullmatch
_SALT: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]").fullmatch
"""32 bytes in base64url: the last character carries four bits, its two others are zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTree:
    """Everything that building the tree over some records gives."""

    root: bytes
    size: int
    """Leaves including dummies."""
    leaf_hashes: tuple[bytes, ...]
    """All of them, dummies last."""
    field_hashes: tuple[tuple[bytes, ...], ...]
    """Per record, in field order."""
    padding: tuple[bytes, ...]
    """Leaf hashes of the dummies."""

    def reference(self) -> RecordTreeRef:
        """The part that stands in the report's JSON."""
        return RecordTreeRef(
            root=self.root.hex(), size=self.size, padding=tuple(item.hex() for item in self.padding)
        )


def field_hash(field_id: str, value: str, salt: bytes) -> bytes:
    """The salted hash of one field; MalformedInput ``disclosure_field`` for what has no bytes."""
    try:
        name, text = field_id.encode("utf-8"), value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise MalformedInput("disclosure_field") from error
    if not name or len(name) > 0xFFFF or len(text) > 0xFFFFFFFF or len(salt) != SALT_BYTES:
        raise MalformedInput("disclosure_field")
    prefix = FIELD_TAG + len(name).to_bytes(2, "big") + name
    return hashlib.sha256(prefix + len(text).to_bytes(4, "big") + text + salt).digest()


def record_leaf(field_hashes: Sequence[bytes]) -> bytes:
    """The leaf data of one record."""
    return RECORD_TAG + len(field_hashes).to_bytes(2, "big") + b"".join(field_hashes)


def padding_leaf(salt: bytes) -> bytes:
    """The leaf data of a dummy."""
    return PADDING_TAG + salt


def tree_size(records: int) -> int:
    """Leaves of the tree over so many records: a power of two, at least 16."""
    return max(MIN_LEAVES, 1 << (records - 1).bit_length() if records else 0)


def build(records: Sequence[Sequence[tuple[str, str]]], salt_for: Callable[[int, int], bytes]) -> RecordTree:
    """The tree over ``records`` (each an ordered list of field id and value).

    ``salt_for(leaf, field)`` gives 32 bytes; a dummy takes field 0 of its leaf.  An id
    twice in one record is MalformedInput ``disclosure_field_twice``.
    """
    size = tree_size(len(records))
    if size > MAX_LEAVES:
        raise MalformedInput("disclosure_size", size=len(records))
    field_hashes = tuple(_hash_record(leaf, record, salt_for) for leaf, record in enumerate(records))
    leaves = [merkle.leaf_hash(record_leaf(hashes)) for hashes in field_hashes]
    padding = tuple(merkle.leaf_hash(padding_leaf(salt_for(leaf, 0))) for leaf in range(len(records), size))
    leaf_hashes = (*leaves, *padding)
    return RecordTree(
        root=merkle.root(leaf_hashes),
        size=size,
        leaf_hashes=leaf_hashes,
        field_hashes=field_hashes,
        padding=padding,
    )


def _hash_record(
    leaf: int, record: Sequence[tuple[str, str]], salt_for: Callable[[int, int], bytes]
) -> tuple[bytes, ...]:
    if len({name for name, _ in record}) != len(record):
        raise MalformedInput("disclosure_field_twice", leaf=leaf)
    return tuple(field_hash(name, value, salt_for(leaf, place)) for place, (name, value) in enumerate(record))


def shown(field_id: str, value: str, salt: bytes) -> ShownField:
    """The field as a report or details print it openly."""
    return ShownField(id=field_id, value=value, salt=base64url_encode(salt))


def withheld(field_id: str, hash_: bytes) -> WithheldField:
    """The field as a report signs it without showing it."""
    return WithheldField(id=field_id, hash=hash_.hex())


def hash_of(field: Field) -> bytes:
    """The field hash that stands behind a shown or withheld field."""
    if isinstance(field, WithheldField):
        return hex_decode(field.hash, merkle.HASH_BYTES)
    return field_hash(field.id, field.value, base64url_decode(field.salt))


def leaf_hash_of(fields: Sequence[Field]) -> bytes:
    """The leaf hash of a record given its fields in order."""
    if len({field.id for field in fields}) != len(fields) or len(fields) > 0xFFFF:
        raise MalformedInput("disclosure_field_twice")
    return merkle.leaf_hash(record_leaf([hash_of(field) for field in fields]))


def recompute_root(content: ReportContent) -> bytes:
    """The root that the content's fields and padding give; MalformedInput where they do not fit."""
    return root_of(content.records, content.tree)


def root_of(records: Sequence[RecordItem], tree: RecordTreeRef) -> bytes:
    """Like :func:`recompute_root`, from its two parts."""
    in_order = [item.leaf for item in records] == list(range(len(records)))
    fits = tree.size == tree_size(len(records)) == len(records) + len(tree.padding)
    if not in_order or not fits:
        raise MalformedInput("disclosure_size", size=tree.size)
    leaves = [leaf_hash_of(item.fields) for item in records]
    return merkle.root([*leaves, *(hex_decode(item, merkle.HASH_BYTES) for item in tree.padding)])


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailItem:
    """One record of a report with some of its fields open, and the way to the root."""

    leaf: int
    fields: tuple[Field, ...]
    proof: tuple[str, ...]
    """Inclusion proof, lower-case hex, sibling first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Fields of a report shown later, provable against the root the report signs."""

    number: str
    root: str
    size: int
    items: tuple[DetailItem, ...]


def encode_details(details: Details) -> bytes:
    """The details as canonical JSON."""
    return canonical.encode(
        {
            "type": DETAILS_TYPE,
            "number": details.number,
            "root": details.root,
            "size": details.size,
            "items": [_detail_item_to_json(item) for item in details.items],
        }
    )


def _detail_item_to_json(item: DetailItem) -> dict[str, JsonValue]:
    return {
        "leaf": item.leaf,
        "fields": [field_to_json(field) for field in item.fields],
        "proof": list(item.proof),
    }


def decode_details(data: bytes) -> Details:
    """The details those bytes hold; MalformedInput for anything but our canonical spelling."""
    fields = Fields(canonical.decode_canonical(data, max_bytes=MAX_DETAILS_BYTES), "")
    fields.constant("type", DETAILS_TYPE)
    details = Details(
        number=fields.text("number"),
        root=fields.hex_text("root", merkle.HASH_BYTES),
        size=fields.integer("size"),
        items=fields.objects("items", _detail_item),
    )
    fields.close()
    return details


def _detail_item(fields: Fields) -> DetailItem:
    return DetailItem(
        leaf=fields.integer("leaf"),
        fields=fields.objects("fields", field_from_json),
        proof=fields.hex_texts("proof", merkle.HASH_BYTES),
    )


def verify_details(details: Details, *, number: str, root: str, size: int) -> None:
    """Every item, once and in order, belongs to the report of that number, root and size.

    Raises ProofRejected otherwise.
    """
    if (details.number, details.root, details.size) != (number, root, size):
        raise merkle.ProofRejected("details_other_report")
    leaves = [item.leaf for item in details.items]
    if any(later <= earlier for earlier, later in pairwise(leaves)):
        # One record shown twice would be counted twice by whoever reads it.
        raise merkle.ProofRejected("details_order")
    expected = hex_decode(root, merkle.HASH_BYTES)
    for item in details.items:
        proof = [hex_decode(step, merkle.HASH_BYTES) for step in item.proof]
        merkle.verify_inclusion(leaf_hash_of(item.fields), item.leaf, size, proof, expected)


def field_to_json(field: Field) -> dict[str, JsonValue]:
    """The JSON object of a field: {id, value, salt} or {id, hash}."""
    if isinstance(field, ShownField):
        return {"id": field.id, "value": field.value, "salt": field.salt}
    return {"id": field.id, "hash": field.hash}


def usual_field(value: JsonValue) -> Field | None:
    """The field of a right object; None for anything else, which :func:`field_from_json` then names."""
    match value:
        case {"id": str(name), "hash": str(hash_)} if _HASH(hash_) and _sized(value, 2):
            return WithheldField(id=name, hash=hash_)
        case {"id": str(name), "value": str(text), "salt": str(salt)} if _SALT(salt) and _sized(value, 3):
            return ShownField(id=name, value=text, salt=salt)
        case _:
            return None


def _sized(value: JsonValue, count: int) -> bool:
    return isinstance(value, dict) and len(value) == count


def field_from_json(fields: Fields) -> Field:
    """The field of such an object; its salt or hash has the right form."""
    if fields.has("hash"):
        return WithheldField(id=fields.text("id"), hash=fields.hex_text("hash", merkle.HASH_BYTES))
    found = ShownField(id=fields.text("id"), value=fields.text("value"), salt=fields.text("salt"))
    if len(base64url_decode(found.salt)) != SALT_BYTES:
        raise MalformedInput("disclosure_field")
    return found
