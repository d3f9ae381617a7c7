"""Takes the pictures of the guides from the pages of the demo's first house, in both languages."""

from __future__ import annotations

import io
import re
import shutil
import sys
from pathlib import Path
from typing import Any, Final

from PIL import Image

from scripts.commands import Commands
from scripts.demo_data.__main__ import PLANS, ROOT
from scripts.demo_data.serving import serving

OUT: Final = Path(__file__).resolve().parents[2] / "templates" / "static" / "img" / "guide"
_WIDTH, _TALLEST = 760, 900
_NUMBER: Final = re.compile(r"[0-9]{14}[0-9A-F]{8}")
_ABOVE: Final = 12
"""Pixels of the page that stay above what is shown, so that no letter touches the picture's edge."""
_SWITCHES: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def main() -> int:
    """Every picture is taken anew."""
    from playwright.sync_api import sync_playwright

    home = ROOT / PLANS[0].name
    if not (home / "house").is_dir():
        sys.stderr.write("guide_pictures: run scripts/demo --no-serve first\n")
        return 2
    chromium = shutil.which("chromium")
    with serving(Commands(home / "house"), 0) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(_SWITCHES))
        for lang in ("zh", "en"):
            context = browser.new_context(viewport={"width": _WIDTH, "height": 800}, locale="zh-CN")
            page = context.new_page()
            _verdicts(page, address, lang, home)
            _desk(page, address, lang)
            context.close()
        browser.close()
    return 0


def _verdicts(page: Any, address: str, lang: str, home: Path) -> None:
    _verdict(page, address, lang, home / "records.pdf")
    _take(page, f"verify.{lang}")
    checks = page.locator("#checks")
    checks.locator("summary").first.evaluate("each => each.click()")
    _take(page, f"reader.{lang}", checks)
    _verdict(page, address, lang, home / "repaired.pdf")
    _take(page, f"repair.{lang}")


def _verdict(page: Any, address: str, lang: str, report: Path) -> None:
    data = report.read_bytes()
    _sent(page, address, lang, report.name, data)
    number = _NUMBER.search(page.locator("main").inner_text())
    assert number is not None
    # Under the name it is downloaded by: else the page says that the file was renamed.
    _sent(page, address, lang, f"{number[0]}.pdf", data)


def _sent(page: Any, address: str, lang: str, name: str, data: bytes) -> None:
    page.goto(f"{address}/?lang={lang}")
    given = {"name": name, "mimeType": "application/pdf", "buffer": data}
    page.locator("input[type=file]").first.set_input_files(given)
    page.locator("form button.btn-primary").first.click()
    page.locator(".card-verdict").first.wait_for(timeout=60_000)


def _desk(page: Any, address: str, lang: str) -> None:
    page.request.post(
        f"{address}/sign-in/demo", form={"person": "enterprise-records"}, headers={"Origin": address}
    )
    page.goto(f"{address}/desk/new/form?matter=bidding&lang={lang}")
    page.locator("#ask .btn-primary").click()
    _take(page, f"query.{lang}")
    page.locator(".issue-form .btn-primary").click()
    page.wait_for_url("**/desk/reports/*", timeout=120_000)
    _take(page, f"download.{lang}")
    number = page.url.rpartition("/")[2]
    page.goto(f"{address}/desk/reports/{number}/changes?lang={lang}")
    _take(page, f"refresh.{lang}")
    page.goto(f"{address}/desk?lang={lang}")
    _take(page, f"correction.{lang}")
    page.goto(f"{address}/grants/new/{number}?lang={lang}")
    _take(page, f"grant.{lang}")
    page.goto(f"{address}/desk/objections?lang={lang}")
    _take(page, f"objection.{lang}")


def _take(page: Any, name: str, part: Any = None) -> None:
    """The page's main part, or one part of it, from its top, as WebP."""
    page.wait_for_load_state()
    box = (part or page.locator("main")).bounding_box()
    top = box["y"] - _ABOVE
    clip = {"x": 0, "y": top, "width": _WIDTH, "height": min(box["height"] + _ABOVE, _TALLEST)}
    shot = page.screenshot(full_page=True, clip=clip)
    OUT.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(shot)) as picture:
        picture.convert("RGB").save(OUT / f"{name}.webp", quality=70, method=6)


if __name__ == "__main__":
    sys.exit(main())
