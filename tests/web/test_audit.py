"""The auditor's desk: search, activity, anomalies, proofs, packs, export."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.services.house.two_people import note_second
from api.store.engine import for_writing
from api.store.entries import Event
from domain import tlog_proof
from domain.leaf import LeafType
from tests.web.service import sign_in
from tests.world.world import World
from verifier.audit_pack import PackStatus, check_pack

ORIGIN = {"Origin": "http://127.0.0.1:8000"}


@pytest.fixture
def auditor(client: TestClient) -> TestClient:
    sign_in(client, "auditor")
    return client


def _number(house: World) -> str:
    said: str = house.content(house.report("records"))["number"]
    return said


def test_a_report_is_found_by_number_and_by_the_hash_of_its_file(auditor: TestClient, house: World) -> None:
    number = _number(house)
    digest = hashlib.sha256(house.report("records").read_bytes()).hexdigest()
    by_number = auditor.get("/audit", params={"q": number}).text
    by_hash = auditor.get("/audit", params={"q": digest.upper()}).text
    for page in (by_number, by_hash):
        assert "已签发文件" in page
        assert number in page
    assert "承诺：即将签发" in by_number
    nobody = auditor.get("/audit", params={"q": "0" * 64}).text
    assert "没有签发过这份文件" in nobody
    assert auditor.get("/audit", params={"q": "什么"}).status_code == 400


def test_every_entry_s_proof_leads_to_the_head(auditor: TestClient, house: World) -> None:
    page = auditor.get("/audit", params={"q": _number(house)}).text
    index = page.split('href="/audit/entries/')[1].split('"')[0]
    shown = auditor.get(f"/audit/entries/{index}").text
    leaf = bytes.fromhex(shown.split("50 字节")[1].split('class="mono">')[1].split("<")[0])
    proof = tlog_proof.decode(auditor.get(f"/audit/entries/{index}/proof").content)
    assert tlog_proof.verify(proof, leaf).origin == house.trust["log"]["origin"]
    assert auditor.get("/audit/entries/999999999").status_code == 404
    assert auditor.get("/audit/entries/x").status_code == 400


def test_what_was_written_today_is_counted(auditor: TestClient, house: World) -> None:
    _number(house)
    page = auditor.get("/audit").text
    assert "已签发文件" in page.rsplit("近 30 天写入情况", 1)[1]


def test_a_signature_that_nothing_answered_shows_at_once(auditor: TestClient, house: World) -> None:
    web: Any = auditor.app.state.web  # type: ignore[attr-defined]
    from datetime import timedelta
    from uuid import uuid4

    from api.store.entries import Intent

    number, now = _number(house), web.context.clock()
    intent = Intent(
        id=uuid4(),
        number=number,
        signed_attrs_sha256=bytes(32),
        key_id=bytes(8),
        made_at=now - timedelta(hours=1),
    )
    words = f"报告 {number} 的签发超过 10 分钟没有下文"
    assert words not in auditor.get("/audit").text
    with web.context.store.writing() as work:
        work.drafts.intend(intent)
        work.commit()
    try:
        assert words in auditor.get("/audit").text
    finally:
        with web.context.store.writing() as work:
            work.drafts.answer(intent.id, "void", 10**6)
            work.commit()


@pytest.mark.parametrize(
    ("account", "words"),
    [("deploy (1000)", "两个姓名都出自系统账户 deploy (1000)"), ("li (1002)", "请向 李复核 本人核实")],
)
def test_a_second_person_at_the_command_line_is_asked_about(
    auditor: TestClient, account: str, words: str
) -> None:
    web: Any = auditor.app.state.web  # type: ignore[attr-defined]
    now = web.context.clock()
    first = Event(at=now, actor="王操作", act="status_proposed", fields={"account": "deploy (1000)"})
    with web.context.store.writing() as work:
        note_second(work, first, second="李复核", account=account, about="key:0123", now=now)
        work.commit()
    assert words in auditor.get("/audit").text
    english = auditor.get("/audit?lang=en").text
    assert f"account {account}" in english


def _receipt(client: TestClient, made: Path) -> None:
    form = {"file": ("r.pdf", made.read_bytes(), "application/pdf")}
    answer = client.post("/api/v1/verifications", files=form, data={"receipt": "true"}, headers=ORIGIN)
    assert answer.status_code == 200, answer.text


def test_the_pack_is_clean_under_the_house_s_root_and_names_nobody(auditor: TestClient, house: World) -> None:
    made = house.issue("records")
    _receipt(auditor, made)
    number = {"number": house.content(made)["number"]}
    answer = auditor.post("/audit/pack", data=number, headers=ORIGIN)
    assert answer.status_code == 200
    anchor = hashlib.sha256(base64.b64decode(house.trust["anchors"][0])).hexdigest()
    report = check_pack(answer.content, trust=None, anchor_sha256=anchor)
    assert (report.status, report.problems) == (PackStatus.CLEAN, ())
    kinds = {item.leaf.type for item in report.life}
    assert kinds >= {LeafType.COMMITMENT, LeafType.SIGNED_FILE, LeafType.RECEIPT, LeafType.KEY_EVENT}
    subject = house.subject("records")
    assert subject.name.encode() not in answer.content
    assert subject.uscc.encode() not in answer.content
    other = {"number": "15030020260101ABCDEF00"}
    assert auditor.post("/audit/pack", data=other, headers=ORIGIN).status_code == 404


def test_the_export_holds_every_entry_and_no_formula(auditor: TestClient, house: World) -> None:
    number = _number(house)
    answer = auditor.post("/audit/export", data={"start": "0"}, headers=ORIGIN)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["index"] for row in rows] == [str(at) for at in range(len(rows))]
    assert number in {row["number"] for row in rows}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


@pytest.mark.parametrize("person", ["operator", "enterprise-records", "security", None])
def test_nobody_else_sees_the_desk(client: TestClient, person: str | None) -> None:
    client.cookies.clear()
    if person:
        sign_in(client, person)
    for path in ("/audit", "/audit/entries/0", "/audit/entries/0/proof"):
        answer = client.get(path, follow_redirects=False)
        assert answer.status_code in (303, 401, 403), path


def test_a_log_ahead_of_the_clock_shows_where_machines_and_auditors_look(
    client: TestClient, house: World
) -> None:
    assert client.get("/readyz").text == "ready\n"
    ahead = int((time.time() + 300) * 1000)
    with for_writing(house.open().store.engine).begin() as work:
        before = work.execute(text("SELECT last_time_ms FROM log_state")).scalar_one()
        work.execute(text("UPDATE log_state SET last_time_ms = :ahead"), {"ahead": ahead})
    try:
        ready = client.get("/readyz")
        assert ready.status_code == 200, "verifying goes on"
        assert ready.text.startswith("ready\nlog_time_ahead until 20")
        (seconds,) = re.findall(r"(?m)^daizheng_log_seconds_ahead ([0-9.]+)$", client.get("/metrics").text)
        assert 200 < float(seconds) <= 300
        sign_in(client, "auditor")
        assert "日志时间超前" in client.get("/audit").text
    finally:
        with for_writing(house.open().store.engine).begin() as work:
            work.execute(text("UPDATE log_state SET last_time_ms = :before"), {"before": before})
    assert "日志时间超前" not in client.get("/audit").text
