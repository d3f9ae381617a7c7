"""Walks in Debian's Chromium: an enterprise narrows, issues and downloads; a doubt is reviewed; window; kiosk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.cups import Paper
from tests.web.every_page import settled
from tests.web.service import Served, served
from tests.world.world import World

pytestmark = [
    pytest.mark.slow,
    pytest.mark.tool("chromium"),
    pytest.mark.tool("cupsd"),
    pytest.mark.tool("lp"),
]
NUMBER = re.compile(r"[0-9]{14}[0-9A-F]{8}")


@pytest.fixture(scope="module")
def running(careful: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The real command over the careful house."""
    with served(careful, tmp_path_factory.mktemp("desk") / "log", "--demo-sign-in") as service:
        yield service


@pytest.fixture
def tab(browser: Any, running: Served) -> Iterator[Any]:
    """A phone-sized page whose console stays silent."""
    context = browser.new_context(
        base_url=running.address, viewport={"width": 360, "height": 780}, accept_downloads=True
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert said == []


def sign_in(page: Any, person: str, onward: str) -> None:
    """The page, signed in as that sample person, at ``onward``."""
    page.goto(f"/sign-in?next={onward}")
    page.locator(f'button[value="{person}"]').click()
    page.wait_for_url(f"**{onward}")


def fits(page: Any) -> None:
    """Nothing sticks out at 360 px."""
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_an_enterprise_narrows_issues_and_downloads(tab: Any, running: Served) -> None:
    sign_in(tab, "enterprise-records", "/desk")
    fits(tab)
    tab.get_by_role("link", name="申请报告").click()
    fits(tab)
    tab.locator('a[href="/desk/new/form?matter=bank_loan"]').click()
    settled(tab)
    warning = tab.locator("#narrowed")
    assert warning.is_hidden()
    tab.get_by_label("消防救援", exact=True).uncheck()
    assert "39/40" in warning.inner_text()
    tab.get_by_role("button", name="全选", exact=True).click()
    assert warning.is_hidden()
    tab.get_by_label("消防救援", exact=True).uncheck()
    fits(tab)
    tab.get_by_role("button", name="预览").click()
    assert "39/40" in tab.locator("[data-narrowed]").inner_text()
    fits(tab)
    tab.get_by_role("button", name="出具报告").dblclick()
    tab.wait_for_url(re.compile(r"/desk/(reports/[0-9]{14}|sent)"))
    if tab.url.endswith("/sent"):
        tab.wait_for_url("**/desk")
    tab.goto("/desk")
    number = NUMBER.findall(tab.locator("[data-number]").first.inner_text())[0]
    tab.goto(f"/desk/reports/{number}")
    assert tab.locator("[data-narrowed]").is_visible()
    fits(tab)
    with tab.expect_download() as waited:
        tab.get_by_role("link", name="下载 PDF").click()
    file = waited.value
    assert file.suggested_filename.endswith(f"{number}.pdf")
    assert running.world.verify(str(file.path()))["status"] == "VALID"


def test_a_doubt_is_seen_and_approved(tab: Any, running: Served) -> None:
    running.world.doubt("clean", "演示罚〔2025〕17号")
    sign_in(tab, "enterprise-clean", "/desk/new")
    tab.locator('a[href="/desk/new/form?matter=honours"]').click()
    tab.get_by_role("button", name="预览").click()
    tab.get_by_role("button", name="提交审核").click()
    tab.wait_for_url("**/desk/applications/*")
    place = tab.url
    fits(tab)
    application = place.rpartition("/")[2]
    sign_in(tab, "operator", "/review")
    fits(tab)
    tab.locator(f'a[href="/review/{application}"]').click()
    fits(tab)
    tab.get_by_label("批准的理由").fill("已向数源单位核实")
    tab.get_by_role("button", name="批准并出具").click()
    tab.locator('[data-state="approved"]').wait_for()
    sign_in(tab, "enterprise-clean", "/desk")
    tab.goto(place)
    tab.get_by_role("link", name="查看报告").click()
    assert NUMBER.search(tab.locator("#number").inner_text())


def test_the_window_issues_and_prints(tab: Any, running: Served, paper: Paper, tmp_path: Path) -> None:
    sign_in(tab, "window", "/window")
    fits(tab)
    tab.locator("#f-text").fill(running.world.subject("trader").uscc)
    tab.locator("#f-reason").fill("经营者到窗口申请报告")
    tab.get_by_role("button", name="查找").click()
    fits(tab)
    tab.get_by_label("申请人姓名").fill("来窗人")
    tab.get_by_label("证件号码").fill("140105198001010012")
    scan = tmp_path / "授权.pdf"
    scan.write_bytes(b"%PDF-1.7\n" + b"x" * 1000)
    tab.locator('input[type="file"]').set_input_files(str(scan))
    tab.get_by_role("button", name="登记并办理").click()
    tab.wait_for_url("**/window/visits/*")
    fits(tab)
    assert "140105198001010012" not in tab.content()
    tab.get_by_role("button", name="出具", exact=True).click()
    card = tab.locator("[data-number]").first
    card.wait_for()
    number = card.get_attribute("data-number")
    card.get_by_role("button", name="打印").click()
    tab.locator(f'[data-number="{number}"] [data-copies="1"]').wait_for()
    assert paper.printed(number).startswith(b"%PDF-")


def test_the_kiosk_prints_and_forgets(tab: Any, paper: Paper) -> None:
    tab.goto("/kiosk")
    fits(tab)
    tab.get_by_role("button", name="开始").click()
    tab.locator('button[value="enterprise-records"]').click()
    tab.wait_for_url("**/kiosk/reports")
    fits(tab)
    size = tab.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert size >= 19
    tab.get_by_role("button", name="参加评优评先").click()
    card = tab.locator("[data-number]").first
    card.wait_for()
    number = card.get_attribute("data-number")
    card.get_by_role("button").click()
    tab.get_by_text("请在出纸口取走报告").wait_for()
    assert paper.printed(number).startswith(b"%PDF-")
    tab.go_back()
    tab.goto("/kiosk/reports")
    assert "/sign-in" in tab.url
