"""A reader of QR codes and a COSE library, both not ours, read the two codes from page images."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
import zxingcpp
from cryptography import x509
from PIL import Image

from tests.judges.test_pdf_programs import run
from tests.world.world import World

pytestmark = [pytest.mark.judge, pytest.mark.tool("pdftoppm")]


def _pages(pdf: Path, folder: Path, *size: str) -> list[Image.Image]:
    run("pdftoppm", "-gray", *size, pdf, folder / "page")
    return [Image.open(path) for path in sorted(folder.glob("page*.pgm"))]


def _codes(image: Image.Image) -> list[str]:
    """The cover's and the technical page's code; each page's own mark stands beside them."""
    return [text for text in _all_codes(image) if "#M" not in text]


def _all_codes(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)]


def _number(world: World, role: str) -> str:
    text = run("pdftotext", world.report(role), "-")
    (number, *_) = re.findall(r"\b\d{14}[0-9A-F]{8}\b", text.replace(" ", "")) or [""]
    return number


@pytest.mark.parametrize("role", ["clean", "records", "trader"])
def test_both_codes_are_read_from_grey_pages_at_200_dpi(world: World, role: str, tmp_path: Path) -> None:
    pages = _pages(world.report(role), tmp_path, "-r", "200")
    first, last = _codes(pages[0]), [code for page in pages[1:] for code in _codes(page)]
    assert [
        re.fullmatch(r"HTTPS://[A-Z0-9.:-]+/Q/[0-9A-F]{22}#P[A-Z2-7]{26}", code) is not None for code in first
    ] == [True]
    assert [
        re.fullmatch(r"HTTPS://[A-Z0-9.:-]+/Q/[0-9A-F]{22}#C[A-Z2-7]+", code) is not None for code in last
    ] == [True]
    assert first[0].split("#")[0] == last[0].split("#")[0]
    marks = [[code for code in _all_codes(page) if "#M" in code] for page in pages]
    assert [len(each) for each in marks] == [1] * len(pages)
    assert {code.split("#")[0] for (code,) in marks} == {first[0].split("#")[0]}


def test_the_cover_code_is_read_from_a_whole_page_1080_pixels_wide(world: World, tmp_path: Path) -> None:
    pages = _pages(world.report(), tmp_path, "-f", "1", "-l", "1", "-scale-to-x", "1080", "-scale-to-y", "-1")
    assert pages[0].width == 1080
    assert len(_codes(pages[0])) == 1


@pytest.fixture(scope="module")
def claim(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    """Link and COSE bytes of the technical page's code."""
    pages = _pages(world.report(), tmp_path_factory.mktemp("claim"), "-r", "200")
    (code,) = [code for page in pages[1:] for code in _codes(page)]
    link, _, text = code.partition("#C")
    return link, base64.b32decode(text + "=" * (-len(text) % 8))


def test_a_cose_library_verifies_the_offline_code(world: World, claim: tuple[str, bytes]) -> None:
    import cbor2
    from pycose.keys import EC2Key
    from pycose.messages import Sign1Message

    link, raw = claim
    # Behind a tag the CBOR library now gives frozen values, which this COSE library does not take:
    # it gets what stands behind tag 18 (one byte) instead.
    assert raw[0] == 0xC0 + 18
    message = Sign1Message.from_cose_obj(cbor2.loads(raw[1:]), allow_unknown_attributes=True)
    (service,) = [s for s in world.trust["services"] if s["role"] == "qr"]
    public = x509.load_der_x509_certificate(base64.b64decode(service["cert"])).public_key().public_numbers()  # type: ignore[union-attr]
    message.key = EC2Key(crv="P_256", x=public.x.to_bytes(32, "big"), y=public.y.to_bytes(32, "big"))
    assert message.verify_signature()
    claims = cbor2.loads(message.payload)
    assert link.endswith("/" + claims[2])
    assert len(raw) <= 370


def test_the_claim_in_the_file_is_the_one_in_the_code(
    world: World, claim: tuple[str, bytes], tmp_path: Path
) -> None:
    _, raw = claim
    run("pdfdetach", "-saveall", "-o", tmp_path, world.report())
    assert (tmp_path / "claim.cose").read_bytes() == raw
