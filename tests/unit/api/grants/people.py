"""Who takes part in a grant, and what they do to one report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from api.services.access.principal import Principal
from api.services.access.roles import Role
from api.services.grants.making import Made, make
from api.services.grants.wishes import Wish
from api.services.grants.withdrawing import looks_at_own
from domain.errors import CreditDocError
from tests.unit.api.house_kit import FIRM, OTHER_FIRM, THIRD_FIRM, HouseKit

BANK, COURT = THIRD_FIRM, OTHER_FIRM


def somebody(role: Role, organisation: str | None, **more: object) -> Principal:
    return replace(
        Principal(
            person=uuid4(), sub=role.value, name=f"某{role.value}", role=role, organisation=organisation,
            organisation_name="某单位",
        ),
        **more,
    )  # fmt: skip


OWNER = somebody(Role.ENTERPRISE, FIRM)
AGENT = somebody(Role.AGENT, FIRM)
STRANGER = somebody(Role.ENTERPRISE, OTHER_FIRM)
CLERK = somebody(Role.RECEIVER, BANK, organisation_id=uuid4())
OTHER_CLERK = somebody(Role.RECEIVER, OTHER_FIRM, organisation_id=uuid4())
OFFICER = somebody(Role.AUTHORITY, COURT, organisation_id=uuid4())


def number_of(kit: HouseKit) -> str:
    with kit.context.store.reading() as work:
        subject = work.subjects.by_uscc(FIRM)
        assert subject is not None
        return work.reports.of_subject(subject.id)[0].number


def granted(kit: HouseKit, **more: object) -> Made:
    return make(kit.context, OWNER, number_of(kit), Wish(purpose="贷款审查", **more))  # type: ignore[arg-type]


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(CreditDocError) as error:
        act()
    return error.value.code


def acts(kit: HouseKit) -> list[str]:
    return [look.act for look in looks_at_own(kit.context, OWNER)]
