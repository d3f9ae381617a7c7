"""Status lists as a receiver meets them: old, older, from the future, rolled back, forked, none; on and offline.

One report and one list per row of the table; the command judges all of them in one run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from domain import status_list
from domain.report import Environment
from domain.status_list import StatusList, Value
from keys.roles import Role
from keys.status_signing import sign_status_list
from tests.unit.verifier.house import House, report

ROOT = Path(__file__).parents[3]
NONE, HOUR, DAY = timedelta(0), timedelta(hours=1), timedelta(days=1)
INDEX = 7
"""Where each report stands in its list."""


@dataclass(frozen=True)
class Row:
    """What is at hand for one report, what was seen before, and the verdict it gets."""

    exit_code: int
    code: str
    reason: str | None
    age: timedelta = NONE
    value: int = Value.VALID
    version: int = 5
    ttl: int = 20
    before: bool = False
    """Version 5 of the list was seen in an earlier run."""
    same: bool = False
    """It is that very list again."""
    stranger: bool = False
    other: bool = False
    """It names another address."""
    raw: bytes | None = None


UNAVAILABLE, STALE = "status_unavailable", "status_stale"
TABLE = {
    "age 0": Row(0, "ok", None),
    "age 23 h": Row(0, "ok", None, age=23 * HOUR),
    "age 25 h": Row(3, STALE, "status_list_stale", age=25 * HOUR),
    "age 8 days": Row(3, UNAVAILABLE, "status_list_too_old", age=8 * DAY),
    "far future": Row(3, UNAVAILABLE, "status_list_from_future", age=-HOUR),
    "the same again": Row(0, "ok", None, before=True, same=True),
    "version n+1": Row(0, "ok", None, before=True, version=6),
    "version n-1": Row(3, UNAVAILABLE, "status_list_rolled_back", before=True, version=4),
    "same version, other content": Row(3, UNAVAILABLE, "status_list_forked", before=True, ttl=21),
    "revoked": Row(1, "revoked", "list_revoked", value=Value.REVOKED),
    "superseded": Row(1, "superseded", "list_superseded", value=Value.SUPERSEDED),
    "suspended": Row(3, "suspended", "list_suspended", value=Value.SUSPENDED),
    "data changed": Row(3, "data_changed", "list_data_changed", value=Value.DATA_CHANGED),
    "a value nobody knows": Row(3, UNAVAILABLE, "status_value_unknown", value=9),
    "revoked, age 25 h": Row(1, "revoked", "list_revoked", value=Value.REVOKED, age=25 * HOUR),
    "revoked, age 8 days": Row(1, "revoked", "list_revoked", value=Value.REVOKED, age=8 * DAY),
    "suspended, age 25 h": Row(3, STALE, "status_list_stale", value=Value.SUSPENDED, age=25 * HOUR),
    "signed by another house": Row(3, UNAVAILABLE, "status_list_untrusted", stranger=True),
}
ONLINE_ALONE = {
    "another list's address": Row(3, UNAVAILABLE, "status_list_other", other=True),
    "nothing there": Row(3, UNAVAILABLE, "status_list_unreachable", raw=b""),
    "sent elsewhere": Row(3, UNAVAILABLE, "status_list_unreachable", raw=b"elsewhere"),
    "no token": Row(3, UNAVAILABLE, "status_list_malformed", raw=b"no token"),
    "too large": Row(3, UNAVAILABLE, "status_list_unreachable", raw=b"." * (2 * 2**20 + 1)),
}
ROWS = TABLE | ONLINE_ALONE
NAMES = tuple(ROWS)


@dataclass
class Desk:
    """A clerk's desk: a bundle, a report for each row, and the service that publishes lists."""

    folder: Path
    house: House
    stranger: House
    host: str
    now: datetime
    served: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def uri(self, name: str) -> str:
        return f"https://{self.host}/status/{NAMES.index(name) + 1}"

    def token(self, name: str, row: Row) -> bytes:
        made = self.now - row.age
        listed = StatusList(
            uri=self.uri("age 0") if row.other else self.uri(name),
            version=row.version,
            issued_at=made,
            expires_at=made + DAY,
            ttl=row.ttl,
            compressed=status_list.compressed(status_list.array_of([(INDEX, row.value)])),
        )
        signer = self.stranger if row.stranger else self.house
        return sign_status_list(listed, signer.keys.private(Role.STATUS), now=self.now)

    def run(self, *words: str, state: str) -> tuple[int, dict[str, dict[str, Any]]]:
        """Exit code and the verdicts by the names of the files."""
        done = subprocess.run(
            [sys.executable, "-m", "verifier.cli", "verify", *words, "--trust", "trust", "--json"],
            cwd=self.folder, capture_output=True, text=True, timeout=500, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(self.folder / state)},
        )  # fmt: skip
        told = [json.loads(line) for line in done.stdout.splitlines()]
        assert told, done.stderr
        return done.returncode, {each.get("file", "").removesuffix(".pdf"): each for each in told}

    def judged(self, *, online: bool) -> dict[str, dict[str, Any]]:
        """The verdicts of the table: first a run that sees version 5 of some lists, then all of it."""
        state = "online" if online else "offline"
        names = NAMES if online else tuple(TABLE)
        early = {name: self.token(name, Row(0, "ok", None)) for name in names if ROWS[name].before}
        last = {
            name: early[name] if row.same else self.token(name, row) if row.raw is None else row.raw
            for name, row in ROWS.items()
            if name in names
        }
        for lists in (early, last):
            self.served = {
                f"/status/{NAMES.index(name) + 1}": token for name, token in lists.items() if token
            }
            files = [f"{name}.pdf" for name in lists]
            if online:
                _, told = self.run(*files, "--online", state=state)
                continue
            for name, token in lists.items():
                (self.folder / f"{name}.jwt").write_bytes(token)
            words = [word for name in lists for word in ("--status-list", f"{name}.jwt")]
            _, told = self.run(*files, *words, state=state)
        return told


