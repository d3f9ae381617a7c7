"""Walks in Debian's Chromium, and a search for their secrets in everything they left behind.

A narrowed report at the bank; a photograph of the paper; 一码通; a grant from making to withdrawal; a chat
program's web-view (Chromium with camera and downloads denied); no scripts; the keyboard alone.
"""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from records.intake.cells import is_resident_number
from tests.web.conftest import CHROMIUM, SWITCHES
from tests.web.paper import check_code, codes
from tests.web.photographs import photograph, printed_page
from tests.web.service import Served, served
from tests.web.trail import Trail, forms, hits, readable
from tests.world.world import World

pytestmark = [
    pytest.mark.slow,
    pytest.mark.tool("chromium"),
    pytest.mark.tool("cupsd"),
    pytest.mark.tool("lp"),
]
PHONE = {"viewport": {"width": 360, "height": 800}}
DESK = {"viewport": {"width": 1280, "height": 900}}
CHOSEN = ("消防救援", "税务", "水利")
APPLICANT = "140105198001010012"
WITHDRAWN_SECONDS = 1.0


@dataclass
class Walks:
    """The people of these walks; what one of them made is there for the others, in any order of tests."""

    browser: Any
    service: Served
    trail: Trail
    folder: Path
    done: dict[str, Any] = field(default_factory=dict)

    def page(self, person: str | None = None, browser: Any = None, **more: Any) -> Any:
        """A page of a new browser, signed in as that sample person."""
        context = self.trail.context(browser or self.browser, self.service.address, **(PHONE | more))
        if person is not None:
            for name, value in self.service.cookies(person).items():
                self.trail.secret("session", value)
                context.add_cookies([{"name": name, "value": value, "url": self.service.address}])
        return context.new_page()

    def download(self, page: Any, link: str) -> Path:
        """The file behind the first such link."""
        with page.expect_download() as waiting:
            page.locator(link).first.click()
        path = self.folder / f"{len(self.trail.kept)}-{waiting.value.suggested_filename}"
        waiting.value.save_as(path)
        self.trail.keep(path.name, path.read_bytes())
        return path

    def put_in(self, page: Any, file: Path) -> Any:
        """The card for a file that was dropped into the box."""
        page.goto("/")
        handle = page.evaluate_handle(
            "([data, name]) => { const moved = new DataTransfer();"
            " moved.items.add(new File([new Uint8Array(data)], name)); return moved; }",
            [list(file.read_bytes()), file.name],
        )
        page.dispatch_event("#drop", "drop", {"dataTransfer": handle})
        page.click("#go")
        card = page.locator(".card-verdict")
        card.wait_for()
        return card

    @cached_property
    def whole(self) -> tuple[str, Path]:
        """Number and file of a report over all domains; what its paper says is secret."""
        pdf = self.service.world.issue("records")
        data = self.trail.keep("report.pdf", pdf.read_bytes())
        for kind, link in codes(data).items():
            self.trail.secret(f"code {kind}", link.partition("#")[2])
        self.trail.secret("核验码", check_code(data))
        return self.service.world.content(pdf)["number"], pdf

    @cached_property
    def narrowed(self) -> tuple[str, Path]:
        """Number and file of a report over three domains, as the enterprise gets it at its desk."""
        page = self.page("enterprise-records")
        page.goto("/desk/new/form?matter=bank_loan")
        page.get_by_role("button", name="全不选", exact=True).click()
        for name in CHOSEN:
            page.get_by_label(name, exact=True).check()
        assert "3/40" in page.locator("#narrowed").inner_text()
        page.locator("#ask .btn-primary").click()
        page.locator(".issue-form .btn-primary").click()
        page.wait_for_url(re.compile(r"/desk/reports/[0-9A-F]{22}$"))
        number = page.url.rpartition("/")[2]
        path = self.download(page, f'a[href="/desk/reports/{number}/file"]')
        for kind, link in codes(path.read_bytes()).items():
            self.trail.secret(f"code {kind}", link.partition("#")[2])
        return number, path

    def granted(self) -> tuple[Any, str]:
        """The enterprise's page with a grant just made, and its secret."""
        page = self.page("enterprise-records", **DESK)
        page.goto(f"/grants/new/{self.whole[0]}")
        page.locator('[name="purpose"]').fill("贷款审查")
        page.locator("#allow-download").check()
        page.locator("main form .btn-primary").click()
        secret = self.trail.secret("授权码", page.locator("#code").inner_text().strip())
        return page, secret


