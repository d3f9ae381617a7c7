"""Walks in Debian's Chromium, and a search for their secrets in everything they left behind.

A narrowed report at the bank; a photograph of the paper; 一码通; a grant from making to withdrawal; a chat
program's web-view (Chromium with camera and downloads denied); no scripts; the keyboard alone; the kiosk;
the review desk; a receipt.
"""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from api.client import Client
from records.intake.cells import is_resident_number
from tests.web import hall_walks
from tests.web.conftest import CHROMIUM, SWITCHES
from tests.web.cups import Paper
from tests.web.every_page import settled
from tests.web.paper import check_code, codes
from tests.web.photographs import photograph, printed_page
from tests.web.service import served
from tests.web.trail import Trail, forms, hits, readable
from tests.web.walking import DESK, WALKS, Walks, walk
from tests.world.world import World

pytestmark = [
    pytest.mark.slow,
    pytest.mark.tool("chromium"),
    pytest.mark.tool("cupsd"),
    pytest.mark.tool("lp"),
]
APPLICANT = "140105198001010012"
REASON = "法定代表人到窗口申请报告"


@pytest.fixture(scope="module")
def walks(
    browser: Any, careful: World, paper: Paper, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walks]:
    """One served house for all walks of this file."""
    folder = tmp_path_factory.mktemp("walks")
    with served(careful, folder / "log", "--demo-sign-in") as service:
        (folder / "har").mkdir()
        yield Walks(browser, service, Trail(folder / "har", careful, folder / "log"), folder, paper)


def is_amber(page: Any, selector: str, style: str = "color") -> bool:
    """Whether a part's colour is neither green nor red: more red than green, more green than blue."""
    settled(page)
    said = page.locator(selector).first.evaluate(f"each => getComputedStyle(each).{style}")
    red, green, blue = (int(figure) for figure in re.findall(r"\d+", said)[:3])
    return red > green > blue and green > red / 3


@walk
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


@walk
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
    settled(page)
    left, right = (page.locator(f"#original {part} img").first for part in (".photograph", ".beside > div"))
    for picture in (left, right):
        assert picture.evaluate("each => each.complete && each.naturalWidth") > 400
    one, other = left.bounding_box(), right.bounding_box()
    assert one["x"] + one["width"] <= other["x"]
    assert abs(one["y"] - other["y"]) < 60
    same = walks.download(page, 'form[action="/verify/original"] button')
    assert same.read_bytes() == pdf.read_bytes()


