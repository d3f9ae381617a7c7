"""The review desk in the browser's words: waits, is seen, is decided, and the applicant reads it (R26)."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from tests.web.service import sign_in
from tests.web.test_desk import ORIGIN, key_of
from tests.world.world import World

REASON = "已向数源单位核实,与本主体无关"


@pytest.fixture(scope="module")
def doubtful(careful: World) -> World:
    """A row that names the clean enterprise and cannot be read."""
    subject = careful.subject("clean")
    delivery = next(item for item in careful.house.deliveries if item.kind == "penalty")
    row = {
        "行政相对人名称": subject.name, "行政相对人代码_1(统一社会信用代码)": subject.uscc,
        "行政处罚决定书文号": "演示罚〔2025〕9号", "处罚类别": "罚款", "处罚内容": "罚款1000元",
        "罚款金额(万元)": "0.1", "处罚决定日期": "2025/02/30", "处罚机关": delivery.unit,
    }  # fmt: skip
    assert careful.send("penalty", delivery.unit, [row])["quarantined"] == 1
    return careful


def apply(client: TestClient, matter: str) -> str:
    """The place where an application for the clean enterprise waits."""
    sign_in(client, "enterprise-clean")
    shown = client.post("/desk/new/preview", data={"matter": matter}, headers=ORIGIN)
    assert shown.status_code == 200 and 'data-stops="' in shown.text
    assert "未见记录，但有" in shown.text and "范围内无记录" not in shown.text
    asked = {"matter": matter, "key": key_of(shown.text)}
    places = {client.post("/desk/reports", data=asked, headers=ORIGIN).headers["location"] for _ in range(2)}
    (place,) = places
    assert place.startswith("/desk/applications/")
    return place


def test_a_doubt_waits_for_a_person_who_must_look_first(careful_client: TestClient, doubtful: World) -> None:
    client = careful_client
    place = apply(client, "bank_loan")
    mine = client.get(place).text
    assert 'data-state="waiting"' in mine and "正在核实" in mine
    application = place.rpartition("/")[2]

    sign_in(client, "operator")
    assert application in client.get("/review").text
    unseen = client.post(f"/review/{application}/approve", data={"reason": REASON}, headers=ORIGIN)
    assert (unseen.status_code, "draft_unseen" in unseen.text) == (403, True)

    draft = client.get(f"/review/{application}").text
    assert "还没有人看过草稿" not in draft and "待核" in draft
    assert "未见记录，但有" in draft and "范围内无记录" not in draft
    nothing = client.post(f"/review/{application}/approve", data={"reason": " "}, headers=ORIGIN)
    assert (nothing.status_code, "reason_needed" in nothing.text) == (403, True)
    done = client.post(f"/review/{application}/approve", data={"reason": REASON}, headers=ORIGIN)
    assert done.status_code == 303, done.text
    shown = client.get(f"/review/{application}").text
    number = re.search(r"[0-9]{14}[0-9A-F]{8}", shown)
    assert 'data-state="approved"' in shown and number is not None
    again = client.post(f"/review/{application}/refuse", data={"reason": REASON}, headers=ORIGIN)
    assert again.status_code == 409

    sign_in(client, "enterprise-clean")
    mine = client.get(place).text
    assert REASON in mine and number[0] in mine
    assert client.get(f"/desk/reports/{number[0]}/file").content.startswith(b"%PDF-")
    looks = client.get("/desk/access").text
    assert 'data-act="review"' in looks and 'data-act="decide"' in looks
    uses = client.get("/grants/uses").text
    assert all("审核时查看草稿" in each and "审核决定" in each for each in (looks, uses))


def test_a_refusal_is_read_by_the_applicant_alone(careful_client: TestClient, doubtful: World) -> None:
    client = careful_client
    place = apply(client, "listing")
    application = place.rpartition("/")[2]
    sign_in(client, "operator")
    client.get(f"/review/{application}")
    answer = client.post(f"/review/{application}/refuse", data={"reason": "请先更正登记信息"}, headers=ORIGIN)
    assert answer.status_code == 303
    sign_in(client, "enterprise-clean")
    assert "请先更正登记信息" in client.get(place).text
    assert "已退回" in client.get("/desk").text
    sign_in(client, "enterprise-records")
    assert client.get(place).status_code == 404


@pytest.mark.parametrize("person", ["enterprise-clean", "bank", "window", "auditor", "system"])
def test_nobody_else_reviews(careful_client: TestClient, person: str) -> None:
    sign_in(careful_client, person)
    nobody = "00000000-0000-7000-8000-000000000000"
    for path in ("/review", f"/review/{nobody}", "/review/feedback", "/review/statistics"):
        assert careful_client.get(path).status_code == 403
    for act in ("approve", "refuse"):
        answer = careful_client.post(f"/review/{nobody}/{act}", data={"reason": "x"}, headers=ORIGIN)
        assert answer.status_code == 403


def test_an_operator_of_one_district_sees_only_that(careful_client: TestClient, doubtful: World) -> None:
    client = careful_client
    place = apply(client, "subsidy")
    application = place.rpartition("/")[2]
    from api.services.access.table import inside

    sign_in(client, "operator-local")
    district = doubtful.place.districts[0][1]
    web = client.app.state.web  # type: ignore[attr-defined]
    with web.context.store.reading() as work:
        subject = work.subjects.by_uscc(doubtful.subject("clean").uscc)
    theirs = inside(district, subject)
    assert (application in client.get("/review").text) is theirs
    assert client.get(f"/review/{application}").status_code == (200 if theirs else 404)


def test_choosing_less_is_amber_from_the_form_to_the_report(careful_client: TestClient) -> None:
    client = careful_client
    sign_in(client, "enterprise-records")
    form = client.get("/desk/new/form?matter=bank_loan").text
    assert form.count('type="checkbox"') == 40 and form.count(" checked") >= 40
    asked = {"matter": "bank_loan", "chosen": "1", "domains": ["taxation", "audit"], "first": "2024-01-01"}
    shown = client.post("/desk/new/preview", data=asked, headers=ORIGIN).text
    assert 'data-narrowed="1"' in shown and "仅涵盖 2/40 领域" in shown.replace(" 个领域", " 领域")
    issued = client.post("/desk/reports", data={**asked, "key": key_of(shown)}, headers=ORIGIN)
    page = client.get(issued.headers["location"]).text
    assert 'data-narrowed="1"' in page
    wrong = client.post("/desk/new/preview", data={**asked, "domains": ["space"]}, headers=ORIGIN)
    assert (wrong.status_code, "request_domain_unknown" in wrong.text) == (400, True)
    assert wrong.text.count(" checked") < 40
