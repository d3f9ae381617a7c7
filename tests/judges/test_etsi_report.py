"""The ETSI report is in the standard's form, and the program that says so refuses what is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.world.world import World

pytestmark = pytest.mark.judge
PROGRAM = Path(__file__).with_name("check_etsi_report.py")


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports on a genuine file and on a changed one."""
    made = tmp_path_factory.mktemp("etsi")
    data = world.report().read_bytes()
    (made / "changed.pdf").write_bytes(data.replace(b"/Lang", b"/Lbng", 1))
    for name, pdf in (("good.xml", world.report()), ("changed.xml", made / "changed.pdf")):
        words = ("verify", str(pdf), "--trust", str(world.bundle), "--etsi", str(made / name))
        world.commands.call(*words, codes=(0, 1, 3))
    return made


def judged(file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(PROGRAM), str(file)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "word"), [("good", "total-passed"), ("changed", "total-failed")])
def test_the_report_has_the_form_of_the_standard(folder: Path, name: str, word: str) -> None:
    done = judged(folder / f"{name}.xml")
    assert (done.returncode, done.stdout) == (0, f"urn:etsi:019102:mainindication:{word}\n")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("<vr:HashOnly>false</vr:HashOnly>", "", "HashOnly is missing"),
        ("<vr:HashOnly>false", "<vr:HashOnly>no", "is no boolean"),
        ("</vr:SignersDocument>", "</vr:SignersDocument><vr:More/>", "More: not allowed here"),
        ("vr:SignerInformation", "vr:SignerFacts", "SignerFacts: not allowed here"),
        ('VOReference="', 'VOReference="no-', "names no object"),
        ("mainindication:total-passed", "mainindication:fine", "none that the standard knows"),
        ("<vr:POETime>", "<vr:POETime>about ", "is no instant"),
        ("<vr:base64>", "<vr:base64>***", "is no base64"),
        (' Signed="true"', ' Signature="true"', "no such attribute"),
    ],
)
def test_the_program_refuses_what_is_not(folder: Path, tmp_path: Path, old: str, new: str, told: str) -> None:
    text = (folder / "good.xml").read_text("utf-8")
    assert old in text
    (tmp_path / "bad.xml").write_text(text.replace(old, new), "utf-8")
    done = judged(tmp_path / "bad.xml")
    assert done.returncode == 1
    assert told in done.stdout
