"""Where the house that is killed keeps its data: its own SQLite file, a given URL, or a server of our own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from scripts.postgresql import Server

OWN_SERVER = "postgresql"
_DATABASE = "prove"


@contextmanager
def variables(said: str | None, folder: Path) -> Iterator[Mapping[str, str]]:
    """What the environment says while a slice runs; our own server's data stay for the next slice."""
    if said != OWN_SERVER:
        yield {} if said is None else {"DAIZHENG_DATABASE_URL": said}
        return
    server = _server(folder)
    try:
        yield {"DAIZHENG_DATABASE_URL": server.url(_DATABASE)}
    finally:
        server.stop()


def forget(folder: Path) -> None:
    """The server of an earlier run is gone with its data."""
    kept = folder / "server.txt"
    if kept.exists():
        Server(Path(kept.read_text()), quick=False).remove()


def _server(folder: Path) -> Server:
    # Not in `folder`: the user whom the server runs as may have no way in there.
    kept = folder / "server.txt"
    if kept.exists():
        server = Server(Path(kept.read_text()), quick=False)
        server.start()
        return server
    server = Server.make(quick=False)
    server.create(_DATABASE)
    kept.write_text(str(server.folder))
    return server
