"""The log over HTTP: what goes out, under which headers, and the witness behind its address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.http import serving
from api.http.app import create_app
from api.http.serving import open_web
from api.services.auditing.any_log import audit
from api.services.auditing.keeping import mirror
from api.services.auditing.own_log import own_keys
from api.services.auditing.sources import FolderSource, UrlSource
from api.services.log.outgoing import Answer, HttpOutgoing
from api.services.log.witnessing import cosign_due
from domain import note, witness_request
from domain.checkpoint import Checkpoint, encode
from domain.errors import DependencyUnavailable, Refused
from domain.witness_request import AddCheckpoint
from keys.note_signing import sign_note
from keys.roles import Role
from keys.trust.signatures import cosigners
from tests.unit.api.house_kit import HouseKit
from tests.unit.api.log_kit import grow, introduce


@pytest.fixture
def web(kit: HouseKit) -> Iterator[tuple[HouseKit, TestClient]]:
    """A house that witnesses its own log (in life they are two), and a client of its service."""
    wire = introduce(kit, kit)
    kit.context = _both(kit)
    del wire
    app = create_app(open_web(kit.context, loopback=True, demo=False))
    with TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False) as client:
        yield kit, client


def _both(kit: HouseKit) -> object:
    from dataclasses import replace

    from api.services.log.plan import WatchedLog

    keys = own_keys(kit.context)
    watched = (WatchedLog(origin=keys.origin, vkeys=keys.vkeys),)
    return replace(kit.context, log_plan=replace(kit.context.log_plan, watched=watched))


class Over:
    """Requests by the client instead of a socket."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def get(self, url: str) -> Answer:
        """Give the service's answer."""
        said = self._client.get("/" + url.split("/", 3)[3])
        return Answer(status=said.status_code, kind="", body=said.content)

    def post(self, url: str, body: bytes) -> Answer:
        """Give the service's answer."""
        said = self._client.post("/" + url.split("/", 3)[3], content=body)
        kind = said.headers["content-type"].partition(";")[0]
        return Answer(status=said.status_code, kind=kind, body=said.content)


def test_head_tiles_entries_and_page(web: tuple[HouseKit, TestClient], tmp_path: Path) -> None:
    kit, client = web
    grow(kit, 300)
    (asked,) = cosign_due(kit.context, kit.tick(), Over(client))
    assert asked.outcome == "cosigned"
    head = client.get("/log/checkpoint")
    assert head.status_code == 200
    assert head.headers["content-type"] == "text/plain; charset=utf-8"
    assert head.headers["cache-control"] == "no-cache"
    assert set(cosigners(note.decode(head.content), kit.context.log_plan.vkeys)) == {"dz.example/witness"}
    for path in ("0/000", "entries/000", "0/000.p/3", "1/000.p/1"):
        tile = client.get(f"/log/tile/{path}")
        assert tile.status_code == 200, path
        assert tile.headers["content-type"] == "application/octet-stream"
        assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert len(client.get("/log/tile/0/000").content) == 8192
    for path in (
        "0/001",
        "0/9",
        "x/000",
        "0/000.p/0",
        "0/000.p/256",
        "entries/x001/000",
        "64/000",
    ):
        missing = client.get(f"/log/tile/{path}")
        assert missing.status_code == 404, path
        assert missing.headers["cache-control"] == "no-store"
    source = UrlSource("http://127.0.0.1:8000/log", Over(client))
    assert mirror(source, tmp_path / "mirror") == asked.size
    for each in (source, FolderSource(tmp_path / "mirror")):
        found = audit(each, own_keys(kit.context), kit.tick())
        assert found.clean
        assert set(found.cosigners) == {"dz.example/witness"}
    for lang in ("zh", "en"):
        page = client.get(f"/log?lang={lang}")
        assert page.status_code == 200
        assert str(asked.size) in page.text
        assert own_keys(kit.context).vkeys[0].partition("+")[0] in page.text


def test_a_witness_answers_whatever_is_sent_with_a_status_of_the_specification(
    web: tuple[HouseKit, TestClient],
) -> None:
    _, client = web

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda t: f"old 0\n\n{t}".encode())))
    def sent(body: bytes) -> None:
        assert client.post("/witness/add-checkpoint", content=body).status_code in (400, 403, 404, 409, 422)

    sent()
    assert client.post("/witness/add-checkpoint", content=b"x" * 70_000).status_code == 413
    assert client.get("/witness/add-checkpoint").status_code == 405
    assert client.get("/witness/vkey").text.startswith("dz.example/witness+")


def test_alarms_and_cosigned_heads_are_counted(web: tuple[HouseKit, TestClient]) -> None:
    kit, client = web
    size = grow(kit, 2)
    cosign_due(kit.context, kit.tick(), Over(client))
    origin = own_keys(kit.context).origin
    text = encode(Checkpoint(origin=origin, size=size, root=bytes(32)))
    second = sign_note(text, origin, kit.context.keys.private(Role.LOG))
    body = witness_request.encode(AddCheckpoint(old=size, proof=(), note=second))
    assert client.post("/witness/add-checkpoint", content=body).status_code == 409
    said = client.get("/metrics").text
    assert 'daizheng_log_alarms{kind="split_view"} 1.0' in said
    assert f'daizheng_log_cosigned{{witness="邻市"}} {float(size)}' in said


def test_at_the_start_the_witnesses_say_whether_this_is_the_newest_database(
    web: tuple[HouseKit, TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    kit, client = web
    size = grow(kit, 3)
    told = Answer(status=409, kind="text/x.tlog.size", body=b"%d\n" % (size + 5))
    monkeypatch.setattr(HttpOutgoing, "post", lambda *_given: told)
    serving.ask_witnesses(kit.context)
    with pytest.raises(Refused, match="log_behind_witness"):
        grow(kit, 1)
    assert client.get("/log/checkpoint").status_code == 200
    monkeypatch.undo()
    # The witness was wrong, or the newest backup is back: signing goes on by itself.
    assert cosign_due(kit.context, kit.tick(), Over(client))[0].outcome == "cosigned"
    grow(kit, 1)


def test_a_place_without_any_log_is_asked_in_vain_and_accuses_nobody(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(DependencyUnavailable, match="log_unreachable"):
            FolderSource(folder).checkpoint()
    # Tiles without a head are a log whose head was taken away: that is for the audit to say.
    (tmp_path / "empty" / "tile").mkdir()
    assert FolderSource(tmp_path / "empty").checkpoint() is None
