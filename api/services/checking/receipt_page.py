"""What stands on the page of a receipt, as plain strings in Chinese office words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from domain.receipt import Receipt
from domain.report import Environment
from domain.times import parse_rfc3339, shanghai_text
from domain.verdict import JsonValue, Outcome
from domain.wording import Wording
from signer.page import SPECIMENS
from verifier.answers.receipt_words import receipt_lines, verdict_of
from verifier.answers.words import check_line

_LANGUAGE: Final = "zh"
_TONES: Final = {"VALID": "good", "STANDS": "plain", "INVALID": "bad", "REFUTED": "bad"}
_MARKS: Final = {Outcome.PASSED: "✓", Outcome.FAILED: "×", Outcome.UNKNOWN: "?", Outcome.NOT_RUN: "-"}

Row = list[JsonValue]
"""Label, value, and whether it is set in the fixed-width face."""


def receipt_view(receipt: Receipt, sha256: str, log_index: int, log_origin: str) -> dict[str, JsonValue]:
    """Give everything the template of a receipt prints."""
    words = Wording.load(_LANGUAGE)
    return {
        **said_by(receipt, words),
        "title": words.text("receipt_title"),
        "specimen": SPECIMENS.get(Environment(receipt.verifier.environment)),
        "id": str(receipt.id),
        "tone": _TONES.get(receipt.status.value, "unsure"),
        "caution": receipt_lines(receipt, words).caution,
        "proof": list(_proof(sha256, log_index, log_origin, words)),
        "checks": [_check(item, words) for item in verdict_of(receipt).checks],
        "checks_title": words.text("label.checks"),
        "headings": [words.text(f"receipt_head_{name}") for name in ("report", "basis", "proof")],
        "note": words.text("receipt_note", host=receipt.verifier.host),
        "policy_toml": receipt.policy_toml,
    }


def said_by(receipt: Receipt, words: Wording) -> dict[str, JsonValue]:
    """Give what a receipt says, for its own page and for that of whoever hands it in later."""
    told = receipt_lines(receipt, words)
    return {
        "house": receipt.verifier.name,
        "document_label": words.text("label.code" if receipt.kind == "claim" else "label.document"),
        "document": told.document,
        "content_label": words.text("label.content"),
        "content": told.content,
        "scope": list(told.scope),
        "reason": told.reason,
        "overlay": [words.text(f"overlay.{code}", count=count) for code, count in receipt.overlay or ()],
        "report": list(_report(receipt, words)),
        "basis": list(_basis(receipt, words)),
    }


def _row(name: str, value: str, words: Wording, *, code: bool = False) -> Row:
    return [words.text(f"receipt_{name}"), value, code]


def _report(receipt: Receipt, words: Wording) -> Iterator[Row]:
    about = receipt.report
    if about is not None:
        yield _row("number", about.number, words, code=True)
        if about.subject is not None:
            yield _row("subject", about.subject[0], words)
            yield _row("uscc", about.subject[1], words, code=True)
        if about.as_of is not None:
            yield _row("as_of", shanghai_text(about.as_of), words)
    if receipt.file_sha256 is not None:
        yield _row("file", receipt.file_sha256, words, code=True)
    if receipt.file_size is not None:
        yield _row("size", words.text("receipt_bytes", size=f"{receipt.file_size:,}"), words)


def _basis(receipt: Receipt, words: Wording) -> Iterator[Row]:
    yield _row("verified_at", shanghai_text(receipt.verified_at), words)
    if receipt.at is not None:
        yield _row("at", shanghai_text(receipt.at), words)
    yield _row("policy", _policy(receipt, words), words)
    yield _row("policy_sha256", receipt.policy_sha256, words, code=True)
    for name in ("trust_list", "revocation", "status_list"):
        if part := _object(receipt.sources.get(name)):
            yield _row(name, _age(part, words), words)
    trust = _object(receipt.sources.get("trust_list"))
    if trust.get("sha256"):
        yield _row("trust_sha256", str(trust["sha256"]), words, code=True)


def _policy(receipt: Receipt, words: Wording) -> str:
    code = f"purpose_{receipt.policy_id}"
    return f"{words.text(code)} ({receipt.policy_id})" if words.has(code) else receipt.policy_id


def _age(part: Mapping[str, Any], words: Wording) -> str:
    made = part.get("made_at")
    when = shanghai_text(parse_rfc3339(made)) if isinstance(made, str) else "-"
    minutes = max(0, int(part.get("age_seconds") or 0)) // 60
    return words.text("receipt_age", made_at=when, hours=minutes // 60, minutes=minutes % 60)


def _proof(sha256: str, log_index: int, log_origin: str, words: Wording) -> Iterator[Row]:
    yield _row("sha256", sha256, words, code=True)
    yield _row("log", words.text("receipt_place", origin=log_origin, index=log_index), words)


def _check(item: Any, words: Wording) -> Row:
    name, outcome, _ = check_line(item, words)
    return [_MARKS[item.outcome], name, outcome]


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
