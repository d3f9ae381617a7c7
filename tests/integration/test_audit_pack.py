"""A report's whole life as one file: packed by the house, judged by somebody who has only the file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.services.auditing.packing import audit_pack
from api.services.house.trust import export
from api.services.issuing.issue import Issued
from api.services.issuing.orders import Order
from api.services.status.changing import set_status
from api.services.status.publishing import GAP, publish_due
from domain import audit_pack as packs
from domain.errors import NotFound
from domain.leaf import LeafType
from tests.unit.api.house_kit import FIRM, HouseKit
from verifier.audit_pack import PackReport, PackStatus, check_pack


def _issued(kit: HouseKit) -> str:
    done = kit.desk.issue(Order(subject=FIRM, purpose="银行贷款"))
    assert isinstance(done, Issued)
    return done.number


def _judged(kit: HouseKit, number: str) -> PackReport:
    data = packs.encode(audit_pack(kit.context, number, kit.context.clock()))
    return check_pack(data, trust=None, anchor_sha256=kit.context.house.anchor_sha256)


def test_issued_suspended_revoked(kit: HouseKit) -> None:
    number, other = _issued(kit), _issued(kit)
    set_status(kit.context, number, "suspended", "查询中", by="王操作")
    set_status(kit.context, other, "suspended", "查询中", by="王操作")
    set_status(kit.context, number, "revoked", "数据错误", by="王操作")
    kit.now += GAP
    publish_due(kit.context, kit.context.clock())
    report = _judged(kit, number)
    assert (report.status, report.problems) == (PackStatus.CLEAN, ())
    kinds = [item.leaf.type for item in report.life]
    assert [kind for kind in kinds if kind is not LeafType.LIST_PUBLICATION] == [
        LeafType.KEY_EVENT,
        LeafType.COMMITMENT,
        LeafType.SIGNED_FILE,
        LeafType.STATUS_CHANGE,
        LeafType.STATUS_CHANGE,
    ]
    assert kinds[-1] is LeafType.LIST_PUBLICATION
    with kit.context.store.reading() as work:
        line = work.reports.get(number)
    assert line is not None
    assert report.file_sha256 == line.file_sha256


def test_the_pack_of_one_report_is_not_that_of_another(kit: HouseKit) -> None:
    number, other = _issued(kit), _issued(kit)
    pack = audit_pack(kit.context, number, kit.context.clock())
    swapped = packs.encode(replace(pack, number=other))
    report = check_pack(swapped, trust=export(kit.context, kit.context.clock()).opened, anchor_sha256=None)
    assert report.status is PackStatus.BREACH
    assert {problem.code for problem in report.problems} >= {"pack_opening", "pack_no_commitment"}


def test_an_unknown_number_has_no_pack(kit: HouseKit) -> None:
    with pytest.raises(NotFound, match="number_unknown_here"):
        audit_pack(kit.context, "15030020260101ABCDEF00", kit.context.clock())
