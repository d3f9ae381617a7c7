"""Walks at the kiosk, at the review desk and to a receipt, for the search that follows all walks."""

from __future__ import annotations

from typing import Any

from tests.web.cups import Paper
from tests.web.paper import check_code, codes
from tests.web.walking import DESK, Walks


def _remember(walks: Walks, page: Any, number: str) -> None:
    """What stands on that report's paper is secret from now on; the enterprise fetches the file itself."""
    page.goto(f"/desk/reports/{number}")
    data = walks.download(page, f'a[href="/desk/reports/{number}/file"]').read_bytes()
    for kind, link in codes(data).items():
        walks.trail.secret(f"code {kind}", link.partition("#")[2])
    walks.trail.secret("核验码", check_code(data))


def kiosk_prints_and_forgets(walks: Walks, paper: Paper) -> None:
    """In the hall: sign in, ask for a report, print it, walk away."""
    page = walks.page(**DESK)
    page.goto("/kiosk")
    page.get_by_role("button", name="开始").click()
    page.locator('button[value="enterprise-records"]').click()
    page.wait_for_url("**/kiosk/reports")
    for cookie in page.context.cookies():
        if cookie["name"] in ("session", "kiosk"):
            walks.trail.secret(cookie["name"], cookie["value"])
    page.get_by_role("button", name="参加评优评先").click()
    card = page.locator("[data-number]").first
    card.wait_for()
    number = card.get_attribute("data-number")
    card.get_by_role("button").click()
    page.get_by_text("请在出纸口取走报告").wait_for()
    walks.trail.keep("kiosk.pdf", paper.printed(number))
    page.goto("/kiosk/reports")
    assert "/sign-in" in page.url
    _remember(walks, walks.page("enterprise-records"), number)


def doubt_is_reviewed(walks: Walks) -> None:
    """A row that nobody can read names the enterprise; a person looks at its report and approves."""
    walks.service.world.doubt("clean", "演示罚〔2025〕19号")
    enterprise, operator = walks.page("enterprise-clean"), walks.page("operator", **DESK)
    enterprise.goto("/desk/new/form?matter=honours")
    enterprise.get_by_role("button", name="预览").click()
    enterprise.get_by_role("button", name="提交审核").click()
    enterprise.wait_for_url("**/desk/applications/*")
    application = enterprise.url.rpartition("/")[2]
    operator.goto("/review")
    operator.locator(f'a[href="/review/{application}"]').click()
    operator.get_by_label("批准的理由").fill("已向数源单位核实")
    operator.get_by_role("button", name="批准并出具").click()
    operator.locator('[data-state="approved"]').wait_for()
    enterprise.reload()
    enterprise.get_by_role("link", name="查看报告").click()
    _remember(walks, enterprise, enterprise.url.rpartition("/")[2])


def receipt_is_taken(walks: Walks) -> None:
    """The bank keeps a receipt of what it was told, and later somebody hands it in as if it were the report."""
    page = walks.page(**DESK)
    walks.put_in(page, walks.whole[1])
    for name in ("ticket", "handle"):
        walks.trail.secret(name, page.locator(f'input[name="{name}"]').first.get_attribute("value"))
    receipt = walks.download(page, '#receipt button:has-text("PDF")')
    assert walks.put_in(page, receipt).get_attribute("data-code") == "receipt_stands"
