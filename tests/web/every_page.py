"""What every page must hold, whoever looks at it: read by axe-core, at the width of a phone and of a desk."""

from __future__ import annotations

import fcntl
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "axe"
WIDTHS = (360, 1280)
_SERIOUS = ("serious", "critical")
_WIDER = """() => {
  const wide = [...document.querySelectorAll('main *')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.right > innerWidth + 1 && !e.closest('.scroll') && !e.closest('.visually-hidden');
  });
  return document.documentElement.scrollWidth > innerWidth ? wide.slice(0, 3).map(e => e.outerHTML.slice(0, 120)) : [];
}"""


def axe_source() -> str:
    """The rules as a script; fetched once by the lock beside this file."""
    script = HERE / "node_modules" / "axe-core" / "axe.min.js"
    with (HERE / ".lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not script.is_file():
            subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=HERE, check=True, capture_output=True)
    return script.read_text("utf-8")


@dataclass
class Looker:
    """A person with a browser who notes what is wrong with each page."""

    browser: Any
    address: str
    pictures: Path
    axe: str = field(default_factory=axe_source)

    def complaints(
        self, path: str, cookies: dict[str, str] | None = None, name: str | None = None
    ) -> list[str]:
        """What is wrong with ``path`` at either width; its pictures are kept to be looked at."""
        return [
            f"{width} px, {each}"
            for width in WIDTHS
            for each in self._at(width, path, cookies or {}, f"{_file(name or path)}-{width}.png")
        ]

    def _at(self, width: int, path: str, cookies: dict[str, str], picture: str) -> list[str]:
        found: list[str] = []
        context = self.browser.new_context(viewport={"width": width, "height": 800}, locale="zh-CN")
        context.add_cookies(
            [{"name": key, "value": value, "url": self.address} for key, value in cookies.items()]
        )
        page = context.new_page()
        page.on("request", lambda request: found.extend(self._foreign(request.url)))
        page.on(
            "console", lambda said: found.extend([f"console: {said.text}"] if said.type == "error" else [])
        )
        answer = page.goto(self.address + path)
        if answer is None or answer.status != 200:
            found.append(f"{path} answered {answer and answer.status}")
        found += [f"wider than the screen: {each}" for each in page.evaluate(_WIDER)]
        found += self.broken_rules(page)
        page.screenshot(path=self.pictures / picture, full_page=True)
        context.close()
        return found

    def broken_rules(self, page: Any) -> list[str]:
        """The serious rules of axe-core that the page breaks, with the first place of each."""
        # Evaluated by the browser's own tools, which the page's policy does not bind.
        page.evaluate(self.axe + ";0")
        report = json.loads(page.evaluate("async () => JSON.stringify(await axe.run(document))"))
        return [
            f"{each['id']} ({each['impact']}): {each['nodes'][0]['html'][:160]}"
            for each in report["violations"]
            if each["impact"] in _SERIOUS
        ]

    def _foreign(self, url: str) -> list[str]:
        if url.startswith((self.address, "data:", "blob:")):
            return []
        return [f"asks another host: {url[:80]}"]


def _file(path: str) -> str:
    return path.strip("/").replace("/", "-") or "start"
