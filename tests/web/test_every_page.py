"""Every page a person can open holds against axe-core, fits a phone and asks no other host for anything."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.every_page import Looker
from tests.web.service import Served

PAGES = (
    ("", "/"),
    ("", "/batch"),
    ("", "/camera"),
    ("", "/offline/"),
    ("", "/guide"),
    ("", "/guide/verify"),
    ("", "/guide/objection"),
    ("", "/sign-in"),
    ("", "/open"),
    ("", "/live"),
    ("enterprise-records", "/grants"),
    ("authority", "/open/law"),
    ("agent", "/open/narrow"),
    ("", "/nothing"),
)
"""Sample person ("" for a visitor) and address."""


@pytest.fixture(scope="module")
def looker(browser: Any, service: Served, tmp_path_factory: pytest.TempPathFactory) -> Looker:
    """One browser for all pages."""
    return Looker(browser, service.address, tmp_path_factory.mktemp("pages"))


@pytest.mark.slow
@pytest.mark.tool("chromium")
@pytest.mark.tool("npm")
@pytest.mark.parametrize(("person", "path"), PAGES)
def test_page(looker: Looker, service: Served, person: str, path: str) -> None:
    cookies = service.cookies(person) if person else {}
    found = looker.complaints(path, cookies, name=f"{person}{path}")
    if path == "/nothing":
        found = [each for each in found if "answered 404" not in each and "console" not in each]
    assert found == []
