"""What every page must hold, whoever looks at it: read by axe-core, at the width of a phone and of a desk."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "axe"
TEMPLATES = Path(__file__).parents[2] / "templates" / "pages"
WIDTHS = (360, 1280)
_GOES_ON = re.compile(r"/(desk/sent|kiosk/(print|reports))$")
_EXTENDS = re.compile(r'\{% extends "([^"]+)" %\}')
_SERIOUS = ("serious", "critical")
# Every rule is asked; only of those that are broken are the places gathered, and no selectors made for them.
_RULES = """async () => {
  const report = await axe.run(document, { resultTypes: ['violations'], selectors: false });
  return JSON.stringify(report.violations);
}"""
_SETTLED = """async () => {
  if (document.readyState !== 'complete') await new Promise(done => addEventListener('load', done, { once: true }));
  await document.fonts.ready;
  const pictures = [...document.images].filter(each => each.loading !== 'lazy');
  await Promise.all(pictures.map(each => each.decode().catch(() => null)));
}"""
_WIDER = """() => {
  const wide = [...document.querySelectorAll('main *')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.right > innerWidth + 1 && !e.closest('.scroll') && !e.closest('.visually-hidden');
  });
  return document.documentElement.scrollWidth > innerWidth ? wide.slice(0, 3).map(e => e.outerHTML.slice(0, 120)) : [];
}"""


def settled(page: Any) -> None:
    """The open page looks as it will stay: its style sheets, scripts, fonts and pictures are there.

    An element that a test waits for is there before them: whoever measures or draws the page waits for this too.
    """
    page.wait_for_load_state()
    page.evaluate(_SETTLED)


def axe_source() -> str:
    """The rules as a script; fetched once by the lock beside this file."""
    script = HERE / "node_modules" / "axe-core" / "axe.min.js"
    with (HERE / ".lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not script.is_file():
            subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=HERE, check=True, capture_output=True)
    return script.read_text("utf-8")


def kept_in() -> Path | None:
    """Where whoever wants to see the pages has said that pictures are to be kept; None: nobody does."""
    said = os.environ.get("DAIZHENG_PICTURES")
    if not said:
        return None
    Path(said).mkdir(parents=True, exist_ok=True)
    return Path(said)


@dataclass
class Looker:
    """A person with a browser who notes what is wrong with each page."""

    browser: Any
    address: str
    pictures: Path | None = field(default_factory=kept_in)
    axe: str = field(default_factory=axe_source)
    _heard: list[str] = field(default_factory=list)

    def complaints(
        self, path: str, cookies: dict[str, str] | None = None, name: str | None = None, *, template: str
    ) -> list[str]:
        """What is wrong with ``path``, which ``template`` is to make, at either width."""
        with self.page(cookies or {}) as page:
            answer = page.goto(path)
            status = answer and answer.status
            found = [] if status == 200 else [f"{path} answered {status}"]
            return found + self.complaints_of(page, name or path, template)

    def complaints_of(self, page: Any, name: str, template: str) -> list[str]:
        """What is wrong with the page that is open and that ``template`` is to make, at either width."""
        settled(page)
        made_by = page.get_attribute("body", "data-page")
        found = [] if made_by == template else [f"{made_by} and not {template}"]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            found += self._seen(page, width, _file(name))
        return found

    @contextmanager
    def page(self, cookies: dict[str, str], width: int = WIDTHS[0]) -> Iterator[Any]:
        """A page of a browser that holds ``cookies`` and whose complaints are kept."""
        context = self.browser.new_context(
            base_url=self.address, viewport={"width": width, "height": 800}, locale="zh-CN"
        )
        context.set_default_timeout(60_000)
        context.add_cookies(
            [{"name": key, "value": value, "url": self.address} for key, value in cookies.items()]
        )
        page = context.new_page()
        page.route(_GOES_ON, _held)
        self._heard = []
        page.on("request", lambda request: self._heard.extend(self._foreign(request.url)))
        page.on(
            "console",
            lambda said: self._heard.extend([f"console: {said.text}"] if said.type == "error" else []),
        )
        yield page
        context.close()

    def _seen(self, page: Any, width: int, name: str) -> list[str]:
        found = [*self._heard, *(f"wider than the screen: {each}" for each in page.evaluate(_WIDER))]
        found += self.broken_rules(page)
        if self.pictures is not None:
            # As JPEG: packing long pages as PNG costs as much as the rules.
            page.screenshot(path=self.pictures / f"{name}-{width}.jpg", full_page=True, quality=85)
        self._heard = []
        return [f"{width} px, {each}" for each in found]

    def broken_rules(self, page: Any) -> list[str]:
        """The serious rules of axe-core that the page breaks, with the first place of each."""
        if page.evaluate("typeof axe") == "undefined":
            # Evaluated by the browser's own tools, which the page's policy does not bind.
            page.evaluate(self.axe + ";0")
        return [
            f"{each['id']} ({each['impact']}): {each['nodes'][0]['html'][:160]}"
            for each in json.loads(page.evaluate(_RULES))
            if each["impact"] in _SERIOUS
        ]

    def _foreign(self, url: str) -> list[str]:
        if url.startswith((self.address, "data:", "blob:")):
            return []
        return [f"asks another host: {url[:80]}"]


def _held(route: Any) -> None:
    """The page as it is, without the word that leads on to another after some seconds: it is looked at longer."""
    asked = route.request
    here = "/".join(asked.url.split("/")[:3])
    answer = route.fetch(max_redirects=0, headers={**asked.headers, "origin": here})
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "refresh"}
    route.fulfill(response=answer, headers=headers)


def whole_pages() -> set[str]:
    """Every template that makes a page of its own: it extends another, and none extends it."""
    texts = {
        file.relative_to(TEMPLATES).as_posix(): file.read_text("utf-8") for file in TEMPLATES.rglob("*.html")
    }
    above = {name: found[1] for name, text in texts.items() if (found := _EXTENDS.search(text))}
    return set(above) - set(above.values())


def _file(path: str) -> str:
    return path.strip("/").replace("/", "-") or "start"
