"""pyHanko's own command line, as a stranger runs it: with our root and nothing else of ours."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.judges.test_pdf_programs import _pem, run
from tests.world.world import World

pytestmark = pytest.mark.judge
PROGRAM = Path(sys.executable).with_name("pyhanko")
BOTTOM_LINE = "The signature is judged {}."


@pytest.fixture(scope="module")
def root(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("root") / "root.pem"
    path.write_text(_pem(world.trust["anchors"][0]))
    return path


def _validated(pdf: Path, root: Path, how: str = "--executive-summary", codes: tuple[int, ...] = (0,)) -> str:
    return run(PROGRAM, "sign", "validate", how, "--trust", root, "--trust-replace", pdf, codes=codes)


@pytest.mark.parametrize("role", ["clean", "records", "trader"])
def test_it_calls_a_report_valid(world: World, root: Path, role: str) -> None:
    (line,) = _validated(world.report(role), root).splitlines()
    assert line.endswith(":VALID")


def test_it_sees_the_whole_file_covered_and_the_time_stamp_sound(world: World, root: Path) -> None:
    text = _validated(world.report(), root, "--pretty-print")
    assert BOTTOM_LINE.format("VALID") in text
    assert "The signature covers the entire file." in text
    assert "The timestamp token is cryptographically sound." in text
    assert "The TSA certificate is trusted." in text


def _refused(pdf: Path, root: Path) -> None:
    assert ":INVALID" in _validated(pdf, root, codes=(1,))


def test_it_refuses_one_changed_bit(world: World, root: Path, tmp_path: Path) -> None:
    data = bytearray(world.report().read_bytes())
    data[data.index(b"stream\n") + 20] ^= 1
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(data)
    _refused(changed, root)


@pytest.mark.tool("qpdf")
def test_it_refuses_a_file_saved_again(world: World, root: Path, tmp_path: Path) -> None:
    run("qpdf", world.report(), tmp_path / "again.pdf")
    _refused(tmp_path / "again.pdf", root)


def test_it_refuses_a_report_under_another_root(world: World, tmp_path: Path) -> None:
    (service,) = [service for service in world.trust["services"] if service["role"] == "qr"]
    other = tmp_path / "other.pem"
    other.write_text(_pem(service["cert"]))
    _refused(world.report(), other)
