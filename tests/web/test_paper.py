"""Pages of a print, photographed or scanned: what was put in, left out or doubled is named; the eye does the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from fastapi.testclient import TestClient
from PIL import Image, ImageDraw, ImageFilter

from tests.web.paper import check_code, codes
from tests.web.photographs import photograph, printed_page, scan, scanned_pdf, scanned_tiff
from tests.web.test_portal import answer, send
from tests.world.world import World
from verifier.paper.prints import Sheet
from verifier.paper.sheets import scan_sheets
from verifier.worker.pool import WorkerPool

SHARP = 3400
"""Pixels across a print: a laser printer is finer than any photograph of a page."""
PIXELS = 2400


class Print:
    """One report on paper."""

    def __init__(self, pdf: bytes) -> None:
        self.pdf = pdf
        with pypdfium2.PdfDocument(pdf) as opened:
            self.pages = len(opened)
        self.sheets = [printed_page(pdf, place, SHARP) for place in range(self.pages)]

    @property
    def number(self) -> str:
        return codes(self.pdf)["P"].partition("#")[0].rpartition("/")[2]


@pytest.fixture(scope="module")
def ours(house: World) -> Print:
    """B: the print that somebody hands in."""
    return Print(house.report("clean").read_bytes())


@pytest.fixture(scope="module")
def other(house: World) -> Print:
    """A: another report, of which one page is taken."""
    return Print(house.report("records").read_bytes())


class Camera:
    """Takes a sheet's picture with a seed once, however many tests hand that picture in."""

    def __init__(self) -> None:
        self.taken: dict[tuple[int, int, bool], tuple[Image.Image, bytes]] = {}

    def picture(self, sheet: Image.Image, seed: int, *, scanned: bool) -> bytes:
        """The photograph, 2,400 pixels a page, or the scan at 200 dots an inch."""
        key = (id(sheet), seed, scanned)  # the sheet is kept beside it: its id is nobody else's
        if key not in self.taken:
            made = scan(sheet, seed) if scanned else photograph(sheet, seed, PIXELS).data
            self.taken[key] = (sheet, made)
        return self.taken[key][1]


CAMERA = Camera()


@pytest.fixture(scope="module", autouse=True)
def _pictures_go_with_the_file() -> Iterator[None]:
    yield
    CAMERA.taken.clear()


def shots(sheets: list[Image.Image], first_seed: int = 1) -> list[tuple[str, bytes]]:
    """A photograph of each sheet."""
    seeds = [seed for seed in range(first_seed, first_seed + 20) if seed not in (8,)]
    return [
        (f"IMG_{place}.jpg", CAMERA.picture(sheet, seeds[place], scanned=False))
        for place, sheet in enumerate(sheets)
    ]


def scanned(sheets: list[Image.Image]) -> list[bytes]:
    """A scan of each sheet."""
    return [CAMERA.picture(sheet, seed, scanned=True) for seed, sheet in enumerate(sheets)]


def scans(sheets: list[Image.Image]) -> bytes:
    """One PDF of all sheets."""
    return scanned_pdf(scanned(sheets))


def read_sheets(data: bytes) -> tuple[Sheet, ...]:
    """What the sandboxed reader makes of a scan."""
    with WorkerPool(()) as pool:
        return scan_sheets(data, "scan", pool)


def found(html: str) -> list[str]:
    return re.findall(r'<tr data-found="([a-z_]+)"', html)


def missing(html: str) -> str | None:
    said = re.search(r'id="missing"><strong>([^<]+)<', html)
    return said and said[1]


def mixed(ours: Print, other: Print) -> list[Image.Image]:
    """Page 3 of A in B's print."""
    return [other.sheets[2] if place == 2 else sheet for place, sheet in enumerate(ours.sheets)]


def test_every_page_photographed_is_complete_and_stands_beside_its_original(
    client: TestClient, ours: Print
) -> None:
    page = send(client, *shots(ours.sheets))
    assert answer(page.text) == ("STANDS", "paper_complete")
    assert found(page.text) == ["in_place"] * ours.pages
    assert missing(page.text) is None
    assert page.text.count("data:image/png") == ours.pages
    assert page.text.count("data:image/jpeg") == ours.pages
    assert "文字有没有改动，码查不出来" in page.text
    assert "VALID" not in page.text


def test_page_3_of_another_report_is_named_in_photographs(
    client: TestClient, ours: Print, other: Print
) -> None:
    page = send(client, *shots(mixed(ours, other)))
    assert answer(page.text) == ("REFUTED", "paper_mixed")
    assert found(page.text) == ["in_place", "in_place", "other_report", *["in_place"] * (ours.pages - 3)]
    assert "另一份报告的第 3 页" in page.text
    assert other.number in page.text
    assert missing(page.text) == "缺第 3 页"


