"""问题反馈 from any page to its answer, and the counts the operator reads (R34)."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from api.http.rate import RateLimiter
from tests.web.service import sign_in
from tests.web.test_desk import ORIGIN
from tests.world.world import World

MESSAGE = "下载按钮<b>点了</b>没有反应"


@pytest.fixture(autouse=True)
def _nothing_counted(client: TestClient) -> None:
    """Each test begins with its own allowance."""
    state = client.app.state  # type: ignore[attr-defined]
    state.web = replace(state.web, limiter=RateLimiter(state.web.context.clock))


def write(client: TestClient, **more: str) -> str:
    """The reference of a new note."""
    answer = client.post("/feedback", data={"message": MESSAGE, "about": "desk"} | more, headers=ORIGIN)
    assert answer.status_code == 201, answer.text
    found = re.search(r'id="reference">([0-9A-Z-]{14})<', answer.text)
    assert found is not None
    return found[1]


def test_every_page_leads_to_feedback(client: TestClient) -> None:
    for path in ("/", "/matters", "/feedback", "/kiosk", "/nothing-here"):
        assert f'href="/feedback?page={path}"' in client.get(path).text


def test_a_note_is_answered_and_its_writer_finds_the_answer(client: TestClient) -> None:
    reference = write(client, contact="office@example.cn")
    mine = client.post("/feedback/answer", data={"reference": reference}, headers=ORIGIN).text
    assert 'data-state="open"' in mine
    assert "&lt;b&gt;点了" in mine and "<b>点了" not in mine
    assert "office@example.cn" not in mine
    sign_in(client, "operator")
    listed = client.get("/review/feedback").text
    assert "office@example.cn" in listed
    note = re.search(r'data-note="([^"]+)"(?:(?!data-note=).)*office@example\.cn', listed, re.DOTALL)
    assert note is not None
    done = client.post(f"/review/feedback/{note[1]}", data={"text": "已修好,请刷新页面"}, headers=ORIGIN)
    assert done.status_code == 303
    assert client.post(f"/review/feedback/{note[1]}", data={"text": "x"}, headers=ORIGIN).status_code == 409
    client.cookies.clear()
    answered = client.post("/feedback/answer", data={"reference": reference.lower()}, headers=ORIGIN).text
    assert "已修好" in answered and 'data-state="answered"' in answered


def test_a_certificate_number_in_a_note_is_masked_for_everybody(client: TestClient) -> None:
    number = "140105198001010012"
    reference = write(client, message=f"证件 {number} 打不开", contact=number)
    mine = client.post("/feedback/answer", data={"reference": reference}, headers=ORIGIN).text
    assert number not in mine and "140*************12" in mine
    sign_in(client, "operator")
    assert number not in client.get("/review/feedback").text


@pytest.mark.parametrize("reference", ["", "AAAA-BBBB-CCCC", "'; --", "一二三四"])
def test_an_unknown_reference_finds_nothing(client: TestClient, reference: str) -> None:
    answer = client.post("/feedback/answer", data={"reference": reference}, headers=ORIGIN)
    assert (answer.status_code, "feedback_unknown" in answer.text) == (404, True)


def test_an_empty_note_is_refused(client: TestClient) -> None:
    answer = client.post("/feedback", data={"message": "  "}, headers=ORIGIN)
    assert (answer.status_code, "feedback_message" in answer.text) == (400, True)


def test_too_many_notes_from_one_place_are_told_to_wait(client: TestClient) -> None:
    answers = [client.post("/feedback", data={"message": "x"}, headers=ORIGIN) for _ in range(12)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_counts_name_nobody(client: TestClient, house: World) -> None:
    sign_in(client, "operator")
    shown = client.get("/review/statistics")
    assert shown.status_code == 200
    assert "按办理渠道" in shown.text
    assert house.subject("records").name not in shown.text
    assert house.subject("pending").name not in shown.text
