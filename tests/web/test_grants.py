"""授权 and 一码通 through the pages: granted, opened with proofs, watched, taken back."""

from __future__ import annotations

import html
import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from api.http.rate import RateLimiter
from domain import disclosure
from tests.web.service import sign_in
from tests.world.world import World

ORIGIN = {"Origin": "http://127.0.0.1:8000"}
OWNER, AGENT, BANK, COURT, OTHER = "enterprise-records", "agent", "bank", "authority", "enterprise-clean"


@pytest.fixture(scope="module")
def number(house: World) -> str:
    return str(house.content(house.report())["number"])


@pytest.fixture(autouse=True)
def fresh_counts(client: TestClient) -> Iterator[None]:
    """Each test begins with nothing counted against its address."""
    app: Any = client.app
    kept = app.state.web
    app.state.web = replace(kept, limiter=RateLimiter(kept.context.clock))
    yield
    app.state.web = kept


def post(client: TestClient, path: str, **fields: Any) -> Any:
    return client.post(path, data=fields, headers=ORIGIN)


def made(client: TestClient, number: str, **fields: Any) -> tuple[str, str]:
    """The secret and the id of a new grant of the signed-in owner."""
    said = {"purpose": "贷款审查", "allows": ["view"]} | fields
    answer = post(client, f"/grants/new/{number}", **said)
    assert answer.status_code == 200, re.sub(r"<[^>]+>|\s+", " ", answer.text)
    token = re.search(r"dzg_[a-z2-7]{58}", answer.text)
    id_ = re.search(r'href="/grants/([0-9a-f-]{36})"', answer.text)
    assert token is not None
    assert id_ is not None
    return token[0], id_[1]


def opened(client: TestClient, token: str, **fields: Any) -> Any:
    answer = post(client, "/open", code=token, **fields)
    return client.get("/open/view") if answer.status_code == 303 else answer


def leave(client: TestClient) -> TestClient:
    client.cookies.clear()
    return client


def owner(client: TestClient) -> TestClient:
    return sign_in(client, OWNER)


@contextmanager
def later(client: TestClient, delta: timedelta) -> Iterator[None]:
    """The service's clock goes ahead."""
    app: Any = client.app
    kept = app.state.web
    clock = kept.context.clock
    app.state.web = replace(kept, context=replace(kept.context, clock=lambda: clock() + delta))
    try:
        yield
    finally:
        app.state.web = kept


def code_of(page: Any) -> str:
    """The code of the sentence a page shows, by which tests tell refusals apart."""
    return html.unescape(re.sub(r"<[^>]+>", " ", page.text))


def test_granted_opened_watched_withdrawn(client: TestClient, number: str) -> None:
    token, id_ = made(owner(client), number, allows=["view", "download"], uses="3")
    view = opened(leave(client), token)
    assert view.status_code == 200
    assert "属于这份签名的报告" in view.text
    assert "行政处罚决定书文号" in view.text
    assert 'src="/open/watermark.svg"' in view.text
    data = client.get("/open/details.json")
    read = disclosure.decode_details(data.content)
    assert read.number == number
    assert len(read.items) > 0
    pdf = client.get("/open/report.pdf")
    assert pdf.content.startswith(b"%PDF")
    mark = client.get("/open/watermark.svg")
    assert "贷款审查" in mark.text
    assert "持码人" in mark.text
    kept = dict(client.cookies)
    seen = owner(client).get(f"/grants/{id_}/uses").text
    assert seen.count("贷款审查") >= 4
    assert "下载" in seen
    assert post(client, f"/grants/{id_}/withdraw").status_code == 303
    leave(client).cookies.update(kept)
    for path in ("/open/view", "/open/details.json", "/open/report.pdf", "/open/watermark.svg"):
        denied = client.get(path)
        assert denied.status_code == 403
        assert "收回" in denied.text
    assert "收回" in opened(leave(client), token).text


def test_the_form_offers_what_the_report_holds(client: TestClient, number: str) -> None:
    shown = owner(client).get(f"/grants/new/{number}")
    assert shown.status_code == 200
    assert "行政处罚决定书文号" in shown.text
    again = post(
        client, f"/grants/new/{number}", purpose=" ", allows=["download"], fields=["CF_WSH"], uses="7"
    )
    assert again.status_code == 400
    assert 'value="7"' in again.text
    assert 'id="allow-view" name="allows" value="view">' in again.text


def test_a_secret_is_shown_once_and_never_again(client: TestClient, number: str) -> None:
    token, id_ = made(owner(client), number)
    for path in ("/grants", f"/grants/{id_}", f"/grants/{id_}/uses", "/grants/uses"):
        assert token[8:] not in client.get(path).text