@contextmanager
def publishing(desk: Desk) -> Iterator[None]:
    """A service on this machine that gives out what the desk serves."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            desk.asked.append(self.path)
            body = desk.served.get(self.path.partition("?")[0])
            self.send_response(404 if body is None else 302 if body == b"elsewhere" else 200)
            self.send_header("Content-Type", status_list.MEDIA_TYPE)
            self.send_header("Content-Length", str(len(body or b"")))
            if body == b"elsewhere":
                self.send_header("Location", "/other")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_words: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        desk.host = f"127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    now = datetime.now(UTC).replace(microsecond=0)
    folder = tmp_path_factory.mktemp("lists")
    house = House.found(folder / "house", now=now - 20 * DAY)
    made = Desk(folder, house, House.found(folder / "stranger", now=now - DAY), "", now)
    with publishing(made):
        bundle = house.sealed(
            now,
            environment=Environment.DEMO,
            hosts=(made.host,),
            status_lists=tuple(made.uri(name) for name in NAMES),
        )
        (folder / "trust").write_bytes(bundle)
        for name in NAMES:
            content = report(
                now, environment=Environment.DEMO, host=made.host, status_uri=made.uri(name), status_idx=INDEX
            )
            (folder / f"{name}.pdf").write_bytes(house.issue(content, now))
        yield made


@pytest.fixture(scope="module")
def offline(desk: Desk) -> dict[str, dict[str, Any]]:
    asked = len(desk.asked)
    told = desk.judged(online=False)
    assert len(desk.asked) == asked, "nobody may be asked without --online"
    return told


@pytest.fixture(scope="module")
def online(desk: Desk) -> dict[str, dict[str, Any]]:
    return desk.judged(online=True)


def agrees(verdict: dict[str, Any], name: str, desk: Desk) -> None:
    row = ROWS[name]
    exit_code = {"VALID": 0, "INVALID": 1, "INDETERMINATE": 3}[verdict["status"]]
    assert (exit_code, verdict["code"], verdict["reason"]) == (row.exit_code, row.code, row.reason)
    assert verdict["authenticity"] == "genuine"
    source = verdict["sources"]["status_list"]
    if row.raw is not None or row.stranger:
        assert source is None
    else:
        assert (source["uri"], source["version"]) == (desk.uri(name), row.version)
        assert row.age.total_seconds() <= source["age_seconds"] < row.age.total_seconds() + 1200


@pytest.mark.parametrize("name", TABLE)
def test_offline_each_list_gets_its_verdict(offline: dict[str, Any], desk: Desk, name: str) -> None:
    if ROWS[name].stranger:
        # Of a file nobody can say whose list it was to be: the good ones of others stand in the way.
        assert offline[name]["code"] == UNAVAILABLE
        return
    agrees(offline[name], name, desk)


@pytest.mark.parametrize("name", NAMES)
def test_online_each_list_gets_its_verdict(online: dict[str, Any], desk: Desk, name: str) -> None:
    agrees(online[name], name, desk)


def test_a_redirect_is_not_followed(online: dict[str, Any], desk: Desk) -> None:
    assert online
    assert "/other" not in desk.asked


def test_none_at_all_is_no_answer_and_asks_nobody(desk: Desk) -> None:
    asked = len(desk.asked)
    status, told = desk.run("age 0.pdf", state="none")
    verdict = told["age 0"]
    assert (status, verdict["code"], verdict["reason"]) == (3, UNAVAILABLE, "no_status_source")
    assert verdict["sources"]["status_list"] is None
    assert len(desk.asked) == asked


def test_authenticity_alone_waits_for_no_list_but_heeds_a_word(desk: Desk) -> None:
    (desk.folder / "old.jwt").write_bytes(desk.token("age 8 days", ROWS["age 8 days"]))
    (desk.folder / "gone.jwt").write_bytes(desk.token("revoked", ROWS["revoked"]))
    words = ("--status-list", "old.jwt", "--status-list", "gone.jwt", "--policy", "authenticity")
    _, told = desk.run("age 8 days.pdf", "revoked.pdf", *words, state="authenticity")
    assert [told[name]["code"] for name in ("age 8 days", "revoked")] == ["ok", "revoked"]


def test_a_spoilt_memory_is_said(desk: Desk) -> None:
    (desk.folder / "mine").mkdir()
    (desk.folder / "mine" / "status-lists.json").write_text("{")
    (desk.folder / "list.jwt").write_bytes(desk.token("age 0", ROWS["age 0"]))
    status, told = desk.run("age 0.pdf", "--status-list", "list.jwt", "--state", "mine", state="mine")
    assert (status, told["age 0"]["error"]) == (2, "state_malformed")
