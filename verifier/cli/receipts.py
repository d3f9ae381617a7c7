"""``daizheng verify-receipt`` and ``verify-statement``: work with the verifier extra alone.

Exit codes are those of ``daizheng verify``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from domain import statement as statements
from domain.errors import CreditDocError
from domain.receipt import Receipt
from domain.statement import Statement
from domain.times import rfc3339, shanghai_text
from domain.verdict import JsonValue, Status
from domain.wording import Wording
from keys.trust import OpenedBundle
from verifier.answers.receipt_words import receipt_lines
from verifier.cli.exits import INVALID, UNSURE, VALID, say_error, worst
from verifier.cli.language import language
from verifier.cli.screen import labelled, print_line
from verifier.cli.trust import SYSTEM_CLOCK, Clock, HouseOpener, HouseParts, find_trust, read_file
from verifier.receipt_verdict import presented
from verifier.receipts import ReceiptVerdict, StatementVerdict, verify_receipt, verify_statement
from verifier.worker.pool import WorkerPool

_EXIT = {Status.VALID: VALID, Status.INVALID: INVALID, Status.INDETERMINATE: UNSURE}
_SIGN = {VALID: "✓", INVALID: "✗", UNSURE: "?"}
Files = Annotated[list[Path], typer.Argument(help="文件 / files")]
Trust = Annotated[Path | None, typer.Option("--trust", help="信任包 / trust bundle")]
Anchor = Annotated[
    str | None, typer.Option("--anchor", help="须符合的根证书 SHA-256 / SHA-256 the bundle's root must have")
]
Home = Annotated[Path | None, typer.Option("--home", help="机构目录 / the house (DAIZHENG_HOME)")]
Json = Annotated[bool, typer.Option("--json", help="每个文件一行 JSON / one line of JSON a file")]
Lang = Annotated[str | None, typer.Option("--lang", help="zh | en")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One file's answer, for machines and for people."""

    status: Status
    facts: dict[str, JsonValue]
    lines: tuple[str, ...]


Judge = Callable[[bytes, HouseParts, datetime, Wording], _Told]


