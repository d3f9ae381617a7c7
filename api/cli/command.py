"""The options that every command has, defined once, and what they open.

A command takes what it needs first, then its own options::

    @in_house
    def renew(out: Printer, context: Context, role: Role, by: By = None) -> None: ...

    @spoken
    def check(out: Printer, file: File) -> None: ...

``in_house`` adds ``--home`` and ``--passphrase-file``; both add ``--json``, ``--lang`` and
``--verbose``, and end with one line and an exit code whatever goes wrong inside.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import Parameter, Signature, signature
from typing import Any, Final, get_type_hints

from api.cli.house import opened
from api.cli.output import Home, Json, Lang, Passphrase, Verbose, speaking

_SPEECH: Final = ("json", "lang", "verbose")
_HOUSE: Final = ("home", "passphrase_file")
_DEFAULTS: Final[dict[str, tuple[Any, Any]]] = {
    "home": (Home, None),
    "passphrase_file": (Passphrase, None),
    "json": (Json, False),
    "lang": (Lang, None),
    "verbose": (Verbose, False),
}


def spoken(command: Callable[..., None]) -> Callable[..., None]:
    """Give ``command``, which takes a Printer first, with the options of how it speaks."""

    def run(**given: Any) -> None:
        json, lang, verbose = (given.pop(name) for name in _SPEECH)
        with speaking(as_json=json, lang=lang, verbose=verbose) as printer:
            command(printer, **given)

    return _signed(run, command, handed=1, added=_SPEECH)


def in_house(command: Callable[..., None]) -> Callable[..., None]:
    """Give ``command``, which takes a Printer and the opened house first, with the options for both."""

    def run(**given: Any) -> None:
        home, passphrase_file = (given.pop(name) for name in _HOUSE)
        json, lang, verbose = (given.pop(name) for name in _SPEECH)
        with (
            speaking(as_json=json, lang=lang, verbose=verbose) as printer,
            opened(home, passphrase_file) as context,
        ):
            command(printer, context, **given)

    return _signed(run, command, handed=2, added=(*_HOUSE, *_SPEECH))


def _signed(
    run: Callable[..., None], command: Callable[..., None], *, handed: int, added: tuple[str, ...]
) -> Callable[..., None]:
    """Give ``run`` the name, the words and the options by which the command line finds ``command``."""
    own = [*signature(command).parameters.values()][handed:]
    # What is handed in is typed by modules that a command loads only when it runs: not looked up here.
    hints = _types(command, [each.name for each in own])
    common = [
        Parameter(name, Parameter.KEYWORD_ONLY, annotation=_DEFAULTS[name][0], default=_DEFAULTS[name][1])
        for name in added
    ]
    named = [each.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[each.name]) for each in own]
    run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, command.__module__
    run.__signature__ = Signature([*named, *common])  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in (*named, *common)}
    return run


def _types(command: Callable[..., None], names: list[str]) -> dict[str, Any]:
    written = {name: command.__annotations__[name] for name in names}
    return get_type_hints(
        type("Options", (), {"__annotations__": written}),
        globalns=vars(sys.modules[command.__module__]),
        include_extras=True,
    )
