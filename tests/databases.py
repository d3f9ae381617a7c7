"""Where the houses of the tests keep their data: SQLite in each house, or one database each on a server.

`pytest --database postgresql` starts a server of its own, one for all processes of the run.  Houses made by hand or copied from a
template say where they are in `house.toml`; houses that commands make are told by the environment.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import MetaData, create_engine, inspect, select, text
from sqlalchemy.pool import NullPool

from api.settings import read_house, write_house
from scripts.postgresql import Server

CHOICES = ("sqlite", "postgresql")
VARIABLE = "DAIZHENG_DATABASE_URL"
_chosen = CHOICES[0]
_server: Server | None = None
_borrowed = False


def choose(kind: str) -> None:
    """Every house from now on keeps its data there."""
    global _chosen
    _chosen = kind


def lent() -> str | None:
    """Where the server lies that every process of this run is to use; None: each house has its own file."""
    return None if _chosen == "sqlite" else str(server().folder)


def borrow(folder: str) -> None:
    """The server is the one in ``folder``, which another process started and will end."""
    global _server, _borrowed
    _server, _borrowed = Server(Path(folder), quick=True), True


def server() -> Server:
    """The one server of this test process, started when it is first needed."""
    global _server
    if _server is None:
        _server = Server.make(quick=True)
    return _server


def end() -> None:
    """The server, if this process started one, is gone with its data."""
    global _server
    if _server is not None and not _borrowed:
        _server.remove()
        _server = None


def fresh(home: Path) -> str | None:
    """The URL for a new house in `home`; None: its own SQLite file."""
    return None if _chosen == "sqlite" else server().create(_name())


def variables(home: Path) -> Mapping[str, str]:
    """What the environment of a new house's commands says about its database."""
    url = fresh(home)
    return {} if url is None else {VARIABLE: url}


def copy_of(url: str) -> Mapping[str, str]:
    """The same for a copy of a house whose database lies at ``url``; empty: in its own directory."""
    return {VARIABLE: server().create(_name(), template=_database(url))} if url else {}


def copied(template: Path, home: Path) -> None:
    """The house in `home`, whose files are copies of `template`'s, has a database of its own too."""
    url = read_house(template).database_url
    if url is not None:
        _tell(home, server().create(_name(), template=_database(url)))


def variables_of_copy(given: Mapping[str, str]) -> Mapping[str, str]:
    """What the environment says of a database that is a copy of the one it named, in ``given``."""
    url = given.get("DAIZHENG_DATABASE_URL")
    if url is None:
        return {}
    return {"DAIZHENG_DATABASE_URL": server().create(_name(), template=_database(url))}


def drop(home: Path) -> None:
    """The database of the house in `home` is gone, if it lay on the server."""
    url = read_house(home).database_url
    if url is not None:
        server().drop(_database(url))


def run(home: Path, variables: Mapping[str, str], statement: str) -> None:
    """One statement on the database of the house in `home`, past all services: as its administrator would."""
    url = variables.get(VARIABLE) or f"sqlite:///{home / 'daizheng.db'}"
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(statement))


def kept(home: Path, url: str | None) -> bytes:
    """All that the house's database holds: the bytes of its files, or on a server every cell of every table."""
    data = b"".join(path.read_bytes() for path in sorted(home.glob("*.db*"))) if url is None else _cells(url)
    assert b"alembic_version" in data or url is not None, f"no database in {home}"
    assert len(data) > 10_000, "next to nothing is kept: a search in it would prove nothing"
    return data


def _cells(url: str) -> bytes:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    tables = MetaData()
    for schema in inspect(engine).get_schema_names():
        if schema != "information_schema":
            tables.reflect(engine, schema=schema)
    out = io.BytesIO()
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            for row in connection.execute(select(table)):
                for cell in row:
                    out.write(cell if isinstance(cell, bytes) else str(cell).encode())
                    out.write(b"\n")
    engine.dispose()
    return out.getvalue()


def _tell(home: Path, url: str) -> None:
    write_house(home, read_house(home).model_copy(update={"database_url": url}))


def _name() -> str:
    return f"house_{secrets.token_hex(6)}"


def _database(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
