"""What the verifier's commands stand on: a trust bundle or a house, the files named, the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from domain.errors import MalformedInput
from domain.wording import clean
from keys.trust import OpenedBundle, open_bundle
from verifier.cli.beside import ReceiptMaker
from verifier.evidence.status_lists import ListMemory
from verifier.ports import RegisterPort


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseParts:
    """What a house lends to the command: its own trust and its register."""

    trust: OpenedBundle
    register: RegisterPort | None
    memory: ListMemory | None = None
    """Where a house keeps which versions of status lists it has seen; None: the command's own file."""
    require_sandbox: bool = True
    """False lets files be judged where the kernel gives no sandbox; the house's own decision."""
    receipt: ReceiptMaker | None = None
    """Makes the house's receipt; None where its keys are not at hand."""


Clock = Callable[[], datetime]
SYSTEM_CLOCK: Final[Clock] = partial(datetime.now, UTC)
"""The stand-alone command has no house to be told the time by."""
HouseOpener = Callable[[Path | None], HouseParts | None]
"""Opens the house at ``--home`` or DAIZHENG_HOME; None when there is none there."""


def find_trust(
    trust: Path | None, anchor: str | None, home: Path | None, open_house: HouseOpener | None
) -> HouseParts:
    """Return the given bundle, else what the house lends; MalformedInput ``no_trust_bundle``."""
    if trust is not None:
        opened = open_bundle(read_file(trust), pinned_anchor_sha256=anchor)
        return HouseParts(trust=opened, register=None)
    house = open_house(home) if open_house else None
    if house is None:
        raise MalformedInput("no_trust_bundle")
    return house


def read_file(path: Path) -> bytes:
    """Return a file's bytes; MalformedInput ``file_missing``."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise MalformedInput("file_missing", file=clean(path)) from error
