"""Organisations register and are decided on, keys, agents, staff, looks and alarms: as people do it on the pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.services.access import looks
from api.services.access.api_keys import principal_of_key
from api.services.access.looks import look_by, record_look
from api.services.access.organisations import Contact, register
from api.services.access.principal import Principal
from api.services.access.roles import Role
from domain.errors import CreditDocError, Refused
from tests.web.service import sign_in
from tests.world.world import World

ORIGIN = {"Origin": "http://127.0.0.1:8000"}


def web_of(client: TestClient) -> Any:
    return client.app.state.web  # type: ignore[attr-defined]


def post(client: TestClient, path: str, **form: Any) -> Any:
    return client.post(path, data=form, headers=ORIGIN)


def code(answer: Any) -> str:
    found = re.search(r"错误代码[:：]\s*([a-z_]+)", answer.text)
    return found[1] if found else f"{answer.status_code}"


def newcomer(uscc: str, role: Role = Role.RECEIVER) -> Principal:
    return Principal(
        person=web_id(), sub="n", name="新", role=role, organisation=uscc, organisation_name="新单位"
    )


def web_id() -> Any:
    from uuid import uuid4

    return uuid4()


def test_an_organisation_registers_is_refused_registers_again_is_approved_and_closed(
    client: TestClient,
) -> None:
    context = web_of(client).context
    who = newcomer("91140105MA0NEWCOM1")
    made = register(context, who, contact=Contact(name="联系人甲", phone="13800000000"), purpose="贷款审查")
    with pytest.raises(CreditDocError, match="organisation_known"):
        register(context, who, contact=Contact(name="联系人甲", phone="13800000000"), purpose="贷款审查")
    sign_in(client, "security")
    assert "联系人甲" in client.get("/organisations").text
    path = f"/organisations/{made.id}"
    assert code(post(client, path, decision="refuse")) == "organisation_reason"
    assert code(post(client, path, decision="burn")) == "organisation_decision"
    assert code(post(client, path, decision="close", reason="x")) == "organisation_decided"
    assert post(client, path, decision="refuse", reason="目的不明").status_code == 303
    register(context, who, contact=Contact(name="联系人甲", phone="13800000000"), purpose="贷款审查")
    assert post(client, path, decision="approve").status_code == 303
    assert post(client, path, decision="close", reason="已停业").status_code == 303
    sign_in(client, "auditor")
    shown = client.get("/organisations").text
    assert "已停业" in shown and "联系人甲" not in shown, "who does not decide sees no contact"
    assert code(post(client, path, decision="approve")) == "not_allowed"


def test_contacts_lie_encrypted(client: TestClient, house: World) -> None:
    who = newcomer("91140105MA0NEWCOM2", Role.AUTHORITY)
    register(
        web_of(client).context, who, contact=Contact(name="联系人乙", phone="13911112222"), purpose="依法查询"
    )
    data = house.kept()
    assert "联系人乙".encode() not in data and b"13911112222" not in data


def make_key(client: TestClient, **more: Any) -> Any:
    form = {"label": "核验系统", "days": 90, "scopes": ["grant_redeem"]} | more
    return post(client, "/organisation/keys", **form)


def test_a_key_is_shown_once_does_its_scopes_and_two_live_at_a_time(client: TestClient, house: World) -> None:
    sign_in(client, "tender")
    context = web_of(client).context
    secrets = [re.findall(r"dzk_[a-z2-7]{58}", make_key(client).text)[0] for _ in range(2)]
    assert code(make_key(client)) == "api_keys_two"
    page = client.get("/organisation/keys").text
    assert all(secret not in page for secret in secrets)
    data = house.kept()
    assert all(secret.encode() not in data for secret in secrets)
    found = principal_of_key(context, secrets[0])
    assert (found.role, found.scopes) == (Role.RECEIVER, {"grant_redeem"})
    ends = re.findall(r"/organisation/keys/[0-9a-f-]{36}/end", page)
    sign_in(client, "bank")
    assert code(post(client, ends[0])) == "api_key_unknown_here", "another organisation's key"
    sign_in(client, "tender")
    for end in ends:
        assert post(client, end).status_code == 303
    for secret in (*secrets, secrets[0][:-1], "dzk_", "dzg_" + secrets[0][4:], "é"):
        with pytest.raises(Refused, match="api_key_unknown"):
            principal_of_key(context, secret)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"label": " "}, "api_key_label"),
        ({"label": "x" * 41}, "api_key_label"),
        ({"scopes": []}, "api_key_scopes"),
        ({"scopes": ["staff_manage"]}, "api_key_scopes"),
        ({"days": 36500}, "api_key_days"),
        ({"days": "soon"}, "field_malformed"),
    ],
)
def test_a_key_nobody_may_have(client: TestClient, wrong: dict[str, Any], expected: str) -> None:
    sign_in(client, "bank")
    assert code(make_key(client, **wrong)) == expected


def test_the_representative_lets_an_agent_act_and_ends_it(client: TestClient) -> None:
    sign_in(client, "enterprise-clean")
    form = {"login": "helper", "name": "帮办", "until": "2999-01-01"}
    assert code(post(client, "/account/agents", **form)) == "agent_until"
    offered = re.findall(r'name="until" value="([0-9-]+)"', client.get("/account/agents/new").text)[0]
    assert post(client, "/account/agents", **{**form, "until": offered}).status_code == 303
    assert code(post(client, "/account/agents", **{**form, "until": offered})) == "agent_known"
    shown = client.get("/account/agents").text
    assert "帮办" in shown
    end = re.findall(r"/account/agents/[0-9a-f-]{36}/end", shown)[0]
    sign_in(client, "enterprise-records")
    assert code(post(client, end)) == "not_found", "another enterprise's agent"
    sign_in(client, "enterprise-clean")
    assert post(client, end).status_code == 303
    assert "/end" not in client.get("/account/agents").text


def test_staff_are_admitted_and_leave_and_three_roles_stay_apart(client: TestClient) -> None:
    sign_in(client, "security")
    form = {"name": "苏新来", "role": "window", "login": "newcomer", "territory": "海勃湾区"}
    assert post(client, "/staff", **form).status_code == 303
    assert code(post(client, "/staff", **form)) == "staff_login_taken"
    assert code(post(client, "/staff", **{**form, "login": "other"})) == "staff_known"
    assert code(post(client, "/staff", name="甲", role="auditor", login="security")) == "staff_roles_apart"
    assert code(post(client, "/staff", name="甲", role="boss", login="x")) == "staff_role_unknown"
    assert post(client, "/staff/leave", name="苏新来").status_code == 303
    assert code(post(client, "/staff/leave", name="苏新来")) == "staff_unknown"
    assert code(post(client, "/staff/leave", name="安守正")) == "staff_last"
    sign_in(client, "auditor")
    shown = client.get("/staff").text
    assert "苏新来" in shown and 'action="/staff"' not in shown


def test_staff_by_command(house: World) -> None:
    said = house.commands.call("staff", "add", "令行", "--role", "operator", "--login", "by-command").only
    assert said == {"name": "令行", "role": "operator", "login": "by-command", "territory": None}
    assert house.commands.call("staff", "leave", "令行").only["name"] == "令行"
    listed = {row["name"]: row for row in house.commands.call("staff", "list").only["staff"]}
    assert listed["令行"]["left_at"] and listed["安守正"]["left_at"] is None


def test_many_looks_raise_one_alarm_a_day_and_name_no_number(client: TestClient, house: World) -> None:
    web = web_of(client)
    context = web.context
    clerk = Principal(person=web_id(), sub="c", name="勤查", role=Role.OPERATOR)
    with context.store.writing() as work:
        subject = work.subjects.by_uscc(house.subject("records").uscc)
        for count in range(103):
            look = look_by(context, clerk, act="view", subject=subject.id, purpose="来电 110105194912310021")
            record_look(context, work, look)
            alarms = [event for event in looks.alarms(work) if event.actor == "勤查"]
            assert len(alarms) == (1 if count >= 100 else 0)
        work.commit()
    sign_in(client, "auditor")
    shown = client.get("/staff/looks").text
    assert "勤查" in shown and "超过 100 次" in shown and subject.name in shown
    assert "110105194912310021" not in shown
