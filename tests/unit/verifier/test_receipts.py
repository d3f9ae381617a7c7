"""Receipts and statements: what a stranger accepts, and what becomes of every other thing."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import checkpoint, merkle, receipt, receipt_file, statement
from domain.errors import MalformedInput
from domain.leaf import encode as encode_leaf
from domain.report import Environment
from domain.verdict import Authenticity, Status
from keys.jws_signing import sign_by_receipt_key
from keys.note_signing import sign_note
from keys.roles import Role
from keys.trust import OpenedBundle
from tests.unit.verifier.house import HOST, NOW, NUMBER, ORIGIN, House
from verifier.policies import policy as policies
from verifier.policies import purposes
from verifier.receipts import CODES, verify_receipt, verify_statement

RECEIPT = receipt.Receipt(
    id=UUID(int=1), made_at=NOW,
    verifier=receipt.Verifying(name="测试信用中心", host=HOST, region="150300", environment=Environment.TEST),
    kind="document", file_sha256="00" * 32, file_size=9, status=Status.VALID, code="ok", reason=None,
    authenticity=Authenticity.GENUINE, content=("records", 3, ()),
    report=receipt.About(number=NUMBER, as_of=NOW, subject=None, scope=None), checks=(), overlay=(),
    policy_id="status", policy_sha256="11" * 32, policy_toml=None, verified_at=NOW, at=None, sources={},
)  # fmt: skip
STATEMENT = statement.Statement(
    id=UUID(int=2), number=NUMBER, environment=Environment.TEST, region="150300", host=HOST, since=NOW,
    domains=("taxation",), watermark=None, answer=statement.Answer.NO_NEW_RECORD, made_at=NOW,
)  # fmt: skip


def given_by(house: House, made: receipt.Receipt = RECEIPT, late: timedelta = timedelta()) -> bytes:
    """The receipt file as that house gives it, its leaf the third of four."""
    compact = sign_by_receipt_key(house.keys, receipt.encode(made), typ=receipt.TYP, now=NOW)
    bare = receipt_file.ReceiptFile(compact=compact, proof=None)
    leaf = receipt_file.leaf_of(bare.sha256, house.keys.private(Role.RECEIPT).key_id, NOW + late)
    hashes = [merkle.leaf_hash(data) for data in (b"a", b"b", encode_leaf(leaf), b"d")]
    text = checkpoint.encode(checkpoint.Checkpoint(origin=ORIGIN, size=4, root=merkle.root(hashes)))
    note = sign_note(text, ORIGIN, house.keys.private(Role.LOG))
    siblings = (hashes[3], merkle.node_hash(hashes[0], hashes[1]))
    proof = receipt_file.proof_of(2, siblings, note, leaf.time)
    return receipt_file.encode(replace(bare, proof=proof))


@pytest.fixture(scope="module")
def good(house: House) -> bytes:
    return given_by(house)


def code(data: bytes, trust: OpenedBundle, **more: Any) -> str:
    return verify_receipt(data, trust, more.get("now", NOW)).code


def test_a_receipt_is_accepted_with_its_place_in_the_log(good: bytes, opened: OpenedBundle) -> None:
    found = verify_receipt(good, opened, NOW)
    assert (found.code, found.status, found.receipt) == ("ok", Status.VALID, RECEIPT)
    assert found.log is not None and (found.log.index, found.log.size) == (2, 4)
    compact = receipt_file.decode(good).compact.encode()
    assert code(compact, opened) == "log_unproven"


def test_every_other_receipt_has_its_code(
    house: House, stranger: House, good: bytes, opened: OpenedBundle
) -> None:
    assert code(given_by(stranger), opened) == "untrusted_issuer"
    assert code(good, stranger.opened()) == "untrusted_issuer"
    elsewhere = replace(RECEIPT.verifier, host="other.example")
    assert code(given_by(house, replace(RECEIPT, verifier=elsewhere)), opened) == "content_mismatch"
    assert code(given_by(house, late=timedelta(minutes=11)), opened) == "time_inconsistent"
    assert code(good, opened, now=NOW + timedelta(days=9)) == "status_stale"
    assert code(good, opened, now=NOW - timedelta(hours=1)) == "time_inconsistent"
    parts = json.loads(good)
    other = json.loads(given_by(house, replace(RECEIPT, code="revoked")))
    assert code(json.dumps(parts | {"header": other["header"]}).encode(), opened) == "not_logged"
    assert code(json.dumps(parts | {"payload": other["payload"]}).encode(), opened) == "signature_broken"
    assert code(json.dumps(parts | {"more": 1}).encode(), opened) == "not_a_receipt"
    said = sign_by_receipt_key(house.keys, statement.encode(STATEMENT), typ=statement.TYP, now=NOW)
    assert code(said.encode(), opened) == "not_a_receipt"
    assert code(b"%PDF-1.7\n", opened) == "not_a_receipt"


def test_a_header_chooses_nothing(house: House, good: bytes, opened: OpenedBundle) -> None:
    parts = json.loads(good)
    header = json.loads(base64.urlsafe_b64decode(parts["protected"] + "=="))
    for changed in ({"alg": "none"}, {"jku": "https://x.example"}, {"crit": ["x"]}, {"typ": "JWT"}):
        told = base64.urlsafe_b64encode(json.dumps(header | changed).encode()).decode().rstrip("=")
        assert code(json.dumps(parts | {"protected": told}).encode(), opened) == "not_a_receipt"


def test_a_report_is_no_receipt(genuine: bytes, opened: OpenedBundle) -> None:
    assert code(genuine, opened) == "is_a_report"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_changed_receipt_is_good(house: House, opened: OpenedBundle, data: st.DataObject) -> None:
    good = given_by(house)
    place = data.draw(st.integers(0, len(good) - 1))
    changed = good[:place] + data.draw(st.binary(min_size=1, max_size=2)) + good[place + 1 :]
    found = verify_receipt(changed, opened, NOW)
    assert found.code in CODES
    if found.code == "ok":
        assert receipt_file.decode(changed) == receipt_file.decode(good)


def test_statements(house: House, stranger: House, opened: OpenedBundle) -> None:
    def told(by: House, made: statement.Statement = STATEMENT, **more: Any) -> str:
        compact = sign_by_receipt_key(by.keys, statement.encode(made), typ=statement.TYP, now=NOW)
        return verify_statement(compact.encode(), opened, more.get("now", NOW)).code

    assert told(house) == "ok"
    assert told(stranger) == "untrusted_issuer"
    assert told(house, replace(STATEMENT, region="140000")) == "content_mismatch"
    assert told(house, now=NOW + timedelta(days=9)) == "status_stale"
    assert verify_statement(given_by(house), opened, NOW).code == "not_a_statement"
    assert verify_statement(b"\xff.a.b", opened, NOW).code == "not_a_statement"


def test_scenarios_come_from_the_bundle_and_the_newest_wins(house: House) -> None:
    text = policies.builtin("bidding").text
    newer = purposes.scenario(text.replace("version = 1", "version = 2").replace("= 30", "= 7"))
    bundle = house.bundle(policies=(newer,))
    assert purposes.named("bidding", bundle).max_age_days == 7
    assert purposes.named("bidding@1", bundle).max_age_days == 30
    assert purposes.named("lending", bundle).id == "lending"
    assert [item.id for item in purposes.offered(bundle)] == [
        "status", "authenticity", "bidding", "lending", "listing",
    ]  # fmt: skip
    for name in ("bidding@3", "x", "../bidding", "status@2", ""):
        with pytest.raises(MalformedInput, match="policy_unknown"):
            purposes.named(name, bundle)


@pytest.mark.parametrize("name", ["status", "authenticity", "custom"])
def test_no_house_redefines_a_basic_name(name: str) -> None:
    text = policies.builtin("bidding").text.replace('id = "bidding"', f'id = "{name}"')
    with pytest.raises(MalformedInput, match="policy_malformed"):
        purposes.scenario(text)


def test_each_wish_of_a_policy_is_asked(
    judge: Any, genuine: bytes, opened: OpenedBundle, workers: Any
) -> None:
    from verifier.service import Verifier

    base = policies.builtin("authenticity").text
    one = Verifier(opened, None, worker=workers)

    def reason(extra: str, now: Any = NOW) -> tuple[str, str | None]:
        told = one.verify(genuine, "x", policy=policies.load((base + extra).encode()), now=now)
        return str(told.code), told.reason

    assert reason('[scope]\nkinds = ["judgment"]\n') == ("scope_insufficient", "kind_not_counted")
    assert reason('[data]\nstates = ["pending"]\n') == ("scope_insufficient", "data_state_insufficient")
    assert reason("[freshness]\nmax_age_days = 1\n", NOW + timedelta(days=3))[0] == "too_old_for_policy"
    told = one.verify(
        genuine, "x", policy=policies.load((base + '[scope]\nkinds = ["judgment"]\n').encode()), now=NOW
    )
    assert told.refresh == f"https://{HOST}/guide/refresh"
