"""The status list's bytes: what goes in comes out, any inflater reads it, and no bytes make it grow or fall."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import status_list
from domain.errors import CreditDocError, MalformedInput
from domain.status_deflate import deflate
from domain.status_facts import FINAL, PRECEDENCE, Act, standing
from domain.status_list import ARRAY_BYTES, PLACES, StatusList, Value, array_of, inflated, value_at

NOW = datetime(2026, 11, 20, 1, 30, 7, tzinfo=UTC)


def listed(compressed: bytes) -> StatusList:
    return StatusList(
        uri="https://dz.example/status/1", version=3, issued_at=NOW, expires_at=NOW + timedelta(days=1), ttl=20,
        compressed=compressed,
    )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.integers(0, PLACES - 1), st.sampled_from(Value), max_size=60))
def test_what_goes_in_comes_out(values: dict[int, Value]) -> None:
    one = listed(status_list.compressed(array_of(values.items())))
    read = status_list.decode(status_list.encode(one))
    assert read == one
    for index, value in values.items():
        assert value_at(read, index) == value
    free = next(place for place in range(PLACES) if place not in values)
    assert value_at(read, free) == 0


@settings(deadline=None)
@given(st.binary(max_size=3000))
def test_any_array_is_zlib(array: bytes) -> None:
    assert zlib.decompress(deflate(array)) == array


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2999), st.sampled_from([1, 16, 12, 3, 48, 192])), max_size=200))
def test_sparse_arrays_are_zlib(sets: list[tuple[int, int]]) -> None:
    array = bytearray(3000)
    for place, byte in sets:
        array[place] = byte
    assert zlib.decompress(deflate(bytes(array))) == bytes(array)


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_no_bytes_but_a_list_are_one(data: bytes) -> None:
    with pytest.raises(CreditDocError):
        status_list.decode(data)
    with pytest.raises(MalformedInput):
        inflated(data)


@pytest.mark.parametrize(
    "data",
    [
        zlib.compress(bytes(200 * 2**20), 9),
        zlib.compress(bytes(ARRAY_BYTES + 1)),
        zlib.compress(bytes(ARRAY_BYTES - 1)),
        zlib.compress(bytes(ARRAY_BYTES)) + b"\0",
        zlib.compress(bytes(ARRAY_BYTES))[:-4],
        b"",
    ],
    ids=["bomb", "one byte more", "one byte less", "bytes behind it", "no checksum", "nothing"],
)
def test_bombs_and_stumps_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedInput, match="status_list_form"):
        value_at(listed(data), 0)


@pytest.mark.parametrize("index", [-1, PLACES])
def test_a_place_outside_is_refused(index: int) -> None:
    with pytest.raises(MalformedInput, match="status_place"):
        value_at(listed(status_list.compressed(bytes(ARRAY_BYTES))), index)


class Happened:
    """One act of a drawn story."""

    def __init__(self, act: Act, serial: int) -> None:
        self.act, self.reason, self.at = act.value, f"r{serial}", NOW + timedelta(seconds=serial)


@given(st.lists(st.sampled_from(Act), max_size=12))
def test_the_weightiest_fact_that_stands_is_the_word(acts: list[Act]) -> None:
    told = standing(Happened(act, serial) for serial, act in enumerate(acts))
    assert told.word == next((word for word in PRECEDENCE if word in told.facts), "valid")
    for word in FINAL:
        assert (word in told.facts) == (word in [act.value for act in acts])
    for begins, ends in ((Act.SUSPENDED, Act.RESUMED), (Act.DATA_CHANGED, Act.DATA_RESTORED)):
        last = next((act for act in reversed(acts) if act in (begins, ends)), ends)
        assert (begins.value in told.facts) == (last is begins)
    assert (told.reason is None) == (told.word == "valid")
