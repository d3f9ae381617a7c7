"""The README's nine commands, as they stand there, on the sample files it names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_house_in_nine_commands(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"## A house in nine commands.*?```\n(.*?)```", text, re.DOTALL)
    assert block is not None
    program = tmp_path / "daizheng"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m api.cli.main "$@"\n')
    program.chmod(0o755)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", block[1]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": path, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert "Records: 1" in done.stdout
