"""Where the house's database is: which URLs are taken, and what of one may be written down or said."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from domain.errors import MalformedInput

POSTGRESQL = "postgresql+psycopg"
_SQLITE = "sqlite"
_SECRET_OPTIONS = frozenset({"password", "sslpassword"})


def read_url(text: str) -> URL:
    """Give the URL of an SQLite file or a PostgreSQL database; MalformedInput ``database_url_form``.

    ``postgresql:`` and ``postgres:`` mean the one driver we have.  The text never reaches
    the error: it may hold a password.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # Their own words may quote a part of it.
        raise MalformedInput("database_url_form") from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername=POSTGRESQL)
    if url.drivername not in (_SQLITE, POSTGRESQL) or not url.database:
        raise MalformedInput("database_url_form")
    return url


def on_postgresql(url: URL) -> bool:
    """Say whether the database is PostgreSQL; otherwise it is SQLite."""
    return url.drivername == POSTGRESQL


def holds_password(text: str) -> bool:
    """Say whether the URL carries a password, before the host or among its options."""
    url = read_url(text)
    return url.password is not None or bool(_SECRET_OPTIONS & set(url.query))


def without_password(text: str) -> str:
    """Give the URL as it may stand in a file: without any password."""
    url = read_url(text).difference_update_query(_SECRET_OPTIONS)
    # Made anew: URL.set takes None for "as it was".
    bare = URL.create(
        url.drivername,
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query=url.query,
    )
    return bare.render_as_string(hide_password=False)


def place_of(url: URL) -> str:
    """Give the database as a message may name it: file, or host and name; no person, no password."""
    if not on_postgresql(url):
        return Path(url.database or "").name
    host = url.query.get("host", url.host) or "localhost"
    said = ",".join(host) if isinstance(host, tuple) else host
    return f"{said}{'' if url.port is None else f':{url.port}'}/{url.database}"
