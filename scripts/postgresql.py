"""A PostgreSQL server of one's own, from the distribution's programs: a socket in a private directory.

Runs as the user who asks, or, since PostgreSQL refuses root, as `postgres` or `nobody`.  It ends
when it is stopped and also when the process that started it is gone.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

USER = "daizheng"
_PDEATHSIG = 1
_QUICK = ("fsync=off", "full_page_writes=off", "autovacuum=off")


def program(name: str) -> Path | None:
    """The newest installed program of that name: on the PATH or where Debian puts PostgreSQL's."""
    if found := shutil.which(name):
        return Path(found)
    places = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    return max(places, key=lambda place: int(place.parts[-3]), default=None)


@dataclass
class Server:
    """A cluster in `folder` and, while it runs, its process."""

    folder: Path
    quick: bool
    """Without the syncs that only matter when the machine dies."""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def make(cls, *, quick: bool, within: Path | None = None) -> Server:
        """A new cluster, started, whose text is ordered as a Chinese office's server would order it.

        It lies in a directory of its own ``within`` the one given, else where temporary files go.
        """
        folder = Path(tempfile.mkdtemp(prefix="dz-pg-", dir=within))
        if (account := _account()) is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        words = ["-U", USER, "--auth=trust", "-E", "UTF8", "--locale=C", "--locale-provider=icu"]
        words += ["--icu-locale=zh", "--no-sync", "--no-instructions", "-D", str(folder / "data")]
        _run_as(account, [str(_needed("initdb")), *words], folder).check_returncode()
        server = cls(folder, quick)
        server.start()
        return server

    def start(self) -> None:
        """The server answers on its socket, and on no network."""
        options = [f"unix_socket_directories={self.folder}", "listen_addresses=", "max_connections=400"]
        options += _QUICK if self.quick else ()
        command = [str(_needed("postgres")), "-D", str(self.folder / "data")]
        for option in options:
            command += ["-c", option]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=_end_with_parent, **_identity(_account()),
            )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        until = monotonic() + 60
        while True:
            try:
                self.run("SELECT 1")
                return
            except psycopg.OperationalError:
                if self.process is None or self.process.poll() is not None or monotonic() > until:
                    raise
                sleep(0.05)

    def stop(self) -> None:
        """The server is gone; its data stay."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
            self.process = None

    def remove(self) -> None:
        """The server and its data are gone."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(60)
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql+psycopg://{USER}@/{database}?host={quote(str(self.folder), safe='')}"

    def run(self, statement: str | sql.Composed) -> None:
        """One statement outside any transaction, by the server's owner."""
        with psycopg.connect(host=str(self.folder), user=USER, dbname="postgres", autocommit=True) as session:
            session.execute(statement if isinstance(statement, sql.Composed) else sql.SQL(statement))

    def create(self, database: str, template: str = "template0") -> str:
        """The URL of a new database, empty or a copy of `template`."""
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self.run(words.format(sql.Identifier(database), sql.Identifier(template)))
        return self.url(database)

    def drop(self, database: str) -> None:
        """The database is gone, whoever was connected."""
        self.run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def _needed(name: str) -> Path:
    found = program(name)
    if found is None:
        raise FileNotFoundError(f"{name}: install the package postgresql")
    return found


def _account() -> pwd.struct_passwd | None:
    """Whom the server runs as; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _run_as(
    account: pwd.struct_passwd | None, command: list[str], folder: Path
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False, **_identity(account))


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGQUIT)
