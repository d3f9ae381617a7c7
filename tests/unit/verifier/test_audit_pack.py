"""An audit pack is judged offline: what is proven, what the log's rules forbid, what stays open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import audit_pack as packs
from domain import checkpoint as checkpoints
from domain import leaf as leaves
from domain import merkle
from domain.audit_pack import AuditPack, Entry, Opening
from domain.errors import MalformedInput, Refused
from domain.leaf import Leaf, LeafType
from keys.note_signing import sign_note
from keys.roles import Role
from keys.trust import OpenedBundle
from tests.unit.verifier.house import NOW, NUMBER, ORIGIN, House
from verifier.audit_pack import PackReport, PackStatus, check_pack

COMMITMENT = {"root": "11" * 32, "b0_sha256": "22" * 32, "claim_hash": "33" * 32, "salt": "44" * 32}
FILE = {"sha256": "55" * 32}
_GRANT = {"id": UUID(int=1).hex, "sha256": "66" * 32, "salt": "77" * 32}
Made = tuple[LeafType, Mapping[str, str | int], int]
"""Kind, parts and minutes after the first."""
LIFE: tuple[Made, ...] = (
    (LeafType.COMMITMENT, COMMITMENT, 0),
    (LeafType.VOID_INTENT, {"signed_attributes_sha256": "88" * 32}, 1),
    (LeafType.SIGNED_FILE, FILE, 2),
    (LeafType.GRANT, _GRANT, 60),
    (LeafType.VIEW, _GRANT, 61),
    (LeafType.STATUS_CHANGE, {"value": 2, "list": 1, "idx": 7, "salt": "99" * 32}, 90),
    (LeafType.LIST_PUBLICATION, {"token_sha256": "aa" * 32}, 91),
    (LeafType.RECEIPT, {"sha256": "bb" * 32}, 95),
    (LeafType.KEY_EVENT, {"event": 2, "spki_sha256": "cc" * 32}, 99),
    (LeafType.STATUS_CHANGE, {"value": 1, "list": 1, "idx": 7, "salt": "dd" * 32}, 120),
)
_ROLES = {
    LeafType.STATUS_CHANGE: Role.STATUS, LeafType.LIST_PUBLICATION: Role.STATUS, LeafType.RECEIPT: Role.RECEIPT,
    LeafType.GRANT: Role.LOG, LeafType.VIEW: Role.LOG, LeafType.KEY_EVENT: Role.LOG,
}  # fmt: skip


def _pack(house: House, life: tuple[Made, ...] = LIFE, *, key: Role | None = None) -> AuditPack:
    """A pack over a log that holds other people's leaves between those of this report."""
    data: list[bytes] = []
    places: list[int] = []
    for kind, parts, minutes in life:
        data.append(bytes(50))
        places.append(len(data))
        digest = packs.digest_of(Opening(kind=kind, parts=parts), NUMBER)
        maker = house.keys.private(key or _ROLES.get(kind, Role.REPORT)).key_id
        data.append(leaves.encode(Leaf(kind, maker, NOW + timedelta(minutes=minutes), digest)))
    hashes = [merkle.leaf_hash(item) for item in data]
    head = checkpoints.Checkpoint(origin=ORIGIN, size=len(data), root=merkle.root(hashes))
    made = zip(places, life, strict=True)
    return AuditPack(
        number=NUMBER,
        made_at=NOW + timedelta(days=1),
        origin=ORIGIN,
        checkpoint=sign_note(checkpoints.encode(head), ORIGIN, house.keys.private(Role.LOG)),
        trust=house.sealed(),
        entries=tuple(
            Entry(
                index=at, leaf=data[at], hashes=merkle.inclusion_proof(hashes, at),
                opening=Opening(kind=kind, parts=parts),
            )
            for at, (kind, parts, _) in made
        ),
    )  # fmt: skip


def _judged(house: House, pack: AuditPack) -> PackReport:
    return check_pack(packs.encode(pack), trust=house.opened(), anchor_sha256=None)


def _codes(report: PackReport) -> set[str]:
    return {problem.code for problem in report.problems}


def test_a_whole_life_is_clean(house: House) -> None:
    report = _judged(house, _pack(house))
    assert (report.status, report.problems) == (PackStatus.CLEAN, ())
    assert report.file_sha256 == FILE["sha256"]
    assert [item.leaf.type for item in report.life] == [kind for kind, _, _ in LIFE]


def test_its_own_bundle_is_believed_only_under_a_pinned_root(house: House, stranger: House) -> None:
    data, anchor = packs.encode(_pack(house)), house.opened().anchor_sha256
    assert check_pack(data, trust=None, anchor_sha256=anchor).status is PackStatus.CLEAN
    alone = check_pack(data, trust=None, anchor_sha256=None)
    assert (alone.status, _codes(alone)) == (PackStatus.UNSURE, {"pack_unpinned"})
    with pytest.raises(Refused):
        check_pack(data, trust=None, anchor_sha256=stranger.opened().anchor_sha256)


