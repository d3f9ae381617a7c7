"""How every command speaks: one line per fact or one line of JSON, errors with their code."""

from __future__ import annotations

import json
import locale
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

DONE, NEGATIVE, USAGE, WAITING, FAULT = 0, 1, 2, 3, 4

Home = Annotated[Path | None, typer.Option("--home", help="机构目录 / the house (DAIZHENG_HOME)")]
Json = Annotated[bool, typer.Option("--json", help="一行 JSON / one line of JSON on stdout")]
Lang = Annotated[str | None, typer.Option("--lang", help="zh | en")]
Verbose = Annotated[bool, typer.Option("--verbose", help="出错时显示调用栈 / show the trace of an error")]
Passphrase = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="口令文件 / key passphrase (DAIZHENG_PASSPHRASE)"),
]


def language(given: str | None) -> str:
    """Give ``zh`` or ``en``: the option, else the locale."""
    if given in ("zh", "en"):
        return given
    if given is not None:
        raise typer.BadParameter("zh | en")
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next((name for name in names if name), "") or (locale.getlocale()[0] or "")
    return "zh" if chosen.lower().startswith(("zh", "chinese")) else "en"


class Printer:
    """Prints facts for people or machines, never both."""

    def __init__(self, *, as_json: bool, lang: str | None) -> None:
        """Speak ``lang`` (None: the locale's), or JSON."""
        from domain.wording import Wording

        self.as_json, self.lang = as_json, language(lang)
        self.words = Wording.load(self.lang)

    def result(self, facts: Mapping[str, Any], lines: Sequence[str] = ()) -> None:
        """Print the outcome of a command: ``facts`` as one JSON object, or ``lines`` for a person."""
        if self.as_json:
            print_line(json.dumps(facts, ensure_ascii=False, separators=(",", ":"), default=str))
            return
        for line in lines:
            print_line(line)

    def say(self, code: str, /, **fields: object) -> str:
        """Give the sentence ``code`` of the catalogue."""
        return self.words.text(code, **fields)


def print_line(text: str) -> None:
    """One line on standard output in UTF-8, whatever the terminal's encoding."""
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:
        sys.stdout.write(text + "\n")
        return
    sys.stdout.flush()
    raw.write((text + "\n").encode("utf-8", "backslashreplace"))
    raw.flush()


@contextmanager
def speaking(*, as_json: bool, lang: str | None, verbose: bool) -> Iterator[Printer]:
    """Give the printer; every error inside ends the process with one line and its exit code."""
    printer = Printer(as_json=as_json, lang=lang)
    try:
        yield printer
    except (typer.Exit, typer.Abort, KeyboardInterrupt):
        raise
    except Exception as error:  # noqa: BLE001 - the last line of defence: a trace is not for clerks
        if verbose:
            traceback.print_exc()
        raise typer.Exit(report_error(error, printer)) from None


def report_error(error: Exception, printer: Printer) -> int:
    """Print one line about ``error`` and give its exit code."""
    from domain.errors import CreditDocError

    if isinstance(error, CreditDocError):
        code, text, status = error.code, printer.words.of_error(error), exit_code(error)
    else:
        name = type(error).__name__
        code, text, status = "fault", printer.say("fault", error=f"{name}: {error}"), FAULT
    if printer.as_json:
        print_line(json.dumps({"error": code, "message": text}, ensure_ascii=False, separators=(",", ":")))
    else:
        word = "错误" if printer.lang == "zh" else "error"
        sys.stderr.write(f"{word} [{code}] {text}\n".replace("\r", " "))
    return status


def exit_code(error: Exception) -> int:
    """Give the exit code of an error of ours: 1 refused, 2 usage, 4 fault."""
    from domain.errors import Conflict, MalformedInput, NotFound, Refused

    if isinstance(error, MalformedInput | NotFound):
        return USAGE
    return NEGATIVE if isinstance(error, Refused | Conflict) else FAULT
