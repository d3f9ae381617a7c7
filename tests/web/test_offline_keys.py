"""The check page without network as keys and lists change: renewed and ended keys, lists that step back or fork."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.services.status.changing import set_status
from domain import claim as claims
from domain import qr_link, status_list
from domain.base_text import base32_encode, base64url_decode
from keys.authority import renew
from keys.note_signing import sign_claim
from keys.roles import Role
from keys.status_signing import sign_status_list
from tests.web.paper import codes
from tests.web.service import Served, served
from tests.web.test_offline_page import code_picture, scanned
from tests.web.test_portal_browser import WAIT
from tests.world.world import World

pytestmark = pytest.mark.slow

UPDATED = "名单已更新。"
REFUSED = "收到的名单比本机所存的旧，或与它不一致，没有采用；仍用本机所存的，请告知信用中心。"


@contextmanager
def opened(browser: Any, service: Served, address: str = "/offline/") -> Iterator[Any]:
    """The page on a device of its own, opened once with network."""
    context = browser.new_context(locale="zh-CN")
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(service.address + address)
    page.wait_for_selector("#offline[data-ready='1']")
    yield page
    context.close()


def said_of_update(page: Any) -> str:
    """What the page says once it has asked for newer lists."""
    page.evaluate("document.getElementById('updated').textContent = ''")
    page.click("#update")
    page.locator("#updated", has_text=re.compile(r"\S")).wait_for()
    return str(page.inner_text("#updated"))


def read(page: Any, report: Path, folder: Path) -> str:
    return scanned(page, code_picture(codes(report.read_bytes())["C"], folder))


def kept_text(page: Any, name: str) -> str:
    found = page.evaluate(
        "async (name) => (await (await caches.open('daizheng-offline-data')).match(name)).text()",
        f"/offline/kept/{name}",
    )
    return str(found)


def answer_with(page: Any, path: str, body: bytes) -> None:
    page.context.route(f"**{path}", lambda route: route.fulfill(status=200, body=body))


def change(world: World, report: Path, word: str) -> None:
    kit = world.open()
    set_status(kit, world.content(report)["number"], word, "数据错误", by="孟信之")
    kit.store.close()


def token_of(service: Served, differs: bytes = b"") -> bytes:
    """The list's token as the service sends it, once it is another one than ``differs``."""
    until = time.monotonic() + 60
    while True:
        with service.client() as stranger:
            token = stranger.get("/status/1").content
        if token != differs:
            return token
        assert time.monotonic() < until
        time.sleep(1)


@pytest.fixture
def renewing(tmp_path: Path) -> Iterator[Served]:
    """A small house of its own, whose keys a test may change."""
    world = World.build(tmp_path, penalties=0, subjects=8)
    world.settle_people()
    with served(world, tmp_path / "log") as running:
        yield running


def test_every_issuing_key_counts_until_it_is_revoked(browser: Any, renewing: Served, tmp_path: Path) -> None:
    world = renewing.world
    first = world.issue("clean")
    with opened(browser, renewing) as page:
        world.commands.call("keys", "ceremony", "--renew-issuing")
        world.commands.call("keys", "renew", "qr")
        second = world.issue("clean")
        assert said_of_update(page) == UPDATED
        assert (read(page, first, tmp_path), read(page, second, tmp_path)) == ("stands", "stands")

        before = token_of(renewing)
        world.commands.call("keys", "ceremony", "--revoke-issuing", "keyCompromise")
        third = world.issue("clean")
        # The list signed by the status key of before counts no more; a change brings the next one out.
        change(world, first, "suspended")
        token_of(renewing, differs=before)
        assert said_of_update(page) == UPDATED
        assert read(page, second, tmp_path) == "key_unknown"
        assert read(page, first, tmp_path) == "suspended"
        assert read(page, third, tmp_path) == "stands"
        page.context.set_offline(True)
        page.reload()
        page.wait_for_selector("#offline[data-ready='1']")
        assert read(page, third, tmp_path) == "stands"


def test_a_retired_key_past_its_end_verifies_nothing_and_costs_the_others_nothing(
    browser: Any, renewing: Served, tmp_path: Path
) -> None:
    world = renewing.world
    first = world.issue("clean")
    link = qr_link.parse_link(codes(first.read_bytes())["C"])
    kit = world.open()
    long_ago = kit.clock() - timedelta(days=900)
    ended = renew(kit.keys, Role.QR, identity=kit.identity, now=long_ago)
    for role in (Role.QR, Role.STATUS):
        renew(kit.keys, role, identity=kit.identity, now=long_ago)
        renew(kit.keys, role, identity=kit.identity, now=kit.clock())
    (kit.home / "trust.jws").unlink(missing_ok=True)
    dated_back = sign_claim(claims.decode(link.payload).claim, ended)
    kit.store.close()
    second = world.issue("clean")
    # The list of before is by a key that is said to have retired long before it.
    before = token_of(renewing)
    change(world, first, "suspended")
    token_of(renewing, differs=before)
    with opened(browser, renewing) as page:
        assert page.inner_text("#updated") == UPDATED
        assert (read(page, first, tmp_path), read(page, second, tmp_path)) == ("suspended", "stands")
        text = codes(first.read_bytes())["C"].partition("#C")[0] + "#C" + base32_encode(dated_back)
        assert scanned(page, code_picture(text, tmp_path)) == "key_unknown"
        assert "现在有效的密钥" in page.inner_text("#line-1")
        assert not page.is_visible("#facts")


def test_a_list_that_steps_back_or_forks_is_refused_by_name(
    browser: Any, service: Served, tmp_path: Path
) -> None:
    world = service.world
    report = world.issue("records")
    older = token_of(service)
    change(world, report, "revoked")
    newer = token_of(service, differs=older)
    with opened(browser, service) as page:
        assert page.inner_text("#updated") == UPDATED
        for token in (older, forked(world, newer)):
            answer_with(page, "/status/1", token)
            assert said_of_update(page) == REFUSED
            assert kept_text(page, "status/1") == newer.decode()
            page.reload()
            page.wait_for_selector("#offline[data-ready='1']")
            assert page.inner_text("#updated") == REFUSED
            assert read(page, report, tmp_path) == "revoked"
            page.context.unroute_all()
        assert said_of_update(page) == UPDATED


def forked(world: World, token: bytes) -> bytes:
    """A second list under the version of ``token``, by the house's own key, in which every report stands."""
    listed = status_list.decode(base64url_decode(token.split(b".")[1].decode()))
    stands = status_list.compressed(status_list.array_of([]))
    kit = world.open()
    try:
        other = replace(listed, compressed=stands, issued_at=listed.issued_at + timedelta(seconds=1))
        return sign_status_list(other, kit.keys.private(Role.STATUS), now=kit.clock())
    finally:
        kit.store.close()


def test_a_trust_list_of_a_lower_sequence_is_refused_by_name(browser: Any, service: Served) -> None:
    with service.client() as stranger:
        older = stranger.get("/trust.jws").content
    newer = service.world.export().read_bytes()
    with opened(browser, service, "/offline/?lang=en") as page:
        assert page.inner_text("#updated") == "The lists are up to date."
        assert kept_text(page, "trust") == newer.decode()
        answer_with(page, "/trust.jws", older)
        assert said_of_update(page) == (
            "The lists received are older than those kept, or contradict them, and were not taken;"
            " those kept are still used. Please tell the credit centre."
        )
        assert kept_text(page, "trust") == newer.decode()
