"""盯报告 in the pages: the receiver begins and ends, its endpoint is proved, the enterprise sees and ends it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.services.status.changing import set_status
from api.services.timing.timetable import TASKS
from api.services.watching import endpoints, telling
from api.services.watching.posting import poster
from api.settings import WatchingSettings
from api.worker import running
from scripts.demo_data.people import sample_people
from tests.web.api import ORIGIN, own_limits, web_of
from tests.web.service import in_process, sign_in
from tests.world.receiver import Receiver, dripping, receiving
from tests.world.working import until, working
from tests.world.world import World


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path) as running_:
        yield running_


@pytest.fixture
def desk(client: TestClient, receiver: Receiver, tmp_path: Path) -> Iterator[TestClient]:
    """The service of a demo house that may send to this machine, whose receivers trust the test's authority."""
    (tmp_path / "ca.pem").write_text(receiver.ca_pem)
    settings = client.app.state.web.settings.model_copy(  # type: ignore[attr-defined]
        update={"watching": WatchingSettings(private_addresses=True, ca_file=tmp_path / "ca.pem")}
    )
    client.headers.update(ORIGIN)
    with web_of(client, settings=settings), own_limits(client):
        yield client
    client.headers.pop("Origin")


def context_of(client: TestClient) -> Any:
    return client.app.state.web.context  # type: ignore[attr-defined]


def bank_code(house: World) -> str:
    return (
        next(each.organisation for each in sample_people(house.house, house.place) if each.id == "bank") or ""
    )


def granted(client: TestClient, house: World, number: str) -> str:
    """The address of a new grant that names the bank and lets it follow."""
    sign_in(client, "enterprise-records")
    given = {
        "purpose": "放款前", "whom": "named", "receiver": bank_code(house), "allows": ["view", "watch"], "uses": "3",
    }  # fmt: skip
    answer = client.post(f"/grants/new/{number}", data=given)
    assert answer.status_code == 200, answer.text
    listed = client.get("/grants").text
    return re.findall(r"/grants/([0-9a-f-]{36})", listed)[0]


def registered(client: TestClient, url: str) -> str:
    """The secret of the bank's endpoint, read off the page that shows it once."""
    answer = client.post("/watching/endpoint", data={"url": url})
    found = re.search(r"data-secret>(whsec_[^<]+)<", answer.text)
    assert found, answer.text
    return found[1]


def test_from_the_grant_to_a_verified_message_and_its_end(
    desk: TestClient, house: World, receiver: Receiver
) -> None:
    number = house.content(house.issue("records"))["number"]
    granted(desk, house, number)
    sign_in(desk, "bank")
    secret = registered(desk, receiver.url)
    assert secret not in desk.get("/watching/endpoint").text
    assert desk.post("/watching/endpoint/prove").status_code == 303
    assert receiver.came[0].verified(secret)["type"] == "endpoint.challenge"
    shown = desk.get("/watching").text
    assert number in shown
    grant = re.findall(r'name="grant" value="([^"]+)"', shown)[0]
    assert desk.post("/watching", data={"grant": grant, "until": ""}).status_code == 303
    assert 'data-watch="live"' in desk.get("/watching").text

    context = context_of(desk)
    set_status(context, number, "suspended", "核查", by=_operator(context))
    telling.gather(context, context.clock())
    _send(desk)
    (message,) = [each for each in receiver.changes if each.said["data"]["number"] == number]
    said = message.verified(secret)
    assert said["data"]["status"] == "suspended"
    page = desk.get(said["data"]["link"].partition(context.house.host)[2])
    assert page.status_code == 200
    assert 'data-message="delivered"' in page.text

    sign_in(desk, "enterprise-records")
    followers = desk.get("/desk/watches").text
    assert "演示商业银行" in followers
    watch = re.findall(r"/desk/watches/([0-9a-f-]{36})/end", followers)[0]
    assert "收到状态变化通知" in desk.get("/desk/access").text
    assert desk.post(f"/desk/watches/{watch}/end").status_code == 303
    assert 'data-watch="ended_by_subject"' in desk.get("/desk/watches").text
    sign_in(desk, "bank")
    again = desk.get(f"/watching/{watch}").text
    assert "企业已结束" in again
    assert "已暂停" not in again.partition("通知")[0]


def _operator(context: Any) -> str:
    return "孟信之"


def _send(client: TestClient) -> None:
    """What the worker does with messages, by the settings of this service."""
    from api import container
    from api.services.watching import sending

    web = client.app.state.web  # type: ignore[attr-defined]
    post = poster(container.reach(web.context, web.settings))
    for handed in sending.claim_due(web.context, web.context.clock()):
        sending.send(web.context, post, handed, web.context.clock)


