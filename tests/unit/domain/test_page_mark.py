"""A page's mark fits its own page of its own report under its own house's key, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import page_mark, qr_link
from domain.errors import MalformedInput

KEY, ROOT = bytes(range(32)), bytes(range(32, 64))
NUMBER = "150300202611200A1B2C3D"


def test_a_mark_fits_nothing_but_its_own_page() -> None:
    mark = page_mark.marked(KEY, NUMBER, 3, 5, ROOT)
    assert page_mark.fits(mark, KEY, NUMBER, ROOT)
    assert not page_mark.fits(replace(mark, page=2), KEY, NUMBER, ROOT)
    assert not page_mark.fits(replace(mark, pages=6), KEY, NUMBER, ROOT)
    assert not page_mark.fits(mark, KEY, NUMBER[:-1] + "E", ROOT)
    assert not page_mark.fits(mark, KEY, NUMBER, ROOT[::-1])
    assert not page_mark.fits(mark, KEY[::-1], NUMBER, ROOT)


@given(st.integers(0, 63))
def test_each_bit_of_the_keyed_hash_counts(bit: int) -> None:
    mark = page_mark.marked(KEY, NUMBER, 1, 1, ROOT)
    flipped = (int.from_bytes(mark.mac, "big") ^ 1 << bit).to_bytes(8, "big")
    assert not page_mark.fits(replace(mark, mac=flipped), KEY, NUMBER, ROOT)


@pytest.mark.parametrize(("page", "pages"), [(0, 1), (2, 1), (1, 4096), (4096, 4096)])
def test_no_mark_is_made_for_a_page_that_cannot_be(page: int, pages: int) -> None:
    with pytest.raises(MalformedInput, match="page_mark_form"):
        page_mark.marked(KEY, NUMBER, page, pages, ROOT)


def test_the_link_is_one_of_ours_and_opens_the_reports_page() -> None:
    mark = page_mark.marked(KEY, NUMBER, 3, 5, ROOT)
    link = qr_link.parse_link(page_mark.link("credit.example", NUMBER, mark).text)
    assert (link.kind, link.number, link.host) == ("M", NUMBER, "credit.example")
    assert page_mark.decode(link.payload) == mark
    with pytest.raises(MalformedInput, match="link_form"):
        qr_link.parse_link(page_mark.link("credit.example", NUMBER, mark).text + "AA")
