"""An objection is taken down at the window or filed online, and read by the operator (R27, R32)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.web.api import without_limits
from tests.web.service import sign_in
from tests.web.test_desk import ORIGIN
from tests.web.test_portal import send
from tests.web.test_window import NUMBER, visit
from tests.world.world import World

TEXT = "市场监管领域2024年3月5日那一条不是我单位的。"


def references(page: str) -> list[str]:
    return re.findall(r'data-objection="(YY[0-9]{8}[0-9A-F]{8})"', page)


def test_the_window_takes_an_objection_down_and_the_operator_reads_it(
    careful_client: TestClient, careful: World
) -> None:
    client = careful_client
    place = visit(client, careful)
    number = re.findall(r'data-number="([^"]+)"', client.get(place).text)
    said = {"against": "not_mine", "text": TEXT, "number": number[0] if number else ""}
    assert client.post(f"{place}/objections", data=said, headers=ORIGIN).status_code == 303
    shown = client.get(place).text
    (reference,) = references(shown)
    assert TEXT in shown and "不是本主体的记录" in shown and "窗口" in shown

    sign_in(client, "operator")
    listed = client.get("/review/objections").text
    assert reference in references(listed)
    assert TEXT not in listed
    opened = client.get(f"/review/objections/{reference}").text
    assert TEXT in opened and careful.subject("records").name in opened

    sign_in(client, "enterprise-records")
    assert reference in references(client.get("/desk/objections").text)
    looks = client.get("/desk/access").text
    assert 'data-act="objection"' in looks
    assert f"办理异议 {reference}" in looks
    sign_in(client, "enterprise-clean")
    assert reference not in client.get("/desk/objections").text


def test_the_subject_objects_online_and_the_text_lies_sealed(
    careful_client: TestClient, careful: World
) -> None:
    client = careful_client
    sign_in(client, "enterprise-clean")
    before = len(references(client.get("/desk/objections").text))
    said = {"against": "omission", "text": f"漏了荣誉。联系人证件 {NUMBER}。<b>x</b>"}
    assert client.post("/desk/objections", data=said, headers=ORIGIN).status_code == 303
    shown = client.get("/desk/objections").text
    assert len(references(shown)) == before + 1
    assert "&lt;b&gt;x&lt;/b&gt;" in shown and NUMBER not in shown
    kept = careful.kept()
    assert "漏了荣誉".encode() not in kept


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"against": "king"}, 400, "objection_against"),
        ({"text": "  "}, 400, "objection_text"),
        ({"number": "150300202611200A1B2C3D"}, 404, "not_found"),
        ({"number": "nothing"}, 404, "not_found"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_kept(
    careful_client: TestClient, wrong: dict[str, str], status: int, code: str
) -> None:
    client = careful_client
    sign_in(client, "enterprise-clean")
    before = references(client.get("/desk/objections").text)
    answer = client.post("/desk/objections", data={"against": "record", "text": TEXT} | wrong, headers=ORIGIN)
    assert (answer.status_code, code in answer.text) == (status, True)
    assert references(client.get("/desk/objections").text) == before


def test_another_subjects_report_cannot_be_objected_to(careful_client: TestClient, careful: World) -> None:
    client = careful_client
    theirs = careful.content(careful.report("records"))["number"]
    sign_in(client, "enterprise-clean")
    said = {"against": "report", "text": TEXT, "number": theirs}
    assert client.post("/desk/objections", data=said, headers=ORIGIN).status_code == 404


def test_an_objection_that_is_none_is_not_found(careful_client: TestClient) -> None:
    sign_in(careful_client, "operator")
    assert careful_client.get("/review/objections/YY00000000DEADBEEF").status_code == 404


def said_of(client: TestClient, pdf: bytes) -> list[dict[str, Any]]:
    """What a stranger who checks the file is told of later news."""
    client.cookies.clear()
    answer = client.post("/api/v1/verifications", files={"file": ("r.pdf", pdf, "application/pdf")})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["overlay"]
    return found


@pytest.fixture
def unlimited(careful_client: TestClient) -> Iterator[TestClient]:
    """The service without its limits, which the tests beside this one need whole."""
    with without_limits(careful_client):
        yield careful_client


def test_an_open_objection_stands_beside_the_report_it_names_until_it_ends(
    unlimited: TestClient, careful: World
) -> None:
    client, pdf = unlimited, careful.issue("records")
    number, other = careful.content(pdf)["number"], careful.issue("records").read_bytes()

    def objects(text: str) -> str:
        sign_in(client, "enterprise-records")
        before = set(references(client.get("/desk/objections").text))
        said = {"against": "record", "text": text, "number": number}
        assert client.post("/desk/objections", data=said, headers=ORIGIN).status_code == 303
        (made,) = set(references(client.get("/desk/objections").text)) - before
        return made

    assert said_of(client, pdf.read_bytes()) == []
    first, second = objects(TEXT), objects(TEXT)
    assert said_of(client, pdf.read_bytes()) == [{"code": "objection", "count": 2, "leaves": []}]
    assert said_of(client, other) == [], "it names another report"
    page = send(client, ("r.pdf", pdf.read_bytes()))
    assert "针对这份报告的异议有 2 件正在处理" in page.text and TEXT not in page.text

    sign_in(client, "enterprise-clean")
    assert client.post(f"/desk/objections/{first}/withdraw", headers=ORIGIN).status_code == 404
    sign_in(client, "enterprise-records")
    assert client.post(f"/desk/objections/{first}/withdraw", headers=ORIGIN).status_code == 303
    assert client.post(f"/desk/objections/{first}/withdraw", headers=ORIGIN).status_code == 409
    assert 'data-outcome="withdrawn"' in client.get("/desk/objections").text
    assert said_of(client, pdf.read_bytes()) == [{"code": "objection", "count": 1, "leaves": []}]

    sign_in(client, "operator")
    place = f"/review/objections/{second}"
    assert client.post(f"{place}/answer", data={"outcome": "upheld"}, headers=ORIGIN).status_code == 400
    assert (
        client.post(f"{place}/answer", data={"outcome": "gone", "text": "x"}, headers=ORIGIN).status_code
        == 400
    )
    told = {"outcome": "refused", "text": f"经核实，该决定书有效。{NUMBER}"}
    assert client.post(f"{place}/answer", data=told, headers=ORIGIN).status_code == 303
    assert client.post(f"{place}/answer", data=told, headers=ORIGIN).status_code == 409
    assert said_of(client, pdf.read_bytes()) == []
    sign_in(client, "enterprise-records")
    shown = client.get("/desk/objections").text
    assert "经核实，该决定书有效" in shown and "异议不成立" in shown and NUMBER not in shown
    assert f"答复异议 {second}" in client.get("/desk/access").text
    assert "经核实".encode() not in careful.kept()
