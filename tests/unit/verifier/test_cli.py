"""``daizheng verify`` as a bank runs it: a bundle, files, exit codes, one line each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import qrcode

from domain import qr_link
from tests.unit.verifier.house import HOST, NUMBER, House, report

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files on a clerk's desk, made just now: the command reads the real clock."""
    now = datetime.now(UTC).replace(microsecond=0)
    folder = tmp_path_factory.mktemp("desk")
    house = House.found(folder / "house", now=now - timedelta(hours=1))
    pdf = house.issue(report(now), now)
    (folder / "report.pdf").write_bytes(pdf)
    (folder / "changed.pdf").write_bytes(pdf.replace(b"/Title", b"/Titel"))
    (folder / "other.txt").write_bytes(b"no PDF")
    (folder / "trust").write_bytes(house.sealed(now))
    qrcode.make(qr_link.cover_link(HOST, NUMBER, bytes(16)).text).get_image().save(folder / "cover.png")
    (folder / "strict.toml").write_bytes(
        (ROOT / "verifier/policies/authenticity.toml").read_bytes() + b"\n[scope]\nwindow_days = 9000\n"
    )
    return folder


def verify(desk: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "verifier.cli", "verify", *words], cwd=desk, capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "DAIZHENG_HOME": str(desk / "nowhere")},
    )  # fmt: skip


def test_json_is_one_line_a_file_and_the_worst_exit_code_wins(desk: Path) -> None:
    done = verify(
        desk,
        "report.pdf",
        "changed.pdf",
        "other.txt",
        "--trust",
        "trust",
        "--json",
        "--policy",
        "authenticity",
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [item["code"] for item in told] == ["ok", "altered", "unreadable"]
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("report.pdf", "--policy", "authenticity"), 0),
        (("report.pdf",), 3),
        (("report.pdf", "--policy", "strict.toml"), 1),
        (("other.txt",), 3),
        (("nowhere.pdf", "changed.pdf"), 2),
        (("report.pdf", "--policy", "none"), 2),
        (("report.pdf", "--at", "soon"), 2),
        (("report.pdf", "--details", "other.txt", "--policy", "authenticity"), 2),
    ],
)
def test_exit_codes(desk: Path, words: tuple[str, ...], code: int) -> None:
    done = verify(desk, *words, "--trust", "trust")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_is_named(desk: Path) -> None:
    done = verify(desk, "nowhere.pdf", "--trust", "trust", "--lang", "zh")
    assert done.stderr == "nowhere.pdf: [file_missing] 找不到或打不开文件 nowhere.pdf。请检查路径和权限。\n"


def test_without_a_bundle(desk: Path) -> None:
    done = verify(desk, "report.pdf", "--lang", "en")
    assert done.returncode == 2
    assert "no_trust_bundle" in done.stderr


@pytest.mark.parametrize(
    ("lang", "line"), [("zh", "文件        ✓ 真实（未查当前状态）"), ("en", "Document    ✓ Genuine")]
)
def test_a_clerk_reads_lines(desk: Path, lang: str, line: str) -> None:
    done = verify(
        desk, "report.pdf", "--trust", "trust", "--policy", "authenticity", "--lang", lang, "--verbose"
    )
    assert done.returncode == 0
    assert line in done.stdout
    assert done.stdout.count("\n") > 15


@pytest.mark.parametrize(
    ("lang", "label", "caution"),
    [("zh", "二维码      ? ", "码不能证明"), ("en", "Code        ? ", "never proves")],
)
def test_a_code_is_called_a_code(desk: Path, lang: str, label: str, caution: str) -> None:
    done = verify(desk, "cover.png", "--trust", "trust", "--lang", lang)
    assert done.returncode == 3
    assert done.stdout.splitlines()[1].startswith(f"  {label}")
    assert caution in done.stdout


def test_a_wrong_anchor_is_refused(desk: Path) -> None:
    done = verify(desk, "report.pdf", "--trust", "trust", "--anchor", "00" * 32, "--lang", "en")
    assert done.returncode == 2
    assert "bundle_anchor_differs" in done.stderr


def test_it_stands_alone() -> None:
    """Importing the command loads nothing of the signer, the store or the private keys."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import verifier.cli.verify, verifier.pdf.inside; "
        "bad = [m for m in sys.modules if m.split('.')[0] in ('api', 'signer', 'records', 'sqlmodel', 'typst')"
        " or m in ('keys.custody', 'keys.authority', 'keys.stamping')]; print(bad)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(ROOT)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
