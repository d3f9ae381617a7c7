"""Where messages may go."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from api.services.watching import endpoints, posting
from api.services.watching.addresses import target_of
from api.services.watching.posting import poster
from tests.integration.watching.following import only, proved, reach, refused, round_, tell, watching
from tests.unit.api.grants.people import CLERK
from tests.unit.api.house_kit import HouseKit
from tests.world.receiver import Receiver, dripping


def test_an_endpoint_is_used_only_once_it_has_answered_the_challenge(
    kit: HouseKit, receiver: Receiver
) -> None:
    receiver.echo = False
    endpoints.register(kit.context, CLERK, receiver.url, reach(receiver))
    assert (
        refused(lambda: endpoints.prove(kit.context, CLERK, poster(reach(receiver)))) == "endpoint_not_proved"
    )
    watching(kit)
    tell(kit)
    assert round_(kit, receiver) == ["endpoint_none"]
    assert receiver.changes == []
    receiver.echo = True
    endpoints.prove(kit.context, CLERK, poster(reach(receiver)))
    kit.now = only(kit).next_at
    assert round_(kit, receiver) == ["delivered"]


@pytest.mark.parametrize(
    "url",
    (
        "http://bank.example/", "ftp://bank.example/", "https://", "https://u:p@bank.example/", "https://u@bank.example/",
        "https://bank.example/#x", "https://bank.example:0/", "https://bank.example:99999/", "https://[::1]/",
        "https://bank_example/", "https://bänk.example/", "https://bank.example/a b", "https:\\\\bank.example",
        "https://bank.example/" + "a" * 500, "//bank.example/", "bank.example", "https://bank.example\r\nX: y/",
    ),
)  # fmt: skip
def test_what_is_no_plain_https_address_is_malformed(url: str) -> None:
    assert refused(lambda: target_of(url)) == "endpoint_url"


PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "::127.0.0.1", "::ffff:0:127.0.0.1", "fec0::1", "4000::1",
    "224.0.0.1", "255.255.255.255", "192.0.0.8", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "100::1",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_inside_is_refused_even_beside_a_public_one(
    kit: HouseKit, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    _resolves(monkeypatch, "93.184.216.34", address)
    outside = reach(receiver, private=False)
    assert (
        refused(lambda: endpoints.register(kit.context, CLERK, "https://bank.example/", outside))
        == "endpoint_not_public"
    )


@pytest.mark.parametrize("address", ("169.254.169.254", "0.0.0.0", "fe80::1", "64:ff9b::7f00:1", "224.0.0.1"))
def test_no_setting_opens_link_local_or_translated_addresses(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    _resolves(monkeypatch, address)
    answer = posting.post(reach(receiver), target_of(receiver.url), b"{}", {})
    assert (answer.code, answer.status) == ("endpoint_not_public", None)


def test_a_name_that_changes_its_mind_after_registration_leads_nowhere(
    kit: HouseKit, receiver: Receiver
) -> None:
    proved(kit, receiver)
    watching(kit)
    tell(kit)
    assert round_(kit, receiver, private=False) == ["endpoint_not_public"]
    assert receiver.changes == []


def _resolves(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [
        (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443))
        for each in addresses
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_more: found)


def test_certificates_are_checked_for_the_name(receiver: Receiver, tmp_path: Path) -> None:
    unknown = posting.post(reach(receiver, ca_pem=None), target_of(receiver.url), b"{}", {})
    assert unknown.code == "endpoint_tls"
    other = target_of(receiver.url.replace("localhost", "127.0.0.2"))
    assert posting.post(reach(receiver), other, b"{}", {}).code in ("endpoint_tls", "endpoint_unreachable")


def test_a_slow_or_endless_answer_is_cut_off(receiver: Receiver) -> None:
    receiver.answer = dripping(5)
    body = b'{"type":"report.changed"}'
    answer = posting.post(reach(receiver, seconds=0.5), target_of(receiver.url), body, {})
    assert answer.code == "endpoint_timeout"
    assert answer.ms < 3000


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = lambda _message: 302
    answer = posting.post(reach(receiver), target_of(receiver.url), b'{"type":"report.changed"}', {})
    assert (answer.status, answer.taken) == (302, False)
    assert len(receiver.came) == 1
