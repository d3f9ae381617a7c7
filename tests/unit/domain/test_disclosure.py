"""The salted record tree: what it binds, what it hides, what details prove."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import disclosure, merkle
from domain.disclosure import DetailItem, Details, RecordTree
from domain.errors import MalformedInput
from domain.report import RecordItem, ShownField
from tests.unit.domain.strategies import quick, words

Records = list[list[tuple[str, str]]]
record_lists = st.lists(
    st.lists(st.tuples(words.filter(bool), words), max_size=5, unique_by=lambda field: field[0]), max_size=20
)


def _salt(leaf: int, field: int) -> bytes:
    return hashlib.sha256(f"{leaf}/{field}".encode()).digest()


def _items(records: Records, tree: RecordTree, *, show: bool) -> tuple[RecordItem, ...]:
    return tuple(
        RecordItem(
            leaf=leaf,
            kind="penalty",
            domains=(),
            marks=(),
            fields=tuple(
                disclosure.shown(name, value, _salt(leaf, place))
                if show or place % 2
                else disclosure.withheld(name, tree.field_hashes[leaf][place])
                for place, (name, value) in enumerate(record)
            ),
        )
        for leaf, record in enumerate(records)
    )


@quick
@given(records=record_lists)
def test_both_variants_give_the_same_root(records: Records) -> None:
    tree = disclosure.build(records, _salt)
    content = SimpleNamespace(records=_items(records, tree, show=False), tree=tree.reference())
    assert disclosure.recompute_root(content) == tree.root  # type: ignore[arg-type]
    for show in (True, False):
        assert disclosure.root_of(_items(records, tree, show=show), tree.reference()) == tree.root
    assert tree.size == len(tree.leaf_hashes) == len(records) + len(tree.padding)
    assert merkle.root(tree.leaf_hashes) == tree.root


@pytest.mark.parametrize(("records", "size"), [(0, 16), (1, 16), (16, 16), (17, 32), (32, 32), (33, 64)])
def test_size_tells_an_order_of_magnitude(records: int, size: int) -> None:
    assert disclosure.tree_size(records) == size
    assert disclosure.build([[("a", "b")]] * records, _salt).size == size


RECORDS: Records = [[("CF_WSH", "甲1号"), ("CF_NR", "罚款")], [("CF_WSH", "乙2号"), ("CF_NR", "")]]
TREE = disclosure.build(RECORDS, _salt)
ITEMS = _items(RECORDS, TREE, show=True)


def test_any_change_of_a_shown_field_changes_the_root() -> None:
    first = ITEMS[0].fields[0]
    assert isinstance(first, ShownField)
    for other in (
        replace(first, value="甲2号"),
        replace(first, id="CF_WSX"),
        disclosure.shown(first.id, first.value, _salt(9, 9)),
    ):
        changed = (replace(ITEMS[0], fields=(other, *ITEMS[0].fields[1:])), ITEMS[1])
        assert disclosure.root_of(changed, TREE.reference()) != TREE.root
    swapped = (replace(ITEMS[0], fields=ITEMS[0].fields[::-1]), ITEMS[1])
    assert disclosure.root_of(swapped, TREE.reference()) != TREE.root


def test_the_border_between_id_and_value_is_bound() -> None:
    salt = _salt(0, 0)
    assert disclosure.field_hash("ab", "c", salt) != disclosure.field_hash("a", "bc", salt)


def test_equal_fields_have_unequal_hashes() -> None:
    tree = disclosure.build([[("CF_NR", "罚款")], [("CF_NR", "罚款")]], _salt)
    assert tree.field_hashes[0] != tree.field_hashes[1]


def test_records_that_do_not_fit_the_tree_are_malformed() -> None:
    reference = TREE.reference()
    for items, tree in [
        (ITEMS[:1], reference),
        (ITEMS[::-1], reference),
        (ITEMS, replace(reference, size=32)),
        (ITEMS, replace(reference, size=15, padding=reference.padding[1:])),
        (ITEMS, replace(reference, padding=reference.padding[1:])),
    ]:
        with pytest.raises(MalformedInput, match="disclosure_size"):
            disclosure.root_of(items, tree)


def test_fields_without_one_meaning_are_refused() -> None:
    with pytest.raises(MalformedInput, match="disclosure_field_twice"):
        disclosure.build([[("a", "1"), ("a", "2")]], _salt)
    with pytest.raises(MalformedInput, match="disclosure_field_twice"):
        disclosure.leaf_hash_of((ITEMS[0].fields[0], ITEMS[0].fields[0]))
    for name, value, salt in [("", "a", bytes(32)), ("a", "b", bytes(31)), ("a", "\ud800", bytes(32))]:
        with pytest.raises(MalformedInput, match="disclosure_field"):
            disclosure.field_hash(name, value, salt)


def test_too_many_records_are_refused_before_they_are_hashed() -> None:
    with pytest.raises(MalformedInput, match="disclosure_size"):
        disclosure.build([[]] * (disclosure.MAX_LEAVES + 1), _salt)


def _details(leaf: int) -> Details:
    proof = merkle.inclusion_proof(TREE.leaf_hashes, leaf)
    item = DetailItem(leaf=leaf, fields=ITEMS[leaf].fields, proof=tuple(step.hex() for step in proof))
    return Details(number="15030020260301ABCDEF01", root=TREE.root.hex(), size=TREE.size, items=(item,))


@pytest.mark.parametrize("leaf", [0, 1])
def test_details_prove_their_fields(leaf: int) -> None:
    details = disclosure.decode_details(disclosure.encode_details(_details(leaf)))
    disclosure.verify_details(details, number=details.number, root=TREE.root.hex(), size=TREE.size)


def test_details_of_another_place_report_or_value_are_rejected() -> None:
    good = _details(0)
    item = good.items[0]
    field = item.fields[0]
    assert isinstance(field, ShownField)
    lie = replace(item, fields=(replace(field, value="无"), *item.fields[1:]))
    wrong = [
        replace(good, number="15030020260301ABCDEF02"),
        replace(good, size=32),
        replace(good, items=(replace(item, leaf=1),)),
        replace(good, items=(lie,)),
        replace(good, items=(replace(item, proof=item.proof[1:]),)),
    ]
    for details in wrong:
        with pytest.raises(merkle.ProofRejected):
            disclosure.verify_details(details, number=good.number, root=good.root, size=TREE.size)


def test_a_salt_of_another_length_is_malformed() -> None:
    data = disclosure.encode_details(_details(0))
    salt = ITEMS[0].fields[0]
    assert isinstance(salt, ShownField)
    with pytest.raises(MalformedInput, match="disclosure_field"):
        disclosure.decode_details(data.replace(salt.salt.encode(), b"AAAA"))
