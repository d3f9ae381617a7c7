"""``daizheng verify``: works with the verifier extra alone; ``api.cli`` mounts it and adds the house.

Exit code: 0 valid, 1 invalid, 2 usage, 3 cannot tell, 4 fault; of several files the first
of 4, 2, 1, 3, 0 that occurs.  What the content says never changes it.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from domain.disclosure import decode_details
from domain.errors import CreditDocError, MalformedInput
from domain.times import parse_rfc3339
from domain.wording import Wording, clean
from keys.trust import OpenedBundle
from verifier.answers.details_words import details_json
from verifier.answers.verdict_json import to_line
from verifier.cli.beside import Beside
from verifier.cli.exits import say_error, worst
from verifier.cli.language import language
from verifier.cli.receipts import add_receipts
from verifier.cli.screen import print_line
from verifier.cli.telling import EXIT_OF, show_paper, verdict_lines
from verifier.cli.trust import SYSTEM_CLOCK, Clock, HouseOpener, HouseParts, find_trust, read_file
from verifier.evidence.list_memory import FileMemory, default_folder
from verifier.evidence.status_lists import ListMemory, StatusLists
from verifier.evidence.witness_facts import LogFetch
from verifier.policies import policy as policies
from verifier.policies import purposes
from verifier.policies.policy import VerificationPolicy
from verifier.service import Verifier
from verifier.worker.pool import WorkerPool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    files: Sequence[Path]
    as_json: bool
    trust: Path | None
    anchor: str | None
    policy: str
    at: str | None
    details: Path | None
    online: bool
    status_lists: Sequence[Path]
    state: Path | None
    receipt: Path | None
    etsi: Path | None
    home: Path | None
    verbose: bool
    paper: bool
    words: Wording
    clock: Clock


_Paper = Annotated[
    bool, typer.Option("--paper", help="各图片是同一份纸质报告的页 / the pictures are pages of one print")
]
_Details = Annotated[Path | None, typer.Option("--details", help="明细文件 / details of the report")]
_Anchor = Annotated[
    str | None, typer.Option("--anchor", help="须符合的根证书 SHA-256 / SHA-256 the bundle's root must have")
]
_Receipt = Annotated[
    Path | None, typer.Option("--receipt", help="回执存为 .pdf 或 .json / save a receipt (in a house)")
]
_Etsi = Annotated[
    Path | None, typer.Option("--etsi", help="ETSI TS 119 102-2 报告存为 / save an ETSI report (XML)")
]


def add_verify(app: typer.Typer, open_house: HouseOpener | None = None, clock: Clock = SYSTEM_CLOCK) -> None:
    """Give ``app`` the command ``verify``; without ``open_house`` only ``--trust`` is known."""

    @app.command("verify")
    def verify(
        files: Annotated[
            list[Path], typer.Argument(help="PDF 或带二维码的图片 / PDFs, or pictures with a QR code")
        ],
        as_json: Annotated[
            bool, typer.Option("--json", help="每个文件一行 JSON / one line of JSON a file")
        ] = False,
        trust: Annotated[Path | None, typer.Option("--trust", help="信任包 / trust bundle")] = None,
        anchor: _Anchor = None,
        online: Annotated[
            bool, typer.Option("--online", help="可向信任包内地址查询 / may ask addresses in the bundle")
        ] = False,
        status_list: Annotated[
            list[Path] | None,
            typer.Option("--status-list", help="状态列表文件，可多个 / status list as a file; repeatable"),
        ] = None,
        state: Annotated[
            Path | None, typer.Option("--state", help="记住已见列表版本的目录 / remembers lists seen")
        ] = None,
        policy: Annotated[
            str, typer.Option("--policy", help="核验政策 / policy name or TOML file")
        ] = policies.DEFAULT,
        at: Annotated[str | None, typer.Option("--at", help="按该时点核验 / judge as of that time")] = None,
        details: _Details = None,
        receipt: _Receipt = None,
        etsi: _Etsi = None,
        paper: _Paper = False,
        home: Annotated[
            Path | None, typer.Option("--home", help="机构目录 / the house (DAIZHENG_HOME)")
        ] = None,
        lang: Annotated[str | None, typer.Option("--lang", help="zh | en")] = None,
        verbose: Annotated[
            bool, typer.Option("--verbose", help="全部核验项 / every check, and traces")
        ] = False,
    ) -> None:
        """核验文件真伪与现状 / verify whether files are genuine and in force."""
        request = _Request(
            files=files, as_json=as_json, trust=trust, anchor=anchor, policy=policy, at=at, details=details,
            online=online, status_lists=status_list or (), state=state, receipt=receipt, etsi=etsi,
            home=home, verbose=verbose, paper=paper, words=Wording.load(language(lang)), clock=clock,
        )  # fmt: skip
        code = _run(request, open_house)
        if code:
            raise typer.Exit(code)


def main() -> None:
    """Run ``verify`` alone, as a bank installs it."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(_about)
    add_verify(app)
    add_receipts(app)
    app(prog_name="daizheng")


