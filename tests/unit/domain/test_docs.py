"""The format pages name real cases, real modules and real bytes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain import report_json, tlog_proof
from domain.report import ReportContent
from tests.unit.domain.test_vectors import _cases
from tests.vectors.build_formats import proof_cases

ROOT = Path(report_json.__file__).parents[1]
FORMATS = ROOT / "docs/formats"
PAGES = [
    "README",
    "report-json",
    "record-tree",
    "grant-token",
    "signature-log",
    "log-http",
    "claim",
    "page-mark",
    "trust-bundle",
    "identifiers",
]


@pytest.mark.parametrize("name", PAGES)
def test_cases_modules_and_pages_named_exist(name: str) -> None:
    text = (FORMATS / f"{name}.md").read_text(encoding="utf-8")
    ids = {case["id"] for case in _cases()}
    assert set(re.findall(r"`([a-z]+::[\w.]+)`", text)) <= ids
    for path in re.findall(r"`((?:domain|verifier|templates|tests)/[\w/.-]+\.(?:py|json))`", text):
        assert (ROOT / path).is_file(), path
    for page in re.findall(r"\]\(([\w-]+\.md)\)", text):
        assert (FORMATS / page).is_file(), page


def test_the_proof_shown_is_the_proof_of_the_vectors() -> None:
    (case,) = proof_cases()
    proof = bytes.fromhex(case["input"])
    assert proof.decode() in (FORMATS / "signature-log.md").read_text(encoding="utf-8")
    assert tlog_proof.decode(proof).index == 2


def test_each_field_of_the_content_is_described() -> None:
    text = (FORMATS / "report-json.md").read_text(encoding="utf-8")
    renamed = {"tree", "issuer_name", "host", "status_uri", "status_idx", "log_origin"}
    for field in set(ReportContent.__dataclass_fields__) - renamed:
        assert f"`{field}`" in text, field
