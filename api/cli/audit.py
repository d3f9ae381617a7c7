"""``daizheng audit``: replay a log and say whether it keeps to one history; mirror one for later."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.command import spoken
from api.cli.house import opened, read_file
from api.cli.output import DONE, NEGATIVE, WAITING, Home, Passphrase, Printer

if TYPE_CHECKING:
    from api.services.auditing.any_log import Audited, Kept
    from api.services.auditing.sources import LogSource
    from domain.trust_format import LogKeys

audit = typer.Typer(help="审计 / audit", no_args_is_help=True)
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One call of ``audit log``."""

    place: str | None
    trust: Path | None
    anchor: str | None
    home: Path | None
    passphrase: Path | None
    files: bool


@audit.command("log")
@spoken
def audit_log(
    printer: Printer,
    place: Annotated[
        str | None, typer.Argument(help="日志地址或目录，省略则审计本机构 / URL or DIR; without it the house")
    ] = None,
    trust: Annotated[Path | None, typer.Option("--trust", help="信任包 / trust bundle with the keys")] = None,
    anchor: Annotated[
        str | None, typer.Option("--anchor", help="根证书 SHA-256 / SHA-256 the bundle's root must have")
    ] = None,
    kept: Annotated[
        Path | None,
        typer.Option("--kept", help="上次留存的日志头，无误后更新 / head kept last time"),
    ] = None,
    files: Annotated[
        bool,
        typer.Option("--files/--no-files", help="本机构：核对已签发文件 / the house: open each file"),
    ] = True,
    home: Home = None,
    passphrase_file: Passphrase = None,
) -> None:
    """重算整本日志：0 无误，1 有问题，3 无法判断 / replay a whole log: 0 clean, 1 not, 3 cannot tell."""
    from api.services.auditing.keeping import read_kept, write_kept
    from domain.errors import DependencyUnavailable

    asked = _Asked(
        place=place, trust=trust, anchor=anchor, home=home, passphrase=passphrase_file, files=files
    )
    try:
        found, root = _audit(asked, None if kept is None else read_kept(kept))
    except DependencyUnavailable as error:
        if error.code != "log_unreachable":
            raise
        printer.result(
            {"clean": None, "error": error.code, **error.fields},
            [printer.words.of_error(error), printer.say("audit_unsure")],
        )
        raise typer.Exit(WAITING) from error
    if kept is not None and found.clean:
        write_kept(kept, found)
    _tell(printer, found, root)
    raise typer.Exit(DONE if found.clean else NEGATIVE)


@audit.command("mirror")
@spoken
def audit_mirror(
    printer: Printer,
    url: Annotated[str, typer.Argument(help="日志地址 / the log's URL")],
    folder: Annotated[Path, typer.Argument(help="保存到目录 / directory")],
) -> None:
    """把整本日志存到目录 / fetch a whole log into a directory; what is there is not fetched again."""
    from api.services.auditing.keeping import mirror
    from api.services.auditing.sources import UrlSource
    from api.services.log.outgoing import HttpOutgoing

    with HttpOutgoing() as outgoing:
        size = mirror(UrlSource(url, outgoing), folder)
    printer.result({"size": size}, [printer.say("audit_mirrored", size=size, folder=folder)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Root:
    """The root certificate behind the log's keys, and with what it was compared."""

    sha256: str
    compared: str | None
    """``anchor`` (the option), ``house`` (its own database), None: with nothing."""


def _audit(asked: _Asked, kept: Kept | None) -> tuple[Audited, _Root]:
    from api import container
    from api.services.auditing.any_log import audit as replay
    from api.services.auditing.own_log import audit_house, own_keys

    now = container.now()
    if asked.place is None:
        with opened(asked.home, asked.passphrase) as context:
            found = audit_house(context, context.clock(), kept, files=asked.files)
            return found, _Root(sha256=context.house.anchor_sha256, compared="house")
    with ExitStack() as stack:
        if asked.trust is not None:
            keys, root = _keys(asked.trust, asked.anchor)
        else:
            context = stack.enter_context(opened(asked.home, asked.passphrase))
            keys, root = own_keys(context), _Root(sha256=context.house.anchor_sha256, compared="house")
        return replay(_source(asked.place, stack), keys, now, kept), root


def _keys(trust: Path, anchor: str | None) -> tuple[LogKeys, _Root]:
    from keys.trust import open_bundle

    done = open_bundle(read_file(trust), pinned_anchor_sha256=anchor)
    return done.bundle.log, _Root(sha256=done.anchor_sha256, compared=None if anchor is None else "anchor")


def _source(place: str, stack: ExitStack) -> LogSource:
    from api.services.auditing.sources import FolderSource, UrlSource
    from api.services.log.outgoing import HttpOutgoing

    if place.startswith(("https://", "http://")):
        return UrlSource(place, stack.enter_context(HttpOutgoing()))
    return FolderSource(Path(place))


def _tell(printer: Printer, found: Audited, root: _Root) -> None:
    from domain.base_text import base64_encode

    head, counts = found.head, found.replay.counts
    facts: dict[str, Any] = {
        "clean": found.clean,
        "origin": None if head is None else head.origin,
        "size": None if head is None else head.size,
        "root": None if head is None else base64_encode(head.root),
        "entries": {kind.name.lower(): count for kind, count in counts.items()},
        "waiting": found.replay.waiting(),
        "cosigned": dict(found.cosigners),
        "kept": found.kept_size,
        "anchor_sha256": root.sha256,
        "anchor_compared_with": root.compared,
        "first_bad": next((each.index for each in found.findings if each.index is not None), None),
        "findings": [
            {"index": each.index, "problem": each.problem.value, **each.facts} for each in found.findings
        ],
    }
    lines = [*_head_lines(printer, found), *_finding_lines(printer, found)]
    if root.compared is None:
        lines.append(printer.say("audit_root_not_compared", anchor=root.sha256))
    printer.result(facts, lines)


def _head_lines(printer: Printer, found: Audited) -> list[str]:
    if found.head is None:
        return []
    lines = [printer.say("audit_head", origin=found.head.origin, size=found.head.size)]
    if found.kept_size is not None:
        lines.append(printer.say("audit_kept", size=found.kept_size))
    for name, seconds in found.cosigners.items():
        lines.append(printer.say("audit_cosigned", witness=name, at=_moment(seconds)))
    return lines


def _moment(seconds: int) -> str:
    from datetime import UTC

    from domain.times import shanghai_text

    return shanghai_text(datetime.fromtimestamp(seconds, UTC))


def _finding_lines(printer: Printer, found: Audited) -> list[str]:
    if found.clean:
        return [printer.say("audit_clean", waiting=found.replay.waiting())]
    lines = []
    for each in found.findings[:_SHOWN]:
        code = "audit_nowhere" if each.index is None else "audit_at"
        where = printer.say(code, index=each.index)
        more = " ".join(f"{name}={value}" for name, value in each.facts.items())
        lines.append(f"{where} {printer.say(f'audit_{each.problem}')}" + (f" ({more})" if more else ""))
    if len(found.findings) > _SHOWN:
        lines.append(printer.say("audit_more", count=len(found.findings) - _SHOWN))
    return [*lines, printer.say("audit_not_clean")]
