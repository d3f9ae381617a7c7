"""Whose account of the operating system a command runs under; a name on the command line proves nobody."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Final

_LOGIN: Final = Path("/proc/self/loginuid")
_NOBODY_SIGNED_IN: Final = 2**32 - 1


def account() -> str:
    """Give name and number of the account: the one signed in to the machine, else the process's own.

    Linux keeps who signed in through ``sudo`` and ``su``.  No variable of the environment is asked.
    """
    signed_in = _signed_in()
    number = os.getuid() if signed_in is None else signed_in
    try:
        return f"{pwd.getpwuid(number).pw_name} ({number})"
    except KeyError:
        return str(number)


def _signed_in() -> int | None:
    try:
        number = int(_LOGIN.read_text("ascii"))
    except (OSError, ValueError):
        return None
    return None if number == _NOBODY_SIGNED_IN else number
