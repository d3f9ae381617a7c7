"""Purposes, days, receipts and refresh statements: by pages without scripts, and for programs."""

from __future__ import annotations

import hashlib
import html
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient

from api.client import Problem
from api.http.rate import RateLimiter
from tests.web.api import ORIGIN, api_key, visitor, web_of, without_limits
from tests.web.service import sign_in
from tests.web.test_portal import answer, send
from tests.world.world import World

HERE = {"Origin": "http://127.0.0.1:8000"}
PATH = "/api/v1/verifications"


@pytest.fixture(scope="session")
def report(house: World) -> bytes:
    return house.report("records").read_bytes()


@pytest.fixture(scope="session")
def number(house: World) -> str:
    found: str = house.content(house.report("records"))["number"]
    return found


@pytest.fixture(autouse=True)
def unhurried(client: TestClient) -> Any:
    with without_limits(client):
        yield


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None, page[:3000]
    return html.unescape(found[1])


def again(client: TestClient, page: str, **fields: str) -> Any:
    return client.post("/verify/again", data={"handle": hidden(page, "handle"), **fields}, headers=HERE)


def test_the_purpose_is_chosen_before_and_after_without_a_new_upload(
    client: TestClient, report: bytes
) -> None:
    assert '<option value="bidding">投标</option>' in client.get("/").text
    first = send(client, ("a.pdf", report), policy="bidding")
    assert answer(first.text) == ("VALID", "ok") and "本次用途：投标" in first.text
    own = again(client, first.text, policy="custom", domain="customs", max_age="30")
    assert answer(own.text) == ("INVALID", "scope_insufficient")
    assert "card-unmet" in own.text and "card-bad" not in own.text, "a refusal is not a forgery"
    assert 'href="/guide/refresh"' in own.text and client.get("/guide/refresh").status_code == 200
    assert answer(again(client, own.text, policy="listing").text) == ("VALID", "ok")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"policy": "nothing"}, "policy_unknown"),
        ({"policy": "custom", "max_age": "0"}, "rule_days"),
        ({"policy": "custom", "max_age": "x"}, "rule_days"),
        ({"policy": "custom", "domain": '"]\nallow_narrowed = true'}, "policy_malformed"),
        ({"at": "2999-01-01"}, "at_in_future"),
        ({"at": "yesterday"}, "at_malformed"),
    ],
)
def test_a_wrong_wish_is_told(client: TestClient, report: bytes, fields: dict[str, str], code: str) -> None:
    page = send(client, ("a.pdf", report), **fields)
    assert page.status_code == 400 and f'data-code="{code}"' in page.text


def test_the_date_field_asks_how_things_stood_then(client: TestClient, report: bytes) -> None:
    page = send(client, ("a.pdf", report), at="2020-01-01")
    assert answer(page.text) == ("INDETERMINATE", "status_stale")
    assert 'id="at-shown"' in page.text and "在这份报告出具之前" in page.text
    today = datetime.now(UTC).date().isoformat()
    assert 'id="overlay"' not in page.text
    assert answer(again(client, page.text, at=today).text)[0] in ("VALID", "INDETERMINATE")


def test_a_receipt_comes_as_pdf_and_as_data_and_stays_the_same(
    client: TestClient, house: World, report: bytes, tmp_path: Path
) -> None:
    page = send(client, ("a.pdf", report), policy="lending")
    ticket = hidden(page.text, "ticket")
    got = {
        form: client.post("/verify/receipt", data={"ticket": ticket, "form": form}, headers=HERE)
        for form in ("json", "pdf")
    }
    repeated = client.post("/verify/receipt", data={"ticket": ticket, "form": "json"}, headers=HERE)
    assert repeated.content == got["json"].content
    for form, answered in got.items():
        assert answered.status_code == 200 and answered.headers["cache-control"] == "no-store"
        (tmp_path / f"r.{form}").write_bytes(answered.content)
    told = [
        house.commands.call("verify-receipt", str(tmp_path / f"r.{form}")).only for form in ("json", "pdf")
    ]
    for one in told:
        assert (one["status"], one["code"]) == ("VALID", "ok")
        said = one["receipt"]
        assert said["file"] == {"sha256": hashlib.sha256(report).hexdigest(), "size": len(report)}
        assert (said["document"]["status"], said["policy"]["id"]) == ("VALID", "lending")
        assert said["content"]["records"] == 3 and one["log"]["index"] > 0
    assert told[0]["sha256"] == told[1]["sha256"]


