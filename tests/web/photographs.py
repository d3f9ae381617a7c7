"""Pictures of a printed page as clerks take them: turned, lit from one side, folded, copied grey, blurred, packed.

Seeded, so that the hundredth picture is the same on each machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from random import Random

import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageFilter

PAGE_WIDTH = 1700
"""Pixels of the print that is photographed: 205 dots an inch."""
TURN = 7.0
_SPREAD = 2405 / (2405 + 2 * 136)
"""Part of the picture's longest side that the page's sheet takes, before it is seen from a little farther."""


@dataclass(frozen=True)
class Photograph:
    """One picture and how it was taken."""

    data: bytes
    how: str


def printed_page(pdf: bytes, place: int = 0, width: int = PAGE_WIDTH) -> Image.Image:
    """A page as a printer puts it on paper."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[place]
        drawn: Image.Image = page.render(scale=width / page.get_width()).to_pil()
        return drawn.convert("RGB")


def photograph(page: Image.Image, seed: int, pixels: int | None = None) -> Photograph:
    """A picture of the whole page, on a desk, with a few of the things that go wrong.

    ``pixels`` along its longest side, else between 1,080 and 2,400.
    """
    draw = Random(seed)
    longest = pixels or draw.randint(1080, 2400)
    # Everything happens at the size the camera keeps: the paper itself is finer than any of them.
    scale = longest * _SPREAD / max(page.size)
    small = (round(page.width * scale), round(page.height * scale))
    taken, how = page.resize(small, Image.Resampling.LANCZOS), []
    if draw.random() < 0.4:
        taken = _folded(taken, draw)
        how.append("fold")
    if draw.random() < 0.35:
        taken = _grey_copy(taken, draw)
        how.append("grey")
    angle = draw.uniform(-TURN, TURN)
    taken = _on_desk(taken, angle, draw)
    how.append(f"turn {angle:.1f}")
    if draw.random() < 0.6:
        taken = _shadow(taken, draw)
        how.append("shadow")
    if draw.random() < 0.5:
        radius = draw.uniform(0.2, 0.7) * longest / 1600
        taken = taken.filter(ImageFilter.GaussianBlur(radius))
        how.append(f"blur {radius:.1f}")
    if draw.random() < 0.7:
        taken = _noise(taken, draw)
        how.append("noise")
    quality = draw.randint(40, 90)
    out = BytesIO()
    taken.save(out, "JPEG", quality=quality)
    return Photograph(out.getvalue(), f"{seed}: {longest} px, quality {quality}, {', '.join(how)}")


def scan(page: Image.Image, seed: int, dpi: int = 200) -> bytes:
    """A sheet from an office scanner: a little askew, grey, flat or dirty, sometimes black and white."""
    draw = Random(seed)
    size = (round(210 / 25.4 * dpi), round(297 / 25.4 * dpi))
    taken = page.resize(size, Image.Resampling.LANCZOS).convert("L")
    taken = taken.rotate(draw.uniform(-1.5, 1.5), Image.Resampling.BICUBIC, fillcolor=draw.randint(235, 255))
    if draw.random() < 0.5:
        taken = taken.filter(ImageFilter.GaussianBlur(draw.uniform(0.2, 0.6)))
    if draw.random() < 0.4:
        taken = _grey_copy(taken, draw).convert("L")
    if draw.random() < 0.6:
        taken = _noise(taken.convert("RGB"), draw).convert("L")
    if draw.random() < 0.2:
        taken = taken.point([0] * 151 + [255] * 105)
    out = BytesIO()
    taken.save(out, "JPEG", quality=draw.randint(45, 90))
    return out.getvalue()


def scanned_pdf(pages: list[bytes], dpi: int = 200) -> bytes:
    """The PDF that the scanner makes of its pictures."""
    first, *others = [Image.open(BytesIO(page)) for page in pages]
    out = BytesIO()
    first.save(out, "PDF", save_all=True, append_images=others, resolution=dpi)
    return out.getvalue()


