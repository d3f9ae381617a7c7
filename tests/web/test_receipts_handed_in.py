"""A receipt handed in where a report is expected: named, checked, never taken for the report, never for a forgery."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.web.api import without_limits
from tests.web.test_freshness import HERE, PATH, hidden
from tests.web.test_portal import answer, send
from tests.world.world import World


@pytest.fixture(scope="module")
def report(house: World) -> bytes:
    return house.report("records").read_bytes()


@pytest.fixture(autouse=True)
def unhurried(client: TestClient) -> Any:
    with without_limits(client):
        yield


@pytest.fixture
def receipt(client: TestClient, report: bytes) -> dict[str, bytes]:
    """One receipt in its two forms."""
    ticket = hidden(send(client, ("a.pdf", report)).text, "ticket")
    return {
        form: client.post("/verify/receipt", data={"ticket": ticket, "form": form}, headers=HERE).content
        for form in ("pdf", "json")
    }


def changed(data: bytes) -> bytes:
    """The same receipt with one byte of its page changed."""
    return data.replace(b"/Lang", b"/Lbng", 1)


@pytest.mark.parametrize("form", ["pdf", "json"])
def test_the_page_says_what_the_receipt_is_and_says(
    client: TestClient, house: World, receipt: dict[str, bytes], form: str
) -> None:
    number = house.content(house.report("records"))["number"]
    page = send(client, (f"r.{form}", receipt[form]))
    assert answer(page.text) == ("STANDS", "receipt_stands")
    assert "这是核验回执，回执真实；它不是报告" in page.text
    for said in ("当时的结论", "真实有效", "有记录 3 条", number, "回执密钥签名", "核验时间"):
        assert said in page.text, said
    assert re.search(r"✓ \S+/log 第 [0-9]+ 条，20[0-9]{2}-", page.text)
    assert f'href="/q/{number}"' in page.text and "上传报告文件" in page.text
    assert 'name="ticket"' not in page.text, "no receipt is made of a receipt"
    assert 'name="handle"' not in page.text, "a receipt opens nothing"
    assert "不是本机构签发" not in page.text


def test_a_changed_receipt_is_not_genuine_and_repeats_nothing(
    client: TestClient, house: World, receipt: dict[str, bytes]
) -> None:
    subject = house.content(house.report("records"))["subject"]["name"]
    payload = receipt["json"].replace(b'"payload":"e', b'"payload":"f', 1)
    assert payload != receipt["json"]
    for name, data in (("r.pdf", changed(receipt["pdf"])), ("r.json", payload)):
        page = send(client, (name, data))
        assert answer(page.text) == ("REFUTED", "receipt_refuted"), name
        assert subject not in page.text and 'id="receipt-shown"' not in page.text


def test_programs_get_one_stable_answer(client: TestClient, receipt: dict[str, bytes]) -> None:
    told = client.post(PATH, files={"file": ("r.pdf", receipt["pdf"])}, data={"receipt": "true"}).json()
    assert (told["kind"], told["status"], told["code"]) == ("receipt", "STANDS", "receipt_stands")
    assert (told["authenticity"], told["report"], told["content"]) == ("genuine", None, None)
    shown = told["presented"]
    assert (shown["code"], shown["pdf"]) == ("ok", True)
    assert shown["receipt"]["document"]["status"] == "VALID" and shown["log"]["index"] > 0
    assert "receipt" not in told
    other = client.post(PATH, files={"file": ("r.pdf", changed(receipt["pdf"]))}).json()
    assert (other["kind"], other["status"], other["authenticity"]) == ("receipt", "REFUTED", "not_genuine")
    assert (other["presented"]["code"], other["presented"]["receipt"]) == ("altered", None)


def test_a_batch_counts_receipts_apart(client: TestClient, report: bytes, receipt: dict[str, bytes]) -> None:
    files = (("a.pdf", report), ("r.pdf", receipt["pdf"]), ("s.pdf", changed(receipt["pdf"])))
    assert send(client, *files, path="/batch").status_code == 303
    table = client.get("/batch/result").text
    assert "<strong>2</strong> 核验回执（不是报告）" in table and "<strong>1</strong> 真实有效" in table
    assert "这是核验回执，回执真实；它不是报告" in table and "核验回执不真实" in table
    assert "daizheng verify-receipt r.pdf" in client.get("/batch/export.csv").content.decode("utf-8-sig")


def test_each_command_names_what_belongs_to_the_other(
    house: World, report: bytes, receipt: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "r.pdf").write_bytes(receipt["pdf"])
    (tmp_path / "a.pdf").write_bytes(report)
    code, words = house.commands.show("verify", "--lang", "zh", str(tmp_path / "r.pdf"))
    assert code == 3 and "这是核验回执" in words and "daizheng verify-receipt r.pdf" in words
    code, words = house.commands.show("verify-receipt", "--lang", "zh", str(tmp_path / "a.pdf"))
    assert code == 1 and "这是信用报告" in words and "daizheng verify" in words
    assert "不是信任包里" not in words
    told = house.commands.call("verify-receipt", str(tmp_path / "a.pdf"), codes=(1,)).only
    assert (told["status"], told["code"]) == ("INVALID", "is_a_report")
    refused = house.commands.call(
        "verify", str(tmp_path / "r.pdf"), "--receipt", str(tmp_path / "x.json"), codes=(2,)
    ).only
    assert refused["error"] == "receipt_of_receipt"
