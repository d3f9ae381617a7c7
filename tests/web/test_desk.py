"""The enterprise's journey in the process: pick, preview, issue once, download, what changed, who looked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.web.service import sign_in

ORIGIN = {"Origin": "http://127.0.0.1:8000"}


def preview(client: TestClient, **asked: object) -> str:
    """The preview page for what is asked."""
    answer = client.post("/desk/new/preview", data=asked, headers=ORIGIN)
    assert answer.status_code == 200, answer.text
    return answer.text


def key_of(text: str) -> str:
    """The form's key in a preview page."""
    found = re.search(r'name="key" value="([^"]+)"', text)
    assert found is not None
    return found[1]


def issue(client: TestClient, **asked: object) -> str:
    """The number of a report issued through the pages."""
    key = key_of(preview(client, **asked))
    answer = client.post("/desk/reports", data={**asked, "key": key}, headers=ORIGIN)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).rpartition("/")[2]


def bare(text: str, number: str) -> str:
    """A page without what differs from one request to the next."""
    return re.sub(r"[0-9a-f]{16}|(?<=nonce=\")[^\"]+|(?<=Nonce\":\")[^\"]+", "", text.replace(number, ""))


def test_a_visitor_is_sent_to_sign_in(client: TestClient) -> None:
    answer = client.get("/desk")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/desk")


def test_the_matter_fills_in_what_is_printed(client: TestClient) -> None:
    sign_in(client, "enterprise-records")
    assert "参与招标投标" in client.get("/desk/new").text
    form = client.get("/desk/new/form?matter=bidding").text
    assert "请向人民法院、公安机关了解" in form
    shown = preview(client, matter="bidding")
    assert "参与招标投标" in shown
    assert "有记录" in shown
    assert not re.search(r"[0-9]{14}[0-9A-F]{8}", shown)  # no number is spent on a preview


def test_one_form_is_one_report_however_often_it_is_sent(client: TestClient) -> None:
    sign_in(client, "enterprise-clean")
    asked = {"matter": "bank_loan", "key": key_of(preview(client, matter="bank_loan"))}
    places = {client.post("/desk/reports", data=asked, headers=ORIGIN).headers["location"] for _ in range(3)}
    assert len(places) == 1
    (place,) = places
    page = client.get(place).text
    assert "申请银行贷款" in page
    number = place.rpartition("/")[2]
    assert client.get("/desk").text.count(f'data-number="{number}"') == 1


def test_the_file_comes_with_a_plain_name_and_a_full_one(client: TestClient) -> None:
    sign_in(client, "enterprise-clean")
    number = issue(client, matter="bank_loan")
    answer = client.get(f"/desk/reports/{number}/file")
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-type"] == "application/pdf"
    said = answer.headers["content-disposition"]
    assert f'filename="{number}.pdf"' in said
    assert re.search(r"filename\*=UTF-8''(%[0-9A-F]{2}|[A-Za-z0-9._-])+$", said)
    assert said.isascii()
    assert answer.headers["cache-control"] == "no-store"


def test_another_enterprises_report_does_not_exist(client: TestClient) -> None:
    sign_in(client, "enterprise-records")
    number = issue(client, matter="bank_loan")
    sign_in(client, "enterprise-clean")
    unknown = "1503002026010100000000"
    for path in ("", "/file", "/changes"):
        theirs = client.get(f"/desk/reports/{number}{path}")
        nobodys = client.get(f"/desk/reports/{unknown}{path}")
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert bare(theirs.text, number) == bare(nobodys.text, unknown)


@pytest.mark.parametrize("person", ["bank", "authority", "unit", "auditor", "security", "system"])
def test_nobody_else_has_this_desk(client: TestClient, person: str) -> None:
    sign_in(client, person)
    for path in ("/desk", "/desk/new", "/desk/access"):
        assert client.get(path).status_code == 403