@pytest.fixture(scope="module")
def walks(browser: Any, careful: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walks]:
    """One served house for all walks of this file."""
    folder = tmp_path_factory.mktemp("walks")
    with served(careful, folder / "log", "--demo-sign-in") as service:
        (folder / "har").mkdir()
        yield Walks(browser, service, Trail(folder / "har", careful, folder / "log"), folder)


def is_amber(page: Any, selector: str, style: str = "color") -> bool:
    """Whether a part's colour is neither green nor red: more red than green, more green than blue."""
    said = page.locator(selector).first.evaluate(f"each => getComputedStyle(each).{style}")
    red, green, blue = (int(figure) for figure in re.findall(r"\d+", said)[:3])
    return red > green > blue and green > red / 3


def test_a_narrowed_report_is_amber_wherever_it_is_checked(walks: Walks) -> None:
    number, file = walks.narrowed
    page = walks.page()
    card = walks.put_in(page, file)
    assert "仅涵盖 3/40 领域（主体自选）" in card.inner_text()
    assert "card-limited" in card.get_attribute("class")
    for selector in (".card-scope", "#line-1"):
        assert is_amber(page, selector)
    assert is_amber(page, ".card-line .sign .shape", "fill")
    assert not is_amber(page, "body")
    told = walks.service.world.verify(str(file))
    assert told["report"]["scope"]["narrowed"] is True

    link = codes(file.read_bytes())["C"]
    page.goto(f"/q/{number}#{link.partition('#')[2]}")
    page.locator(".card-scope").wait_for()
    assert "仅涵盖 3/40 领域（主体自选）" in page.locator(".card-scope").inner_text()
    assert "#" not in page.url
    page.goto("/batch")
    page.set_input_files("#files", [file, walks.whole[1]])
    page.click("#go")
    page.wait_for_url("**/batch/result")
    assert page.locator("#matrix tbody tr .line-limited").count() >= 2
    assert page.locator("#matrix tbody tr .line-good").count() == 1
    assert is_amber(page, "#matrix .line-limited")
    for form in ("xlsx", "csv"):
        walks.download(page, f'a[href="/batch/export.{form}"]')


def test_a_photograph_lies_beside_the_original(walks: Walks) -> None:
    number, pdf = walks.whole
    taken = photograph(printed_page(pdf.read_bytes()), 7)
    page = walks.page(**DESK)
    page.goto("/")
    page.locator("details", has=page.locator("#shot")).locator("summary").click()
    page.set_input_files("#shot", {"name": "IMG_2041.jpg", "mimeType": "image/jpeg", "buffer": taken.data})
    page.locator("form", has=page.locator("#shot")).locator("button").click()
    card = page.locator(".card-verdict")
    card.wait_for()
    assert (card.get_attribute("data-status"), "登记中有这份报告" in card.inner_text()) == ("STANDS", True)
    assert number in page.locator(".compare").inner_text()
    assert "纸质件与原件请逐项核对" in page.locator("#original").inner_text()
    left, right = (page.locator(f"#original {part} img").first for part in (".photograph", "div > figure"))
    for picture in (left, right):
        assert picture.evaluate("each => each.complete && each.naturalWidth") > 400
    one, other = left.bounding_box(), right.bounding_box()
    assert one["x"] + one["width"] <= other["x"]
    assert abs(one["y"] - other["y"]) < 60
    same = walks.download(page, 'form[action="/verify/original"] button')
    assert same.read_bytes() == pdf.read_bytes()


def shown_code(page: Any) -> str:
    """What a phone's camera reads off the enterprise's screen."""
    picture = Image.open(io.BytesIO(page.locator("img.qr").screenshot()))
    return str(zxingcpp.read_barcodes(picture)[0].text)


