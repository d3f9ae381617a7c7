"""Time stamps, judged by openssl and by an ASN.1 library that did not write them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import DependencyUnavailable, MalformedInput, Refused
from keys import token_shape
from keys.authority import init_house
from keys.custody import KeyStore
from keys.roles import PROFILES, Algorithm, Role
from keys.stamping import HttpStamper, LocalTimeStamper
from keys.token_shape import StampingChain, TokenParts
from keys.trust.ecdsa_form import P256_ORDER, is_low_s

from .conftest import FAST, IDENTITY, NOW, PASSPHRASE, OpenSsl, pem

_SHA256 = bytes.fromhex("0609608648016503040201")
IMPRINT = hashlib.sha256(b"a signature value").digest()
Answer = Callable[[bytes], tuple[int, str, bytes]]


@pytest.fixture(scope="module")
def stamper(house: KeyStore) -> LocalTimeStamper:
    return LocalTimeStamper(house.private(Role.TIMESTAMP), house.chain(Role.TIMESTAMP))


def _content(token: bytes) -> cms.SignedData:
    return cms.ContentInfo.load(token, strict=True)["content"]


@pytest.mark.judge
@pytest.mark.tool("openssl")
def test_openssl_verifies_the_token(
    house: KeyStore, stamper: LocalTimeStamper, openssl: OpenSsl, tmp_path: Path
) -> None:
    (tmp_path / "token").write_bytes(stamper.stamp(IMPRINT, 0x1234, NOW))
    root = pem(tmp_path, "root", "x509", [house.certificate(Role.ROOT)])
    words = ["ts", "-verify", "-in", "token", "-token_in", "-CAfile", root]
    words += ["-attime", str(int(NOW.timestamp()))]
    assert "Verification: OK" in openssl(*words, "-digest", IMPRINT.hex()).stdout
    other = hashlib.sha256(b"another").hexdigest()
    assert "Verification: OK" not in openssl(*words, "-digest", other).stdout


@pytest.mark.judge
@pytest.mark.tool("openssl")
def test_openssl_verifies_an_rsa_authority(tmp_path: Path, openssl: OpenSsl) -> None:
    store = init_house(
        tmp_path / "keys", tmp_path / "apart", passphrase=PASSPHRASE, identity=IDENTITY, now=NOW, kdf=FAST,
        algorithms={Role.TIMESTAMP: Algorithm.RSA3072},
    )  # fmt: skip
    token = LocalTimeStamper(store.private(Role.TIMESTAMP), store.chain(Role.TIMESTAMP)).stamp(
        IMPRINT, None, NOW
    )
    (tmp_path / "token").write_bytes(token)
    root = pem(tmp_path, "root", "x509", [store.certificate(Role.ROOT)])
    words = ["ts", "-verify", "-in", "token", "-token_in", "-CAfile", root, "-digest", IMPRINT.hex()]
    assert "Verification: OK" in openssl(*words, "-attime", str(int(NOW.timestamp()))).stdout
    assert _content(token)["encap_content_info"]["content"].parsed["nonce"].native is None


def test_the_token_says_what_was_asked(house: KeyStore, stamper: LocalTimeStamper) -> None:
    info = _content(stamper.stamp(IMPRINT, 2**63 + 5, NOW))["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == IMPRINT
    assert info["nonce"].native == 2**63 + 5
    assert info["gen_time"].native == NOW.replace(microsecond=0)
    assert info["policy"].dotted == PROFILES[Role.TIMESTAMP].policy
    assert info["accuracy"]["seconds"].native == 1


def test_time_is_utc_whatever_zone_it_came_in(stamper: LocalTimeStamper) -> None:
    from domain.times import SHANGHAI

    info = _content(stamper.stamp(IMPRINT, 1, NOW.astimezone(SHANGHAI)))["encap_content_info"][
        "content"
    ].parsed
    assert info["gen_time"].native == NOW.replace(microsecond=0)


def test_an_asn1_library_writes_the_same_bytes(stamper: LocalTimeStamper) -> None:
    data = _content(stamper.stamp(IMPRINT, 7, NOW))
    assert data.dump(force=True) == data.dump()
    info = data["encap_content_info"]["content"].parsed
    assert tsp.TSTInfo.load(info.dump()).dump(force=True) == info.dump()
    assert data["digest_algorithms"][0].dump().hex() == "300b0609608648016503040201"


def test_the_signed_data_is_exactly_ours(house: KeyStore, stamper: LocalTimeStamper) -> None:
    data = _content(stamper.stamp(IMPRINT, 7, NOW))
    (info,) = data["signer_infos"]
    leaf, issuing, _ = house.chain(Role.TIMESTAMP)
    assert data["version"].native == "v3"
    assert [each.chosen.dump() for each in data["certificates"]] == sorted([leaf, issuing])
    assert data["crls"].native is None
    assert [each["type"].native for each in info["signed_attrs"]] == [
        "content_type", "message_digest", "signing_certificate_v2"]  # fmt: skip
    assert info["unsigned_attrs"].native is None
    (named,) = info["signed_attrs"][2]["values"][0]["certs"]
    assert named["cert_hash"].native == hashlib.sha256(leaf).digest()
    assert is_low_s(info["signature"].native)


def test_serial_numbers_do_not_repeat(stamper: LocalTimeStamper) -> None:
    def serial() -> int:
        info = _content(stamper.stamp(IMPRINT, 1, NOW))["encap_content_info"]["content"].parsed
        number: int = info["serial_number"].native
        return number

    numbers = {serial() for _ in range(50)}
    assert len(numbers) == 50
    assert max(numbers) > 2**100


def test_only_the_stamping_key_stamps(house: KeyStore) -> None:
    with pytest.raises(Refused, match="certificate_issuer"):
        LocalTimeStamper(house.private(Role.REPORT), house.chain(Role.REPORT))


@pytest.mark.parametrize("days", [-1, 366, 3000])
def test_out_of_its_time_the_authority_is_down(stamper: LocalTimeStamper, days: int) -> None:
    with pytest.raises(DependencyUnavailable, match="tsa_unavailable"):
        stamper.stamp(IMPRINT, 1, NOW + timedelta(days=days))


@pytest.mark.parametrize("length", [0, 20, 31, 33, 64])
def test_an_imprint_is_a_sha256(stamper: LocalTimeStamper, house: KeyStore, length: int) -> None:
    with pytest.raises(MalformedInput, match="imprint_length"):
        stamper.stamp(bytes(length), 1, NOW)
    with pytest.raises(MalformedInput, match="imprint_length"):
        HttpStamper("http://127.0.0.1:9", 1, house.chain(Role.TIMESTAMP)).stamp(bytes(length), 1, NOW)


def test_a_high_s_is_written_low(house: KeyStore) -> None:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    chain = StampingChain.load(house.chain(Role.TIMESTAMP), elliptic=True)
    low, high = encode_dss_signature(9, 5), encode_dss_signature(9, P256_ORDER - 5)
    parts = [
        TokenParts(tst_info=b"0\x00", signed_attributes=b"1\x00", signature=each) for each in (low, high)
    ]
    assert token_shape.encode(parts[0], chain) == token_shape.encode(parts[1], chain)


# --- an authority outside, reached over HTTP ---


class _Server:
    """A loopback HTTP server whose answer a test chooses."""

    def __init__(self) -> None:
        self.answer: Answer = lambda body: (500, "text/plain", b"")
        self.asked: list[bytes] = []
        self.drip = 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append(body)
                status, kind, data = outer.answer(body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                if status in (301, 302, 307):
                    self.send_header("Location", data.decode())
                    data = b""
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                with suppress(OSError):  # the stamper may have hung up by now
                    for place in range(0, len(data), 8 if outer.drip else len(data)):
                        time.sleep(outer.drip)
                        self.wfile.write(data[place : place + (8 if outer.drip else len(data))])

            def log_message(self, *_: object) -> None:
                """Keep the test's output quiet."""

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """The stamper hung up, as the test wants it to."""

        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/tsa"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[_Server]:
    running = _Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