def _about() -> None:
    """代证核验 / verifies signed credit reports."""


def _run(request: _Request, open_house: HouseOpener | None) -> int:
    now = request.clock()
    try:
        house = find_trust(request.trust, request.anchor, request.home, open_house)
        policy = _policy(request.policy, house.trust)
        at = None if request.at is None else _instant(request.at)
        details = None if request.details is None else read_file(request.details)
        beside = Beside(receipt=request.receipt, etsi=request.etsi, maker=house.receipt)
        beside.require_possible(len(request.files))
        pool = WorkerPool(house.trust.bundle.anchors, allow_unsandboxed=not house.require_sandbox)
        verifier = Verifier(
            house.trust,
            house.register,
            worker=pool,
            lists=_lists(request, house),
            log_fetch=_log(request, house),
        )
    except Exception as error:  # noqa: BLE001 -- the last line of defence: one line, no trace
        return _report(error, None, request)
    try:
        if request.paper:
            sheets = [verifier.sheets(read_file(path), path.name) for path in request.files]
            paper = verifier.paper([each for some in sheets for each in some])
            show_paper(paper, request.words, as_json=request.as_json)
            return EXIT_OF[paper.status]
        codes = [_one(path, verifier, policy, request, now, at, details, beside) for path in request.files]
    except CreditDocError as error:
        return _report(error, None, request)
    finally:
        pool.close()
    return worst(codes)


def _lists(request: _Request, house: HouseParts) -> StatusLists | None:
    """Return the status lists at hand; None where neither network nor file was named."""
    if not request.online and not request.status_lists:
        return None
    bundle = house.trust.bundle
    fetch = None
    if request.online:
        from verifier.online import OnlineLists

        fetch = OnlineLists(bundle)
    return StatusLists(
        bundle,
        house.trust.anchor_sha256,
        files=[read_file(path).strip() for path in request.status_lists],
        fetch=fetch,
        memory=_memory(request, house),
    )


def _log(request: _Request, house: HouseParts) -> LogFetch | None:
    """Return what asks the log behind the bundle; None without ``--online``."""
    if not request.online:
        return None
    from verifier.online import OnlineLog

    return OnlineLog(house.trust.bundle)


def _memory(request: _Request, house: HouseParts) -> ListMemory | None:
    if request.state is not None:
        return FileMemory(request.state, strict=True)
    if house.memory is not None:
        return house.memory
    folder = default_folder(os.environ)
    return None if folder is None else FileMemory(folder, strict=False)


def _policy(name: str, trust: OpenedBundle) -> VerificationPolicy:
    if name.endswith(".toml"):
        return policies.load(read_file(Path(name)))
    return purposes.named(name, trust.bundle)


def _instant(text: str) -> datetime:
    """Return an instant; a bare date is the end of that day in Shanghai."""
    try:
        whole = f"{text}T23:59:59+08:00" if len(text) == len("2026-11-20") else text
        return parse_rfc3339(whole) if whole.endswith("Z") else _with_offset(whole)
    except (ValueError, MalformedInput) as error:
        raise MalformedInput("at_malformed", text=clean(text)) from error


def _with_offset(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise MalformedInput("at_malformed", text=clean(text))
    return instant.astimezone(UTC)


def _one(
    path: Path,
    verifier: Verifier,
    policy: VerificationPolicy,
    request: _Request,
    now: datetime,
    at: datetime | None,
    details: bytes | None,
    beside: Beside,
) -> int:
    try:
        data = read_file(path)
        verdict = verifier.verify(data, path.name, policy=policy, now=now, at=at, details=details)
        beside.save(data, verdict, verifier, policy)
    except Exception as error:  # noqa: BLE001 -- one file's fault must not hide the others' verdicts
        return _report(error, path, request)
    opened = None if details is None else decode_details(details)
    if request.as_json:
        print_line(to_line(verdict, **({} if opened is None else {"details": details_json(opened)})))
    else:
        for line in verdict_lines(verdict, request.words, opened, every_check=request.verbose):
            print_line(line)
    return EXIT_OF[verdict.status]


def _report(error: Exception, path: Path | None, request: _Request) -> int:
    """Print one line about an error, and its trace if wanted, and return its exit code."""
    if request.verbose:
        traceback.print_exception(error)
    return say_error(error, path, request.words, as_json=request.as_json)
