"""Tokens of an outside authority: taken in our encoding, or an outage with its cause."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import DependencyUnavailable, Refused
from keys import token_shape
from keys.custody import KeyStore
from keys.roles import Role
from keys.stamping import HttpStamper, LocalTimeStamper
from keys.token_shape import StampingChain, TokenParts
from tests.unit.keys.conftest import IDENTITY, NOW, OpenSsl
from tests.unit.keys.stamping.outer import IMPRINT, SHA256_OID, Answer, Outer, asked, content_of, reply
from tests.web.hostile_host import WAYS, hostile


def test_an_outside_token_comes_in_our_encoding(
    house: KeyStore, stamper: LocalTimeStamper, server: Outer
) -> None:
    server.answer = lambda body: reply(stamper.stamp(*asked(body), NOW))
    token = HttpStamper(server.url, 5, house.chain(Role.TIMESTAMP)).stamp(IMPRINT, 99, NOW)
    data = content_of(token)
    assert data.dump(force=True) == data.dump()
    assert asked(server.asked[0]) == (IMPRINT, 99)
    info = data["encap_content_info"]["content"].parsed
    assert (info["message_imprint"]["hashed_message"].native, info["nonce"].native) == (IMPRINT, 99)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[bytes, ...]]:
    """An authority run by openssl: RSA, its own root, its own configuration; and its chain."""
    base = tmp_path_factory.mktemp("tsa")
    (base / "tsa.cnf").write_text(
        "[ext]\nextendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"
        "basicConstraints=critical,CA:false\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_cert=tsa.pem\nsigner_key=tsa.key\n"
        "certs=root.pem\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\n"
        "accuracy=secs:1\ness_cert_id_alg=sha256\nordering=no\ntsa_name=no\ness_cert_id_chain=no\n"
    )
    (base / "serial").write_text("01\n")
    for words in (
        "req -x509 -newkey rsa:3072 -noenc -keyout root.key -out root.pem -days 30 -subj /CN=Outside",
        "req -newkey rsa:3072 -noenc -keyout tsa.key -out tsa.csr -subj /CN=Outside-TSA",
        "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -extfile tsa.cnf -extensions ext -out tsa.pem",
        "x509 -in tsa.pem -outform DER -out tsa.der",
        "x509 -in root.pem -outform DER -out root.der",
    ):
        subprocess.run(["openssl", *words.split()], cwd=base, check=True, capture_output=True)
    return base, ((base / "tsa.der").read_bytes(), (base / "root.der").read_bytes())


@pytest.mark.judge
@pytest.mark.tool("openssl")
def test_a_token_made_by_openssl_is_taken_and_still_verifies(
    outside: tuple[Path, tuple[bytes, ...]], server: Outer, openssl: OpenSsl, tmp_path: Path
) -> None:
    base, chain = outside

    def answer(body: bytes) -> tuple[int, str, bytes]:
        (base / "request").write_bytes(body)
        words = "ts -reply -config tsa.cnf -section t -queryfile request -out reply"
        subprocess.run(["openssl", *words.split()], cwd=base, check=True, capture_output=True)
        return 200, "application/timestamp-reply", (base / "reply").read_bytes()

    server.answer = answer
    now = datetime.now(UTC)
    token = HttpStamper(server.url, 10, chain).stamp(IMPRINT, 4711, now)
    (tmp_path / "token").write_bytes(token)
    words = [
        "ts",
        "-verify",
        "-in",
        "token",
        "-token_in",
        "-CAfile",
        base / "root.pem",
        "-digest",
        IMPRINT.hex(),
    ]
    assert "Verification: OK" in openssl(*words).stdout
    data = content_of(token)
    assert [each.chosen.dump() for each in data["certificates"]] == [chain[0]]
    (info,) = data["signer_infos"]
    assert info["digest_algorithm"].dump().hex() == "300b0609608648016503040201"
    assert info["signature_algorithm"]["algorithm"].native == "sha256_rsa"
    with pytest.raises(DependencyUnavailable, match="cause='clock'"):
        HttpStamper(server.url, 10, chain).stamp(IMPRINT, 4711, now + timedelta(minutes=1))


def _bad_answers(stamper: LocalTimeStamper) -> dict[str, Answer]:
    def good(body: bytes) -> bytes:
        return stamper.stamp(*asked(body), NOW)

    def changed(token: bytes, place: int) -> bytes:
        return token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :]

    kind = "application/timestamp-reply"

    def with_digest(answer: tuple[int, str, bytes]) -> tuple[int, str, bytes]:
        """The signer's digest algorithm, which nothing signs, names SHA-512."""
        cut = answer[2].rindex(SHA256_OID)
        return (
            answer[0],
            answer[1],
            answer[2][:cut] + SHA256_OID[:-1] + b"\x03" + answer[2][cut + len(SHA256_OID) :],
        )

    return {
        "algorithm": lambda body: with_digest(reply(good(body))),
        "refused": lambda body: reply(good(body), 2),
        "imprint": lambda body: reply(stamper.stamp(bytes(32), asked(body)[1], NOW)),
        "nonce": lambda body: reply(stamper.stamp(asked(body)[0], 1, NOW)),
        "clock": lambda body: reply(stamper.stamp(*asked(body), NOW - timedelta(minutes=-1))),
        "signature": lambda body: reply(changed(good(body), len(good(body)) - 3)),
        "structure": lambda body: (200, kind, b"\x30\x03\x02\x01\x00"),
        "answer_kind": lambda body: (200, "text/html", b"<html>"),
        "answer_length": lambda body: (200, kind, bytes(70_000)),
        "no_answer": lambda body: (503, kind, b""),
    }


