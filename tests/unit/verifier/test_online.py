"""What the verifier asks over a real socket, and what a host can do to it that answers wrongly."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.errors import DependencyUnavailable
from domain.report import Environment
from domain.trust_format import TrustBundle
from tests.unit.verifier.house import House
from tests.web.hostile_host import WAYS, hostile
from verifier.online import OnlineLists, OnlineLog

SECONDS = 1.0
SLACK = 2.5
"""Seconds beside the limit that a busy machine may need to start and stop."""
TAKEN_BY_A_LOG = {"a page"}
"""A log's head is no page either, but the log's own signature tells that, not the socket."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> TrustBundle:
    now = datetime.now(UTC).replace(microsecond=0)
    house = House.found(tmp_path_factory.mktemp("online"), now=now)
    return house.opened(now, environment=Environment.DEMO).bundle


def _at(bundle: TrustBundle, port: int) -> TrustBundle:
    host = f"127.0.0.1:{port}"
    log = replace(bundle.log, origin=f"{host}/log")
    return replace(bundle, hosts=(host,), status_lists=(f"https://{host}/status/1",), log=log)


@pytest.mark.parametrize("way", sorted(WAYS.keys() - TAKEN_BY_A_LOG))
def test_a_log_that_answers_wrongly_is_unreachable_in_time(bundle: TrustBundle, way: str) -> None:
    with hostile(way) as host:
        ask = OnlineLog(_at(bundle, host.port), seconds=SECONDS)
        began = time.monotonic()
        with pytest.raises(DependencyUnavailable) as caught:
            ask("checkpoint")
        assert time.monotonic() - began < SECONDS + SLACK
    assert caught.value.code == "log_unreachable"
    assert host.asked[0] == "GET /log/checkpoint HTTP/1.1"
    assert len(host.asked) == 1
    assert host.strayed == []


@pytest.mark.parametrize("way", sorted(WAYS))
def test_a_list_that_comes_wrongly_is_unreachable_in_time(bundle: TrustBundle, way: str) -> None:
    with hostile(way) as host:
        asked = _at(bundle, host.port)
        began = time.monotonic()
        with pytest.raises(DependencyUnavailable) as caught:
            OnlineLists(asked, seconds=SECONDS)(asked.status_lists[0], None)
        assert time.monotonic() - began < SECONDS + SLACK
    assert caught.value.code == "status_list_unreachable"
    assert host.asked == ["GET /status/1 HTTP/1.1"]
    assert host.strayed == []


def test_nobody_there_is_unreachable(bundle: TrustBundle) -> None:
    with hostile("silent") as host:
        asked = _at(bundle, host.port)
    with pytest.raises(DependencyUnavailable, match="log_unreachable"):
        OnlineLog(asked)("checkpoint")
    with pytest.raises(DependencyUnavailable, match="status_list_unreachable"):
        OnlineLists(asked)(asked.status_lists[0], None)


@pytest.mark.parametrize(
    "name", ["user:word@127.0.0.1", "127.0.0.1:{port}?a=", "[127.0.0.1", "127.0.0.1:port"]
)
def test_a_name_that_is_no_plain_host_is_not_asked(bundle: TrustBundle, name: str) -> None:
    with hostile("a page") as host:
        origin = name.format(port=host.port) + "/log"
        with pytest.raises(DependencyUnavailable, match="log_unreachable"):
            OnlineLog(replace(bundle, log=replace(bundle.log, origin=origin)))("checkpoint")
    assert host.asked == []


def test_a_production_bundle_is_never_asked_in_the_clear(bundle: TrustBundle) -> None:
    with hostile("a page") as host:
        asked = replace(_at(bundle, host.port), environment=Environment.TEST)
        with pytest.raises(DependencyUnavailable, match="log_unreachable"):
            OnlineLog(asked, seconds=SECONDS)("checkpoint")
    assert not any(line.startswith("GET") for line in host.asked)


def test_who_did_not_answer_is_not_asked_again_at_once(bundle: TrustBundle) -> None:
    with hostile("slow body") as host:
        ask = OnlineLog(_at(bundle, host.port), seconds=SECONDS)
        began = time.monotonic()
        for _ in range(20):
            with pytest.raises(DependencyUnavailable, match="log_unreachable"):
                ask("checkpoint")
        assert time.monotonic() - began < SECONDS + SLACK
    assert len(host.asked) == 1


def test_the_log_as_a_whole_has_a_limit_too(bundle: TrustBundle) -> None:
    with hostile("a page") as host:
        ask = OnlineLog(_at(bundle, host.port), log_seconds=2)
        assert ask("checkpoint") == b"<html>"
        assert ask("tile/0/000.p/3") == b"<html>"
        time.sleep(2)
        with pytest.raises(DependencyUnavailable, match="log_unreachable"):
            ask("tile/0/001.p/3")
        assert ask("checkpoint") == b"<html>", "the next file has its own"
    assert len(host.asked) == 3


def test_a_proxy_named_in_the_environment_is_not_asked(
    bundle: TrustBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hostile("a page") as host:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{host.other}")
        assert OnlineLog(_at(bundle, host.port))("checkpoint") == b"<html>"
    assert host.strayed == []