def test_page_3_of_another_report_is_named_in_a_scan(client: TestClient, ours: Print, other: Print) -> None:
    page = send(client, ("scan.pdf", scans(mixed(ours, other))))
    assert answer(page.text) == ("REFUTED", "paper_mixed")
    assert found(page.text)[2] == "other_report"
    assert "另一份报告的第 3 页" in page.text
    assert missing(page.text) == "缺第 3 页"
    assert "扫描件没有签名" in page.text


def test_a_missing_page_is_named(client: TestClient, ours: Print) -> None:
    without = [sheet for place, sheet in enumerate(ours.sheets) if place != 1]
    for page in (send(client, *shots(without)), send(client, ("scan.pdf", scans(without)))):
        assert answer(page.text) == ("UNKNOWN", "paper_incomplete")
        assert missing(page.text) == "缺第 2 页"
        assert "没有收到这一页的照片" in page.text


def blurred(sheet: Image.Image) -> Image.Image:
    """The sheet with its footer's code out of focus."""
    box = (round(sheet.width * 0.8), round(sheet.height * 0.9), sheet.width, sheet.height)
    spoiled = sheet.copy()
    spoiled.paste(spoiled.crop(box).filter(ImageFilter.GaussianBlur(40)), box)
    return spoiled


def told_unread(html: str) -> str | None:
    said = re.search(r'id="unread"><strong>([^<]+)<', html)
    return said and said[1]


def test_a_page_whose_code_cannot_be_read_is_neither_missing_nor_of_another_report(
    client: TestClient, ours: Print
) -> None:
    sheets = [blurred(sheet) if place == 2 else sheet for place, sheet in enumerate(ours.sheets)]
    page = send(client, *shots(sheets))
    assert answer(page.text) == ("UNKNOWN", "paper_unread")
    assert found(page.text)[2] == "no_mark" and missing(page.text) is None
    assert told_unread(page.text) == "1 张照片读不出页脚的码，请重拍这几张；第 3 页没有认出，可能就在这几张里"
    assert "读不出页脚的码的照片：请重拍" in page.text and "没有认出这一页的照片" in page.text
    assert "不属于这份报告的照片" not in page.text and "没有收到这一页的照片" not in page.text
    assert page.text.count("data:image/jpeg") == ours.pages
    fewer = send(client, *shots([sheets[0], sheets[2]]))
    assert answer(fewer.text) == ("UNKNOWN", "paper_unread") and missing(fewer.text) is None
    assert f"其中至少 {ours.pages - 2} 页没有交来" in (told_unread(fewer.text) or "")


def test_a_scanners_tiff_of_all_pages_is_read_page_by_page(
    client: TestClient, house: World, ours: Print, other: Print, tmp_path: Path
) -> None:
    page = send(client, ("scan.tif", scanned_tiff(scanned(mixed(ours, other)))))
    assert answer(page.text) == ("REFUTED", "paper_mixed")
    assert found(page.text)[2] == "other_report" and missing(page.text) == "缺第 3 页"
    assert page.text.count("data:image/jpeg") == ours.pages, "each page stands beside the registered one"
    whole = scanned_tiff(scanned(ours.sheets))
    assert answer(send(client, ("scan.tif", whole)).text) == ("STANDS", "paper_complete")
    (tmp_path / "scan.tif").write_bytes(whole)
    told = house.commands.call("verify", "--paper", str(tmp_path / "scan.tif"), codes=(3,)).only
    assert (told["code"], told["unread"], told["missing"]) == ("paper_complete", 0, [])


def test_a_cover_alone_in_a_tiff_is_a_picture_like_any_other(client: TestClient, ours: Print) -> None:
    page = send(client, ("cover.tif", scanned_tiff(scanned(ours.sheets[:1]))))
    assert answer(page.text) == ("STANDS", "claim_stands")


def test_a_tiff_of_too_many_or_too_large_pages_is_told_and_costs_little(client: TestClient) -> None:
    tiny = Image.new("1", (8, 8))
    out = BytesIO()
    tiny.save(out, "TIFF", save_all=True, append_images=[tiny] * 300)
    assert "paper_complete" not in send(client, ("many.tif", out.getvalue())).text
    sheets = read_sheets(out.getvalue())
    assert [each.problem for each in sheets] == ["too_many_pages"]
    out = BytesIO()
    Image.new("1", (9000, 9000)).save(out, "TIFF", save_all=True, append_images=[tiny], compression="group4")
    assert [each.problem for each in read_sheets(out.getvalue())] == ["too_many_pixels"]


def test_a_doubled_page_is_named(client: TestClient, ours: Print) -> None:
    page = send(client, *shots([*ours.sheets, ours.sheets[1]]))
    assert answer(page.text) == ("UNKNOWN", "paper_doubled")
    assert found(page.text)[-1] == "doubled"
    assert "第 2 页重复" in page.text