def test_a_live_code_changes_is_spent_once_and_not_by_a_preview(walks: Walks) -> None:
    number, _ = walks.whole
    phone = walks.page("enterprise-records")
    phone.clock.install()
    phone.goto(f"/live/show/{number}")
    first = shown_code(phone)
    before = phone.locator("img.qr").get_attribute("src")
    phone.clock.fast_forward(40_000)
    assert phone.locator("img.qr").get_attribute("src") == before
    phone.clock.fast_forward(20_000)
    phone.wait_for_function("before => document.querySelector('img.qr')?.src !== before", arg=before)
    link = shown_code(phone)
    assert link != first
    for each in (first, link):
        walks.trail.secret("一码通", "dzl_" + each.partition("#L")[2].lower())

    place = link.partition("#")[0].removeprefix(walks.service.address)
    robot = {"User-Agent": "Mozilla/5.0 (compatible; LinkPreview/1.0; +bot)"}
    with walks.service.client(headers=robot) as preview:
        for method in ("GET", "HEAD", "GET"):
            assert preview.request(method, place).status_code in (200, 405)
    looked = walks.page()  # a preview that draws the page, scripts and all
    looked.goto(link)
    looked.screenshot()
    assert "还没有人打开" in phone.locator("#live-state").inner_text()

    bank = walks.page()
    bank.goto(link)
    assert "#" not in bank.url
    bank.locator("main form button").click()
    bank.wait_for_url("**/live/view")
    assert bank.locator(".card-verdict").get_attribute("data-status") == "VALID"
    word = bank.locator(".live-characters").inner_text()
    phone.clock.fast_forward(3_000)
    phone.locator(".live-characters").wait_for()
    assert phone.locator(".live-characters").inner_text() == word

    looked.locator("main form button").click()
    assert "已经用过" in looked.locator(".notice-bad").inner_text()
    second = walks.page()
    second.goto(link)
    second.locator("main form button").click()
    assert "已经用过" in second.locator(".notice-bad").inner_text()
    phone.locator('form[action$="/withdraw"] button').click()
    bank.reload()
    assert bank.locator(".card-verdict").count() == 0


def test_details_open_with_proofs_and_close_within_a_second(walks: Walks) -> None:
    number, pdf = walks.whole
    enterprise, secret = walks.granted()
    bank = walks.page("bank", **DESK)
    bank.goto(f"/open#G{secret[4:].upper()}")
    assert "#" not in bank.url
    bank.locator("main form .btn-primary").first.click()
    bank.wait_for_url("**/open/view")
    for cookie in bank.context.cookies():
        walks.trail.secret("opening", cookie["value"])
    signed = walks.service.world.content(pdf)["records"]
    assert "核对相符" in bank.locator(".notice-good").inner_text()
    assert bank.locator("#root").inner_text() == signed["root"]
    records = bank.locator(".grant-record")
    assert records.count() == 3
    records.first.locator(".proof summary").click()
    steps = records.first.locator(".proof li").all_inner_texts()
    assert steps and all(re.fullmatch("[0-9a-f]{64}", step) for step in steps)
    assert "金若水" in bank.request.get("/open/watermark.svg").text()

    details = walks.download(bank, 'a[href="/open/details.json"]')
    file = walks.download(bank, 'a[href="/open/report.pdf"]')
    assert file.read_bytes() == pdf.read_bytes()
    shown = json.loads(details.read_text())
    assert steps == shown["items"][0]["proof"]
    told = walks.service.world.verify(str(file), "--details", str(details))
    assert told["status"] == "VALID"
    assert number in json.dumps(told["details"])
    other = walks.folder / "changed.json"
    other.write_text(details.read_text().replace('"罚款', '"罰款', 1).replace("2025", "2024", 1))
    refused = walks.service.world.commands.call(
        "verify", str(file), "--details", str(other), codes=(0, 1, 2, 3, 4)
    )
    assert refused.code != 0

    enterprise.locator('main a[href^="/grants/0"]').click()
    enterprise.locator("text=金若水").first.wait_for()
    with enterprise.expect_response(lambda answer: answer.url.endswith("/withdraw")) as waiting:
        enterprise.locator('form[action$="/withdraw"] button').click()
    assert waiting.value.status == 303
    withdrawn = time.monotonic()
    denied = bank.request.get("/open/view")
    took = time.monotonic() - withdrawn
    assert (denied.status, "收回" in denied.text()) == (403, True)
    assert took < WITHDRAWN_SECONDS
    bank.reload()
    assert bank.locator(".grant-record").count() == 0
    for path in ("/open/details.json", "/open/report.pdf"):
        assert bank.request.get(path).status == 403


