"""The verifier's own environment, made once for the stories that need it."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("domain", "keys", "templates", "verifier")
NOT_OURS = ("api", "records", "signer")


def _locked() -> set[str]:
    text = (ROOT / "requirements" / "verifier.txt").read_text()
    return {re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.M)}


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with exactly the locked distributions of the extra, and our wheel's content."""
    folder = tmp_path_factory.mktemp("alone")
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
    (site,) = folder.glob("lib/python3*/site-packages")
    for found in importlib.metadata.distributions():
        if re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower() not in _locked():
            continue
        tops = {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            source = Path(str(found.locate_file(top)))
            if source.exists() and not (site / top).exists():
                (site / top).symlink_to(source)
    for package in (*OURS, *NOT_OURS):
        shutil.copytree(ROOT / package, site / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder
