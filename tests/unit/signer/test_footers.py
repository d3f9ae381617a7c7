"""Each page's footer carries its mark, whatever number of pages was expected."""

from __future__ import annotations

from functools import cache
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from domain import page_mark, qr_link, report_json
from domain.report import ReportContent
from signer import footers, qr
from signer.layout import render
from tests.unit.signer import samples

QUIET = 13 / 29 * 4
"""Millimetres: four modules of a version 3 code; those of version 4 are smaller."""
WATERMARK = 225
"""The grey of the specimen's words, the one thing that may lie behind the code."""
LONGEST_HOST = "abcdefghij.example.com"


@cache
def sample(name: str) -> bytes:
    return lay_out(samples.ALL[name]())


def lay_out(content: ReportContent) -> bytes:
    return render(content, report_json.encode(content), samples.extras(content))


def links(pdf: bytes) -> list[list[qr_link.QrLink]]:
    """The codes on each drawn page, at 200 dots an inch."""
    with pypdfium2.PdfDocument(pdf) as opened:
        drawn = [page.render(scale=200 / 72).to_pil().convert("L") for page in opened]
    return [[qr_link.parse_link(found.text) for found in zxingcpp.read_barcodes(page)] for page in drawn]


@pytest.mark.parametrize("name", samples.ALL)
def test_every_page_says_which_page_of_which_report_it_is(name: str) -> None:
    content = samples.ALL[name]()
    found = links(sample(name))
    root = bytes.fromhex(content.tree.root)
    for place, codes in enumerate(found, 1):
        (link,) = [code for code in codes if code.kind == qr_link.PAGE_MARK]
        mark = page_mark.decode(link.payload)
        assert (link.number, link.host, mark.page, mark.pages) == (
            content.number,
            content.host,
            place,
            len(found),
        )
        assert page_mark.fits(mark, samples.extras(content).page_key, content.number, root)


@pytest.mark.parametrize("name", samples.ALL)
def test_no_office_printer_cuts_a_mark_and_nothing_stands_in_its_quiet_zone(name: str) -> None:
    dots = 300 / 25.4  # a millimetre
    with pypdfium2.PdfDocument(sample(name)) as opened:
        drawn = [page.render(scale=300 / 72).to_pil().convert("L") for page in opened]
    for page in drawn:
        (place,) = [found.position for found in zxingcpp.read_barcodes(page) if "#M" in found.text]
        corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
        left, right = min(at.x for at in corners), max(at.x for at in corners)
        top, bottom = min(at.y for at in corners), max(at.y for at in corners)
        assert (right - left) / dots == pytest.approx(13, abs=0.3)
        zone = round(QUIET * dots)
        outer = (left - zone, top - zone, right + zone, bottom + zone)
        assert (page.height - outer[3]) / dots >= 7.9
        assert min(outer[0], page.width - outer[2]) / dots >= 8
        beside = page.crop(outer)
        beside.paste(255, (zone - 2, zone - 2, beside.width - zone + 3, beside.height - zone + 3))
        assert min(beside.tobytes()) >= WATERMARK, f"{name}: something stands beside the code"


def test_a_wrong_guess_of_the_number_of_pages_changes_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    content = samples.with_records(60, full=True)
    right = lay_out(content)
    monkeypatch.setattr(footers, "_FULL_A_PAGE", 1000)
    assert lay_out(content) == right
    with pikepdf.open(BytesIO(right)) as pdf:
        assert len(pdf.pages) > 10


def test_the_longest_link_fits_the_side_it_was_measured_for() -> None:
    mark = page_mark.marked(bytes(32), samples.NUMBER, 4095, 4095, bytes(32))
    link = page_mark.link(LONGEST_HOST, samples.NUMBER, mark)
    assert qr.draw(link.segments, max_version=qr.PAGE_MAX_VERSION, level=footers.LEVEL).version == 4
