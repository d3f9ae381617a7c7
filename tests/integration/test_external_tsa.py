"""A time-stamp authority outside the house, with a root of its own: from issuing to a stranger's verdict."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from api import container
from api.services.house.trust import export
from api.services.issuing.issue import Issued
from api.services.issuing.orders import Order
from api.services.verifying import OwnVerifier
from api.settings import HouseSettings, TimeStampSettings, read_house, write_house
from domain.errors import MalformedInput
from domain.verdict import Authenticity, CheckName, Code, Outcome, Verdict
from keys import authority
from keys.certificates import HouseIdentity
from keys.custody import KeyStore
from keys.roles import Role
from keys.stamping import LocalTimeStamper
from keys.trust import open_bundle
from keys.vault import Kdf
from tests.unit.api.house_kit import FIRM, PASSPHRASE, START, HouseKit, fine
from verifier.policies.policy import builtin
from verifier.service import Verifier

IDENTITY = HouseIdentity(region="000000", environment="test", organisation="Another authority")


@pytest.fixture
def tsa(tmp_path: Path) -> KeyStore:
    """Somebody else's root, issuing CA and time-stamp key."""
    return authority.init_house(
        tmp_path / "tsa-keys",
        tmp_path / "tsa-root",
        passphrase=PASSPHRASE,
        identity=IDENTITY,
        now=START,
        kdf=Kdf(log2_n=14),
    )


@contextmanager
def _serving(tsa: KeyStore, clock: Callable[[], datetime]) -> Iterator[str]:
    """The authority at a loopback address."""
    stamper = LocalTimeStamper(tsa.private(Role.TIMESTAMP), tsa.chain(Role.TIMESTAMP)[:-1], os.urandom)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])), strict=True)
            imprint, nonce = asked["message_imprint"]["hashed_message"].native, asked["nonce"].native
            token = cms.ContentInfo.load(stamper.stamp(imprint, nonce, clock()))
            answer = tsp.TimeStampResp({"status": {"status": 0}, "time_stamp_token": token}).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Keep the test's output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsr"
    finally:
        server.shutdown()
        server.server_close()


def _write_lists(home: Path, tsa: KeyStore, now: datetime) -> None:
    """What an operator's timer does: the lists of both CAs, put in place at once."""
    ders = authority.crls(tsa, now=now, role=Role.TIMESTAMP)
    new = home / "tsa-crls.new"
    new.write_bytes(b"".join(x509.load_der_x509_crl(der).public_bytes(Encoding.PEM) for der in ders))
    new.replace(home / "tsa-crls.pem")


def _settings(home: Path, url: str, **more: Path | None) -> HouseSettings:
    stamping: dict[str, Path | None] = {"chain": Path("tsa-chain.pem"), "crls": Path("tsa-crls.pem"), **more}
    stamped = TimeStampSettings(url=url, **stamping)  # type: ignore[arg-type]
    return read_house(home).model_copy(update={"time_stamp": stamped})


@pytest.fixture
def outside(kit: HouseKit, tsa: KeyStore) -> Iterator[HouseKit]:
    """A house that asks the authority by its settings alone."""
    home = kit.context.home
    pems = [
        x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in tsa.chain(Role.TIMESTAMP)
    ]
    (home / "tsa-chain.pem").write_bytes(b"".join(pems))
    _write_lists(home, tsa, START)
    # A bundle from before the change of authority lies in the house and must not be used on.
    export(kit.context, kit.tick())
    with _serving(tsa, lambda: opened.now) as url:
        write_house(home, _settings(home, url))
        opened = HouseKit.open(home)
        opened._verifier = OwnVerifier(opened.context, None)
        yield opened
        opened.close()


def _issued(kit: HouseKit) -> Issued:
    done = kit.desk.issue(Order(subject=FIRM))
    assert isinstance(done, Issued)
    return done


