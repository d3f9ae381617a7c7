"""Opens the house for a command and closes what it warmed up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.services.context import Context
    from api.services.issuing.issue import IssuingDesk


@contextmanager
def opened(home: Path | None, passphrase_file: Path | None) -> Iterator[Context]:
    """Give the house of ``--home`` or DAIZHENG_HOME, with its keys."""
    from api import container

    context = container.open_house(container.home_of(home), passphrase_file=passphrase_file)
    if context.house.environment == "production":
        _warn_about_root()
    try:
        yield context
    finally:
        context.store.close()


def _warn_about_root() -> None:
    """Every root made here is a test certificate; a production house hears it at each start (R8)."""
    import sys

    from api.cli.output import language
    from domain.wording import Wording

    sys.stderr.write(Wording.load(language(None)).text("production_needs_chain") + "\n")


@contextmanager
def desk(context: Context) -> Iterator[IssuingDesk]:
    """Give the issuing desk; its workers end with the command."""
    from api import container

    issuing = container.issuing_desk(context)
    try:
        yield issuing
    finally:
        issuing.verifier.close()


def read_file(path: Path) -> bytes:
    """Give the file's bytes; NotFound ``file_missing``."""
    from domain.errors import NotFound

    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound("file_missing", file=str(path)) from error


def require_absent(path: Path) -> None:
    """Return only if nothing stands at ``path``; Conflict ``out_exists``."""
    from domain.errors import Conflict

    if path.exists() or path.is_symlink():
        raise Conflict("out_exists", file=str(path))


def require_no_file(path: Path) -> None:
    """Return only if nothing stands at ``path``; Conflict ``file_exists``."""
    from domain.errors import Conflict

    if path.exists() or path.is_symlink():
        raise Conflict("file_exists", file=str(path))


def write_file(path: Path, data: bytes) -> None:
    """The file holds ``data`` whole, or is as it was; Refused ``file_unwritable``."""
    from domain.errors import Refused

    temporary = path.with_name(path.name + ".part")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise Refused("file_unwritable", file=str(path), cause=error.strerror or "") from error