def add_receipts(
    app: typer.Typer, open_house: HouseOpener | None = None, clock: Clock = SYSTEM_CLOCK
) -> None:
    """Give ``app`` the two commands; without ``open_house`` only ``--trust`` is known."""

    def add(name: str, about: str, judge: Judge) -> None:
        @app.command(name, help=about)
        def command(
            files: Files,
            trust: Trust = None,
            anchor: Anchor = None,
            home: Home = None,
            as_json: Json = False,
            lang: Lang = None,
        ) -> None:
            _run(files, _Asked(trust, anchor, home, as_json, lang), open_house, clock, judge)

    add("verify-receipt", "核对核验回执（PDF 或数据） / verify receipts, as PDF or data.", _judge_receipt)
    add(
        "verify-statement",
        "核对刷新声明 / verify statements that nothing is new since a report.",
        _judge_statement,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    trust: Path | None
    anchor: str | None
    home: Path | None
    as_json: bool
    lang: str | None


def _run(
    files: list[Path], asked: _Asked, open_house: HouseOpener | None, clock: Clock, judge: Judge
) -> None:
    words, now = Wording.load(language(asked.lang)), clock()
    try:
        parts = find_trust(asked.trust, asked.anchor, asked.home, open_house)
    except CreditDocError as error:
        raise typer.Exit(say_error(error, None, words, as_json=asked.as_json)) from None
    codes = [_one(path, parts, now, words, asked, judge) for path in files]
    if (code := worst(codes)) != VALID:
        raise typer.Exit(code)


def _one(path: Path, parts: HouseParts, now: datetime, words: Wording, asked: _Asked, judge: Judge) -> int:
    try:
        told = judge(read_file(path), parts, now, words)
    except Exception as error:  # noqa: BLE001 -- one file's fault must not hide the others' verdicts
        return say_error(error, path, words, as_json=asked.as_json)
    if asked.as_json:
        print_line(json.dumps({"file": path.name, **told.facts}, ensure_ascii=False, separators=(",", ":")))
    else:
        print_line(path.name)
        for line in told.lines:
            print_line(line)
    return _EXIT[told.status]


def _judge_receipt(data: bytes, parts: HouseParts, now: datetime, words: Wording) -> _Told:
    found = _with_pool(data, parts, now)
    facts: dict[str, JsonValue] = {
        "kind": "receipt",
        "status": found.status.value,
        **presented(found),
        "verified_at": rfc3339(now),
    }
    sign = _SIGN[_EXIT[found.status]]
    lines = [*labelled(words, "receipt", f"{sign} {words.text(f'receipt_code.{found.code}')}")]
    if found.receipt is not None:
        lines += _receipt_lines(found.receipt, found, words)
    return _Told(status=found.status, facts=facts, lines=tuple(lines))


def _with_pool(data: bytes, parts: HouseParts, now: datetime) -> ReceiptVerdict:
    trust: OpenedBundle = parts.trust
    if not data.startswith(b"%PDF-"):
        return verify_receipt(data, trust, now)
    with WorkerPool(trust.bundle.anchors, allow_unsandboxed=not parts.require_sandbox) as pool:
        return verify_receipt(data, trust, now, workers=pool)


def _receipt_lines(receipt: Receipt, found: ReceiptVerdict, words: Wording) -> Iterable[str]:
    """Yield what the receipt repeats, each under the name a verdict gives it."""
    told = receipt_lines(receipt, words)
    yield from labelled(words, "document" if receipt.kind == "document" else "code", told.document)
    if told.content is not None:
        yield from labelled(words, "content", told.content)
    for scope in told.scope:
        yield from labelled(words, "scope", scope)
    if receipt.report is not None:
        yield from labelled(words, "report", receipt.report.number)
    if receipt.file_sha256 is not None:
        yield from labelled(words, "sha256", receipt.file_sha256)
    yield from labelled(words, "policy", f"{receipt.policy_id} {receipt.policy_sha256}")
    yield from labelled(words, "verified_at", shanghai_text(receipt.verified_at))
    yield from labelled(words, "house", f"{receipt.verifier.name} {receipt.verifier.host}")
    if found.log is not None:
        place = words.text("receipt_place", origin=found.log.origin, index=found.log.index)
        yield from labelled(words, "log", place)


def _judge_statement(data: bytes, parts: HouseParts, now: datetime, words: Wording) -> _Told:
    found = verify_statement(data, parts.trust, now)
    facts: dict[str, JsonValue] = {
        "kind": "statement",
        "status": found.status.value,
        "code": found.code,
        "statement": None if found.statement is None else _plain(statements.encode(found.statement)),
        "verified_at": rfc3339(now),
    }
    sign = _SIGN[_EXIT[found.status]]
    lines = [*labelled(words, "statement", f"{sign} {words.text(f'statement_code.{found.code}')}")]
    if found.statement is not None:
        lines += _statement_lines(found, found.statement, words)
    return _Told(status=found.status, facts=facts, lines=tuple(lines))


def _statement_lines(found: StatementVerdict, said: Statement, words: Wording) -> Iterable[str]:
    since, count = shanghai_text(said.since), len(said.domains)
    if found.status is not Status.INVALID:
        answer = words.text(f"statement.{said.answer.value}", since=since, domains=count)
        yield from labelled(words, "content", answer)
        day = said.watermark
        until = (
            words.text("statement.no_watermark")
            if day is None
            else words.text("statement.watermark", day=day.isoformat())
        )
        yield from labelled(words, "caution", until)
    yield from labelled(words, "report", said.number)
    yield from labelled(words, "verified_at", shanghai_text(said.made_at))


def _plain(payload: bytes) -> JsonValue:
    value: JsonValue = json.loads(payload)
    return value
