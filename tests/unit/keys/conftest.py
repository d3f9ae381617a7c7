"""One house with test keys for all tests of this package, founded at a fixed instant."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.report import Environment
from domain.trust_format import TrustBundle
from keys.authority import init_house
from keys.bundle_signing import house_bundle
from keys.certificates import HouseIdentity
from keys.custody import KeyStore
from keys.vault import Kdf

NOW = datetime(2026, 3, 2, 1, 30, 15, 250_000, tzinfo=UTC)
PASSPHRASE = b"a passphrase for tests"
FAST = Kdf(log2_n=14)
IDENTITY = HouseIdentity(region="150300", environment="test", organisation="乌海市信用代证平台(演示)")

OpenSsl = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with ``keys`` and ``root``; copied, never changed."""
    base = tmp_path_factory.mktemp("house")
    init_house(base / "keys", base / "root", passphrase=PASSPHRASE, identity=IDENTITY, now=NOW, kdf=FAST)
    return base


@pytest.fixture(scope="session")
def house(founded: Path) -> KeyStore:
    """The founded house, for tests that only read."""
    return KeyStore.open(founded / "keys", PASSPHRASE)


@pytest.fixture
def own_copy(founded: Path, tmp_path: Path) -> Path:
    """A copy of the founded house that a test may change."""
    shutil.copytree(founded, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def own_house(own_copy: Path) -> KeyStore:
    """The copy, opened."""
    return KeyStore.open(own_copy / "keys", PASSPHRASE)


def bundle_of(store: KeyStore, now: datetime = NOW, sequence: int = 1) -> TrustBundle:
    """A bundle of ``store`` as of ``now``."""
    return house_bundle(
        store,
        sequence=sequence,
        environment=Environment.TEST,
        region="150300",
        hosts=["credit.example"],
        log_origin="credit.example/log",
        now=now,
    )


@pytest.fixture
def openssl(tmp_path: Path) -> OpenSsl:
    """Run openssl in an own directory; certificates and lists are given as DER through ``pem``."""

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["openssl", *map(str, words)], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    return run


def pem(directory: Path, name: str, kind: str, ders: Sequence[bytes]) -> Path:
    """A PEM file of certificates (``x509``) or lists (``crl``), written by openssl itself."""
    whole = b""
    for place, der in enumerate(ders):
        source = directory / f"{name}-{place}.der"
        source.write_bytes(der)
        whole += subprocess.run(
            ["openssl", kind, "-inform", "DER", "-in", source], capture_output=True, check=True
        ).stdout
    target = directory / f"{name}.pem"
    target.write_bytes(whole)
    return target