@pytest.mark.parametrize("ticket", ["x", "A" * 400, "é" * 9, "A" * 23_999])
def test_nobody_gets_a_receipt_without_a_verdict(client: TestClient, ticket: str) -> None:
    refused = client.post("/verify/receipt", data={"ticket": ticket}, headers=HERE)
    assert refused.status_code == 403 and "receipt_ticket_unknown" in refused.text + refused.headers.get(
        "x", ""
    )


def test_receipts_are_counted(client: TestClient, report: bytes) -> None:
    ticket = hidden(send(client, ("a.pdf", report)).text, "ticket")
    clock = client.app.state.web.context.clock  # type: ignore[attr-defined]
    with web_of(client, limiter=RateLimiter(clock)):
        codes = [
            client.post("/verify/receipt", data={"ticket": ticket, "form": "json"}, headers=HERE).status_code
            for _ in range(21)
        ]
    assert codes == [200] * 20 + [429]


def test_the_etsi_report_has_the_right_indication(client: TestClient, report: bytes) -> None:
    page = send(client, ("a.pdf", report))
    xml = client.post("/verify/etsi", data={"handle": hidden(page.text, "handle")}, headers=HERE)
    space = {"vr": "http://uri.etsi.org/19102/v1.2.1#"}
    found = ET.fromstring(xml.content).find(".//vr:MainIndication", space)
    assert found is not None and found.text == "urn:etsi:019102:mainindication:total-passed"
    changed = report.replace(b"/Lang", b"/Lbng", 1)
    other = client.post(f"{PATH}/etsi", files={"file": ("b.pdf", changed)})
    failed = ET.fromstring(other.content).find(".//vr:MainIndication", space)
    assert failed is not None and failed.text == "urn:etsi:019102:mainindication:total-failed"
    assert client.post(f"{PATH}/etsi", files={"file": ("c.pdf", b"nothing")}).status_code == 400


def test_a_batch_is_judged_for_its_purpose_and_gives_all_receipts(
    client: TestClient, house: World, report: bytes, tmp_path: Path
) -> None:
    files = ("a.pdf", report), ("b.pdf", b"nothing"), ("c.pdf", report[:-1])
    sent = send(client, *files, path="/batch", policy="custom", domain="customs")
    assert sent.status_code == 303
    table = client.get("/batch/result").text
    assert "本次用途：自定义" in table and "范围不够" in table
    assert table.count('class="line-unmet"') == 1, "the refused one alone"
    packed = client.post("/batch/receipts", headers=HERE)
    with zipfile.ZipFile(BytesIO(packed.content)) as archive:
        assert len(archive.namelist()) == 3
        archive.extractall(tmp_path)
    codes = []
    for path in sorted(tmp_path.glob("*.json")):
        told = house.commands.call("verify-receipt", str(path)).only
        assert told["code"] == "ok"
        codes.append(told["receipt"]["document"]["code"])
        assert told["receipt"]["policy"]["toml"].startswith('id = "custom"')
    assert codes[0] == "scope_insufficient" and codes[1] == "unreadable"


def test_programs_say_policy_day_and_receipt(client: TestClient, report: bytes, house: World) -> None:
    fields = {"policy": "bidding@1", "receipt": "true"}
    told = client.post(PATH, files={"file": ("a.pdf", report)}, data=fields).json()
    assert told["policy"]["id"] == "bidding" and told["status"] == "VALID"
    given = told["receipt"]
    protected = json.dumps(given["file"])
    assert "header" in given["file"] and '"log"' in protected
    pdf = client.post("/api/v1/receipts", json={"ticket": given["ticket"]})
    assert pdf.headers["content-type"] == "application/pdf" and pdf.content.startswith(b"%PDF-")
    same = client.post("/api/v1/receipts", json={"ticket": given["ticket"], "form": "json"})
    assert same.json() == given["file"]
    digest = hashlib.sha256(report).hexdigest()
    then = client.post(PATH, json={"sha256": digest, "at": "2020-01-01T00:00:00Z"}).json()
    assert (then["code"], then["reason"]) == ("status_stale", "not_yet_issued")
    assert then["at"] == "2020-01-01T00:00:00.000000Z" and told["at"] is None
    own = 'id = "bank"\n' + _levels() + "[scope]\ndomains = ['customs']\n"
    mine = client.post(PATH, json={"sha256": digest, "policy": own, "receipt": True}).json()
    assert mine["code"] == "scope_insufficient" and mine["refresh"].endswith("/guide/refresh")
    assert mine["policy"]["sha256"] == hashlib.sha256(own.encode()).hexdigest()


