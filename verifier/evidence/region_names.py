"""What a region is called, for sentences; a verdict never goes by a name."""

from __future__ import annotations

import tomllib
from functools import lru_cache

from domain.trust_format import RegionFile


@lru_cache(maxsize=8)
def region_name(files: tuple[RegionFile, ...], code: str) -> str | None:
    """Return the name in the bundle's newest file of that region; None where no file tells it."""
    text = next((file.toml for file in reversed(files) if file.code == code), "")
    try:
        name = tomllib.loads(text).get("name")
    except tomllib.TOMLDecodeError:
        return None
    return name if isinstance(name, str) else None
