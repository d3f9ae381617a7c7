"""One throw-away house and one signed report, shared by the tests of this package."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from domain import report_json
from signer.layout import render
from signer.pdf_signature import ReportSigner, Signed
from tests.unit.signer import samples
from tests.unit.signer.chain import Chain, TestStamper, make_chain

NOW = datetime(2026, 11, 20, 1, 30, 10, 654321, tzinfo=UTC)
PROOF = (
    b"c2sp.org/tlog-proof@v1\nindex 3\n"
    + b"A" * 43
    + b"=\n\nhouse.example/log\n4\nroot\n\n\xe2\x80\x94 log sig\n"
)


@dataclass(frozen=True, kw_only=True)
class House:
    """What a test needs to sign."""

    chain: Chain
    b0: bytes
    signed: Signed
    intents: list[bytes]


@pytest.fixture(scope="session")
def chain() -> Chain:
    return make_chain(NOW)


@pytest.fixture(scope="session")
def b0() -> bytes:
    content = samples.clean()
    return render(content, report_json.encode(content), samples.extras(content))


@pytest.fixture(scope="session")
def house(chain: Chain, b0: bytes) -> House:
    intents: list[bytes] = []
    signer = ReportSigner(chain.report, chain.evidence(NOW), TestStamper(chain))
    signed = signer.sign(b0, PROOF, now=NOW, on_intent=intents.append)
    return House(chain=chain, b0=b0, signed=signed, intents=intents)