def _levels() -> str:
    from verifier.policies.policy import builtin

    text = builtin("status")
    return "[levels]\n" + "".join(f'{check} = "{level}"\n' for check, level in text.levels.items())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"policy": "nothing"}, 400),
        ({"policy": "id = 'x'\n"}, 400),
        ({"at": "yesterday"}, 422),
        ({"at": "2100-01-01T00:00:00Z"}, 400),
        ({"receipt": "yes"}, 422),
        ({"colour": "red"}, 422),
    ],
)
def test_wrong_wishes_of_programs(client: TestClient, body: dict[str, Any], status: int) -> None:
    assert client.post(PATH, json={"sha256": "0" * 64, **body}).status_code == status
    form = {name: str(value) for name, value in body.items()}
    assert client.post(PATH, files={"file": ("a.pdf", b"x")}, data=form).status_code == status


def test_nothing_new_since_is_one_signed_word_and_the_subject_sees_who_asked(
    client: TestClient, house: World, number: str, tmp_path: Path
) -> None:
    sign_in(client, "enterprise-records")
    client.headers.update(ORIGIN)
    try:
        own = client.post(f"/api/v1/reports/{number}/changes").json()
        assert own["answer"] == "no_new_record" and own["since"] < own["made_at"]
        enterprise = visitor(client)
        queried = enterprise.grant(number, purpose="贷款审批", allows=["view", "query"])
        viewed = enterprise.grant(number, purpose="贷款审批", allows=["view"])
        session = client.cookies["session"]
        bank = visitor(client, api_key(client))
        client.cookies.set("session", session)
        opening = bank.redeem(queried["token"])
        said = bank.changes(opening)
        with pytest.raises(Problem) as refused:
            bank.changes(bank.redeem(viewed["token"]))
        assert refused.value.code == "grant_not_allowed"
        enterprise.withdraw(queried["grant"]["id"])
        with pytest.raises(Problem) as ended:
            bank.changes(opening)
        assert ended.value.code == "grant_withdrawn"
        uses = [use["act"] for use in enterprise.uses(queried["grant"]["id"])]
        assert "changes" in uses
    finally:
        client.headers.pop("Origin")
    path = tmp_path / "statement.jws"
    path.write_text(said["statement"])
    told = house.commands.call("verify-statement", str(path)).only
    assert (told["status"], told["statement"]["answer"]) == ("VALID", "no_new_record")
    assert set(told["statement"]) == {
        "type", "version", "id", "number", "environment", "region", "host", "since", "domains",
        "watermark", "answer", "made_at",
    }  # fmt: skip
    path.write_text(said["statement"][:-4] + "AAAA")
    assert house.commands.call("verify-statement", str(path), codes=(1,)).only["code"] == "signature_broken"


def test_the_pages_of_a_statement(client: TestClient, number: str) -> None:
    sign_in(client, "enterprise-records")
    page = client.get(f"/desk/reports/{number}/changes").text
    assert f"/desk/reports/{number}/statement" in page
    got = client.post(f"/desk/reports/{number}/statement", headers=HERE)
    assert got.status_code == 200 and got.text.count(".") == 2
    assert "查询其后有无新记录" in client.get("/desk/access").text


def test_a_receipt_is_too_late_after_an_hour(client: TestClient, report: bytes) -> None:
    ticket = hidden(send(client, ("a.pdf", report)).text, "ticket")
    context = client.app.state.web.context  # type: ignore[attr-defined]
    from api.services.checking import receipts
    from domain.errors import Refused

    with pytest.raises(Refused, match="receipt_ticket_expired"):
        receipts.give(context, ticket, context.clock() + timedelta(hours=2))
