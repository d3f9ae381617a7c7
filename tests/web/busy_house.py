"""A served house in which something has happened at every desk, for whoever looks at all its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.services.issuing.codes import MAX_WRONG_TRIES, code_fits
from api.services.status.changing import set_status
from api.services.watching import telling
from scripts.demo_data.people import sample_people
from tests.web.api import typed_code
from tests.web.service import Served, served
from tests.world.world import World

REASON = "法定代表人到窗口申请报告"
OPERATOR = "孟信之"


@dataclass
class House:
    """A served house in which something has happened at every desk."""

    service: Served
    names: dict[str, str] = field(default_factory=dict)
    """What stands for the words in braces."""
    jars: dict[str, dict[str, str]] = field(default_factory=dict)
    """What a browser holds besides a session."""

    def cookies(self, who: str) -> dict[str, str]:
        """The cookies of that person's browser, freshly signed in."""
        person = {"hall": "enterprise-records"}.get(who, who)
        session = {} if person in ("", "phone", "clerk") else self.service.cookies(person)
        return self.jars.get(who, {}) | session


@contextmanager
def busy_house(careful: World, log: Path) -> Iterator[House]:
    """The careful house after a morning's work."""
    with served(careful, log, "--demo-sign-in") as service:
        house = House(service)
        pdf = careful.report("records")
        house.names["number"] = careful.content(pdf)["number"]
        _doubt(house)
        _grant(house)
        _live(house)
        _window(house)
        _others(house, pdf)
        _objection(house)
        house.names["locked"] = locked(house)
        _watch(house)
        _late(house)
        yield house


def _doubt(house: House) -> None:
    house.service.world.doubt("clean", "演示罚〔2025〕18号")
    with house.service.client(cookies=house.cookies("enterprise-clean")) as client:
        asked = post(client, "/desk/reports", matter="bank_loan", key="a" * 22)
        assert "/desk/applications/" in asked.headers["location"], asked.headers
        house.names["application"] = asked.headers["location"].rpartition("/")[2]


def _grant(house: House) -> None:
    path = f"/grants/new/{house.names['number']}"
    with house.service.client(cookies=house.cookies("enterprise-records")) as client:
        made = post(
            client, path, purpose="贷款审查", whom="bearer", allows=["view", "download", "query"], uses="5"
        )
        token = re.search(r"dzg_[a-z2-7]{58}", made.text)
        where = re.search(r"/grants/([0-9a-f-]{36})", made.text)
        assert token is not None and where is not None
        house.names["grant"] = where[1]
        world = house.service.world
        people = sample_people(world.house, world.place)
        uscc = next(person.organisation for person in people if person.id == "bank")
        named = {"whom": "named", "receiver": uscc, "receiver_name": "银行"}
        post(client, path, purpose="授信", allows=["view", "watch"], **named)
    with house.service.client(cookies=house.cookies("bank")) as client:
        assert post(client, "/open", code=token[0]).status_code == 303
        house.jars["bank"] = {"grant-use": client.cookies["grant-use"]}
        assert client.get("/open/view").status_code == 200


def _live(house: House) -> None:
    with house.service.client(cookies=house.cookies("enterprise-records")) as client:
        shown = client.get(f"/live/show/{house.names['number']}?download=1").text
    code = re.search(r"dzl_[a-z2-7]{58}", shown)
    assert code is not None
    with house.service.client() as client:
        assert post(client, "/live", code=code[0]).status_code == 303
        house.jars["phone"] = {"live-use": client.cookies["live-use"]}


def _window(house: House) -> None:
    with house.service.client(cookies=house.cookies("window")) as client:
        uscc = house.service.world.subject("trader").uscc
        found = post(client, "/window/find", text=uscc, reason=REASON).text
        subject = re.search(r'data-subject="([^"]+)"', found)
        assert subject is not None
        came = {"name": "来窗人", "number": "140105198001010012", "authority": "legal_representative"}
        visit = post(client, "/window/visits", subject=subject[1], reason=REASON, **came)
        house.names["visit"] = visit.headers["location"]
        key = re.search(r'name="key" value="([^"]+)"', client.get(house.names["visit"]).text)
        assert key is not None
        assert (
            post(client, f"{house.names['visit']}/issue", matter="bank_loan", key=key[1]).status_code == 303
        )