@pytest.mark.parametrize(
    "cause",
    [
        "algorithm",
        "refused",
        "imprint",
        "nonce",
        "clock",
        "signature",
        "structure",
        "answer_kind",
        "answer_length",
        "no_answer",
    ],
)
def test_every_bad_answer_is_an_outage_with_its_cause(
    house: KeyStore, stamper: LocalTimeStamper, server: Outer, cause: str
) -> None:
    server.answer = _bad_answers(stamper)[cause]
    with pytest.raises(DependencyUnavailable) as caught:
        HttpStamper(server.url, 5, house.chain(Role.TIMESTAMP)).stamp(IMPRINT, 99, NOW)
    assert caught.value.code == "tsa_unavailable"
    assert caught.value.fields == {"source": server.url, "cause": cause}


def test_another_authority_s_token_is_no_answer(house: KeyStore, own_house: KeyStore, server: Outer) -> None:
    from keys.authority import renew

    other = renew(own_house, Role.TIMESTAMP, identity=IDENTITY, now=NOW)
    stamper = LocalTimeStamper(other, own_house.chain(Role.TIMESTAMP))
    server.answer = lambda body: reply(stamper.stamp(*asked(body), NOW))
    with pytest.raises(DependencyUnavailable, match="certificate"):
        HttpStamper(server.url, 5, house.chain(Role.TIMESTAMP)).stamp(IMPRINT, 99, NOW)


def test_no_redirect_is_followed(house: KeyStore, stamper: LocalTimeStamper, server: Outer) -> None:
    second = Outer()
    second.answer = lambda body: reply(stamper.stamp(*asked(body), NOW))
    for status in (301, 302, 307):
        server.answer = lambda body, status=status: (status, "text/plain", second.url.encode())  # type: ignore[misc]
        with pytest.raises(DependencyUnavailable, match="no_answer"):
            HttpStamper(server.url, 5, house.chain(Role.TIMESTAMP)).stamp(IMPRINT, 99, NOW)
    assert second.asked == []
    second.http.shutdown()
    second.http.server_close()


def test_a_closed_port_and_a_silent_one_are_outages(house: KeyStore, server: Outer) -> None:
    chain = house.chain(Role.TIMESTAMP)
    with pytest.raises(DependencyUnavailable, match="no_answer"):
        HttpStamper("http://127.0.0.1:1/tsa", 1, chain).stamp(IMPRINT, 1, NOW)
    wait = threading.Event()

    def silent(body: bytes) -> tuple[int, str, bytes]:
        wait.wait(5)
        return 500, "text/plain", b""

    server.answer = silent
    with pytest.raises(DependencyUnavailable, match="no_answer"):
        HttpStamper(server.url, 0.2, chain).stamp(IMPRINT, 1, NOW)
    wait.set()


@pytest.mark.parametrize("way", sorted(WAYS))
def test_no_authority_holds_the_desk(house: KeyStore, way: str) -> None:
    """Each byte of a drip, of the head or of the body, comes long before a socket's own time-out."""
    with hostile(way) as host:
        stamper = HttpStamper(f"http://127.0.0.1:{host.port}/tsa", 1, house.chain(Role.TIMESTAMP))
        began = time.monotonic()
        with pytest.raises(DependencyUnavailable, match="tsa_unavailable"):
            stamper.stamp(IMPRINT, 1, NOW)
        assert time.monotonic() - began < 10
    assert (host.asked, host.strayed) == (["POST /tsa HTTP/1.1"], [])


