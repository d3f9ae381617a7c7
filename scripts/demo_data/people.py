"""Sample people of the demo, one of every role: enterprises, receivers, the house's own staff."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Final

from api.services.access.agents import give_authority
from api.services.access.demo_sign_in import ISSUER, DemoPerson, write_people
from api.services.access.organisations import Contact, decide, register
from api.services.access.principal import Principal
from api.services.access.roles import REQUESTING, Role
from api.services.access.sessions import Identity, person_of, role_holder
from api.services.access.staff import Admission, admit
from api.services.context import Context
from domain.times import shanghai_day
from scripts.demo_data.codes import uscc
from scripts.demo_data.maker import House
from scripts.demo_data.subjects import DemoSubject, Place

BY: Final = "演示程序"
SEED: Final = 20260701
_AGENT_DAYS: Final = 90
_STAFF: Final = (
    ("operator", "孟信之", Role.OPERATOR, None, "信用中心操作员：复核、答复反馈"),
    ("operator-local", "纪海宁", Role.OPERATOR, "local", "区县操作员：只看得到本区县"),
    ("window", "尹悦心", Role.WINDOW, None, "政务服务窗口"),
    ("auditor", "严审言", Role.AUDITOR, None, "审计员：查看每一次查询"),
    ("security", "安守正", Role.SECURITY_ADMINISTRATOR, None, "安全管理员：审核单位、管理人员"),
    ("system", "易维新", Role.SYSTEM_ADMINISTRATOR, None, "系统管理员"),
)


def sample_people(house: House, place: Place) -> tuple[DemoPerson, ...]:
    """The people who may sign in to the demo of ``house``, by name and role."""
    draw = Random(SEED)
    city, code = place.city, place.districts[0][0]
    records, clean, trader = (_subject(house, role) for role in ("records", "clean", "trader"))
    outside = [
        ("bank", "金若水", Role.RECEIVER, f"{city}演示商业银行", "91", "银行：经授权查看报告"),
        ("tender", "招文卿", Role.RECEIVER, f"{city}演示招标代理有限公司", "91", "招标代理：经授权查看报告"),
        ("authority", "郑法言", Role.AUTHORITY, f"{city}演示行政机关", "11", "机关：凭法律依据查询"),
        ("unit", "舒远航", Role.UNIT, f"{city}演示数源单位", "11", "数源单位"),
    ]
    return (
        _of_subject("enterprise-records", records, "企业法定代表人：有记录的企业"),
        _of_subject("enterprise-clean", clean, "企业法定代表人：无记录的企业"),
        _of_subject("trader", trader, "个体工商户经营者"),
        DemoPerson(
            id="agent",
            name="经小办",
            role=Role.AGENT,
            organisation=records.uscc,
            organisation_name=records.name,
            words="经办人：为有记录的企业办事",
        ),
        *(
            DemoPerson(
                id=id_, name=name, role=role, organisation=uscc(draw, code, leading), organisation_name=body,
                words=words,
            )
            for id_, name, role, body, leading, words in outside
        ),
        *(DemoPerson(id=id_, name=name, role=role, words=words) for id_, name, role, _, words in _STAFF),
    )  # fmt: skip


def settle(context: Context, house: House, place: Place) -> tuple[DemoPerson, ...]:
    """The sample people are in the house: staff admitted, receivers approved, the agent's authority given."""
    people = {person.id: person for person in sample_people(house, place)}
    for id_, name, role, territory, _ in _STAFF:
        limited = place.districts[0][1] if territory else None
        admit(context, Admission(name=name, role=role.value, login=id_, territory=limited), by=BY)
    security = _principal(context, people["security"])
    for person in people.values():
        if person.role in REQUESTING:
            contact = Contact(name=person.name, phone="000-0000000")
            made = register(
                context, _principal(context, person), contact=contact, purpose="演示：核验企业信用"
            )
            decide(context, security, made.id, decision="approve", reason="")
    owner = _principal(context, people["enterprise-records"])
    until = shanghai_day(context.clock()) + timedelta(days=_AGENT_DAYS)
    give_authority(context, owner, login="agent", name=people["agent"].name, until=until)
    write_people(context.home, tuple(people.values()))
    return tuple(people.values())


def _principal(context: Context, person: DemoPerson) -> Principal:
    now = context.clock()
    identity = Identity(
        issuer=ISSUER,
        sub=person.id,
        name=person.name,
        role=person.role,
        organisation=person.organisation,
        organisation_name=person.organisation_name,
        authenticated_at=now,
    )
    with context.store.writing() as work:
        found = role_holder(work, identity, person_of(context, work, identity, now), now)
        work.commit()
    if found is None:
        raise LookupError(person.id)
    return found


def _subject(house: House, role: str) -> DemoSubject:
    return next(subject for subject in house.subjects if subject.role == role)


def _of_subject(id_: str, subject: DemoSubject, words: str) -> DemoPerson:
    return DemoPerson(
        id=id_,
        name=subject.representative,
        role=Role.ENTERPRISE,
        organisation=subject.uscc,
        organisation_name=subject.name,
        words=words,
    )
