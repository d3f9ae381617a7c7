"""A genuine file saved again by other programs, and other people's files: each with its code."""

from __future__ import annotations

import subprocess
import warnings
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from tests.unit.verifier.conftest import Judge
from tests.unit.verifier.forging import told

# --- saved again, and other people's files ---------------------------------------------------------


def run(tool: str, *words: str | Path) -> None:
    subprocess.run([tool, *map(str, words)], check=True, capture_output=True)


@pytest.mark.tool("qpdf")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "altered"), (("--linearize",), "altered"), (("--object-streams=generate",), "altered"),
        (("--encrypt", "u", "o", "256", "--"), "encrypted"), (("--encrypt", "", "o", "256", "--"), "encrypted"),
    ],
)  # fmt: skip
def test_saved_again_by_qpdf(
    tmp_path: Path, genuine: bytes, judge: Judge, words: tuple[str, ...], code: str
) -> None:
    (tmp_path / "a.pdf").write_bytes(genuine)
    run("qpdf", *words, tmp_path / "a.pdf", tmp_path / "b.pdf")
    found, reason = told(judge((tmp_path / "b.pdf").read_bytes()))
    assert (found, reason) == (code, "resaved" if code == "altered" else "encrypted")


@pytest.mark.tool("mutool")
@pytest.mark.parametrize("words", [("clean",), ("clean", "-gggg", "-z")])
def test_saved_again_by_mutool(tmp_path: Path, genuine: bytes, judge: Judge, words: tuple[str, ...]) -> None:
    (tmp_path / "a.pdf").write_bytes(genuine)
    run("mutool", *words, tmp_path / "a.pdf", tmp_path / "b.pdf")
    code, reason = told(judge((tmp_path / "b.pdf").read_bytes()))
    assert (code, reason) in {
        ("altered", "resaved"),
        ("not_a_report", "signature_removed"),
        ("untrusted_issuer", "unknown_certificate"),
    }


def test_saved_again_by_pikepdf(genuine: bytes, judge: Judge) -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(genuine)) as pdf:
        pdf.save(out)
    assert told(judge(out.getvalue())) == ("altered", "resaved")


def test_pages_copied_to_a_new_file(genuine: bytes, judge: Judge) -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(genuine)) as pdf, pikepdf.new() as new, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        new.pages.extend(pdf.pages)
        new.save(out)
    assert told(judge(out.getvalue()))[0] in {"not_a_report", "altered"}


def test_the_layout_without_its_revision(genuine: bytes, judge: Judge) -> None:
    first = genuine.index(b"%%EOF\n") + 6
    assert told(judge(genuine[:first])) == ("not_a_report", "signature_removed")


def made(count: int = 1, **info: str) -> bytes:
    out = BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(count):
            pdf.add_blank_page()
        for key, value in info.items():
            pdf.docinfo[f"/{key}"] = value
        pdf.save(out)
    return out.getvalue()


def scan() -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (200, 300), "white").save(out, "PDF")
    return out.getvalue()


def bomb() -> bytes:
    out = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        packed = zlib.compress(bytes(300_000_000), 9)
        stream = pikepdf.Stream(pdf, packed)
        stream.Filter = pikepdf.Name.FlateDecode
        pdf.pages[0].obj.Contents = pdf.make_indirect(stream)
        pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: made(), ("not_a_report", "no_signature")),
        (lambda: made(Producer="Microsoft: Print To PDF"), ("not_a_report", "printed_copy")),
        (scan, ("not_a_report", "scanned_copy")),
        (lambda: made(201), ("limits_exceeded", "too_many_pages")),
        (lambda: made(10_000), ("limits_exceeded", "too_many_pages")),
        (bomb, ("limits_exceeded", "bomb")),
        (lambda: b"%PDF-1.7\n" + b"\x00" * (21 << 20), ("limits_exceeded", "too_large")),
        (lambda: b"PK\x03\x04 an office file", ("unreadable", "not_a_pdf")),
        (lambda: b"%PDF-1.7\nnothing\n%%EOF\n", ("unreadable", "damaged")),
        (lambda: b"%PDF-1.7\nxref\n0 1\ntrailer <</Root 1 0 R /Encrypt 2 0 R>>\n%%EOF\n", ("encrypted", "encrypted")),
    ],
)  # fmt: skip
def test_other_peoples_files(judge: Judge, make: Callable[[], bytes], expected: tuple[str, str]) -> None:
    assert told(judge(make())) == expected