def until(holds: Callable[[], bool]) -> None:
    """Returns once that holds; the page's policy forbids the browser's own waiting for words."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.2)


def shown_code(page: Any) -> str:
    """What a phone's camera reads off the enterprise's screen."""
    settled(page)
    picture = Image.open(io.BytesIO(page.locator("img.qr").screenshot()))
    return str(zxingcpp.read_barcodes(picture)[0].text)


@walk
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
    until(lambda: phone.locator("img.qr").get_attribute("src") != before)
    link = shown_code(phone)
    assert link != first
    for each in (first, link):
        walks.trail.secret("一码通", "dzl_" + each.partition("#L")[2].lower())

    place = link.partition("#")[0].removeprefix(walks.service.address)
    robot = {"User-Agent": "Mozilla/5.0 (compatible; LinkPreview/1.0; +bot)"}
    with walks.service.client(headers=robot) as preview:
        for method, status in (("GET", 200), ("HEAD", 405), ("GET", 200)):
            assert preview.request(method, place).status_code == status
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


@walk
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
    # Not within some time but at once: the very next request.
    denied = bank.request.get("/open/view")
    assert (denied.status, "收回" in denied.text()) == (403, True)
    bank.reload()
    assert bank.locator(".grant-record").count() == 0
    for path in ("/open/details.json", "/open/report.pdf"):
        assert bank.request.get(path).status == 403


@walk
def test_in_a_chat_programs_web_view(walks: Walks) -> None:
    strict = walks.browser.browser_type.launch(
        executable_path=CHROMIUM,
        args=[*SWITCHES, "--use-fake-device-for-media-stream", "--deny-permission-prompts"],
    )
    try:
        _in_a_web_view(walks, walks.page(browser=strict, accept_downloads=False))
    finally:
        strict.close()


def _in_a_web_view(walks: Walks, page: Any) -> None:
    number, pdf = walks.whole
    page.goto("/camera")
    page.click("#start")
    page.locator("#camera-said", has_text="拍照上传").wait_for()
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


@walk
def test_where_downloads_stand_it_says_what_to_do_when_one_is_refused(walks: Walks) -> None:
    page = walks.page("enterprise-records", accept_downloads=False)
    page.goto(f"/desk/reports/{walks.whole[0]}")
    with page.expect_download() as refused:
        page.get_by_role("link", name="下载 PDF").click()
    assert refused.value.failure() is not None
    assert "在浏览器打开" in page.locator(".download-hint").inner_text()


@walk
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


@walk
def test_with_the_keyboard_alone(walks: Walks) -> None:
    number, pdf = walks.whole
    page = walks.page(**DESK)
    chosen: list[Any] = []
    page.on("filechooser", lambda chooser: chosen.append(chooser))  # it takes no built-in
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
    page.keyboard.press("Enter")
    until(lambda: page.wait_for_timeout(100) or bool(chosen))
    chosen[0].set_files(pdf)
    tab_to("#go")
    page.keyboard.press("Enter")
    page.locator(".card-verdict").wait_for()
    settled(page)
    assert page.locator("#line-1").inner_text() == "真实有效"
    tab_to("#domains > summary")
    page.keyboard.press("Enter")
    assert page.locator("#domains table").is_visible()
    page.goto("/")
    tab_to("details:has(#f-number) > summary")
    page.keyboard.press("Enter")
    tab_to("#f-number")
    page.keyboard.type(number)
    tab_to("#f-code")
    page.keyboard.type(check_code(pdf.read_bytes()))
    page.keyboard.press("Enter")
    page.locator(".card-verdict").wait_for()
    assert page.locator(".card-verdict").get_attribute("data-status") == "STANDS"


@walk
def test_the_other_desks(walks: Walks) -> None:
    number, pdf = walks.whole
    service, trail = walks.service, walks.trail

    def client(person: str | None = None) -> Any:
        def keep(answer: Any) -> None:
            trail.keep(f"{answer.request.method} {answer.request.url.path}", answer.read())

        made = service.client(event_hooks={"response": [keep]})
        if person is not None:
            made.cookies.update(service.cookies(person))
            trail.secret("session", made.cookies["session"])
        made.headers["Origin"] = service.address
        return made

    with client("window") as window:
        uscc = service.world.subject("records").uscc
        found = window.post("/window/find", data={"text": uscc, "reason": REASON}).text
        subject = re.search(r'data-subject="([^"]+)"', found)
        assert subject is not None
        came = {"name": "来窗人", "number": APPLICANT, "authority": "legal_representative", "reason": REASON}
        visit = window.post("/window/visits", data=came | {"subject": subject[1]}).headers["location"]
        assert "140*************12" in window.get(visit).text
        assert window.post(f"{visit}/print", data={"number": number, "copies": "1"}).status_code == 303
        window.get(f"{visit}/reports/{number}/file")
    with client("enterprise-records") as kiosk:
        kiosk.cookies.set("kiosk", "1")  # too old: a stranger's session
        assert kiosk.get("/kiosk/reports").headers["location"] == "/kiosk"
    with client() as visitor:
        kept = visitor.post("/feedback", data={"about": "desk", "message": f"证件 {APPLICANT} 打不开"}).text
        reference = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", kept)
        assert reference is not None
        trail.secret("查询码", reference[0])
        visitor.post("/feedback/answer", data={"reference": reference[0]})

    keys = walks.page("bank")
    keys.goto("/organisation/keys")
    keys.locator("#f-label").fill("信贷系统")
    for box in keys.locator('[name="scopes"]').all():
        box.check()
    keys.locator("main form .btn-primary").last.click()
    key = trail.secret("接口密钥", keys.locator("code.number").inner_text().strip())
    _, token = walks.granted()
    with client() as program:
        api = Client(service.address, key=key, http=program)
        opening = api.redeem(token)
        trail.secret("opening", opening.token)
        trail.keep("details.json", api.details(opening))
        assert api.download(number, opening) == pdf.read_bytes()
        api.verify_number(number, check_code(pdf.read_bytes()))
        api.verify_file(pdf.read_bytes())
    for person, path in (
        ("enterprise-records", "/desk/access"), ("enterprise-records", "/grants"), ("enterprise-records", "/account"),
        ("trader", "/desk"), ("operator", "/review"), ("operator", "/review/feedback"), ("auditor", "/staff/looks"),
        ("security", "/organisations"), ("system", "/staff"), ("agent", "/desk"),
    ):  # fmt: skip
        with client(person) as staff:
            assert staff.get(path).status_code == 200


@walk
def test_the_kiosk_prints_and_forgets(walks: Walks) -> None:
    hall_walks.kiosk_prints_and_forgets(walks, walks.paper)


@walk
def test_a_doubt_is_reviewed(walks: Walks) -> None:
    hall_walks.doubt_is_reviewed(walks)


@walk
def test_a_receipt_is_taken_and_handed_in_for_the_report(walks: Walks) -> None:
    hall_walks.receipt_is_taken(walks)


def walked(walks: Walks) -> Trail:
    """What all walks of this file left behind."""
    for each in WALKS:
        each(walks)
    return walks.trail


def certificate_numbers(world: World) -> set[str]:
    """Every resident identity number in the files that the house took in, and the applicant's."""
    folder = world.home.parent / "in"
    texts = [text for file in folder.iterdir() for text in readable(file.name, file.read_bytes()).values()]
    found = {
        each.decode() for text in texts for each in re.findall(rb"(?<![0-9A-Z])\d{17}[\dX](?![0-9A-Z])", text)
    }
    numbers = {each for each in found if is_resident_number(each)} | {APPLICANT}
    people = {subject.representative_number for subject in world.house.subjects}
    assert len(numbers & people) > len(people) // 2
    return numbers | people


