"""Hostile certificates and files name addresses; the verifier, alone with a bundle, follows none (threat 24)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.forgeries.insider import Insider
from tests.stories.hostile_files import Hostile, Listener, listening
from tests.stories.test_verifier_alone import environment
from tests.world.world import World

pytestmark = [pytest.mark.slow, pytest.mark.tool("strace")]

EXPECTED = {
    "stranger.pdf": ("not_a_report", "foreign_signature"),
    "our-pages.pdf": ("untrusted_issuer", "unknown_certificate"),
    "our-shape.pdf": ("untrusted_issuer", "unknown_certificate"),
    "appended.pdf": ("appended_data", "bytes_after_end"),
    "linked.pdf": ("altered", "resaved"),
    "code.png": ("code_unreadable", "code_not_ours"),
}
"""What each file is; none of them is ever valid."""
BY_THE_HOUSE = "by-the-house.pdf"
"""Valid by all that a stranger can see: the one that pyHanko reads with a hostile certificate in hand."""


@dataclass
class Run:
    """One run of the verifier over all files."""

    verdicts: dict[str, dict[str, Any]]
    calls: list[str]
    connections: int


def _traced(words: list[str], trace: Path) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    done = subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(trace), *words],
        capture_output=True, text=True, timeout=300, check=False, cwd="/", env=environment(),
    )  # fmt: skip
    return done, [line for line in trace.read_text().splitlines() if re.search(r"AF_INET6?\b", line)]


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with listening() as somebody:
        yield somebody


@pytest.fixture(scope="module")
def hostile(listener: Listener) -> Hostile:
    return Hostile(listener.site)


@pytest.fixture(scope="module")
def folder(world: World, hostile: Hostile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every hostile file."""
    made = tmp_path_factory.mktemp("hostile")
    genuine = world.report().read_bytes()
    with pikepdf.open(world.report()) as pdf:
        proof = pdf.attachments["log.tlog-proof"].get_file().read_bytes()
    files = {
        "stranger.pdf": hostile.signed_by_a_stranger(hostile.pages()),
        "our-pages.pdf": hostile.signed_by_a_stranger(genuine[: genuine.index(b"%%EOF\n") + 6]),
        "our-shape.pdf": hostile.signed_in_our_shape(genuine, proof),
        "appended.pdf": genuine + hostile.certificate,
        "linked.pdf": hostile.linked(genuine),
        "code.png": hostile.picture(),
        BY_THE_HOUSE: hostile.signed_by_the_house(Insider(world)),
    }
    assert set(files) == {*EXPECTED, BY_THE_HOUSE}
    for name, data in files.items():
        (made / name).write_bytes(data)
    return made


@pytest.fixture(scope="module")
def verified(alone: Path, world: World, folder: Path, listener: Listener) -> Run:
    names = [*EXPECTED, BY_THE_HOUSE]
    before = len(listener.seen)
    words = [
        str(alone / "bin" / "python"),
        "-m",
        "verifier.cli",
        "verify",
        *(str(folder / name) for name in names),
    ]
    done, calls = _traced(
        [*words, "--trust", str(world.bundle), "--policy", "authenticity", "--json"], folder / "trace"
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(names), done.stderr
    return Run(dict(zip(names, told, strict=True)), calls, len(listener.seen) - before)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_is_called_what_it_is(verified: Run, name: str) -> None:
    verdict = verified.verdicts[name]
    assert verdict["status"] not in ("VALID", "STANDS")
    assert (verdict["code"], verdict["reason"]) == EXPECTED[name]


def test_one_of_them_gets_as_far_as_the_signature_library(verified: Run) -> None:
    checks = {check["check"]: check["outcome"] for check in verified.verdicts[BY_THE_HOUSE]["checks"]}
    assert checks["signature_at_signing_time"] == "PASSED"


def test_nobody_was_called(verified: Run) -> None:
    assert verified.calls == []
    assert verified.connections == 0


def test_a_connection_would_be_seen(listener: Listener, tmp_path: Path) -> None:
    before = len(listener.seen)
    program = f"import urllib.request; urllib.request.urlopen({listener.site!r}, timeout=20)"
    _, calls = _traced([sys.executable, "-c", program], tmp_path / "trace")
    assert len(calls) >= 1
    assert len(listener.seen) > before


def test_a_reader_that_follows_addresses_is_led_to_the_listener(
    hostile: Hostile, listener: Listener, folder: Path, tmp_path: Path
) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(x509.load_der_x509_certificate(hostile.chain.root.der).public_bytes(Encoding.PEM))
    before = len(listener.seen)
    pyhanko = Path(sys.executable).with_name("pyhanko")
    words = ["sign", "validate", "--trust", str(root), "--trust-replace", str(folder / "stranger.pdf")]
    subprocess.run([pyhanko, *words], capture_output=True, timeout=120, check=False, env=environment())
    assert len(listener.seen) > before
