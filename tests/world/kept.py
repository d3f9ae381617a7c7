"""Houses that are founded once in a run and copied for everybody who asks for one of that name.

Several test processes of one run share them: who comes first makes the house, the others wait at its lock.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

from scripts.commands import Commands
from tests import databases

_place: Path | None = None


def keep_in(place: Path) -> None:
    """The houses of this run lie in ``place``, which all its processes know."""
    global _place
    _place = place
    place.mkdir(exist_ok=True)


def house(name: str, folder: Path, make: Callable[[Commands], object]) -> Commands:
    """The commands of a new house in ``folder``: a copy, down to its keys, of the one ``make`` filled."""
    assert _place is not None, "no run has said where its houses lie"
    original = _place / name
    original.mkdir(exist_ok=True)
    first, address = original / "first", original / "address"
    with (original / "lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not address.is_file():
            commands = Commands(first / "house", databases.variables(first / "house"))
            make(commands)
            address.write_text(commands.environment.get(databases.VARIABLE, ""))
    # With the house come the files that were handed in, which lie beside it.
    shutil.copytree(first, folder, dirs_exist_ok=True)
    return Commands(folder / "house", databases.copy_of(address.read_text()))
