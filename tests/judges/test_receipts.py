"""Receipts and statements hold for joserfc and pdfsig, with nothing of this product."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.judges.test_pdf_programs import run
from tests.world.world import World

pytestmark = pytest.mark.judge
PROGRAM = Path(__file__).with_name("check_receipt.py")
RECEIPT = "daizheng-receipt+jws"


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A receipt as data and as PDF, and the pinned certificate."""
    made = tmp_path_factory.mktemp("receipts")
    for name in ("r.json", "r.pdf"):
        said = world.commands.call(
            "verify", str(world.report()), "--policy", "bidding", "--receipt", str(made / name)
        )
        assert said.only["status"] == "VALID"
    (service,) = [each for each in world.trust["services"] if each["role"] == "receipt"]
    (made / "receipt.der").write_bytes(base64.b64decode(service["cert"]))
    (other,) = [each for each in world.trust["services"] if each["role"] == "status"]
    (made / "other.der").write_bytes(base64.b64decode(other["cert"]))
    return made


def judged(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(PROGRAM), *words],
        capture_output=True, text=True, timeout=60, check=False, cwd=folder,
    )  # fmt: skip


def test_joserfc_and_the_log_key_accept_the_receipt(world: World, folder: Path) -> None:
    done = judged(folder, "r.json", "receipt.der", RECEIPT, world.trust["log"]["vkeys"][0])
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["payload"]["policy"]["id"] == "bidding" and told["index"] > 0
    assert told["payload"]["document"] == {
        "status": "VALID", "code": "ok", "reason": None, "authenticity": "genuine",
    }  # fmt: skip


def test_the_program_refuses_another_key_another_word_and_another_leaf(world: World, folder: Path) -> None:
    vkey = world.trust["log"]["vkeys"][0]
    assert judged(folder, "r.json", "other.der", RECEIPT, vkey).returncode == 1
    assert judged(folder, "r.json", "receipt.der", "daizheng-statement+jws", vkey).returncode == 1
    parts = json.loads((folder / "r.json").read_text())
    payload = base64.urlsafe_b64decode(parts["payload"] + "==").replace(b'"VALID"', b'"INVAL"')
    changed = parts | {"payload": base64.urlsafe_b64encode(payload).decode().rstrip("=")}
    (folder / "changed.json").write_text(json.dumps(changed))
    assert judged(folder, "changed.json", "receipt.der", RECEIPT, vkey).returncode == 1
    proof = parts["header"]["log"].replace("index ", "index 1", 1)
    (folder / "moved.json").write_text(json.dumps(parts | {"header": {"log": proof}}))
    assert judged(folder, "moved.json", "receipt.der", RECEIPT, vkey).returncode == 1


@pytest.mark.tool("pdfsig")
@pytest.mark.tool("pdfdetach")
@pytest.mark.tool("qpdf")
def test_pdfsig_accepts_the_page_and_the_data_inside_is_the_receipt(
    world: World, folder: Path, tmp_path: Path
) -> None:
    text = run("pdfsig", "-nocert", folder / "r.pdf")
    assert "Signature is Valid" in text and "Total document signed" in text
    assert "Receipt Signing" in text
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", folder / "r.pdf")
    run("pdfdetach", "-saveall", "-o", tmp_path, folder / "r.pdf")
    inside = tmp_path / "receipt.json"
    done = judged(folder, str(inside), "receipt.der", RECEIPT, world.trust["log"]["vkeys"][0])
    assert done.returncode == 0, done.stdout


def test_the_program_imports_nothing_of_ours() -> None:
    lines = [line for line in PROGRAM.read_text().splitlines() if line.startswith(("import ", "from "))]
    ours = ("api", "domain", "keys", "records", "signer", "verifier", "scripts", "tests")
    assert lines
    assert not [line for line in lines if line.split()[1].split(".")[0] in ours]
