"""Journeys of an enterprise and a bank in a browser, and that no address or log ever held one of their secrets."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from tests.web.service import Served

pytestmark = [pytest.mark.slow, pytest.mark.tool("chromium")]
SECONDS = 60_000


class Traffic:
    """Every address a browser asked for and every Referer it sent."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def watch(self, context: Any) -> Any:
        """The same browser context, watched."""
        context.on(
            "request",
            lambda request: self.seen.extend([request.url, request.headers.get("referer", "")]),
        )
        return context


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    """What all journeys of this file asked for."""
    return Traffic()


@pytest.fixture(scope="module")
def enterprise(browser: Any, service: Served, traffic: Traffic) -> Iterator[Any]:
    """The legal representative's browser, on a desk."""
    yield from _page(browser, service, traffic, "enterprise-records", 1280)


@pytest.fixture(scope="module")
def bank(browser: Any, service: Served, traffic: Traffic) -> Iterator[Any]:
    """The bank clerk's browser, on a phone."""
    yield from _page(browser, service, traffic, "bank", 360)


def _page(browser: Any, service: Served, traffic: Traffic, person: str, width: int) -> Iterator[Any]:
    context = traffic.watch(
        browser.new_context(viewport={"width": width, "height": 800}, locale="zh-CN", accept_downloads=True)
    )
    context.set_default_timeout(SECONDS)
    cookies = service.cookies(person)
    context.add_cookies([{"name": n, "value": v, "url": service.address} for n, v in cookies.items()])
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def issued(enterprise: Any, service: Served, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A report as the enterprise gets it: matter, preview, issue, download."""
    enterprise.goto(f"{service.address}/desk/new/form?matter=bidding")
    enterprise.locator("#ask .btn-primary").click()
    enterprise.locator(".issue-form .btn-primary").click()
    enterprise.wait_for_url(re.compile(r"/desk/reports/[0-9A-F]{22}$"))
    number = enterprise.url.rpartition("/")[2]
    with enterprise.expect_download() as waiting:
        enterprise.locator(f'a[href="/desk/reports/{number}/file"]').first.click()
    path = tmp_path_factory.mktemp("download") / "report.pdf"
    waiting.value.save_as(path)
    return number, path


def verdict(page: Any, address: str, file: Path) -> tuple[str, str]:
    """Code and text of the card for a file that was put into the box."""
    page.goto(f"{address}/")
    page.locator("input[type=file]").first.set_input_files(str(file))
    page.locator("form button.btn-primary").first.click()
    card = page.locator(".card-verdict").first
    card.wait_for()
    return card.get_attribute("data-code"), card.inner_text()


def test_the_bank_sees_both_lines(bank: Any, service: Served, issued: tuple[str, Path]) -> None:
    code, text = verdict(bank, service.address, issued[1])
    assert code == "ok"
    assert "真实有效" in text
    assert "有记录" in text


def test_a_changed_copy_is_not_genuine_and_says_why(
    bank: Any, service: Served, issued: tuple[str, Path], tmp_path: Path
) -> None:
    data = bytearray(issued[1].read_bytes())
    data[len(data) // 3] ^= 1
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(data)
    code, text = verdict(bank, service.address, changed)
    assert code == "altered"
    assert "不是原件" in text


def test_a_copy_saved_again_says_so(
    bank: Any, service: Served, issued: tuple[str, Path], tmp_path: Path
) -> None:
    saved = tmp_path / "saved.pdf"
    with pikepdf.open(issued[1]) as opened:
        opened.save(saved)
    code, text = verdict(bank, service.address, saved)
    assert code == "altered"
    assert "另存" in text


def test_granted_read_with_proofs_and_denied_within_a_second(
    enterprise: Any, bank: Any, service: Served, issued: tuple[str, Path], traffic: Traffic
) -> None:
    number, _ = issued
    enterprise.goto(f"{service.address}/grants/new/{number}")
    enterprise.locator("#whom-bearer").check()
    enterprise.locator('[name="purpose"]').fill("贷款审查")
    enterprise.locator("main form .btn-primary").click()
    secret = enterprise.locator("#code").inner_text().strip()
    assert secret.startswith("dzg_")

    bank.goto(f"{service.address}/open")
    bank.locator("#code").fill(secret)
    bank.locator("main form .btn-primary").first.click()
    bank.wait_for_url("**/open/view")
    assert number in bank.content()

    enterprise.goto(f"{service.address}/grants")
    enterprise.locator('a[href*="/grants/"]:has-text("贷款审查"), a[href^="/grants/0"]').first.click()
    assert "贷款审查" in enterprise.content()
    enterprise.locator('form[action$="/withdraw"] button').first.click()
    enterprise.wait_for_load_state()
    withdrawn = time.monotonic()
    bank.reload()
    denied = bank.content()
    assert time.monotonic() - withdrawn < 30  # the page itself; that the store says no at once is below
    assert bank.url.endswith("/open") or "收回" in denied or "授权" in denied
    assert bank.locator("table.record, .record-fields").count() == 0

    secrets = [secret, *service.cookies("bank").values()]
    written = service.log.read_text()
    for each in secrets:
        assert each not in written
        assert not any(each in seen for seen in traffic.seen)


def test_no_address_left_this_service(traffic: Traffic, service: Served, issued: tuple[str, Path]) -> None:
    assert issued
    elsewhere = [s for s in traffic.seen if s and not s.startswith((service.address, "data:", "blob:"))]
    assert elsewhere == []
