"""Every page a person can open holds against axe-core, fits a phone and asks no other host for anything."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.every_page import Looker, whole_pages
from tests.web.page_acts import ACTS
from tests.web.service import Served
from tests.web.test_signed_in_pages import PAGES as SIGNED_IN

PAGES = (
    ("portal/home.html", "", "/"),
    ("portal/batch.html", "", "/batch"),
    ("portal/camera.html", "", "/camera"),
    ("portal/offline.html", "", "/offline/"),
    ("guide/index.html", "", "/guide"),
    ("guide/verify.html", "", "/guide/verify"),
    ("guide/correction.html", "", "/guide/correction"),
    ("guide/download.html", "", "/guide/download"),
    ("guide/grant.html", "", "/guide/grant"),
    ("guide/objection.html", "", "/guide/objection"),
    ("guide/query.html", "", "/guide/query"),
    ("guide/reader.html", "", "/guide/reader"),
    ("guide/refresh.html", "", "/guide/refresh"),
    ("guide/repair.html", "", "/guide/repair"),
    ("account/sign_in.html", "", "/sign-in"),
    ("open/start.html", "", "/open"),
    ("live/start.html", "", "/live"),
    ("grants/list.html", "enterprise-records", "/grants"),
    ("open/law.html", "authority", "/open/law"),
    ("open/narrow.html", "agent", "/open/narrow"),
    ("problem.html", "", "/nothing"),
)
"""Template, sample person ("" for a visitor) and address."""


@pytest.fixture(scope="module")
def looker(browser: Any, service: Served) -> Looker:
    """One browser for all pages."""
    return Looker(browser, service.address)


def test_no_template_of_a_page_is_forgotten() -> None:
    seen = {template for rows in (PAGES, SIGNED_IN, ACTS) for template, _, _ in rows}
    assert whole_pages() - seen == set()
    assert seen - whole_pages() == set(), "no such page"


@pytest.mark.slow
@pytest.mark.tool("chromium")
@pytest.mark.tool("npm")
@pytest.mark.parametrize(("template", "person", "path"), PAGES)
def test_page(looker: Looker, service: Served, template: str, person: str, path: str) -> None:
    cookies = service.cookies(person) if person else {}
    found = looker.complaints(path, cookies, name=f"{person}{path}", template=template)
    if path == "/nothing":
        found = [each for each in found if "answered 404" not in each and "console" not in each]
    assert found == []