def _reply(token: bytes, status: int = 0) -> tuple[int, str, bytes]:
    der = tsp.TimeStampResp(
        {"status": {"status": status}, "time_stamp_token": cms.ContentInfo.load(token)}
    ).dump()
    return 200, "application/timestamp-reply", der


def _asked(body: bytes) -> tuple[bytes, int | None]:
    request = tsp.TimeStampReq.load(body, strict=True)
    assert request["cert_req"].native is True
    return request["message_imprint"]["hashed_message"].native, request["nonce"].native


def test_an_outside_token_comes_in_our_encoding(
    house: KeyStore, stamper: LocalTimeStamper, server: _Server
) -> None:
    server.answer = lambda body: _reply(stamper.stamp(*_asked(body), NOW))
    token = HttpStamper(server.url, 5, house.chain(Role.TIMESTAMP)).stamp(IMPRINT, 99, NOW)
    data = _content(token)
    assert data.dump(force=True) == data.dump()
    assert _asked(server.asked[0]) == (IMPRINT, 99)
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
    outside: tuple[Path, tuple[bytes, ...]], server: _Server, openssl: OpenSsl, tmp_path: Path
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
    data = _content(token)
    assert [each.chosen.dump() for each in data["certificates"]] == [chain[0]]
    (info,) = data["signer_infos"]
    assert info["digest_algorithm"].dump().hex() == "300b0609608648016503040201"
    assert info["signature_algorithm"]["algorithm"].native == "sha256_rsa"
    with pytest.raises(DependencyUnavailable, match="cause='clock'"):
        HttpStamper(server.url, 10, chain).stamp(IMPRINT, 4711, now + timedelta(minutes=1))


