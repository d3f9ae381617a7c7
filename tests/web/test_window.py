"""The window and the kiosk: the signed PDF goes through CUPS, and the paper verifies like the file (R27)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.pages.enterprise.kiosk import CLEARED
from tests.web.cups import Paper, rasterised
from tests.web.service import sign_in
from tests.web.test_desk import ORIGIN
from tests.world.world import World
from verifier.policies.policy import builtin

REASON = "法定代表人到窗口申请报告"
NUMBER = "140105198001010012"
CAME = {"name": "来窗人", "paper": "resident_id", "number": NUMBER, "authority": "legal_representative"}
pytestmark = [pytest.mark.tool("cupsd"), pytest.mark.tool("lp"), pytest.mark.tool("pdftoppm")]


def visit(client: TestClient, careful: World, role: str = "records", **more: Any) -> str:
    """The address of a visit at the window for the subject of that role."""
    sign_in(client, "window")
    code = careful.subject(role).uscc
    found = client.post("/window/find", data={"text": code, "reason": REASON}, headers=ORIGIN)
    subject = re.search(r'data-subject="([^"]+)"', found.text)
    assert subject is not None, found.text
    files = more.pop("files", None)
    fields = CAME | {"subject": subject[1], "reason": REASON} | more
    answer = client.post("/window/visits", data=fields, files=files, headers=ORIGIN)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def issue(client: TestClient, place: str, matter: str = "bank_loan") -> str:
    """The number of a report issued at the window, asked for twice by a nervous finger."""
    key = re.search(r'name="key" value="([^"]+)"', client.get(place).text)
    assert key is not None
    for _ in range(2):
        asked = {"matter": matter, "key": key[1]}
        assert client.post(f"{place}/issue", data=asked, headers=ORIGIN).status_code == 303
    return re.findall(r'data-number="([^"]+)"', client.get(place).text)[0]


def judged(client: TestClient, paper: Paper, number: str, folder: Path) -> list[str]:
    """What the codes on the scanned pages say, page by page: each names this report, whatever it proves."""
    pages = rasterised(paper.printed(number), folder)
    assert len(pages) >= 3
    web = client.app.state.web  # type: ignore[attr-defined]
    now = web.context.clock()
    verifier = web.verifier.at(now)
    found = [
        verifier.verify(page.read_bytes(), page.name, policy=builtin("status"), now=now) for page in pages
    ]
    assert [verdict.report and verdict.report["number"] for verdict in found] == [number] * len(pages)
    return [f"{verdict.status.value} {verdict.code}" for verdict in found]


def only_the_ends_stand(said: list[str]) -> bool:
    """Whether the cover's code and the technical page's stand, and between them each mark tells its page."""
    stands = "STANDS claim_stands"
    return said == [stands, *["UNKNOWN page_mark"] * (len(said) - 2), stands]


def test_the_window_prints_the_signed_pdf_and_the_paper_verifies(
    careful_client: TestClient, careful: World, paper: Paper, tmp_path: Path
) -> None:
    client = careful_client
    place = visit(client, careful)
    page = client.get(place).text
    assert NUMBER not in page and "140*************12" in page
    assert 'data-ready="1"' in page
    before = len(re.findall("data-number=", page))
    number = issue(client, place)
    assert len(re.findall("data-number=", client.get(place).text)) == before + 1
    done = client.post(f"{place}/print", data={"number": number, "copies": "1"}, headers=ORIGIN)
    assert done.status_code == 303, done.text
    assert only_the_ends_stand(judged(client, paper, number, tmp_path))
    again = client.post(f"{place}/print", data={"number": number, "copies": "2"}, headers=ORIGIN)
    assert again.status_code == 303
    assert re.search(f'data-number="{number}".*?data-copies="3"', client.get(place).text, re.DOTALL)

    sign_in(client, "enterprise-records")
    looks = client.get("/desk/access").text
    for act in ("search", "visit", "issue", "print"):
        assert f'data-act="{act}"' in looks
    assert REASON in looks
    assert "3 份" in client.get("/desk").text


def test_the_window_needs_a_reason_and_a_whole_name(careful_client: TestClient, careful: World) -> None:
    client = careful_client
    sign_in(client, "window")
    code = careful.subject("records").uscc
    refused = client.post("/window/find", data={"text": code, "reason": " "}, headers=ORIGIN)
    assert (refused.status_code, "reason_needed" in refused.text) == (403, True)
    part = careful.subject("records").name[2:6]
    nobody = client.post("/window/find", data={"text": part, "reason": REASON}, headers=ORIGIN)
    assert (nobody.status_code, "data-subject" in nobody.text) == (200, False)


@pytest.mark.parametrize(
    ("more", "files", "code"),
    [
        ({"authority": "agent"}, None, "scan_needed"),
        ({"authority": "agent"}, {"scan": ("a.exe", b"MZ" + b"x" * 100)}, "window_scan"),
        ({"name": ""}, None, "window_applicant"),
        ({"number": ""}, None, "window_applicant"),
        ({"authority": "king"}, None, "window_applicant"),
    ],
)
def test_what_is_missing_at_the_window_is_said(
    careful_client: TestClient, careful: World, more: dict[str, str], files: Any, code: str
) -> None:
    client = careful_client
    sign_in(client, "window")
    text = careful.subject("clean").uscc
    found = client.post("/window/find", data={"text": text, "reason": REASON}, headers=ORIGIN).text
    subject = re.search(r'data-subject="([^"]+)"', found)
    assert subject is not None
    fields = CAME | {"subject": subject[1], "reason": REASON} | more
    answer = client.post("/window/visits", data=fields, files=files, headers=ORIGIN)
    assert answer.status_code in (400, 403)
    assert code in answer.text


def test_an_agents_papers_are_kept_sealed(careful_client: TestClient, careful: World) -> None:
    scan = b"%PDF-1.7\n" + b"authority of the agent" * 100
    place = visit(careful_client, careful, authority="agent", files={"scan": ("授权.pdf", scan)})
    assert "已加密保存" in careful_client.get(place).text
    kept = careful.kept()
    assert b"authority of the agent" not in kept
    assert NUMBER.encode() not in kept


def test_a_scan_over_the_limit_is_refused(careful_client: TestClient) -> None:
    sign_in(careful_client, "window")
    files = {"scan": ("a.pdf", b"%PDF-" + b"x" * (13 * 2**20))}
    answer = careful_client.post("/window/visits", data=CAME, files=files, headers=ORIGIN)
    assert answer.status_code == 413


def test_a_visit_belongs_to_its_clerk_and_its_subject(careful_client: TestClient, careful: World) -> None:
    client = careful_client
    place = visit(client, careful, role="clean")
    other = careful.report("records")
    theirs = careful.content(other)["number"]
    answer = client.post(f"{place}/print", data={"number": theirs, "copies": "1"}, headers=ORIGIN)
    assert answer.status_code == 404
    sign_in(client, "operator")
    assert client.get(place).status_code == 403
    sign_in(client, "enterprise-clean")
    assert client.get(place).status_code == 403


def test_a_visit_is_over_when_the_applicant_has_long_left(careful_client: TestClient, careful: World) -> None:
    client = careful_client
    place = visit(client, careful)
    state = client.app.state  # type: ignore[attr-defined]
    web = state.web
    clock = web.context.clock
    state.web = replace(web, context=replace(web.context, clock=lambda: clock() + timedelta(hours=3)))
    try:
        sign_in(client, "window")
        answer = client.get(place)
    finally:
        state.web = web
    assert (answer.status_code, "visit_over" in answer.text) == (403, True)


def test_a_printer_that_does_not_answer_counts_nothing(careful_client: TestClient, careful: World) -> None:
    client = careful_client
    place = visit(client, careful)
    number = issue(client, place, "subsidy")
    state = client.app.state  # type: ignore[attr-defined]
    web = state.web
    gone = web.settings.printing.model_copy(update={"server": "127.0.0.1:1"})
    state.web = replace(web, settings=web.settings.model_copy(update={"printing": gone}))
    try:
        page = client.get(place)
        answer = client.post(f"{place}/print", data={"number": number, "copies": "1"}, headers=ORIGIN)
    finally:
        state.web = web
    assert (page.status_code, 'data-ready="0"' in page.text) == (200, True)
    assert (answer.status_code, "printer_unavailable" in answer.text) == (503, True)
    assert re.search(f'data-number="{number}".*?data-copies="0"', client.get(place).text, re.DOTALL)


def test_the_kiosk_prints_once_and_forgets(careful_client: TestClient, paper: Paper, tmp_path: Path) -> None:
    client = careful_client
    client.cookies.clear()
    assert client.get("/kiosk").status_code == 200
    assert client.get("/kiosk/reports").headers["location"] == "/sign-in?next=/kiosk/reports"
    at_kiosk(client, "enterprise-records")
    shown = client.get("/kiosk/reports")
    assert shown.headers["refresh"] == f"{CLEARED}; url=/kiosk"
    key = re.search(r'name="key" value="([^"]+)"', shown.text)
    assert key is not None
    made = client.post("/kiosk/issue", data={"matter": "honours", "key": key[1]}, headers=ORIGIN)
    assert made.headers["location"] == "/kiosk/reports"
    number = re.findall(r'data-number="([^"]+)"', client.get("/kiosk/reports").text)[0]
    session = client.cookies["session"]
    kiosk = client.cookies["kiosk"]
    done = client.post("/kiosk/print", data={"number": number}, headers=ORIGIN)
    assert (done.status_code, number in done.text) == (200, True)
    assert "session" not in client.cookies
    client.cookies.set("session", session)
    client.cookies.set("kiosk", kiosk)
    assert client.get("/kiosk/reports").status_code == 303
    client.cookies.clear()
    assert only_the_ends_stand(judged(client, paper, number, tmp_path))
    sign_in(client, "enterprise-records")
    assert "自助终端" in client.get(f"/desk/reports/{number}").text


def test_the_kiosk_forgets_who_left_and_prints_nobody_elses(
    careful_client: TestClient, careful: World
) -> None:
    client = careful_client
    theirs = careful.content(careful.report("trader"))["number"]
    at_kiosk(client, "enterprise-records")
    assert client.get("/kiosk/reports").status_code == 200
    answer = client.post("/kiosk/print", data={"number": theirs}, headers=ORIGIN)
    assert answer.status_code == 404
    session = client.cookies["session"]
    state = client.app.state  # type: ignore[attr-defined]
    web = state.web
    clock = web.context.clock
    later = replace(web.context, clock=lambda: clock() + timedelta(seconds=CLEARED + 10))
    state.web = replace(web, context=later)
    try:
        gone = client.get("/kiosk/reports")
    finally:
        state.web = web
    assert gone.headers["location"] == "/kiosk"
    client.cookies.set("session", session)
    assert client.get("/desk").status_code == 303


def test_coming_back_to_the_way_in_signs_out(careful_client: TestClient) -> None:
    at_kiosk(careful_client, "enterprise-clean")
    session = careful_client.cookies["session"]
    assert careful_client.get("/kiosk").status_code == 200
    careful_client.cookies.clear()
    careful_client.cookies.set("session", session)
    assert careful_client.get("/desk").status_code == 303


def test_an_address_of_the_kiosk_signs_nobody_out_elsewhere(careful_client: TestClient) -> None:
    client = sign_in(careful_client, "enterprise-clean")
    assert client.get("/kiosk").status_code == 200
    assert client.get("/kiosk/reports").headers["location"] == "/kiosk"
    assert client.head("/kiosk").status_code in (200, 405)
    assert client.get("/desk").status_code == 200
    elsewhere = {"Origin": "https://elsewhere.example"}
    for path in ("/kiosk/begin", "/kiosk/end"):
        assert client.post(path, headers=elsewhere).status_code == 403
    assert client.get("/desk").status_code == 200
    assert client.post("/kiosk/begin", headers=ORIGIN).headers["location"] == "/sign-in?next=/kiosk/reports"
    assert client.get("/desk").status_code == 303


def test_signing_in_at_the_kiosk_may_take_minutes(careful_client: TestClient) -> None:
    client = careful_client
    client.cookies.clear()
    assert client.post("/kiosk/begin", headers=ORIGIN).status_code == 303
    state = client.app.state  # type: ignore[attr-defined]
    web = state.web
    clock = web.context.clock
    state.web = replace(web, context=replace(web.context, clock=lambda: clock() + timedelta(minutes=4)))
    try:
        client.post("/sign-in/demo", data={"person": "enterprise-clean"}, headers=ORIGIN)
        assert client.get("/kiosk/reports").status_code == 200
    finally:
        state.web = web


@pytest.mark.parametrize("person", ["bank", "operator", "window", "unit"])
def test_the_kiosk_is_for_subjects_alone(careful_client: TestClient, person: str) -> None:
    refused = at_kiosk(careful_client, person).get("/kiosk/reports")
    assert (refused.status_code, refused.headers["refresh"][-6:]) == (403, "/kiosk")
    assert careful_client.get("/kiosk").status_code == 200
    assert "session" not in careful_client.cookies


def at_kiosk(client: TestClient, person: str) -> TestClient:
    """The same client, where that sample person began at the kiosk and signed in."""
    client.cookies.clear()
    begun = client.post("/kiosk/begin", headers=ORIGIN)
    assert begun.headers["location"] == "/sign-in?next=/kiosk/reports"
    data = {"person": person, "next": "/kiosk/reports"}
    assert client.post("/sign-in/demo", data=data, headers=ORIGIN).status_code == 303
    return client
