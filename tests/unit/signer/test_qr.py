"""Codes read back, stay within their version, and are the smallest that holds the link."""

from __future__ import annotations

from io import BytesIO

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from domain.errors import InvariantBroken
from domain.qr_link import claim_link, cover_link
from signer import qr

NUMBER = "150300202611200A1B2C3D"
LONGEST_HOST = "abcdefghij.example.com"


def read(picture: qr.QrPicture) -> str:
    code = (
        Image.open(BytesIO(picture.png))
        .convert("L")
        .resize((picture.modules * 4,) * 2, Image.Resampling.NEAREST)
    )
    page = Image.new("L", (picture.modules * 4 + 64,) * 2, 255)
    page.paste(code, (32, 32))
    found = zxingcpp.read_barcode(page)
    assert found is not None
    return str(found.text)


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=16, max_size=16))
def test_the_cover_code_reads_back_and_is_at_most_version_5(secret: bytes) -> None:
    link = cover_link(LONGEST_HOST, NUMBER, secret)
    picture = qr.draw(link.segments, max_version=qr.COVER_MAX_VERSION)
    assert read(picture) == link.text
    assert picture.version <= 5
    assert picture.modules == 17 + 4 * picture.version


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=200, max_size=370))
def test_the_claim_code_reads_back_and_is_at_most_version_16(cose: bytes) -> None:
    link = claim_link(LONGEST_HOST, NUMBER, cose)
    picture = qr.draw(link.segments, max_version=qr.CLAIM_MAX_VERSION)
    assert read(picture) == link.text
    assert picture.version <= 16


def test_the_same_link_gives_the_same_picture() -> None:
    segments = cover_link(LONGEST_HOST, NUMBER, bytes(16)).segments
    assert qr.draw(segments, max_version=5) == qr.draw(segments, max_version=5)


def test_a_link_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvariantBroken, match="qr_too_large"):
        qr.draw(("A" * 200,), max_version=5)


def test_the_least_version_is_taken() -> None:
    # ISO/IEC 18004 table 7: version 3-M holds 61 alphanumeric characters, 4-M the next.
    assert qr.draw(("A" * 61,), max_version=16).version == 3
    assert qr.draw(("A" * 62,), max_version=16).version == 4
