"""Files made with the house's own keys and log, and with keys of an authority that only looks like it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.report import Environment, ReportContent
from domain.verdict import Authenticity, Code, Status
from keys.roles import Role
from tests.forgeries.conftest import Judge
from tests.forgeries.insider import Insider, other_log
from tests.world.world import World

pytestmark = pytest.mark.slow


def test_the_insider_can_make_a_perfect_file_and_the_register_still_tells(
    insider: Insider, judge: Judge, world: World, tmp_path: Path
) -> None:
    perfect = insider.make()
    assert judge(perfect).status is Status.VALID  # or every row below would pass for the wrong reason
    path = tmp_path / "perfect.pdf"
    path.write_bytes(perfect)
    verdict = world.verify(str(path), codes=(1,))
    assert verdict["code"] == "not_logged"


CHANGES: tuple[tuple[str, Callable[[ReportContent], ReportContent], set[Code]], ...] = (
    ("fewer-records", lambda c: replace(c, records=c.records[1:]), {Code.CONTENT_MISMATCH}),
    ("other-root", lambda c: replace(c, tree=replace(c.tree, root="00" * 32)), {Code.CONTENT_MISMATCH}),
    (
        "other-region-file",
        lambda c: replace(c, region=replace(c.region, sha256="00" * 32)),
        {Code.CONTENT_MISMATCH},
    ),
    (
        "other-version",
        lambda c: replace(c, region=replace(c.region, version="1999")),
        {Code.CONTENT_MISMATCH},
    ),
    ("other-environment", lambda c: replace(c, environment=Environment.TEST), {Code.CONTENT_MISMATCH}),
    ("look-alike-host", lambda c: replace(c, host="dz.examp1e"), {Code.CONTENT_MISMATCH}),
    (
        "foreign-number",
        lambda c: replace(c, number="999999" + c.number[6:]),
        {Code.UNTRUSTED_ISSUER, Code.CONTENT_MISMATCH},
    ),
    ("other-number", lambda c: replace(c, number=c.number[:-8] + "FFFFFFFF"), {Code.CONTENT_MISMATCH}),
)


@pytest.mark.parametrize(("change", "codes"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_changed_content(
    insider: Insider, judge: Judge, change: Callable[[ReportContent], ReportContent], codes: set[Code]
) -> None:
    verdict = judge(insider.make(change))
    assert verdict.status is Status.INVALID
    assert verdict.code in codes, f"{verdict.code} / {verdict.reason}"


def test_the_claim_of_another_report(insider: Insider, judge: Judge) -> None:
    _, claim = insider.genuine("clean")
    content, _ = insider.genuine("records")
    assert judge(insider.make(lambda c: content, claim=claim)).code is Code.CONTENT_MISMATCH


def test_the_proof_of_another_report(insider: Insider, judge: Judge) -> None:
    mine, other = insider.parts(), insider.parts(lambda c: replace(c, purpose="投标"))
    assert judge(insider.sign(mine.b0, other.proof)).code is Code.NOT_LOGGED


@pytest.mark.parametrize("origin", ["same", "other.example/log"])
def test_the_head_of_another_log(insider: Insider, judge: Judge, world: World, origin: str) -> None:
    parts = insider.parts()
    name = parts.content.log_origin if origin == "same" else origin
    assert judge(insider.sign(parts.b0, other_log(parts, name))).code is Code.NOT_LOGGED


OTHER_ROLES = [Role.TIMESTAMP, Role.OCSP, Role.QR, Role.STATUS, Role.RECEIPT, Role.TRUST]


@pytest.mark.parametrize("role", OTHER_ROLES)
def test_another_key_of_the_same_authority(insider: Insider, judge: Judge, role: Role) -> None:
    parts = insider.parts()
    verdict = judge(insider.sign(parts.b0, parts.proof, role=role))
    assert verdict.code is Code.UNTRUSTED_ISSUER
    assert verdict.authenticity is Authenticity.NOT_GENUINE


@pytest.mark.parametrize("minutes", [-60 * 24 * 365, -15, 15, 60 * 24 * 30])
@pytest.mark.parametrize("stamped", [True, False])
def test_backdated_and_postdated_claims(insider: Insider, judge: Judge, minutes: int, stamped: bool) -> None:
    now = insider.context.clock()
    parts = insider.parts(now=now)
    forged = insider.sign(parts.b0, parts.proof, now=now + timedelta(minutes=minutes), stamped=stamped)
    verdict = judge(forged)
    assert verdict.status is Status.INVALID
    assert verdict.code in {Code.TIME_INCONSISTENT, Code.UNTRUSTED_ISSUER, Code.SIGNATURE_BROKEN}


@pytest.fixture(scope="module")
def impostor(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Another authority with the same names, the same region and the same host."""
    return World.build(tmp_path_factory.mktemp("impostor"), penalties=20, subjects=10)


def test_an_authority_with_the_same_names(impostor: World, judge: Judge) -> None:
    verdict = judge(impostor.report().read_bytes())
    assert verdict.code is Code.UNTRUSTED_ISSUER
    assert verdict.authenticity is Authenticity.NOT_GENUINE


def test_the_impostor_embeds_our_root(impostor: World, insider: Insider, judge: Judge) -> None:
    theirs = Insider(impostor)
    parts = theirs.parts()
    *_, root = insider.context.keys.chain(Role.REPORT)
    from api.services.issuing.evidence import signing_evidence
    from signer.pdf_signature import ReportSigner
    from tests.forgeries.insider import Careless

    evidence = signing_evidence(theirs.context, theirs.context.clock())
    mixed = Careless(
        signing_chain=evidence.signing_chain,
        stamping_chain=evidence.stamping_chain,
        root=root,
        crls=evidence.crls,
    )
    signer = ReportSigner(theirs.context.keys.private(Role.REPORT), mixed, theirs.context.stamper)
    forged = signer.sign(parts.b0, parts.proof, now=theirs.context.clock(), on_intent=lambda _: None).pdf
    assert judge(forged).code is Code.UNTRUSTED_ISSUER
