"""A program written from the public documents alone takes the log, its proofs and its cosignatures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.services.auditing.keeping import mirror
from api.services.auditing.sources import HouseSource
from api.services.log import serving
from api.services.log.witnessing import cosign_due
from keys.bundle_signing import log_vkeys
from tests.unit.api.conftest import open_kit, template
from tests.unit.api.house_kit import HouseKit
from tests.unit.api.log_kit import grow, introduce

pytestmark = pytest.mark.judge
PROGRAM = Path(__file__).with_name("check_log.py")
__all__ = ["open_kit", "template"]


class Shown(HouseSource):
    """The log as strangers see it, cosigned head and all."""

    def checkpoint(self) -> bytes | None:
        """Give the head that is shown."""
        return serving.checkpoint(self._context, self._context.clock()).data


def _check(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", PROGRAM, *map(str, words)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def cosigned(open_kit: Callable[..., HouseKit], tmp_path: Path) -> tuple[Path, str, str, Path]:
    """A mirror of a cosigned log, the log's key, the witness's key, and an older head."""
    log, witness = open_kit("log"), open_kit("witness")
    wire = introduce(log, witness)
    grow(log, 250)
    cosign_due(log.context, log.tick(), wire)
    old = tmp_path / "old"
    old.write_bytes(serving.checkpoint(log.context, log.tick()).data)
    grow(log, 300)
    cosign_due(log.context, log.tick(), wire)
    mirror(Shown(log.context), tmp_path / "mirror")
    (vkey,) = log_vkeys(log.context.keys, log.context.house.log_origin)
    return tmp_path / "mirror", vkey, log.context.log_plan.vkeys[0], old


def test_log_proofs_and_cosignatures_verify(cosigned: tuple[Path, str, str, Path]) -> None:
    folder, vkey, witness, old = cosigned
    done = _check(folder, vkey, witness, "--old", old)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("proven: ")
    assert "cosigned by 1 of 1 witnesses" in done.stdout


def test_the_program_refuses_what_was_changed(cosigned: tuple[Path, str, str, Path], tmp_path: Path) -> None:
    folder, vkey, witness, old = cosigned
    strangers = "other.example/w+00000000+" + witness.split("+", 2)[2]
    assert _check(folder, vkey, strangers).returncode == 1
    assert _check(folder, witness).returncode == 1
    older = tmp_path / "forged"
    older.write_bytes(old.read_bytes().replace(b"\n26", b"\n25", 1))
    assert _check(folder, vkey, "--old", older).returncode == 1
    for name in ("tile/entries/000", "tile/0/001", "tile/1/000.p/2"):
        file = folder / name
        kept = file.read_bytes()
        file.write_bytes(kept[:40] + bytes([kept[40] ^ 1]) + kept[41:])
        assert _check(folder, vkey).returncode == 1, name
        file.write_bytes(kept)
    assert _check(folder, vkey).returncode == 0


def test_the_program_imports_nothing_of_ours() -> None:
    lines = [line for line in PROGRAM.read_text().splitlines() if line.startswith(("import ", "from "))]
    ours = ("api", "domain", "keys", "records", "signer", "verifier", "scripts", "tests")
    assert lines
    assert not [line for line in lines if line.split()[1].split(".")[0] in ours]
