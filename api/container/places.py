"""Where a house's things are: its directory, its database, its files, its passphrases."""

from __future__ import annotations

from pathlib import Path

from api.settings import Environment, HouseSettings, read_passphrase
from domain.errors import MalformedInput, NotFound


def home_of(given: Path | None) -> Path:
    """Give the house's directory from ``--home`` or DAIZHENG_HOME; MalformedInput ``home_missing``."""
    home = given or Environment().home
    if home is None:
        raise MalformedInput("home_missing")
    return home.expanduser().resolve()


def database_url(home: Path, settings: HouseSettings | None = None) -> str:
    """Give the database's URL: DAIZHENG_DATABASE_URL, else the setting, else SQLite in the house."""
    said = Environment().database_url or (settings.database_url if settings else None)
    return said or f"sqlite:///{home / 'daizheng.db'}"


def root_passphrase(file: Path | None, house_file: Path | None, environment: str) -> bytes:
    """Give the root's passphrase: its own file or variable, else the house's."""
    given = Environment()
    if file is not None or given.root_passphrase:
        return read_passphrase(file, given.root_passphrase, environment)
    return read_passphrase(house_file, given.passphrase, environment)


def read_file(path: Path) -> bytes:
    """Give a file that the house's settings name; NotFound ``file_missing``."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound("file_missing", file=str(path)) from error
