"""A worker starts without the HTTP client that pyHanko brings along for its own time-stamp requests.

pyHanko imports aiohttp wherever it is imported itself.  A process that reads hostile files and may
open no connection has no use for it; left out, the process starts in two thirds of the time.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Final

_NAME: Final = "aiohttp"


class _Absent(ModuleType):
    """Has a name for each class that is only subclassed or annotated; none of them does anything."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def leave_out() -> None:
    """Importing aiohttp gives an empty stand-in from now on; for a process of its own, before pyHanko."""
    sys.modules[_NAME] = _Absent(_NAME)
