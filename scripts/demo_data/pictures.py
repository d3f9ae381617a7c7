"""Takes the pictures of the guides from the pages of the demo's first house, in both languages."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import Any, Final

from PIL import Image

from scripts.commands import Commands
from scripts.demo_data.__main__ import PLANS, ROOT
from scripts.demo_data.serving import serving

OUT: Final = Path(__file__).resolve().parents[2] / "templates" / "static" / "img" / "guide"
_WIDTH, _TALLEST, _SHOWN_WIDTH = 760, 900, 760
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
            _walk(context.new_page(), address, lang, home / "records.pdf")
            context.close()
        browser.close()
    return 0


def _walk(page: Any, address: str, lang: str, report: Path) -> None:
    page.goto(f"{address}/?lang={lang}")
    page.locator("input[type=file]").first.set_input_files(str(report))
    page.locator("form button[type=submit], form button:not([type])").first.click()
    page.locator(".verdict, .card-verdict, [data-verdict]").first.wait_for(timeout=60_000)
    _take(page, f"verify.{lang}")
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
    page.goto(f"{address}/grants/new/{number}?lang={lang}")
    _take(page, f"grant.{lang}")


def _take(page: Any, name: str) -> None:
    """The page's main part, from its top, as WebP."""
    box = page.locator("main").bounding_box()
    clip = {"x": 0, "y": box["y"], "width": _WIDTH, "height": min(box["height"], _TALLEST)}
    shot = page.screenshot(full_page=True, clip=clip)
    OUT.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(shot)) as picture:
        picture.convert("RGB").save(OUT / f"{name}.webp", quality=70, method=6)


if __name__ == "__main__":
    sys.exit(main())
