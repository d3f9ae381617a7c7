"""A program that knows nothing of ours follows the proof from the file to the log's signed head."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.judges.test_pdf_programs import run
from tests.world.world import World

pytestmark = [pytest.mark.judge, pytest.mark.tool("pdfdetach")]
PROGRAM = Path(__file__).with_name("check_tlog_proof.py")


def _key_id(certificate: bytes) -> str:
    spki = (
        x509.load_der_x509_certificate(certificate)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return hashlib.sha256(spki).digest()[:8].hex()


def _check(world: World, pdf: Path, attachments: Path) -> subprocess.CompletedProcess[str]:
    import base64

    (service,) = [s for s in world.trust["services"] if s["role"] == "report"]
    names = ("log.tlog-proof", "report.json", "claim.cose")
    return subprocess.run(
        [sys.executable, "-I", PROGRAM, pdf, *(attachments / name for name in names),
         world.trust["log"]["vkeys"][0], _key_id(base64.b64decode(service["cert"]))],
        capture_output=True, text=True, timeout=60, check=False, cwd=attachments,
    )  # fmt: skip


def test_the_proof_leads_from_the_file_to_the_signed_head(world: World, tmp_path: Path) -> None:
    run("pdfdetach", "-saveall", "-o", tmp_path, world.report())
    done = _check(world, world.report(), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("proven: ")


def test_the_program_refuses_another_report_and_a_changed_claim(world: World, tmp_path: Path) -> None:
    run("pdfdetach", "-saveall", "-o", tmp_path, world.report())
    assert _check(world, world.report("clean"), tmp_path).returncode == 1
    claim = tmp_path / "claim.cose"
    claim.write_bytes(claim.read_bytes()[:-1] + b"\0")
    assert _check(world, world.report(), tmp_path).returncode == 1


def test_the_program_imports_nothing_of_ours() -> None:
    lines = [line for line in PROGRAM.read_text().splitlines() if line.startswith(("import ", "from "))]
    ours = ("api", "domain", "keys", "records", "signer", "verifier", "scripts", "tests")
    assert lines
    assert not [line for line in lines if line.split()[1].split(".")[0] in ours]