def _others(house: House, pdf: Path) -> None:
    with house.service.client() as client:
        begun = post(client, "/kiosk/begin")
        house.jars["hall"] = {"kiosk": begun.cookies["kiosk"]}
        post(client, "/feedback", about="desk", message="下载按钮点不开。", contact="微信")
        data = pdf.read_bytes()
        broken = data[: len(data) // 2] + b"x" + data[len(data) // 2 + 1 :]
        files = [("报告.pdf", data), ("报告(1).pdf", data), ("改过.pdf", broken), ("合同.pdf", b"%PDF-1.4\n")]
        sent = [("files", (name, body, "application/pdf")) for name, body in files]
        made = client.post("/batch", files=sent, data={"steps": "10000", "age": "90"})
        assert made.headers["location"] == "/batch/result"
        house.jars["clerk"] = dict(client.cookies)
    with house.service.client(cookies=house.cookies("bank")) as client:
        post(client, "/organisation/keys", label="信贷系统", scopes="file_verdict", days="90")


def _objection(house: House) -> None:
    with house.service.client(cookies=house.cookies("enterprise-clean")) as client:
        said = "市场监管领域2024年3月5日那一条不是我单位的，文书上写的是另一家同名企业。"
        assert post(client, "/desk/objections", against="not_mine", text=said).status_code == 303
        found = re.search(r'data-objection="([0-9A-Z]+)"', client.get("/desk/objections").text)
        assert found is not None
        house.names["objection"] = found[1]


def locked(house: House) -> str:
    """The number of a new report of the enterprise on which somebody tried too many codes."""
    world = house.service.world
    pdf = world.issue("records")
    number: str = world.content(pdf)["number"]
    right = int(typed_code(pdf).replace(" ", ""))
    context = world.open()
    for step in range(1, MAX_WRONG_TRIES + 1):
        code_fits(context, number, f"{(right + step) % 10**12:012d}")
    context.store.close()
    return number


def _watch(house: House) -> None:
    """The bank follows a report whose status has changed and come back, and takes messages."""
    with house.service.client(cookies=house.cookies("bank")) as client:
        grant = re.search(r'name="grant" value="([^"]+)"', client.get("/watching").text)
        assert grant is not None
        assert post(client, "/watching", grant=grant[1], until="").status_code == 303
        watch = re.search(r'href="/watching/([0-9a-f-]{36})"', client.get("/watching").text)
        assert watch is not None
        house.names["watch"] = watch[1]
        taken = post(client, "/watching/endpoint", url="https://127.0.0.1:9443/daizheng")
        assert "data-secret" in taken.text, taken.text
    context = house.service.world.open()
    for word in ("suspended", "valid"):
        set_status(context, house.names["number"], word, "接数源单位来函核查", by=OPERATOR)
        telling.gather(context, context.clock())
    context.store.close()


def _late(house: House) -> None:
    """A unit sends a row late, which was to be counted in a report; somebody proposes to suspend many."""
    world = house.service.world
    subject = world.subject("repaired")
    house.names["changed"] = world.content(world.issue("repaired"))["number"]
    delivery = next(item for item in world.house.deliveries if item.kind == "penalty" and item.through)
    row = {
        "行政相对人名称": subject.name, "行政相对人代码_1(统一社会信用代码)": subject.uscc,
        "行政处罚决定书文号": "演示罚〔2026〕77号", "处罚类别": "罚款", "处罚内容": "罚款30000元",
        "罚款金额(万元)": "3", "处罚决定日期": "2026/05/20", "处罚程序": "普通程序", "处罚机关": delivery.unit,
    }  # fmt: skip
    world.send("penalty", delivery.unit, [row])
    with house.service.client(cookies=house.cookies("operator")) as client:
        found = re.search(r'href="/status/batches/([^"]+)"', client.get("/status/late").text)
        assert found is not None
        house.names["batch"] = found[1]
        asked = {"target": "batch", "target_id": found[1], "word": "suspended", "reason": "该批数据待核"}
        assert post(client, "/status/many", **asked).status_code == 303


def post(client: Any, path: str, **form: Any) -> Any:
    """The answer to a form of this site's own page."""
    return client.post(path, data=form, headers={"Origin": str(client.base_url).rstrip("/")})