def test_without_the_cover_the_marks_open_nothing(client: TestClient, ours: Print) -> None:
    page = send(client, *shots(ours.sheets[1:]))
    assert answer(page.text) == ("UNKNOWN", "paper_incomplete")
    assert missing(page.text) == "缺第 1 页"
    assert "data:image" not in page.text
    assert 'name="handle"' not in page.text
    assert "单凭页脚的码不展示报告内容" in page.text


def test_number_and_code_open_the_pages_beside_the_photographs(client: TestClient, ours: Print) -> None:
    inner = shots(ours.sheets[1:])
    page = send(client, *inner, number=ours.number, code=check_code(ours.pdf))
    assert answer(page.text) == ("UNKNOWN", "paper_incomplete")
    assert page.text.count("data:image/png") == ours.pages
    assert page.text.count("data:image/jpeg") == len(inner)
    wrong = send(client, *inner, number=ours.number, code="0000 0000 0000")
    assert "data:image" not in wrong.text


def test_one_page_alone_says_which_it_is(client: TestClient, ours: Print) -> None:
    page = send(client, *shots(ours.sheets[1:2]))
    assert answer(page.text) == ("UNKNOWN", "paper_incomplete")
    assert f"第 2 页，共 {ours.pages} 页" in page.text


def _painted(sheet: Image.Image, text: str, side: int) -> Image.Image:
    """The sheet with another code where its mark stands."""
    import zxingcpp

    made: Any = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
    picture = made.to_image(scale=8, add_quiet_zones=False)
    code = Image.frombytes("L", (picture.shape[1], picture.shape[0]), bytes(picture)).resize((side, side))
    changed = sheet.copy()
    pen = ImageDraw.Draw(changed)
    left, top = round(sheet.width * (210 - 22) / 210) - side, round(sheet.height * (297 - 23) / 297)
    pen.rectangle((left - 30, top - 20, left + side + 30, top + side + 40), fill="white")
    changed.paste(code.convert("RGB"), (left, top))
    return changed


def test_a_mark_that_the_house_did_not_make_is_not_ours(client: TestClient, ours: Print) -> None:
    mark = codes(ours.pdf)["M"]
    base, _, letters = mark.partition("#M")
    forged = f"{base}#MAAI{letters[3:]}"  # page 1 with the keyed hash of another page
    assert len(forged) == len(mark)
    sheets = [*ours.sheets[:1], _painted(ours.sheets[1], forged, 210), *ours.sheets[2:]]
    page = send(client, *shots(sheets))
    assert answer(page.text) == ("REFUTED", "paper_not_ours")
    assert found(page.text)[1] == "not_ours"


def test_a_cover_with_another_reports_code_pasted_on_it_is_mixed(
    client: TestClient, ours: Print, other: Print
) -> None:
    cover = _painted(ours.sheets[0], codes(other.pdf)["M"], 210)
    page = send(client, *shots([cover, *ours.sheets[1:]]))
    assert answer(page.text) == ("REFUTED", "paper_mixed")
    assert found(page.text)[0] == "mixed"


def test_pictures_without_any_mark_say_so(client: TestClient) -> None:
    blank = Image.new("RGB", (1700, 2400), "white")
    page = send(client, *shots([blank, blank]))
    assert answer(page.text) == ("UNKNOWN", "paper_unmarked")


def test_a_signed_file_is_judged_as_a_file(client: TestClient, ours: Print) -> None:
    assert answer(send(client, ("r.pdf", ours.pdf)).text) == ("VALID", "ok")


def test_the_command_names_the_pages_too(house: World, ours: Print, other: Print, tmp_path: Path) -> None:
    scan_path = tmp_path / "scan.pdf"
    scan_path.write_bytes(scans([*mixed(ours, other), ours.sheets[0]]))
    told = house.commands.call("verify", "--paper", str(scan_path), codes=(1,)).only
    assert (told["kind"], told["status"], told["code"]) == ("paper", "REFUTED", "paper_mixed")
    assert (told["number"], told["pages"], told["missing"]) == (ours.number, ours.pages, [3])
    assert [sheet["found"] for sheet in told["sheets"]][2] == "other_report"
    assert told["sheets"][2]["number"] == other.number
    code, words = house.commands.show("verify", "--paper", "--lang", "zh", str(scan_path))
    assert code == 1
    assert "缺第 3 页" in words and "另一份报告的第 3 页" in words


def test_a_stranger_without_the_register_reads_the_numbers_and_checks_nothing(
    house: World, ours: Print, tmp_path: Path
) -> None:
    bundle, scan_path = tmp_path / "trust.jws", tmp_path / "scan.pdf"
    house.commands.call("trust", "export", "--out", str(bundle))
    scan_path.write_bytes(scans(ours.sheets[:1]))
    words = ("verify", "--paper", "--trust", str(bundle), str(scan_path))
    told = house.commands.call(*words, codes=(3,)).only
    assert (told["code"], told["missing"]) == ("paper_unchecked", [*range(2, ours.pages + 1)])