def test_from_what_is_open_in_the_browser(desk: TestClient, house: World) -> None:
    number = house.content(house.issue("records"))["number"]
    sign_in(desk, "enterprise-records")
    given = {"purpose": "投标", "whom": "bearer", "allows": ["view", "watch"], "uses": "3"}
    made = desk.post(f"/grants/new/{number}", data=given).text
    token = re.findall(r"dzg_[A-Za-z0-9_-]+", made)[0]
    sign_in(desk, "tender")
    assert desk.post("/open", data={"code": token}).status_code == 303
    assert 'name="opened"' in desk.get("/open/view").text
    assert desk.post("/watching", data={"opened": "true"}).status_code == 303
    listed = desk.get("/watching").text
    assert number in listed
    refused = desk.post("/watching", data={"opened": "true"})
    assert (refused.status_code, number in refused.text) == (403, True)


def test_an_address_inside_is_refused_where_no_setting_opens_it(
    client: TestClient, receiver: Receiver
) -> None:
    with own_limits(client):
        sign_in(client, "bank")
        answer = client.post("/watching/endpoint", data={"url": receiver.url}, headers=ORIGIN)
        assert answer.status_code == 403
        assert "内部网络" in answer.text
        http = client.post("/watching/endpoint", data={"url": "http://bank.example/"}, headers=ORIGIN)
        assert http.status_code == 400


def test_a_house_that_is_no_demo_refuses_private_addresses(house: World) -> None:
    from api import container
    from api.settings import read_house
    from domain.errors import MalformedInput

    context = house.open()
    settings = read_house(house.home).model_copy(
        update={"environment": "test", "watching": WatchingSettings(private_addresses=True)}
    )
    with pytest.raises(MalformedInput):
        container.reach(context, settings)
    context.store.close()


def test_the_operator_sees_tasks_and_machines_see_whether_all_is_well(
    client: TestClient, house: World
) -> None:
    context = context_of(client)
    assert client.get("/workz").status_code == 503
    running.once(context)
    late = client.get("/workz").text.split()
    assert late == ["worker"]
    sign_in(client, "operator")
    page = client.get("/running")
    assert page.status_code == 200
    assert page.text.count("data-task=") == len(TASKS)
    assert page.text.count("正常") == len(TASKS)
    client.cookies.clear()
    metrics = client.get("/metrics").text
    assert 'daizheng_task_failures{task="sweep"} 0.0' in metrics
    assert re.search(r'daizheng_task_last_success_seconds\{task="recovery"\} 1\.\d+e\+09', metrics)
    assert 'daizheng_messages{state="dead"} 0.0' in metrics


def test_secrets_are_sealed_and_only_the_organisations_own_people_manage_them(
    desk: TestClient, house: World, receiver: Receiver
) -> None:
    sign_in(desk, "bank")
    secret = registered(desk, receiver.url)
    context = context_of(desk)
    with context.store.reading() as work:
        found = work.watches.endpoint_of(bank_code(house))
    assert found is not None
    assert secret.removeprefix("whsec_").encode() not in house.kept()
    assert endpoints.secrets_of(context, found, context.clock()) == (secret,)
    sign_in(desk, "tender")
    assert receiver.url not in desk.get("/watching/endpoint").text
    sign_in(desk, "enterprise-records")
    assert desk.get("/watching").status_code == 403
    desk.cookies.clear()
    assert desk.get("/watching").status_code in (303, 401)


@pytest.mark.slow
def test_a_worker_killed_while_it_sends_is_followed_by_one_that_sends_the_same_message(
    receiver: Receiver, tmp_path: Path
) -> None:
    world = World.build(tmp_path, penalties=0)
    world.settle_people()
    (tmp_path / "ca.pem").write_text(receiver.ca_pem)
    with (world.home / "house.toml").open("a") as settings:
        settings.write(f'\n[watching]\nprivate_addresses = true\nca_file = "{tmp_path / "ca.pem"}"\n')
    number = world.content(world.issue("clean"))["number"]
    with in_process(world) as client:
        client.headers.update(ORIGIN)
        sign_in(client, "enterprise-clean")
        bank = bank_code(world)
        given = {
            "purpose": "评标",
            "whom": "named",
            "receiver": bank,
            "allows": ["view", "watch"],
            "uses": "3",
        }
        assert client.post(f"/grants/new/{number}", data=given).status_code == 200
        sign_in(client, "bank")
        secret = registered(client, receiver.url)
        assert client.post("/watching/endpoint/prove").status_code == 303
        grant = re.findall(r'name="grant" value="([^"]+)"', client.get("/watching").text)[0]
        assert client.post("/watching", data={"grant": grant}).status_code == 303
        receiver.answer = dripping(8)
        variables = dict(world.commands.variables)
        with working(world.home, variables, "first") as first:
            set_status(context_of(client), number, "suspended", "核查", by="孟信之")
            until(lambda: receiver.changes, first)
            first.kill()
        receiver.answer = lambda _message: 204
        with working(world.home, variables, "second") as second:
            until(lambda: second.said("message", result="delivered"), second)
            assert second.stop() == 0
        ids = {message.id for message in receiver.changes}
        assert len(ids) == 1
        assert len(receiver.changes) >= 2
        assert receiver.changes[-1].verified(secret)["data"]["status"] == "suspended"
        assert 'data-message="delivered"' in client.get("/watching").text