def _on_desk(page: Image.Image, angle: float, draw: Random) -> Image.Image:
    """The page seen aslant and turned, with the desk around it."""
    width, height = page.size
    margin = round(width * 0.08)
    desk = Image.new("RGB", (width + 2 * margin, height + 2 * margin), (draw.randint(60, 190),) * 3)
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    lean = width * 0.035
    seen = []
    for x, y in corners:
        x, y = x - width / 2 + draw.uniform(-lean, lean), y - height / 2 + draw.uniform(-lean, lean)
        turned = math.radians(angle)
        fit = 0.93
        seen.append(
            (
                fit * (x * math.cos(turned) - y * math.sin(turned)) + desk.width / 2,
                fit * (x * math.sin(turned) + y * math.cos(turned)) + desk.height / 2,
            )
        )
    plan = _perspective(seen, [(float(x), float(y)) for x, y in corners])
    moved = page.transform(desk.size, Image.Transform.PERSPECTIVE, plan, Image.Resampling.BICUBIC)
    mask = Image.new("L", page.size, 255)
    desk.paste(moved, mask=mask.transform(desk.size, Image.Transform.PERSPECTIVE, plan))
    return desk


def _perspective(seen: list[tuple[float, float]], flat: list[tuple[float, float]]) -> list[float]:
    """The eight figures that take a seen point back to the flat page (Gauss elimination)."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for column in range(8):
        pivot = max(range(column, 8), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for other in range(8):
            if other != column:
                factor = rows[other][column]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[column], strict=True)]
    return [row[8] for row in rows]


def _gradient(size: tuple[int, int], low: int, high: int, angle: float) -> Image.Image:
    """A picture that goes from dark to light across a direction."""
    square = Image.linear_gradient("L").rotate(angle, Image.Resampling.BILINEAR, expand=False, fillcolor=160)
    return square.resize(size).point([low + (high - low) * value // 255 for value in range(256)])


def _shadow(picture: Image.Image, draw: Random) -> Image.Image:
    """Light from one side, and the shadow of a hand or a phone."""
    light = _gradient(picture.size, draw.randint(110, 170), 255, draw.uniform(0, 360))
    hand = Image.new("L", picture.size, 255)
    x, y = draw.uniform(0, picture.width), draw.uniform(0, picture.height)
    radius = picture.width * draw.uniform(0.15, 0.4)
    ImageDraw.Draw(hand).ellipse(
        (x - radius, y - radius, x + radius, y + radius), fill=draw.randint(130, 190)
    )
    hand = hand.resize((picture.width // 16, picture.height // 16)).filter(ImageFilter.GaussianBlur(6))
    both = ImageChops.multiply(light, hand.resize(picture.size))
    return ImageChops.multiply(picture, Image.merge("RGB", (both, both, both)))


def _folded(page: Image.Image, draw: Random) -> Image.Image:
    """A crease across the page: one half darker, a bright and a dark line along it."""
    line = round(page.height * draw.uniform(0.3, 0.7))
    shade = Image.new("L", page.size, 255)
    pen = ImageDraw.Draw(shade)
    pen.rectangle((0, line, page.width, page.height), fill=draw.randint(200, 235))
    pen.line((0, line, page.width, line), fill=120, width=3)
    upright = draw.random() < 0.5
    if upright:
        across = round(page.width * draw.uniform(0.3, 0.7))
        pen.line((across, 0, across, page.height), fill=140, width=3)
    return ImageChops.multiply(page, Image.merge("RGB", (shade, shade, shade)))


def _grey_copy(page: Image.Image, draw: Random) -> Image.Image:
    """What a copying machine makes of it: grey, a little flat, sometimes dirty."""
    low, high = draw.randint(20, 60), draw.randint(205, 250)
    grey = page.convert("L").point([low + (high - low) * value // 255 for value in range(256)])
    return grey.convert("RGB")


@cache
def _grain(sigma: int) -> Image.Image:
    draw = Random(sigma)
    tile = Image.new("L", (256, 256))
    tile.putdata([max(0, min(255, round(draw.gauss(128, sigma)))) for _ in range(256 * 256)])
    return tile


def _noise(picture: Image.Image, draw: Random) -> Image.Image:
    """Grain of a small sensor."""
    tile = _grain(draw.choice((4, 7, 10, 14)))
    grain = Image.new("L", picture.size)
    for x in range(0, picture.width, 256):
        for y in range(0, picture.height, 256):
            grain.paste(tile, (x, y))
    full = Image.merge("RGB", (grain, grain, grain))
    return ImageChops.add(picture, full, scale=1, offset=-128)


def scanned_tiff(pages: list[bytes], dpi: int = 200) -> bytes:
    """The TIFF of several pages that an office scanner makes, in black and white, packed as faxes are."""
    sheets = [Image.open(BytesIO(page)).convert("L").point([0] * 151 + [255] * 105, "1") for page in pages]
    out = BytesIO()
    sheets[0].save(out, "TIFF", save_all=True, append_images=sheets[1:], compression="group4", dpi=(dpi, dpi))
    return out.getvalue()
