"""Writes docs/verdicts.md from the code table, the reason list and the catalogue: ``python -m`` this module."""

from __future__ import annotations

from pathlib import Path

from domain.reasons import CLAIM_REASONS, REASONS
from domain.verdict import MEANING, CheckName, Code
from domain.wording import Wording
from verifier import receipt_verdict, receipts
from verifier.policies import policy as policies
from verifier.policies import purposes

TARGET = Path(__file__).parents[3] / "docs" / "verdicts.md"

HEAD = """# Verdicts: every code, reason and check

Generated from `domain/verdict.py`, `domain/reasons.py` and `templates/messages/verifier.*.toml` by
`python -m tests.unit.verifier.verdict_docs`; a test fails when it is out of date.

A verdict has two lines that are never merged: is the **document** genuine and in force (`status`, `code`, `reason`,
`authenticity`), and what does its **content** say within its scope (`content`, `report.scope`). A file that is not
genuine repeats nothing of its content. A verdict is not a boolean: in Python `bool(verdict)` raises.

How the fifteen checks become one code:

1. A check that FAILED at level `fail` makes the document INVALID; of several the most severe code stands.
2. While one of the checks that prove a file genuine (marked *core* below) is open, only a failure that denies
   genuineness counts: "genuine, but expired" is never said of a file nobody could prove genuine.
3. Otherwise an UNKNOWN or NOT_RUN check at level `fail` makes it INDETERMINATE. Unknown is never green.
4. VALID, code `ok`, only if every check at level `fail` PASSED.

Exit codes of `daizheng verify`: 0 VALID, 1 INVALID or REFUTED, 2 usage, 3 INDETERMINATE, STANDS or UNKNOWN, 4 fault;
of several files the first of 4, 2, 1, 3, 0 that occurs. What the content says never changes it.
"""


def text() -> str:
    """The whole page."""
    words = {language: Wording.load(language) for language in ("zh", "en")}
    parts = [
        HEAD,
        *_codes(words),
        *_claims(words),
        *_receipts(words),
        *_reasons(words),
        *_checks(words),
        *_policies(),
    ]
    return "\n".join(parts) + "\n"


def _codes(words: dict[str, Wording]) -> list[str]:
    rows = [
        "## Codes of a document, mildest first",
        "",
        "| code | status | authenticity | 首行 | first line | next step |",
        "|---|---|---|---|---|---|",
    ]
    for code in sorted(Code, key=lambda code: MEANING[code].severity):
        meaning, key = MEANING[code], f"verdict.{code}"
        rows.append(
            f"| `{code}` | {meaning.status} | {meaning.authenticity} | {words['zh'].text(f'{key}.line')} "
            f"| {words['en'].text(f'{key}.line')} | {words['en'].text(f'{key}.next')} |"
        )
    return [*rows, ""]


def _claims(words: dict[str, Wording]) -> list[str]:
    rows = [
        "## Codes of a QR code or a typed number", "",
        "Its status is STANDS, REFUTED or UNKNOWN, never VALID: a code cannot prove the paper it is printed on. It may also",
        "carry a document code (`revoked`, `status_stale`, `unreadable` ...).", "",
        "| code | 首行 | first line | reasons |", "|---|---|---|---|",
    ]  # fmt: skip
    for code, reasons in CLAIM_REASONS.items():
        told = ", ".join(f"`{reason}`" for reason in sorted(reasons)) or "-"
        rows.append(
            f"| `{code}` | {words['zh'].text(f'verdict.{code}.line')} | {words['en'].text(f'verdict.{code}.line')} | {told} |"
        )
    return [*rows, ""]