def test_in_a_chat_programs_web_view(walks: Walks) -> None:
    number, pdf = walks.whole
    strict = walks.browser.browser_type.launch(
        executable_path=CHROMIUM,
        args=[*SWITCHES, "--use-fake-device-for-media-stream", "--deny-permission-prompts"],
    )
    page = walks.page(browser=strict, accept_downloads=False)
    page.goto("/camera")
    page.click("#start")
    page.wait_for_function("document.getElementById('camera-said').textContent.includes('拍照上传')")
    assert "在浏览器打开" in page.locator("#camera-said").inner_text()

    assert walks.put_in(page, pdf).get_attribute("data-code") == "ok"
    page.goto("/")
    page.locator("summary", has_text="输入报告编号和核验码").click()
    page.locator("#f-number").fill(number)
    page.locator("#f-code").fill(check_code(pdf.read_bytes()))
    page.locator("form", has=page.locator("#f-code")).locator("button").click()
    assert page.locator(".card-verdict").get_attribute("data-status") == "STANDS"
    assert page.locator("#original figure img").count() >= 3
    with page.expect_download() as refused:
        page.locator('form[action="/verify/original"] button').click()
    assert refused.value.failure() is not None
    assert "在浏览器打开" in page.locator("main").inner_text()
    walks.trail.close(page.context)
    strict.close()


@pytest.mark.parametrize("person", ["enterprise-records"])
def test_where_downloads_stand_it_says_what_to_do_when_one_is_refused(walks: Walks, person: str) -> None:
    page = walks.page(person, accept_downloads=False)
    page.goto(f"/desk/reports/{walks.whole[0]}")
    with page.expect_download() as refused:
        page.get_by_role("link", name="下载 PDF").click()
    assert refused.value.failure() is not None
    assert "在浏览器打开" in page.locator(".download-hint").inner_text()


def test_without_scripts(walks: Walks) -> None:
    number, pdf = walks.whole
    page = walks.page(java_script_enabled=False)
    page.goto("/")
    page.set_input_files("#files", pdf)
    page.click("#go")
    assert page.locator(".card-verdict").get_attribute("data-code") == "ok"
    assert "有记录 3 条" in page.locator("#line-2").inner_text()
    page.get_by_role("link", name="核验另一份").click()
    page.locator("summary", has_text="输入报告编号和核验码").click()
    page.locator("#f-number").fill(number.lower())
    page.locator("#f-code").fill(check_code(pdf.read_bytes()).replace(" ", ""))
    page.locator("form", has=page.locator("#f-code")).locator("button").click()
    assert page.locator(".card-verdict").get_attribute("data-status") == "STANDS"
    assert page.locator("#original figure img").count() >= 3
    page.goto(f"/q/{number}")
    page.locator("#f-code").fill("000000000000")
    page.locator("#by-code button").click()
    assert page.locator(".card-verdict").get_attribute("data-status") != "STANDS"


def test_with_the_keyboard_alone(walks: Walks) -> None:
    number, pdf = walks.whole
    page = walks.page(**DESK)
    page.goto("/")

    def tab_to(selector: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                seen = page.evaluate(
                    "() => { const style = getComputedStyle(document.activeElement);"
                    " return style.outlineStyle !== 'none' || style.boxShadow !== 'none'; }"
                )
                assert seen, f"{selector} has the focus and does not show it"
                return
        raise AssertionError(f"Tab never comes to {selector}")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    tab_to("#files")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(pdf)
    tab_to("#go")
    page.keyboard.press("Enter")
    page.locator(".card-verdict").wait_for()
    assert page.locator("#line-1").inner_text() == "真实有效"
    tab_to("#domains > summary")
    page.keyboard.press("Enter")
    assert page.locator("#domains table").is_visible()
    page.goto("/")
    tab_to("summary")
    page.keyboard.press("Enter")
    tab_to("#f-number")
    page.keyboard.type(number)
    tab_to("#f-code")
    page.keyboard.type(check_code(pdf.read_bytes()))
    page.keyboard.press("Enter")
    page.locator(".card-verdict").wait_for()
    assert page.locator(".card-verdict").get_attribute("data-status") == "STANDS"