def _bad_answers(stamper: LocalTimeStamper) -> dict[str, Answer]:
    def good(body: bytes) -> bytes:
        return stamper.stamp(*_asked(body), NOW)

    def changed(token: bytes, place: int) -> bytes:
        return token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :]

    kind = "application/timestamp-reply"

    def with_digest(answer: tuple[int, str, bytes]) -> tuple[int, str, bytes]:
        """The signer's digest algorithm, which nothing signs, names SHA-512."""
        cut = answer[2].rindex(_SHA256)
        return (
            answer[0],
            answer[1],
            answer[2][:cut] + _SHA256[:-1] + b"\x03" + answer[2][cut + len(_SHA256) :],
        )

    return {
        "algorithm": lambda body: with_digest(_reply(good(body))),
        "refused": lambda body: _reply(good(body), 2),
        "imprint": lambda body: _reply(stamper.stamp(bytes(32), _asked(body)[1], NOW)),
        "nonce": lambda body: _reply(stamper.stamp(_asked(body)[0], 1, NOW)),
        "clock": lambda body: _reply(stamper.stamp(*_asked(body), NOW - timedelta(minutes=-1))),
        "signature": lambda body: _reply(changed(good(body), len(good(body)) - 3)),
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
    house: KeyStore, stamper: LocalTimeStamper, server: _Server, cause: str
) -> None:
    server.answer = _bad_answers(stamper)[cause]
    with pytest.raises(DependencyUnavailable) as caught:
        HttpStamper(server.url, 5, house.chain(Role.TIMESTAMP)).stamp(IMPRINT, 99, NOW)
    assert caught.value.code == "tsa_unavailable"
    assert caught.value.fields == {"source": server.url, "cause": cause}


def test_another_authority_s_token_is_no_answer(
    house: KeyStore, own_house: KeyStore, server: _Server
) -> None:
    from keys.authority import renew

    other = renew(own_house, Role.TIMESTAMP, identity=IDENTITY, now=NOW)
    stamper = LocalTimeStamper(other, own_house.chain(Role.TIMESTAMP))
    server.answer = lambda body: _reply(stamper.stamp(*_asked(body), NOW))
    with pytest.raises(DependencyUnavailable, match="certificate"):
        HttpStamper(server.url, 5, house.chain(Role.TIMESTAMP)).stamp(IMPRINT, 99, NOW)


def test_no_redirect_is_followed(house: KeyStore, stamper: LocalTimeStamper, server: _Server) -> None:
    second = _Server()
    second.answer = lambda body: _reply(stamper.stamp(*_asked(body), NOW))
    for status in (301, 302, 307):
        server.answer = lambda body, status=status: (status, "text/plain", second.url.encode())  # type: ignore[misc]
        with pytest.raises(DependencyUnavailable, match="no_answer"):
            HttpStamper(server.url, 5, house.chain(Role.TIMESTAMP)).stamp(IMPRINT, 99, NOW)
    assert second.asked == []
    second.http.shutdown()
    second.http.server_close()


def test_a_closed_port_and_a_silent_one_are_outages(house: KeyStore, server: _Server) -> None:
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
    good = bytearray(_reply(stamper.stamp(IMPRINT, 5, NOW))[2])
    good[place % len(good)] ^= 1 << bit
    for answer in (data, bytes(good)):
        with suppress(DependencyUnavailable):
            token = outside.take(answer, IMPRINT, 5, NOW)
            # A bit that no signature covers was turned; what comes out is the one encoding again.
            assert _content(token)["certificates"][0].chosen.dump() in house.chain(Role.TIMESTAMP)
            assert _content(token).dump(force=True) == _content(token).dump()


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
    return _reply(token)[2]


def test_attributes_that_do_not_fit_are_refused(house: KeyStore, stamper: LocalTimeStamper) -> None:
    data = _content(stamper.stamp(IMPRINT, 5, NOW))
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
    house: KeyStore, stamper: LocalTimeStamper, server: _Server
) -> None:
    server.answer = lambda body: _reply(stamper.stamp(*_asked(body), NOW))
    outside = HttpStamper(server.url, 5, house.chain(Role.TIMESTAMP))
    assert outside.stamp(IMPRINT, None, NOW)
    assert _asked(server.asked[0]) == (IMPRINT, None)


def test_a_slow_drip_does_not_hold_the_desk(house: KeyStore, server: _Server) -> None:
    outside = HttpStamper(server.url, 0.3, house.chain(Role.TIMESTAMP))
    server.drip = 0.15
    server.answer = lambda body: (200, "application/timestamp-reply", bytes(40))
    with pytest.raises(DependencyUnavailable, match="no_answer"):
        outside.stamp(IMPRINT, 1, NOW)


def test_an_authority_with_another_kind_of_key_is_refused() -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Weak")])
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
        builder = builder.public_key(key.public_key()).not_valid_before(NOW)
        certificate = builder.not_valid_after(NOW + timedelta(days=1)).sign(key, hashes.SHA256())
        with pytest.raises(Refused, match="key_kind"):
            HttpStamper("http://127.0.0.1:9/tsa", 1, [certificate.public_bytes(Encoding.DER)])