def _intents(kit: HouseKit, done: Issued) -> list[str]:
    with kit.context.store.reading() as work:
        return [intent.outcome for intent in work.drafts.intents(done.number)]


def _by_stranger(pdf: bytes, bundle: bytes, now: datetime) -> Verdict:
    """The verdict of somebody who has the file, the bundle and nothing else."""
    verifier = Verifier(open_bundle(bundle, pinned_anchor_sha256=None), None)
    try:
        return verifier.verify(pdf, "a.pdf", policy=builtin(), now=now)
    finally:
        verifier.close()


def _outcome(verdict: Verdict, name: CheckName) -> Outcome:
    return next(item.outcome for item in verdict.checks if item.check is name)


def test_a_report_stamped_outside_is_genuine_by_the_bundle_alone(outside: HouseKit, tsa: KeyStore) -> None:
    outside.send(fine("乌市监罚〔2024〕1号"))
    done = _issued(outside)
    assert done.level == "B-LT"
    assert _intents(outside, done) == ["file"]
    assert tsa.certificate(Role.TIMESTAMP) in done.pdf
    assert outside.context.keys.certificate(Role.TIMESTAMP) not in done.pdf
    now = outside.tick()
    bundle = export(outside.context, now)
    verdict = _by_stranger(done.pdf, bundle.data, now)
    assert (verdict.authenticity, verdict.code) == (Authenticity.GENUINE, Code.STATUS_UNAVAILABLE)
    for name in (CheckName.SIGNATURE_AT_SIGNING_TIME, CheckName.ISSUER_NOW, CheckName.TIME_BOUND):
        assert _outcome(verdict, name) is Outcome.PASSED
    # Without the authority's lists nobody can say that its certificate is still good.
    theirs = set(authority.crls(tsa, now=START, role=Role.TIMESTAMP))
    ours = replace(bundle.opened.bundle, crls=tuple(set(bundle.opened.bundle.crls) - theirs))
    verifier = Verifier(replace(bundle.opened, bundle=ours), None)
    blind = verifier.verify(done.pdf, "a.pdf", policy=builtin(), now=now)
    verifier.close()
    assert _outcome(blind, CheckName.ISSUER_NOW) is Outcome.UNKNOWN


def test_old_lists_of_the_authority_are_an_outage_known_before_the_key_is_used(
    outside: HouseKit, tsa: KeyStore
) -> None:
    outside.now = START + timedelta(days=8)
    done = _issued(outside)
    assert (done.level, _intents(outside, done)) == ("B-B", ["file"])
    assert tsa.certificate(Role.TIMESTAMP) not in done.pdf
    now = outside.tick()
    assert _by_stranger(done.pdf, export(outside.context, now).data, now).authenticity is Authenticity.GENUINE
    # The same desk goes on as soon as the operator has put fresh lists in place.
    _write_lists(outside.context.home, tsa, outside.now)
    assert _issued(outside).level == "B-LT"


@pytest.mark.parametrize("data", [None, b"", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"])
def test_lists_that_cannot_be_read_are_an_outage(outside: HouseKit, data: bytes | None) -> None:
    path = outside.context.home / "tsa-crls.pem"
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    done = _issued(outside)
    assert (done.level, _intents(outside, done)) == ("B-B", ["file"])


@pytest.mark.parametrize("name", ["chain", "crls"])
def test_an_outside_authority_needs_both_files_named(kit: HouseKit, tsa: KeyStore, name: str) -> None:
    home = kit.context.home
    pems = [
        x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in tsa.chain(Role.TIMESTAMP)
    ]
    (home / "tsa-chain.pem").write_bytes(b"".join(pems))
    write_house(home, _settings(home, "http://127.0.0.1:9/tsr", **{name: None}))
    with pytest.raises(MalformedInput) as caught:
        container.open_house(home, passphrase_file=home.parent / f"{home.name}.passphrase")
    assert (caught.value.code, caught.value.fields["setting"]) == (
        "house_setting_missing",
        f"time_stamp.{name}",
    )