def test_another_house_s_log_is_refused(house: House, stranger: House) -> None:
    report = check_pack(packs.encode(_pack(stranger)), trust=house.opened(), anchor_sha256=None)
    assert (report.status, _codes(report), report.life) == (PackStatus.BREACH, {"pack_checkpoint"}, ())


def test_a_leaf_that_is_not_in_the_log_is_named(house: House) -> None:
    pack = _pack(house)
    bad = replace(pack.entries[2], leaf=pack.entries[2].leaf[:-1] + b"\0")
    report = _judged(house, replace(pack, entries=(*pack.entries[:2], bad, *pack.entries[3:])))
    assert ("pack_not_in_log", bad.index) in {(each.code, each.index) for each in report.problems}
    assert report.status is PackStatus.BREACH


@pytest.mark.parametrize("at", range(len(LIFE)))
def test_an_opening_that_says_something_else_is_named(house: House, at: int) -> None:
    pack = _pack(house)
    entry = pack.entries[at]
    name, value = next(iter(entry.opening.parts.items()))
    other = 1 - int(value) % 2 if isinstance(value, int) else "ef" * (len(value) // 2)
    opening = Opening(kind=entry.opening.kind, parts={**entry.opening.parts, name: other})
    entries = (*pack.entries[:at], replace(entry, opening=opening), *pack.entries[at + 1 :])
    data = packs.encode(replace(pack, entries=entries))
    report = check_pack(data, trust=house.opened(), anchor_sha256=None)
    assert ("pack_opening", entry.index) in {(each.code, each.index) for each in report.problems}


@pytest.mark.parametrize(
    ("life", "code"),
    [
        ((LIFE[2],), "pack_no_commitment"),
        ((LIFE[0], LIFE[2], (LeafType.SIGNED_FILE, {"sha256": "56" * 32}, 3)), "pack_two_files"),
        ((LIFE[0], (LeafType.SIGNED_FILE, FILE, 11)), "pack_unanswered"),
        ((LIFE[0],), "pack_unanswered"),
        ((LIFE[0], LIFE[2], LIFE[9], (LIFE[5][0], LIFE[5][1], 130)), "pack_status_order"),
        ((LIFE[0], LIFE[2], (LIFE[5][0], {**LIFE[5][1], "value": 0}, 9)), "pack_status_order"),
    ],
)
def test_a_life_against_the_rules_is_a_breach(house: House, life: tuple[Made, ...], code: str) -> None:
    report = _judged(house, _pack(house, life))
    assert (report.status, code in _codes(report)) == (PackStatus.BREACH, True)


def test_a_void_commitment_answers_its_own_alone(house: House) -> None:
    first = _pack(house, LIFE[:1]).entries[0].leaf
    void = (LeafType.VOID_COMMITMENT, {"commitment": first.hex()}, 5)
    assert _judged(house, _pack(house, (LIFE[0], void))).status is PackStatus.CLEAN
    other = (LeafType.VOID_COMMITMENT, {"commitment": first[:-1].hex() + "00"}, 5)
    assert "pack_unanswered" in _codes(_judged(house, _pack(house, (LIFE[0], other))))


def test_a_commitment_of_this_minute_is_only_open(house: House) -> None:
    pack = replace(_pack(house, LIFE[:1]), made_at=NOW + timedelta(minutes=9))
    report = _judged(house, pack)
    assert (report.status, _codes(report)) == (PackStatus.UNSURE, {"pack_open"})


def test_a_leaf_by_a_key_of_another_role_is_a_breach(house: House) -> None:
    report = _judged(house, _pack(house, LIFE[:3], key=Role.QR))
    assert _codes(report) >= {"pack_maker"}


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        packs.decode(data)


@pytest.fixture(scope="module")
def whole(house: House) -> bytes:
    return packs.encode(_pack(house))


@settings(deadline=None)
@given(st.data())
def test_one_changed_byte_never_reads_clean(whole: bytes, opened: OpenedBundle, data: st.DataObject) -> None:
    raw = bytearray(whole)
    # The bundle inside is not what is believed here, nor does anybody sign when the pack was made.
    trust, made_at = raw.index(b'"trust":"'), raw.index(b'"made_at":"')
    skip = {*range(trust, raw.index(b'"', trust + 9)), *range(made_at, made_at + 40)}
    at = data.draw(st.integers(0, len(raw) - 1).filter(lambda place: place not in skip))
    raw[at] ^= data.draw(st.integers(1, 255))
    try:
        report = check_pack(bytes(raw), trust=opened, anchor_sha256=None)
    except MalformedInput:
        return
    assert report.status is not PackStatus.CLEAN
