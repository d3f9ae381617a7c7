"""People of the desks' tests, and a house whose region reviews by a person."""

from __future__ import annotations

from uuid import UUID

from api.services.access.principal import Principal
from api.services.access.roles import Role
from api.services.house.regions import add
from api.services.issuing.issue import Issued
from api.services.issuing.orders import Order
from records.model import Subject
from records.regions import shipped_regions
from tests.unit.api.house_kit import FIRM, OTHER_FIRM, HouseKit, fine

HELD = fine("乌市监罚〔2024〕9号", 处罚决定日期="2024/02/30")
"""A row that names the firm and cannot be read."""


def enterprise(code: str = FIRM) -> Principal:
    """Somebody who signed in for the firm."""
    return Principal(
        person=UUID(int=1 if code == FIRM else 2),
        sub="e",
        name="赵一",
        role=Role.ENTERPRISE,
        organisation=code,
    )


def stranger() -> Principal:
    """Somebody who signed in for another firm."""
    return enterprise(OTHER_FIRM)


def staff(role: Role = Role.WINDOW, name: str = "孙窗口", **more: str) -> Principal:
    """A member of staff."""
    return Principal(person=UUID(int=9), sub="w", name=name, role=role, **more)  # type: ignore[arg-type]


def firm(kit: HouseKit, code: str = FIRM) -> Subject:
    """The firm as registered."""
    with kit.context.store.reading() as work:
        found = work.subjects.by_uscc(code)
    assert found is not None
    return found


def issued(kit: HouseKit, **asked: str) -> Issued:
    """One report about the firm."""
    done = kit.desk.issue(Order(subject=FIRM, channel="desk", **asked))  # type: ignore[arg-type]
    assert isinstance(done, Issued)
    return done


def review_by_person(kit: HouseKit) -> None:
    """A doubt stops an application from now on."""
    data = next(data for name, data in shipped_regions().items() if name.startswith("150300"))
    changed = data.replace(b'"automatic"', b'"person"').replace(
        b'version = "2024"', b'version = "2024-person"'
    )
    assert changed != data
    add(kit.context, changed, by="王操作", now=kit.tick())
