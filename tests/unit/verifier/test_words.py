"""Every code, reason and outcome has its words in both languages, and JSON is the contract's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from domain.reasons import Reason
from domain.verdict import CLAIM_CODES, RECEIPT_CODES, CheckName, ClaimStatus, Code, Outcome, Status
from domain.wording import LANGUAGES, Wording
from domain.written_json import WrittenJson
from tests.unit.verifier.conftest import Judge
from tests.unit.verifier.house import House, report
from verifier.answers.verdict_json import to_json, to_line
from verifier.answers.words import check_line, lines


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_without_words(language: str) -> None:
    words = Wording.load(language)
    wanted = [
        f"verdict.{code}.{part}" for code in (*Code, *sorted(CLAIM_CODES)) for part in ("line", "why", "next")
    ]
    wanted += [f"verdict.{code}.{part}" for code in sorted(RECEIPT_CODES) for part in ("line", "next")]
    wanted += [f"reason.{reason}.{part}" for reason in Reason for part in ("line", "next")]
    wanted += [f"check.{check}.{part}" for check in CheckName for part in ("name", *Outcome)]
    wanted += [f"status.{status}" for status in (*Status, *ClaimStatus)]
    missing = [key for key in wanted if key not in words.sentences]
    assert not missing


def test_both_languages_have_the_same_entries() -> None:
    chinese, english = (set(Wording.load(language).codes()) for language in LANGUAGES)
    ours = ("verdict.", "reason.", "check.", "label.", "content.", "status.", "outcome.")
    assert {key for key in chinese ^ english if key.startswith(ours)} == set()


def test_no_reason_is_an_orphan_of_the_catalogue() -> None:
    words = Wording.load("zh")
    known = {str(reason) for reason in Reason}
    assert {key.split(".")[1] for key in words.codes() if key.startswith("reason.")} == known


def test_the_lines_of_a_genuine_report(genuine: bytes, judge: Judge) -> None:
    verdict = judge(genuine)
    told = lines(verdict, Wording.load("zh"))
    assert told.document == "真实（未查当前状态）"
    assert told.content == "范围内无记录"
    assert told.environment is not None


def test_a_forgers_words_are_never_repeated(genuine: bytes, judge: Judge) -> None:
    verdict = judge(genuine + b"\n")
    told = lines(verdict, Wording.load("zh"))
    assert told.content is None
    assert told.scope == ()
    assert "晨曦" not in to_line(verdict)


def test_another_centres_report_asks_for_its_bundle_first(tmp_path: Path, judge: Judge) -> None:
    other = House.found(tmp_path / "other", region="140000")
    verdict = judge(other.issue(report(number="140000202611200A1B2C3D")))
    assert (verdict.code, verdict.reason) == ("untrusted_issuer", "other_region")
    seen = next(result.evidence for result in verdict.checks if result.reason == "other_region")
    assert (seen["bundle_region"], seen["number_prefix"]) == ("150300", "140000")
    for language, forgery in (("zh", "不可信"), ("en", "not trusted")):
        told = lines(verdict, Wording.load(language))
        assert told.document.index("乌海市(150300)") < told.document.index("140000")
        assert forgery not in f"{told.document}{told.reason}"
        assert told.content is None
    assert "晨曦" not in to_line(verdict)
    assert "202611200A1B2C3D" not in to_line(verdict)


def test_each_check_speaks(genuine: bytes, judge: Judge) -> None:
    words = Wording.load("en")
    for result in judge(genuine).checks:
        name, outcome, sentence = check_line(result, words)
        assert name
        assert outcome
        assert sentence.endswith(".")


def test_one_line_of_json_with_the_contracts_fields(genuine: bytes, judge: Judge) -> None:
    line = to_line(judge(genuine))
    assert "\n" not in line
    told = json.loads(line)
    assert list(told) == [
        "file", "kind", "status", "code", "reason", "authenticity", "content", "checks", "report", "policy",
        "verified_at", "sources", "at", "overlay", "refresh",
    ]  # fmt: skip
    assert set(told["policy"]) == {"id", "sha256"}
    assert {tuple(check) for check in told["checks"]} == {("check", "outcome", "code", "reason", "evidence")}
    assert told["verified_at"].endswith("Z")


def test_a_report_kept_as_text_goes_out_as_it_would_have_been_written(genuine: bytes, judge: Judge) -> None:
    verdict = judge(genuine)
    assert verdict.report is not None
    written = WrittenJson.of(verdict.report)
    kept = replace(verdict, report=written)
    plain = json.dumps(to_json(verdict) | {"receipt": 1}, ensure_ascii=False, separators=(",", ":"))
    assert to_line(kept, receipt=1) == to_line(verdict, receipt=1) == plain
    assert "_opened" not in vars(written)
    assert kept == verdict
    assert written["number"] == verdict.report["number"]
    without = replace(verdict, report=None)
    assert json.loads(to_line(without)) == to_json(without)


def test_a_verdict_is_no_boolean(genuine: bytes, judge: Judge) -> None:
    with pytest.raises(TypeError):
        bool(judge(genuine))
    assert to_json(judge(b""))["report"] is None


def test_the_page_of_verdicts_is_up_to_date() -> None:
    from tests.unit.verifier import verdict_docs

    assert verdict_docs.TARGET.read_text(encoding="utf-8") == verdict_docs.text()