def _receipts(words: dict[str, Wording]) -> list[str]:
    rows = [
        "## Codes of a receipt handed in for a report", "",
        "Its `kind` is `receipt` and its status STANDS, UNKNOWN or REFUTED, never VALID: no program may take a receipt for the",
        "report. `content` and `report` are null, `checks` is empty; `presented {code, pdf, sha256, receipt?, log?}` is what",
        "`daizheng verify-receipt` finds ([receipt](formats/receipt.md)), with the receipt's payload if a pinned key signed it.",
        "No receipt is made of a receipt.", "",
        "| code | status | authenticity | `presented.code` | 首行 | first line |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for status, (said, code, authenticity) in receipt_verdict.ANSWERS.items():
        found = ", ".join(
            f"`{each}`"
            for each, amounts in receipts.CODES.items()
            if amounts is status and each not in receipt_verdict.NO_RECEIPT
        )
        lines = " | ".join(words[language].text(f"verdict.{code}.line") for language in ("zh", "en"))
        rows.append(f"| `{code}` | {said} | {authenticity} | {found} | {lines} |")
    return [*rows, ""]


def _reasons(words: dict[str, Wording]) -> list[str]:
    rows = [
        "## Reasons under each document code",
        "",
        "| code | reason | 发生了什么 | what was found | next step |",
        "|---|---|---|---|---|",
    ]
    for code in sorted(REASONS, key=lambda code: MEANING[code].severity):
        for reason in sorted(REASONS[code]):
            key = f"reason.{reason}"
            rows.append(
                f"| `{code}` | `{reason}` | {_plain(words['zh'], f'{key}.line')} | {_plain(words['en'], f'{key}.line')} "
                f"| {words['en'].text(f'{key}.next')} |"
            )
    return [*rows, ""]


def _plain(words: Wording, code: str) -> str:
    """A sentence with its places named: what stands there is the verdict's."""
    return words.sentences[code]


def _checks(words: dict[str, Wording]) -> list[str]:
    rows = [
        "## Checks, in their order",
        "",
        "| | check | core | 通过时 | when it passed |",
        "|---|---|---|---|---|",
    ]
    for place, check in enumerate(CheckName, start=1):
        core = "yes" if check in policies.CORE else ""
        rows.append(
            f"| {place} | `{check}` | {core} | {words['zh'].text(f'check.{check}.PASSED')} "
            f"| {words['en'].text(f'check.{check}.PASSED')} |"
        )
    return [*rows, ""]


def _policies() -> list[str]:
    rows = [
        "## Policies", "",
        "A policy is TOML (`verifier/policies/policy.py` has its grammar): a level for every check, a level for checks whose source is",
        "missing, and the receiver's own wishes. A missing level is an error, and the core checks weigh `fail` in each.", "",
        "| policy | question | check whose missing source does not count |", "|---|---|---|",
    ]  # fmt: skip
    questions = {"status": "may I rely on it now?", "authenticity": "did this authority issue exactly this?"}
    for name in policies.BASIC:
        loaded = policies.builtin(name)
        spared = ", ".join(f"`{check}`" for check in CheckName if loaded.absent[check] != "fail")
        rows.append(f"| `{name}` | {questions[name]} | {spared} |")
    rows += [
        "",
        "A known word of the register counts under both: a revoked report is `revoked`, also for `authenticity`.",
        "",
        "Scenarios weigh the checks as `status` does and ask for more; their texts are in `verifier/policies/`, and a",
        "house's own versions travel in its trust bundle ([policy](formats/policy.md)).",
        "",
        "| scenario | | data at most | window at least | domains | kinds | data states | narrowed by choice |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for item in purposes.shipped():
        loaded = policies.builtin(item.id)
        words = [loaded.domains, loaded.kinds, loaded.states]
        told = [", ".join(f"`{word}`" for word in part) or "any" for part in words]
        rows.append(
            f"| `{item.id}` {item.version} | {loaded.name['zh']} | {loaded.max_age_days} days "
            f"| {loaded.window_days} days | {' | '.join(told)} | {'taken' if loaded.allow_narrowed else 'refused'} |"
        )
    return rows


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
