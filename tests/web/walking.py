"""The people of the walks: their browsers, what they have made for each other, and what must stay secret."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from pathlib import Path
from typing import Any

from tests.web.cups import Paper
from tests.web.paper import check_code, codes
from tests.web.service import Served
from tests.web.trail import Trail

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 800}}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
CHOSEN = ("消防救援", "税务", "水利")


@dataclass
class Walks:
    """The people of these walks; what one of them made is there for the others, in any order of tests."""

    browser: Any
    service: Served
    trail: Trail
    folder: Path
    paper: Paper
    done: set[str] = field(default_factory=set)
    """Names of the walks that were walked to their end."""

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


WALKS: list[Callable[[Walks], None]] = []


def walk(way: Callable[[Walks], None]) -> Callable[[Walks], None]:
    """The same walk, walked once however often it is asked for."""

    @wraps(way)
    def once(walks: Walks) -> None:
        if way.__name__ not in walks.done:
            way(walks)
            walks.done.add(way.__name__)

    WALKS.append(once)
    return once