def test_nothing_new_and_who_looked(client: TestClient) -> None:
    sign_in(client, "enterprise-clean")
    number = issue(client, matter="subsidy")
    assert 'data-changed="no"' in client.get(f"/desk/reports/{number}/changes").text
    looks = client.get("/desk/access").text
    assert 'data-act="issue"' in looks
    assert number in looks


def test_an_agent_acts_until_their_day_and_the_enterprise_sees_it(client: TestClient) -> None:
    sign_in(client, "agent")
    number = issue(client, matter="bidding")
    assert client.get(f"/desk/reports/{number}/file").status_code == 200
    sign_in(client, "enterprise-records")
    looks = client.get("/desk/access").text
    assert "经小办" in looks and 'data-act="download"' in looks


def test_an_agent_past_their_day_is_shut_out(client: TestClient) -> None:
    from dataclasses import replace

    sign_in(client, "agent")
    assert client.get("/desk").status_code == 200
    web = client.app.state.web  # type: ignore[attr-defined]
    later = replace(web.context, clock=lambda: web_clock() + timedelta(days=100))
    web_clock = web.context.clock
    state = client.app.state  # type: ignore[attr-defined]
    state.web = replace(web, context=later)
    try:
        assert client.post("/sign-in/demo", data={"person": "agent"}, headers=ORIGIN).status_code != 303
        assert client.get("/desk").status_code == 303
    finally:
        state.web = web


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"matter": "marriage"}, 403, "matter_not_in_force"),
        ({"purpose": "长" * 61}, 400, "purpose_too_long"),
        ({"chosen": "1", "domains": ["taxation"]}, 403, "choice_not_allowed"),
        ({"chosen": "1"}, 400, "request_domains_empty"),
        ({"first": "2026-02-30"}, 400, "day"),
        ({"first": "2000-01-01"}, 403, "window_before_look_back"),
    ],
)
def test_what_cannot_be_is_said_above_the_form(
    client: TestClient, asked: dict[str, object], status: int, code: str
) -> None:
    sign_in(client, "enterprise-clean")
    answer = client.post("/desk/new/preview", data=asked, headers=ORIGIN)
    assert answer.status_code == status
    assert re.search(f'data-code="[a-z_]*{code}[a-z_]*"', answer.text), answer.text
    assert "<form" in answer.text


def test_a_form_without_its_key_issues_nothing(client: TestClient) -> None:
    sign_in(client, "enterprise-clean")
    before = client.get("/desk").text.count("data-number=")
    answer = client.post("/desk/reports", data={"matter": "bidding"}, headers=ORIGIN)
    assert (answer.status_code, "form_key" in answer.text) == (400, True)
    assert client.get("/desk").text.count("data-number=") == before


def test_the_catalogue_is_open_to_everybody(client: TestClient) -> None:
    shown = client.get("/matters")
    assert shown.status_code == 200
    assert "申请银行贷款" in shown.text and "中国人民银行征信中心" in shown.text


def test_every_page_speaks_both_languages(client: TestClient) -> None:
    sign_in(client, "enterprise-clean")
    number = issue(client, matter="honours")
    for path in ("/desk", "/desk/new", "/desk/new/form?matter=listing", "/desk/access", "/matters", "/desk/sent",
                 f"/desk/reports/{number}", f"/desk/reports/{number}/changes"):  # fmt: skip
        for lang in ("zh", "en"):
            shown = client.get(path + ("&" if "?" in path else "?") + f"lang={lang}")
            assert shown.status_code == 200
            assert not re.search(r"\b(desk|state)_[a-z_]+\b", re.sub(r"<[^>]*>", "", shown.text)), path
    client.cookies.clear()


def test_a_narrowed_preview_names_what_it_leaves_out_as_the_region_does(careful_client: TestClient) -> None:
    sign_in(careful_client, "enterprise-records")
    shown = preview(careful_client, chosen="1", domains=["taxation", "market_regulation"])
    assert "消防救援" in shown
    assert "消防安全" not in shown, "what the common catalogue calls it"
