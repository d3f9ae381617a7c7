"""How the verifier's commands end: exit codes, and one line about an error."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from domain.errors import CreditDocError, DependencyUnavailable, InvariantBroken
from domain.wording import Wording, clean
from verifier.cli.screen import print_line

VALID, INVALID, USAGE, UNSURE, FAULT = 0, 1, 2, 3, 4
_PRECEDENCE: Final = (FAULT, USAGE, INVALID, UNSURE, VALID)


def worst(codes: Sequence[int]) -> int:
    """Return the exit code of several files: the first of 4, 2, 1, 3, 0 that occurs."""
    return next((code for code in _PRECEDENCE if code in codes), VALID)


def say_error(error: Exception, path: Path | None, words: Wording, *, as_json: bool) -> int:
    """Print one line about an error and return its exit code."""
    if isinstance(error, CreditDocError):
        code, text = error.code, words.of_error(error)
    else:
        code, text = "fault", f"{type(error).__name__}: {clean(error)}"
    if as_json:
        told = {"error": code, "message": text}
        print_line(json.dumps(told if path is None else {"file": path.name, **told}, ensure_ascii=False))
    else:
        where = "" if path is None else f"{clean(path)}: "
        sys.stderr.write(f"{where}[{code}] {text}\n")
    unavailable = isinstance(error, DependencyUnavailable | InvariantBroken)
    return USAGE if isinstance(error, CreditDocError) and not unavailable else FAULT