def test_a_reply_that_drips_is_cut_off(house: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keys.http_stamping._REPLY_TYPE", "application/statuslist+jwt")
    with hostile("slow body") as host:
        stamper = HttpStamper(f"http://127.0.0.1:{host.port}/tsa", 1, house.chain(Role.TIMESTAMP))
        began = time.monotonic()
        with pytest.raises(DependencyUnavailable, match="no_answer"):
            stamper.stamp(IMPRINT, 1, NOW)
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "http://", "tsa.example", ""])
def test_only_web_addresses_are_asked(house: KeyStore, url: str) -> None:
    with pytest.raises(Refused, match="tsa_address"):
        HttpStamper(url, 1, house.chain(Role.TIMESTAMP))


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=300), place=st.integers(0, 2**20), bit=st.integers(0, 7))
def test_any_answer_is_a_token_or_an_outage(house: KeyStore, data: bytes, place: int, bit: int) -> None:
    """Neither rubbish nor a good answer with one bit turned gets anything else out of the stamper."""
    stamper = LocalTimeStamper(house.private(Role.TIMESTAMP), house.chain(Role.TIMESTAMP), os.urandom)
    outside = HttpStamper("http://127.0.0.1:9/tsa", 1, house.chain(Role.TIMESTAMP))
    good = bytearray(reply(stamper.stamp(IMPRINT, 5, NOW))[2])
    good[place % len(good)] ^= 1 << bit
    for answer in (data, bytes(good)):
        with suppress(DependencyUnavailable):
            token = outside.take(answer, IMPRINT, 5, NOW)
            # A bit that no signature covers was turned; what comes out is the one encoding again.
            assert content_of(token)["certificates"][0].chosen.dump() in house.chain(Role.TIMESTAMP)
            assert content_of(token).dump(force=True) == content_of(token).dump()


def _signed(
    house: KeyStore, attributes: list[dict[str, object]], info: bytes, kind: str = "tst_info"
) -> bytes:
    """A TimeStampResp whose signature is good and whose attributes a test chooses."""
    handle = house.private(Role.TIMESTAMP)
    chain = StampingChain.load(house.chain(Role.TIMESTAMP), elliptic=True)
    der = cms.CMSAttributes(attributes).dump()
    token = token_shape.encode(
        TokenParts(tst_info=info, signed_attributes=der, signature=handle.sign(der)), chain
    )
    if kind != "tst_info":
        token = token.replace(
            bytes.fromhex("060b2a864886f70d0109100104"), bytes.fromhex("060b2a864886f70d0109100105")
        )
    return reply(token)[2]


def test_attributes_that_do_not_fit_are_refused(house: KeyStore, stamper: LocalTimeStamper) -> None:
    data = content_of(stamper.stamp(IMPRINT, 5, NOW))
    info: bytes = data["encap_content_info"]["content"].contents
    kind, digest, named = data["signer_infos"][0]["signed_attrs"]
    good = [{"type": each["type"].native, "values": each["values"]} for each in (kind, digest, named)]
    outside = HttpStamper("http://127.0.0.1:9/tsa", 1, house.chain(Role.TIMESTAMP))
    assert outside.take(_signed(house, good, info), IMPRINT, 5, NOW)
    other_digest = {"type": "message_digest", "values": [bytes(32)]}
    other_kind = {"type": "content_type", "values": ["data"]}
    sha512 = {"type": "signing_certificate_v2", "values": [{"certs": [
        {"hash_algorithm": {"algorithm": "sha512"}, "cert_hash": bytes(64)}]}]}  # fmt: skip
    wrong: dict[str, tuple[str, bytes]] = {
        "twice": ("attributes", _signed(house, [*good, good[1]], info)),
        "two values": ("attributes", _signed(house, [good[0], {"type": "message_digest", "values": [
            digest["values"][0], bytes(32)]}, good[2]], info)),
        "digest": ("attributes", _signed(house, [good[0], other_digest, good[2]], info)),
        "kind": ("attributes", _signed(house, [other_kind, *good[1:]], info)),
        "no certificate": ("structure", _signed(house, good[:2], info)),
        "sha512": ("certificate", _signed(house, [*good[:2], sha512], info)),
        "content": ("structure", _signed(house, good, info, "other")),
    }  # fmt: skip
    for name, (cause, answer) in wrong.items():
        with pytest.raises(DependencyUnavailable) as caught:
            outside.take(answer, IMPRINT, 5, NOW)
        assert (name, caught.value.fields["cause"]) == (name, cause)


def test_without_a_nonce_none_is_asked_and_none_is_taken(
    house: KeyStore, stamper: LocalTimeStamper, server: Outer
) -> None:
    server.answer = lambda body: reply(stamper.stamp(*asked(body), NOW))
    outside = HttpStamper(server.url, 5, house.chain(Role.TIMESTAMP))
    assert outside.stamp(IMPRINT, None, NOW)
    assert asked(server.asked[0]) == (IMPRINT, None)


def test_a_slow_drip_does_not_hold_the_desk(house: KeyStore, server: Outer) -> None:
    outside = HttpStamper(server.url, 0.3, house.chain(Role.TIMESTAMP))
    server.drip = 0.15
    server.answer = lambda body: (200, "application/timestamp-reply", bytes(40))
    with pytest.raises(DependencyUnavailable, match="no_answer"):
        outside.stamp(IMPRINT, 1, NOW)
