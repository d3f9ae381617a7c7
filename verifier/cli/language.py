"""In which language the verifier's commands speak."""

from __future__ import annotations

import locale
import os

import typer


def language(given: str | None) -> str:
    """Return ``zh`` or ``en``: the option, else the locale."""
    if given is not None:
        if given not in ("zh", "en"):
            raise typer.BadParameter("zh | en")
        return given
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next((name for name in names if name), "") or (locale.getlocale()[0] or "")
    return "zh" if chosen.lower().startswith(("zh", "chinese")) else "en"
