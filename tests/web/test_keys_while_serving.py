"""A served house signs with the new key from the moment another process renewed or revoked the old one."""

from __future__ import annotations

import hashlib
import io
import time
from pathlib import Path
from typing import Any

import httpx2
import pikepdf
import pytest
from asn1crypto import cms, tsp

from tests.web.service import Served, served
from tests.world.world import World

pytestmark = pytest.mark.slow


def signers(pdf: bytes) -> tuple[str, str]:
    """Key ids of the report's signature and of its time stamp."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        contents = bytes(opened.Root.AcroForm.Fields[0].V.Contents)
    signed = cms.ContentInfo.load(contents)["content"]
    for attribute in signed["signer_infos"][0]["unsigned_attrs"]:
        if attribute["type"].native == "signature_time_stamp_token":
            stamp = attribute["values"][0]["content"]
            tsp.TSTInfo.load(stamp["encap_content_info"]["content"].parsed.dump())
            return _key_id(signed), _key_id(stamp)
    raise AssertionError("no time stamp")


def _key_id(signed: Any) -> str:
    wanted = signed["signer_infos"][0]["sid"].chosen["serial_number"].native
    for each in signed["certificates"]:
        if each.chosen.serial_number == wanted:
            return hashlib.sha256(each.chosen.public_key.dump()).digest()[:8].hex()
    raise AssertionError("the signer's certificate is not in the signature")


def issue(running: Served) -> tuple[str, bytes]:
    """Number and bytes of a report that the sample enterprise asks the service for."""
    with running.client(cookies=running.cookies("enterprise-clean"), headers=_origin(running)) as client:
        made = client.post("/api/v1/reports", json={"purpose": "银行贷款"})
        assert made.status_code == 201, made.text
        number = made.json()["number"]
        return number, client.get(f"/api/v1/reports/{number}/file").content


def judged(running: Served, pdf: bytes) -> dict[str, Any]:
    with running.client() as stranger:
        found: dict[str, Any] = stranger.post(
            "/api/v1/verifications", files={"file": ("r.pdf", pdf, "application/pdf")}
        ).json()
        return found


def current(world: World, role: str) -> str:
    rows = world.commands.call("keys", "list").only["keys"]
    (line,) = [row["key_id"] for row in rows if row["role"] == role and row["current"]]
    return str(line)


def _origin(running: Served) -> dict[str, str]:
    return {"Origin": running.address}


def test_a_key_revoked_beside_a_running_service_signs_nothing_more(tmp_path: Path) -> None:
    world = World.build(tmp_path, penalties=0, subjects=8)
    world.settle_people()
    old = {role: current(world, role) for role in ("report", "timestamp", "status")}
    with served(world, tmp_path / "log", "--demo-sign-in") as running:
        _, first = issue(running)
        assert signers(first) == (old["report"], old["timestamp"])
        assert judged(running, first)["status"] == "VALID"
        assert _kid_of_list(running) == old["status"]

        world.commands.call("keys", "renew", "timestamp")
        world.commands.call("keys", "renew", "status")
        world.commands.call("keys", "revoke", old["report"], "--reason", "superseded")
        number, second = issue(running)
        assert signers(second) == (current(world, "report"), current(world, "timestamp"))
        assert set(signers(second)).isdisjoint(old.values())
        assert judged(running, second)["status"] == "VALID"

        world.commands.call("status", "set", number, "suspended", "--reason", "核对中", "--by", "孟信之")
        until = time.monotonic() + 60
        while _kid_of_list(running) == old["status"]:
            assert time.monotonic() < until
            time.sleep(1)
        assert _kid_of_list(running) == current(world, "status")
        assert judged(running, second)["code"] == "suspended"
        audit = world.commands.call("audit", "log", f"{running.address}/log", "--trust", str(world.export()))
        assert audit.only["clean"] is True


def _kid_of_list(running: Served) -> str:
    import base64
    import json

    with running.client() as stranger:
        answer: httpx2.Response = stranger.get("/status/1")
    head = answer.text.split(".")[0]
    kid: str = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
    return kid