def test_no_log_no_address_and_no_table_holds_a_secret(walks: Walks) -> None:
    trail = walked(walks)
    kinds = {
        "session",
        "opening",
        "授权码",
        "一码通",
        "核验码",
        "接口密钥",
        "查询码",
        "code P",
        "code C",
        "code M",
        "kiosk",
        "ticket",
        "handle",
    }
    assert set(trail.secrets) == kinds
    everything = {value for values in trail.secrets.values() for value in values}
    stores, addresses = trail.stores(), trail.addresses()
    assert hits(addresses, everything) == []
    assert hits({"log": stores.pop("log")}, everything) == []
    # The claim is no secret to the house that signed it.
    assert hits(stores, everything - trail.secrets["code C"]) == []


def test_no_certificate_number_anywhere(walks: Walks) -> None:
    trail = walked(walks)
    numbers = certificate_numbers(walks.service.world)
    assert len(numbers) > len(walks.service.world.house.subjects)
    for places in (trail.answers(), trail.addresses(), trail.stores()):
        assert hits(places, numbers) == []


def test_the_search_finds_what_is_there(walks: Walks) -> None:
    trail = walked(walks)
    number, _ = walks.whole
    answers, stores = trail.answers(), trail.stores()
    # The report's number, which is no secret, stands in each kind of place that was searched.
    found = {place for place, _ in hits(answers, [number])}
    for kind in ("answer ", ".pdf text", "report.json", "details.json", "check.csv", "xl/"):
        assert any(kind in place for place in found), kind
    assert hits(trail.addresses(), [number])
    assert {place for place, _ in hits(stores, [number])} & set(stores) - {"log"}
    assert b"/q/{number}" in stores["log"] and b"/open/view" in stores["log"]
    # A planted value is found in every way in which it may be written.
    planted = sorted({value for values in trail.secrets.values() for value in values})
    for value in [*planted, APPLICANT]:
        for form in forms(value):
            assert hits({"place": b"x" * 7 + form + b"y" * 7}, [value]), form
    assert any(value.encode() in place for value in planted for place in answers.values())