def test_the_subject_reads_why_somebody_was_refused_and_which_domains_were_asked_for(
    client: TestClient, number: str
) -> None:
    token, id_ = made(owner(client), number)
    post(client, f"/grants/{id_}/withdraw")
    leave(client)
    assert post(client, "/open", code=token).status_code == 403
    owner(client)
    assert "授权已收回" in client.get("/desk/access").text
    with client.app.state.web.context.store.writing() as work:  # type: ignore[attr-defined]
        (last, *_) = work.looks.of_subject(work.grants.get(UUID(id_)).subject)
        work.looks.add(replace(last, id=uuid4(), act="issue", fields=("taxation", "fire_safety")))
        work.commit()
    uses = client.get("/grants/uses").text
    assert "2 个领域：税务、消防安全" in uses


def test_looking_at_the_page_of_a_code_spends_nothing(client: TestClient, number: str) -> None:
    shown = owner(client).get(f"/live/show/{number}")
    token = re.search(r"dzl_[a-z2-7]{58}", shown.text)
    assert token is not None
    leave(client)
    for _ in range(3):
        assert client.get("/live").status_code == 200
        assert client.head("/live").status_code in (200, 405)
    spent = post(client, "/live", code=token[0])
    assert (spent.status_code, spent.headers["location"]) == (303, "/live/view")
    view = client.get("/live/view")
    word = re.search(r'live-characters" lang="zh-CN">(.{4})<', view.text)
    assert word is not None
    assert client.get("/live/report.pdf").status_code == 403
    assert client.get("/live/pages").text.count("data:image/png;base64,") > 1
    kept = dict(client.cookies)
    replayed = post(leave(client), "/live", code=token[0])
    assert replayed.status_code == 403
    assert "已经用过" in replayed.text
    assert client.get("/live/view").status_code == 404
    state = owner(client).get(f"/live/show/{number}/state")
    assert word[1] in state.text
    assert post(client, f"/live/show/{number}/withdraw").status_code == 303
    leave(client).cookies.update(kept)
    assert client.get("/live/view").status_code == 403


def test_a_live_code_may_allow_the_download_and_runs_out(client: TestClient, number: str) -> None:
    shown = owner(client).get(f"/live/show/{number}?download=1").text
    again = post(client, f"/live/show/{number}/code", download="1").text
    first, second = (re.findall(r"dzl_[a-z2-7]{58}", text)[0] for text in (shown, again))
    assert first != second
    post(leave(client), "/live", code=second)
    assert client.get("/live/report.pdf").content.startswith(b"%PDF")
    with later(client, timedelta(seconds=61)):
        assert "过时" in post(client, "/live", code=first).text
    with later(client, timedelta(minutes=16)):
        assert client.get("/live/view").status_code == 403


@pytest.mark.parametrize(("ahead", "says"), [(timedelta(), "才可使用"), (timedelta(days=40), "到期")])
def test_not_yet_and_no_longer(client: TestClient, number: str, ahead: timedelta, says: str) -> None:
    app: Any = client.app
    day = (app.state.web.context.clock() + timedelta(days=2)).date().isoformat()
    token, _ = made(owner(client), number, begins=day, ends=day)
    leave(client)
    with later(client, ahead):
        answer = opened(client, token)
    assert answer.status_code == 403
    assert says in answer.text


def test_five_wrong_digits_close(client: TestClient, number: str) -> None:
    token, id_ = made(owner(client), number, factor_code="482913")
    leave(client)
    assert "另行告知" in opened(client, token).text
    for left in (4, 3, 2, 1):
        assert f"还可再试 {left} 次" in opened(client, token, factor="111222").text
    assert "已关闭" in opened(client, token, factor="111222").text
    assert "已关闭" in opened(client, token, factor="482913").text
    assert "已关闭" in owner(client).get(f"/grants/{id_}").text


def test_a_named_bank_opens_and_another_organisation_does_not(client: TestClient, number: str) -> None:
    app: Any = client.app
    people = {person.id: person for person in app.state.web.access.demo.people()}
    bank = people[BANK]
    token, id_ = made(owner(client), number, whom="named", receiver=bank.organisation, receiver_name="银行")
    answer = opened(leave(client), token)
    assert answer.status_code == 403
    assert "/sign-in?next=/open" in answer.text
    refused = opened(sign_in(client, "tender"), token)
    unknown = opened(client, "dzg_" + token[4:-7] + "a" * 7)
    assert refused.status_code == 404
    assert "没有这个授权码" in refused.text
    assert "抄写有误" in unknown.text
    view = opened(sign_in(client, BANK), token)
    assert view.status_code == 200
    assert bank.name in client.get("/open/watermark.svg").text
    kept = client.cookies["grant-use"]
    sign_in(client, "tender").cookies.set("grant-use", kept)
    assert client.get("/open/view").status_code == 404
    assert bank.name in owner(client).get(f"/grants/{id_}").text


