"""The house as a whole: floors, names, locks, sizes, and words that must not stand in the repository."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("api", "domain", "keys", "records", "signer", "templates", "verifier")
SOURCES = sorted(path for package in (*PACKAGES, "scripts") for path in (ROOT / package).rglob("*.py"))
LOCKS = ("run", "test", "verifier")


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _locked(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    return {
        _plain(name): version for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.M)
    }


def test_every_top_level_package_stands_in_the_contract() -> None:
    contract = (ROOT / ".importlinter").read_text()
    roots = set(re.findall(r"^    (\w+)$", contract.partition("[importlinter:contract")[0], re.M))
    present = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert present == roots


def test_the_wheel_holds_every_package_and_neither_tests_nor_scripts() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(PACKAGES)


def test_no_locked_distribution_brings_one_of_our_top_level_names() -> None:
    locked = set(_locked("test"))
    ours = {*PACKAGES, "scripts", "tests"}
    clashes = {
        name: owners
        for name, owners in importlib.metadata.packages_distributions().items()
        if name in ours and {_plain(owner) for owner in owners} & locked
    }
    assert clashes == {}


def test_every_locked_distribution_for_this_platform_is_installed() -> None:
    # Otherwise the test above would look at fewer names than a user meets.
    installed = {_plain(d.metadata["Name"]) for d in importlib.metadata.distributions()}
    elsewhere = {
        "colorama",
        "httpx2-jsfetch",
        "tzdata",
        "win32-setctime",
        "pywin32",
        "greenlet",
        "importlib-metadata",
        "tomli",
    }
    assert set(_locked("test")) - installed - elsewhere == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_hashes_and_names_no_index(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]
    assert entries and all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted-host|@ ", text)


@pytest.mark.parametrize("lock", ("run", "verifier"))
def test_a_smaller_lock_agrees_with_the_one_the_tests_ran_on(lock: str) -> None:
    tested = _locked("test")
    assert {name: tested.get(name) for name in _locked(lock)} == _locked(lock)


def test_the_verifier_lock_brings_no_database_and_no_layout() -> None:
    assert (
        set(_locked("verifier")) & {"sqlmodel", "sqlalchemy", "alembic", "typst", "fastapi", "openpyxl"}
        == set()
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text()
    if "migrations/versions" in str(path):
        return
    assert text.count("\n") <= 400, "split this file by what it is about"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, f"{node.name} is longer than 50 lines"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_container_reads_the_clock_or_draws_random_bytes(path: Path) -> None:
    if path.is_relative_to(ROOT / "scripts") or path == ROOT / "api" / "container" / "clock.py":
        return
    found = re.findall(
        r"\b(?:datetime\.now|datetime\.utcnow|time\.time|os\.urandom|uuid4|token_bytes|date\.today)\(",
        path.read_text(),
    )
    assert found == []


def test_no_file_is_named_for_nothing() -> None:
    assert [p for p in SOURCES if p.stem in {"utils", "util", "helpers", "manager", "common", "misc"}] == []


def _regions() -> list[tuple[str, str]]:
    found = []
    for path in sorted((ROOT / "records" / "regions").glob("*.toml")):
        region = tomllib.loads(path.read_text())
        found.append((region["code"], region["name"]))
    return found


def test_no_source_outside_data_knows_a_region() -> None:
    words = {word for pair in _regions() for word in pair}
    assert words
    hits = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in SOURCES
        if not path.is_relative_to(ROOT / "scripts")
        for word in sorted(words)
        if word in path.read_text()
    ]
    assert hits == []


def test_the_repository_speaks_of_the_product_alone() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    # The words are put together here so that this file does not hold them.
    words = [a + b for a, b in (("/wo", "rk/"), ("/ro", "ot/"), ("pypi", ".org"), ("files.python", "hosted"))]
    hits = []
    for name in tracked.decode().split("\0"):
        path = ROOT / name
        if (
            not name
            or not path.is_file()
            or path.suffix in {".otf", ".ttf", ".png", ".pdf", ".xls", ".xlsx", ".bin"}
        ):
            continue
        text = path.read_bytes()
        hits += [f"{name}: {word}" for word in words if word.encode() in text]
    assert hits == []
