"""The check page without network: a scanned code is verified by what the device keeps, and its age is told."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from fastapi.testclient import TestClient
from PIL import Image

from tests.web.conftest import CHROMIUM, SWITCHES
from tests.web.every_page import settled
from tests.web.paper import codes
from tests.web.service import Served
from tests.web.test_portal_browser import WAIT

pytestmark = pytest.mark.slow


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    opened = browser.new_context(viewport={"width": 360, "height": 800}, locale="zh-CN")
    opened.set_default_timeout(WAIT)
    yield opened
    opened.close()


@pytest.fixture
def page(context: Any, service: Served) -> Iterator[Any]:
    """The page opened once with network, and then cut off from it."""
    faults: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None
    )
    opened.goto(service.address + "/offline/")
    opened.wait_for_selector("#offline[data-ready]")
    assert opened.get_attribute("#offline", "data-ready") == "1", opened.inner_text("main")
    assert opened.inner_text("#updated") == "名单已更新。"
    context.set_offline(True)
    # The two never stand there together: what was said of an update is of the time before.
    opened.locator("#network", has_text="没有网络").wait_for()
    assert opened.inner_text("#updated") == ""
    yield opened
    assert faults == []


@pytest.fixture(scope="module")
def report(service: Served) -> Path:
    return service.world.report("records")


def asked_since(service: Served, moment: datetime) -> list[dict[str, Any]]:
    """The requests that reached the service after ``moment``; one that came before may be noted later.

    Whether there is a newer worker the browser itself asks, which the emulated cut does not bind.
    """
    lines = [json.loads(line) for line in service.log.read_text().splitlines()]
    return [
        line
        for line in lines
        if line["event"] == "request"
        and line["route"] != "/offline/worker.js"
        and datetime.fromisoformat(line["timestamp"]) - timedelta(milliseconds=line["ms"]) > moment
    ]


def last_page(report: Path, folder: Path) -> Path:
    """The last page as a photograph: the offline code and the page's own mark are on it."""
    with pypdfium2.PdfDocument(report.read_bytes()) as opened:
        picture = opened[len(opened) - 1].render(scale=200 / 72).to_pil()
    picture.save(folder / "last.jpg", quality=80)
    return folder / "last.jpg"


def code_picture(text: str, folder: Path) -> Path:
    made: Any = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture = made.to_image(scale=6, add_quiet_zones=True)
    Image.frombytes("L", (picture.shape[1], picture.shape[0]), bytes(picture)).save(folder / "code.png")
    return folder / "code.png"


def scanned(page: Any, picture: Path) -> str:
    page.evaluate("document.getElementById('verdict').removeAttribute('data-code')")
    page.set_input_files("#shot", picture)
    page.wait_for_selector("#verdict[data-code]")
    code = page.get_attribute("#verdict", "data-code")
    assert isinstance(code, str)
    return code


def test_with_the_network_cut_a_scanned_code_is_verified_and_the_ages_are_shown(
    page: Any, service: Served, report: Path, tmp_path: Path
) -> None:
    cut = datetime.now(UTC)
    page.reload()
    page.wait_for_selector("#offline[data-ready='1']")
    assert page.evaluate("fetch('/healthz').then(() => 'answered', () => 'cut')") == "cut"
    assert scanned(page, last_page(report, tmp_path)) == "stands"
    assert page.inner_text("#line-1") == "到名单的时间为止，确有这份报告并且有效"
    told = page.inner_text("#facts")
    content = service.world.content(report)
    assert content["number"] in told and content["subject"]["name"] in told
    for each in ("#age-trust", "#age-status"):
        assert re.search(r" [0-9]+ 分钟前$", page.inner_text(each)), page.inner_text(each)
    assert page.get_attribute("#age-status", "data-age") == "good"
    assert "没有网络" in page.inner_text("#network")
    assert asked_since(service, cut) == []
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def film_of_the_last_page(report: Path, folder: Path) -> Path:
    """What a camera held over the offline code of the last page sees."""
    with pypdfium2.PdfDocument(report.read_bytes()) as opened:
        sheet = opened[len(opened) - 1].render(scale=4).to_pil().convert("RGB")
    (place,) = [found.position for found in zxingcpp.read_barcodes(sheet) if "#C" in found.text]
    rim = 60
    box = (
        place.top_left.x - rim,
        place.top_left.y - rim,
        place.bottom_right.x + rim,
        place.bottom_right.y + rim,
    )
    view = Image.new("RGB", (1280, 960), "grey")
    view.paste(sheet.crop(box).resize((860, 860)), (210, 50))
    view.save(folder / "film.mjpeg", "JPEG", quality=85)
    return folder / "film.mjpeg"


def test_with_the_network_cut_the_camera_reads_the_code(
    browser: Any, service: Served, report: Path, tmp_path: Path
) -> None:
    film = film_of_the_last_page(report, tmp_path)
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    seeing = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*SWITCHES, *camera, f"--use-file-for-fake-video-capture={film}"]
    )
    context = seeing.new_context(locale="zh-CN")
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(service.address + "/offline/")
    page.wait_for_selector("#offline[data-ready='1']")
    context.set_offline(True)
    page.reload()
    page.wait_for_selector("#offline[data-ready='1']")
    assert page.evaluate("fetch('/healthz').then(() => 'answered', () => 'cut')") == "cut"
    page.click("#start")
    page.wait_for_selector("#verdict[data-code='stands']")
    assert service.world.content(report)["number"] in page.inner_text("#facts")
    assert not page.is_visible("#view"), "the camera is off again"
    seeing.close()


@pytest.mark.parametrize(
    ("age", "word", "code"),
    [
        (timedelta(hours=23), "good", "stands"),
        (timedelta(hours=25), "amber", "stands_old"),
        (timedelta(days=8), "too_old", "too_old"),
    ],
)
def test_old_lists_are_amber_after_a_day_and_decide_nothing_after_a_week(
    page: Any, context: Any, report: Path, tmp_path: Path, age: timedelta, word: str, code: str
) -> None:
    context.clock.set_fixed_time(datetime.now(UTC) + age)
    page.reload()
    page.wait_for_selector("#offline[data-ready='1']")
    assert scanned(page, last_page(report, tmp_path)) == code
    assert page.get_attribute("#age-status", "data-age") == word
    assert page.get_attribute("#age-trust", "data-age") == word
    assert page.is_visible("#facts") == (code in ("stands", "stands_old"))
    assert ("card-unsure" in page.get_attribute("#verdict", "class")) == (code != "stands")


def test_a_device_whose_clock_is_behind_is_told_so(
    page: Any, context: Any, report: Path, tmp_path: Path
) -> None:
    context.clock.set_fixed_time(datetime.now(UTC) - timedelta(days=3))
    page.reload()
    page.wait_for_selector("#offline[data-ready]")
    assert scanned(page, last_page(report, tmp_path)) == "clock"


def test_a_forged_claim_a_strange_key_and_another_host_are_refused(
    page: Any, report: Path, tmp_path: Path
) -> None:
    link, _, fragment = codes(report.read_bytes())["C"].partition("#C")
    cose = bytearray(base64.b32decode(fragment + "=" * (-len(fragment) % 8)))

    def text(data: bytes, base: str = link) -> str:
        return f"{base}#C{base64.b32encode(data).decode().rstrip('=')}"

    changed = cose.copy()
    changed[-1] ^= 1
    assert scanned(page, code_picture(text(changed), tmp_path)) == "forged"
    stranger = cose.copy()
    place = bytes(cose).index(b"\x01\x26\x04\x48") + 4  # the key's id in the protected header
    stranger[place] ^= 1
    assert scanned(page, code_picture(text(stranger), tmp_path)) == "key_unknown"
    other = re.sub(r"[0-9A-F]$", lambda found: "1" if found[0] != "1" else "2", link)
    assert scanned(page, code_picture(text(cose, other), tmp_path)) == "forged"
    foreign = re.sub(r"//[^/]+", "//EVIL.EXAMPLE", link)
    assert scanned(page, code_picture(text(cose, foreign), tmp_path)) == "foreign_host"
    assert scanned(page, code_picture(text(cose), tmp_path)) == "stands"


def test_the_other_codes_of_a_report_say_what_to_do(page: Any, report: Path, tmp_path: Path) -> None:
    links = codes(report.read_bytes())
    assert scanned(page, code_picture(links["P"], tmp_path)) == "cover"
    assert scanned(page, code_picture(links["M"], tmp_path)) == "page"
    assert scanned(page, code_picture("https://example.com/", tmp_path)) == "not_ours"


def test_a_revoked_report_is_revoked_without_network_too(
    browser: Any, service: Served, tmp_path: Path
) -> None:
    from api.services.status.changing import set_status

    report = service.world.issue("records")
    kit = service.world.open()
    number = service.world.content(report)["number"]
    set_status(kit, number, "revoked", "数据错误", by="孟信之")
    kit.store.close()
    context = browser.new_context(locale="zh-CN")
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(service.address + "/offline/")
    page.wait_for_selector("#offline[data-ready='1']")
    context.set_offline(True)
    assert scanned(page, last_page(report, tmp_path)) == "revoked"
    assert page.inner_text("#line-1") == "真实，已撤销"
    context.close()


def test_what_is_kept_and_does_not_verify_is_believed_in_nothing(
    page: Any, report: Path, tmp_path: Path
) -> None:
    page.evaluate(
        "async () => { const kept = await caches.open('daizheng-offline-data');"
        " const text = await (await kept.match('/offline/kept/trust')).text();"
        " const changed = text.slice(0, -3) + (text.at(-3) === 'A' ? 'B' : 'A') + text.slice(-2);"
        " await kept.put('/offline/kept/trust', new Response(changed)); }"
    )
    page.reload()
    page.wait_for_selector("#offline[data-ready='0']")
    assert scanned(page, last_page(report, tmp_path)) == "nothing_kept"


def test_the_page_a_device_keeps_names_nobody(client: TestClient) -> None:
    shown = client.get("/offline/")
    assert shown.status_code == 200
    assert "'wasm-unsafe-eval'" in shown.headers["content-security-policy"]
    script = client.get("/offline/worker.js?lang=en")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.text == client.get("/offline/worker.js?lang=en").text
    parts = re.findall(r'"(/static/[^"]+)"', script.text)
    assert len(parts) >= 10
    assert {client.get(part).status_code for part in parts} == {200}