def test_another_tenant_finds_nothing(client: TestClient, number: str) -> None:
    _, id_ = made(owner(client), number)
    sign_in(client, OTHER)
    nobody = "018f0000-0000-7000-8000-000000000000"
    for one in (id_, nobody):
        assert client.get(f"/grants/{one}").status_code == 404
        assert client.get(f"/grants/{one}/uses").status_code == 404
        assert post(client, f"/grants/{one}/withdraw").status_code == 404
    assert client.get(f"/grants/new/{number}").status_code == 404
    assert post(client, f"/grants/new/{number}", purpose="x", allows="view").status_code == 404
    assert client.get(f"/live/show/{number}").status_code == 404
    assert number not in client.get("/grants").text


def test_granting_asks_to_sign_in_anew(client: TestClient, number: str) -> None:
    token, id_ = made(owner(client), number)
    assert token
    with later(client, timedelta(minutes=7)):
        for path in (f"/grants/new/{number}", f"/live/show/{number}"):
            answer = client.get(path)
            assert (answer.status_code, "again=1" in answer.headers["location"]) == (303, True)
        assert post(client, f"/grants/{id_}/withdraw").status_code == 403
        assert "重新登录" in post(client, f"/live/show/{number}/code").text


def test_an_agent_passes_on_less(client: TestClient, number: str) -> None:
    token, id_ = made(owner(client), number, uses="3")
    sign_in(client, AGENT)
    assert post(client, f"/grants/new/{number}", purpose="x", allows="view").status_code == 403
    wider = post(client, "/open/narrow", code=token, allows=["view", "download"], uses="1")
    assert wider.status_code == 403
    assert "更窄" in wider.text
    child = post(client, "/open/narrow", code=token, allows=["view"], uses="1")
    narrower = re.search(r"dzg_[a-z2-7]{58}", child.text)
    assert narrower is not None
    assert opened(leave(client), narrower[0]).status_code == 200
    assert post(owner(client), f"/grants/{id_}/withdraw").status_code == 303
    assert "收回" in opened(leave(client), narrower[0]).text


def test_by_law_the_enterprise_is_told(client: TestClient, number: str) -> None:
    assert client.get("/open/law").status_code == 303
    sign_in(client, COURT)
    fields = {"about": number, "basis": "《行政处罚法》第五十四条", "purpose": "案件调查"}
    assert post(client, "/open/law", **(fields | {"basis": ""})).status_code == 400
    answer = post(client, "/open/law", **fields)
    token = re.search(r"dzg_[a-z2-7]{58}", answer.text)
    assert token is not None
    assert opened(client, token[0]).status_code == 200
    seen = owner(client).get("/grants").text
    assert "机关依法查询" in seen
    assert "第五十四条" in seen


def test_a_fresh_report_for_the_receiver(client: TestClient, number: str) -> None:
    token, _ = made(owner(client), number, allows=["query"])
    assert opened(leave(client), token).status_code == 200
    assert client.get("/open/details.json").status_code == 403
    answer = post(client, "/open/fresh")
    assert answer.status_code == 303, answer.text
    assert client.get("/open/fresh.pdf").content.startswith(b"%PDF")
    assert post(client, "/open/fresh").status_code == 403


@pytest.mark.parametrize(
    "code", ["", "1234 5678 9012", "dzg_", "<script>alert(1)</script>", "x" * 2048, "dzl_" + "a" * 58]
)
def test_what_is_no_code_is_said_plainly(client: TestClient, code: str) -> None:
    for path in ("/open", "/live"):
        answer = post(client, path, code=code)
        assert answer.status_code in (400, 404)
        assert "<script>alert" not in answer.text


def test_guessing_is_slowed_down(client: TestClient) -> None:
    answers = [post(client, "/open", code="dzg_") for _ in range(21)]
    assert [answer.status_code for answer in answers[:20]] == [400] * 20
    assert answers[20].status_code == 429
    assert int(answers[20].headers["retry-after"]) >= 1


def test_without_an_opening_nothing_shows(client: TestClient) -> None:
    for path in ("/open/view", "/open/details.json", "/open/report.pdf", "/open/watermark.svg", "/open/fresh.pdf",
                 "/live/view", "/live/pages", "/live/report.pdf", "/live/watermark.svg"):  # fmt: skip
        assert client.get(path).status_code == 404
        client.cookies.set("grant-use", "dzo_" + "a" * 58)
        client.cookies.set("live-use", "x" * 500)
        assert client.get(path).status_code in (400, 404)
        client.cookies.clear()


def test_no_log_and_no_address_holds_a_secret(
    client: TestClient, number: str, caplog: Any, capsys: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    token, _ = made(owner(client), number, factor_code="730462")
    view = opened(leave(client), token, factor="730462")
    told = io.StringIO()
    for record in caplog.records:
        told.write(record.getMessage())
    out = told.getvalue() + "".join(capsys.readouterr())
    for secret in (token, token[4:], token[4:].upper(), client.cookies["grant-use"], "730462"):
        assert secret not in out
        assert secret not in str(view.url)
        assert secret not in view.text
