"""Journeys at the verifier's pages in Debian's Chromium: drop, hash alone, many, QR page, camera, no scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from tests.web.conftest import CHROMIUM, SWITCHES
from tests.web.every_page import settled
from tests.web.paper import codes
from tests.web.photographs import printed_page
from tests.web.service import Served

pytestmark = pytest.mark.slow
WAIT = 60_000


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 360, "height": 800}, locale="zh-CN")
    opened = context.new_page()
    opened.set_default_timeout(WAIT)
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None
    )
    yield opened
    context.close()
    assert faults == []


@pytest.fixture(scope="module")
def report(service: Served) -> Path:
    return service.world.report("records")


def test_drop_a_file_and_see_both_lines(page: Any, service: Served, report: Path) -> None:
    page.goto(service.address + "/")
    data = list(report.read_bytes())
    handle = page.evaluate_handle(
        "(data) => { const transfer = new DataTransfer();"
        " transfer.items.add(new File([new Uint8Array(data)], '报告.pdf')); return transfer; }",
        data,
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": handle})
    assert "报告.pdf" in page.inner_text("#chosen")
    page.click("#go")
    page.wait_for_selector(".card-verdict")
    assert page.inner_text("#line-1") == "真实有效"
    assert page.inner_text("#line-2").startswith("有记录 3 条")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_only_the_digest_leaves_the_browser(page: Any, service: Served, report: Path) -> None:
    bodies: list[str] = []
    page.on("request", lambda sent: bodies.append(sent.post_data or "") if sent.method == "POST" else None)
    page.goto(service.address + "/")
    page.set_input_files("#files", report)
    page.check("#hash-only")
    page.click("#go")
    page.wait_for_selector("#hash-only.notice")
    assert page.inner_text("#line-1") == "真实有效"
    # Beside the digest only what was chosen on the page, all of it short.
    (body,) = bodies
    assert re.search(r"(^|&)sha256=[0-9a-f]{64}(&|$)", body)
    assert len(body) < 400


@pytest.mark.parametrize(
    ("path", "given", "words"),
    [
        ("/", "too many", "一次最多 200 个文件"),
        ("/batch", "too many", "一次最多 200 个文件"),
        ("/", "archive", "请先解压"),
        ("/batch", "archive", "请先解压"),
        ("/", "no network", "请检查网络"),
    ],
)
def test_whatever_stands_in_the_way_no_file_leaves_where_its_digest_was_asked_for(
    page: Any, service: Served, path: str, given: str, words: str
) -> None:
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    page.goto(service.address + path)
    page.check("#hash-only")
    file = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 secret"}
    if given == "too many":
        page.set_input_files("#files", [file | {"name": f"{place}.pdf"} for place in range(201)])
    elif given == "archive":
        page.set_input_files("#files", [file | {"name": "a.zip", "mimeType": "application/zip"}])
    else:
        page.set_input_files("#files", [file, file | {"name": "b.pdf"}])
        page.context.set_offline(True)
    page.click("#go")
    page.wait_for_function(
        "words => document.getElementById('progress-text').textContent.includes(words)", arg=words
    )
    page.context.set_offline(False)
    # Offline the batch's opening is tried; it holds no file.
    assert [url for url in sent if not url.endswith("/batch/open")] == []
    assert page.url == service.address + path


def test_many_files_with_progress(page: Any, service: Served, report: Path) -> None:
    page.goto(service.address + "/")
    page.set_input_files("#files", [report, service.world.report("clean"), report])
    page.click("#go")
    page.wait_for_url("**/batch/result")
    assert page.locator("#matrix tbody tr").count() == 3
    assert "同一个文件" in page.inner_text("#matrix")
    with page.expect_download() as loading:
        page.click("a[href='/batch/export.xlsx']")
    assert loading.value.suggested_filename == "check.xlsx"


@pytest.mark.parametrize("kind", ["P", "C"])
def test_the_code_leaves_the_address_bar_and_reaches_no_log(
    page: Any, service: Served, report: Path, kind: str
) -> None:
    link = codes(report.read_bytes())[kind]
    place, _, fragment = link.partition("#")
    page.goto(f"{service.address}{place.removeprefix('HTTPS://DZ.EXAMPLE')}#{fragment}")
    page.wait_for_selector(".card-verdict")
    assert "#" not in page.url and fragment not in page.url
    assert page.evaluate("history.state") is None
    assert "现在有效" in page.inner_text("#line-1")
    local = page.get_attribute("#local", "data-local")
    assert local == ("good" if kind == "C" else None)
    assert (page.locator("#original img").count() > 0) == (kind == "P")
    assert fragment not in service.log.read_text()


def test_the_other_code_in_the_same_tab_is_read_as_if_newly_opened(
    page: Any, service: Served, report: Path
) -> None:
    both = codes(report.read_bytes())
    place = service.address + both["P"].partition("#")[0].removeprefix("HTTPS://DZ.EXAMPLE")
    page.goto(f"{place}#{both['P'].partition('#')[2]}")
    page.wait_for_selector(".card-verdict")
    page.goto(f"{place}#{both['C'].partition('#')[2]}")
    page.wait_for_selector("#local[data-local=good]")
    page.wait_for_selector(".card-verdict")
    assert "#" not in page.url


def test_a_further_live_code_in_the_same_tab_is_taken_out_of_the_address(page: Any, service: Served) -> None:
    for letter in "ab":
        page.goto(f"{service.address}/live#L{letter * 58}")
        page.wait_for_function("!location.href.includes('#')")
        assert page.input_value("#code") == "dzl_" + letter * 58


def test_on_a_phone_a_domain_is_a_small_block(page: Any, service: Served, report: Path) -> None:
    page.goto(service.address + "/")
    page.set_input_files("#files", report)
    page.click("#go")
    page.wait_for_selector(".card-verdict")
    page.click("#domains > summary")
    settled(page)
    box, rows = page.locator("#domains .scroll"), page.locator("#domains tbody tr")
    assert box.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert max(row["height"] for row in (each.bounding_box() for each in rows.all())) < 150
    assert "数据确认到" in rows.first.evaluate(
        "each => getComputedStyle(each.lastElementChild, '::before').content"
    )


def test_a_claim_with_one_bit_changed_is_refused_in_the_page(
    page: Any, service: Served, report: Path
) -> None:
    link = codes(report.read_bytes())["C"]
    place, _, fragment = link.partition("#")
    middle = len(fragment) // 2
    changed = fragment[:middle] + ("A" if fragment[middle] != "A" else "B") + fragment[middle + 1 :]
    page.goto(f"{service.address}{place.removeprefix('HTTPS://DZ.EXAMPLE')}#{changed}")
    page.wait_for_selector(".card-verdict")
    assert page.get_attribute("#local", "data-local") == "bad"
    assert page.get_attribute(".card-verdict", "data-status") in {"REFUTED", "UNKNOWN"}


def test_without_scripts_and_with_the_keyboard_alone(browser: Any, service: Served, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    opened = context.new_page()
    opened.set_default_timeout(WAIT)
    opened.goto(service.address + "/")
    opened.set_input_files("#files", report)
    opened.focus("#go")
    opened.keyboard.press("Enter")
    opened.wait_for_selector(".card-verdict")
    assert opened.inner_text("#line-1") == "真实有效"
    opened.goto(f"{service.address}/q/15030020261122AAAAAAAA")
    assert opened.is_visible("input[name=code]")
    context.close()


def test_the_camera_reads_the_code(browser: Any, service: Served, report: Path, tmp_path: Path) -> None:
    paper = printed_page(report.read_bytes())
    view = Image.new("RGB", (1280, 960), "grey")
    # The cover's own code is the largest; where it stands depends on how much stands above it.
    code = max(
        (each.position for each in zxingcpp.read_barcodes(paper)),
        key=lambda at: at.bottom_right.x - at.top_left.x,
    )
    around = (
        code.top_left.x - 100,
        code.top_left.y - 100,
        code.bottom_right.x + 100,
        code.bottom_right.y + 100,
    )
    view.paste(paper.crop(around).resize((760, 760)), (260, 100))
    film = tmp_path / "film.mjpeg"
    view.save(film, "JPEG", quality=85)
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    seeing = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*SWITCHES, *camera, f"--use-file-for-fake-video-capture={film}"]
    )
    opened = seeing.new_page()
    opened.set_default_timeout(WAIT)
    opened.goto(service.address + "/camera")
    opened.click("#start")
    opened.wait_for_selector(".card-verdict")
    assert "现在有效" in opened.inner_text("#line-1")
    seeing.close()


def test_without_a_camera_a_picture_can_be_sent(
    page: Any, service: Served, report: Path, tmp_path: Path
) -> None:
    # A chat program's web-view: no camera is given to the page.
    page.add_init_script("delete Navigator.prototype.mediaDevices")
    page.goto(service.address + "/camera")
    assert not page.is_visible("#start")
    shot = tmp_path / "shot.png"
    printed_page(report.read_bytes()).save(shot)
    page.set_input_files("#shot", shot)
    page.click("form[action='/verify'] button")
    page.wait_for_selector(".card-verdict")
    assert "现在有效" in page.inner_text("#line-1")
    assert page.locator("#original .photograph img").count() == 1
