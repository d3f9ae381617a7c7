"""Pages that only an act leads to: the answers to forms, each with the way there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.web.busy_house import REASON, House, locked
from tests.web.photographs import photograph, printed_page


def preview(page: Any, busy: House) -> None:
    page.goto("/desk/new/form?matter=bank_loan")
    page.locator('#domains input[type="checkbox"]').first.uncheck()
    page.locator("#ask .btn-primary").click()
    page.locator("[data-narrowed]").wait_for()


def grant_made(page: Any, busy: House) -> None:
    page.goto(f"/grants/new/{busy.names['number']}")
    page.locator('[name="purpose"]').fill("贷款审查")
    page.locator("main form .btn-primary").click()
    page.locator("#code").wait_for()


def found_at_the_window(page: Any, busy: House) -> None:
    page.goto("/window")
    page.locator("#f-text").fill(busy.service.world.subject("records").uscc)
    page.locator("#f-reason").fill(REASON)
    page.locator("main form .btn-primary").click()
    page.locator("[data-subject]").wait_for()


def key_made(page: Any, busy: House) -> None:
    page.goto("/organisation/keys")
    page.locator("#f-label").fill("第二把")
    page.locator('[name="scopes"]').first.check()
    page.locator("main form .btn-primary").last.click()
    page.locator("code.number").wait_for()


def new_code(page: Any, busy: House) -> None:
    page.goto(f"/desk/reports/{locked(busy)}")
    page.locator("[data-locked] button").click()
    page.locator("#code").wait_for()


def endpoint_registered(page: Any, busy: House) -> None:
    page.goto("/watching/endpoint")
    page.locator('[name="url"]').fill("https://127.0.0.1:9444/daizheng")
    page.locator("main form .btn-primary").last.click()
    page.locator("[data-secret]").wait_for()


def verdict(page: Any, busy: House) -> None:
    page.goto("/")
    page.set_input_files("#files", busy.service.world.report("records"))
    page.click("#go")
    page.locator(".card-verdict").wait_for()
    page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")


def photographed(page: Any, busy: House) -> None:
    pdf = busy.service.world.report("records")
    taken = photograph(printed_page(pdf.read_bytes()), 3)
    page.goto("/")
    page.set_input_files("#files", {"name": "拍照.jpg", "mimeType": "image/jpeg", "buffer": taken.data})
    page.click("#go")
    page.locator("#original .photograph img").wait_for()


def wrong_code(page: Any, busy: House) -> None:
    page.goto("/")
    page.locator("details:has(#f-number) > summary").click()
    page.locator("#f-number").fill(busy.names["number"])
    page.locator("#f-code").fill("0000 0000 0000")
    page.locator("details[open] .btn-primary").click()
    page.locator(".card-verdict").wait_for()


def nothing_given(page: Any, busy: House) -> None:
    page.goto("/")
    page.click("#go")
    page.locator("#error").wait_for()


def not_a_code(page: Any, busy: House) -> None:
    page.goto("/open")
    page.locator("#code").fill("1234 5678 9012")
    page.locator("main form .btn-primary").click()
    page.locator(".notice-bad").wait_for()


def feedback_sent(page: Any, busy: House) -> None:
    page.goto("/feedback?page=/desk")
    page.locator("textarea").first.fill("字太小。")
    page.locator("main form .btn-primary").first.click()
    page.locator("main .number, main .mono").first.wait_for()


def verdict_in_english(page: Any, busy: House) -> None:
    page.goto("/?lang=en")
    verdict(page, busy)


def refused_by_the_purpose(page: Any, busy: House) -> None:
    verdict(page, busy)
    page.locator('#again [name="policy"]').select_option("custom")
    # A domain that no report of this region has.
    page.locator('#again [name="domain"]').first.evaluate(
        "box => { box.value = 'railways'; box.checked = true; }"
    )
    page.locator("#again .btn-primary").click()
    page.locator(".card-unmet").wait_for()


def registered_pages(page: Any, busy: House) -> None:
    verdict(page, busy)
    page.locator('form[action="/verify/pages"] button').click()
    page.locator("main img").first.wait_for()


def print_photographed(page: Any, busy: House) -> None:
    pdf = busy.service.world.report("records").read_bytes()
    sheets = [
        {
            "name": f"IMG_{place}.jpg",
            "mimeType": "image/jpeg",
            "buffer": photograph(printed_page(pdf, place, 3400), seed, 2400).data,
        }
        for place, seed in ((0, 1), (2, 3))
    ]
    page.goto("/")
    page.set_input_files("#files", sheets)
    page.click("#go")
    page.locator("#paper").wait_for()


def receipt_handed_in(page: Any, busy: House) -> None:
    verdict(page, busy)
    with page.expect_download() as waiting:
        page.locator("#receipt button").first.click()
    page.goto("/")
    page.set_input_files("#files", waiting.value.path())
    page.click("#go")
    page.locator("#receipt-shown").wait_for()


def nothing_new_since(page: Any, busy: House) -> None:
    page.goto("/open/view")
    page.locator('form[action="/open/changes"] button').click()
    page.wait_for_url("**/open/changes")


def feedback_answered(page: Any, busy: House) -> None:
    feedback_sent(page, busy)
    reference = page.locator("#reference").inner_text()
    page.goto("/feedback")
    page.locator('form[action="/feedback/answer"] [name="reference"]').fill(reference)
    page.locator('form[action="/feedback/answer"] button').click()
    page.wait_for_url("**/feedback/answer")


def signed_out(page: Any, busy: House) -> None:
    page.goto("/staff")
    page.locator('form[action="/sign-out"] button').click()
    page.wait_for_url("**/sign-out")


def kiosk_printed(page: Any, busy: House) -> None:
    page.goto("/kiosk")
    page.get_by_role("button", name="开始").click()
    page.locator('button[value="enterprise-records"]').click()
    page.wait_for_url("**/kiosk/reports")
    page.locator("[data-number] button").first.click()
    page.wait_for_url("**/kiosk/print")


ACTS: tuple[tuple[str, str, Callable[[Any, House], None]], ...] = (
    # template of the page in the end; who; the way there
    ("desk/preview.html", "enterprise-records", preview),
    ("grants/made.html", "enterprise-records", grant_made),
    ("window/start.html", "window", found_at_the_window),
    ("organisations/keys.html", "tender", key_made),
    ("watching/endpoint.html", "tender", endpoint_registered),
    ("desk/code.html", "enterprise-records", new_code),
    ("portal/result.html", "", verdict),
    ("portal/result.html", "", verdict_in_english),
    ("portal/result.html", "", refused_by_the_purpose),
    ("portal/result.html", "", receipt_handed_in),
    ("portal/result.html", "", photographed),
    ("portal/result.html", "", wrong_code),
    ("portal/pages.html", "", registered_pages),
    ("portal/paper.html", "", print_photographed),
    ("portal/home.html", "", nothing_given),
    ("open/start.html", "", not_a_code),
    ("open/changes.html", "bank", nothing_new_since),
    ("feedback/kept.html", "", feedback_sent),
    ("feedback/answer.html", "", feedback_answered),
    ("account/signed_out.html", "system", signed_out),
    ("kiosk/printed.html", "", kiosk_printed),
)
