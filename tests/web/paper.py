"""What a person reads off a printed report: its two codes and its 核验码."""

from __future__ import annotations

import re

import pypdfium2
import zxingcpp


def codes(pdf: bytes) -> dict[str, str]:
    """The link of the cover, of the technical page and of the last page's mark, as the drawn pages show them."""
    with pypdfium2.PdfDocument(pdf) as opened:
        pages = [page.render(scale=3).to_pil().convert("L") for page in opened]
    links = [item.text for page in pages for item in zxingcpp.read_barcodes(page)]
    return {link.partition("#")[2][0]: link for link in links if "#" in link}


def check_code(pdf: bytes) -> str:
    """The 核验码 on the cover."""
    with pypdfium2.PdfDocument(pdf) as opened:
        text = opened[0].get_textpage().get_text_bounded()
    found = re.search(r"\b(\d{4}) +(\d{4}) +(\d{4})\b", text)
    assert found is not None
    return " ".join(found.groups())
