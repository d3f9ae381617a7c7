"""A real house in a temporary directory with a clock that tests move."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from api import container
from api.services.context import Context
from api.services.house.founding import Founding, found
from api.services.intake.ingest import Delivery, Received, receive
from api.services.intake.subjects import Imported, import_subjects
from api.services.issuing.issue import IssuingDesk
from api.services.verifying import OwnVerifier
from api.settings import HouseSettings, write_house
from domain.report import Environment
from keys.roles import Role
from keys.vault import Kdf
from records.model import Kind
from tests import databases
from verifier.limits import DEFAULT_LIMITS
from verifier.worker.pool import WorkerPool

PASSPHRASE = b"a passphrase for tests"
START = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)
UNIT = "market_regulation"


def uscc(body: str) -> str:
    """The 18 characters whose check digits fit ``body`` (the first 16)."""
    from stdnum.cn import uscc as stdnum

    from domain.identifiers import organisation_check_digit

    seventeen = body + organisation_check_digit(body[8:16])
    return seventeen + stdnum.calc_check_digit(seventeen)


FIRM, OTHER_FIRM, THIRD_FIRM = (
    uscc("91150302MA0N0A01"),
    uscc("91150303MA0N0A02"),
    uscc("91150304MA0N0A03"),
)

SUBJECT_HEADER = (
    "主体名称", "统一社会信用代码", "主体类型", "法定代表人", "成立日期", "住所", "登记机关", "登记状态",
)  # fmt: skip
PENALTY_HEADER = (
    "行政相对人名称", "行政相对人类别", "行政相对人代码_1(统一社会信用代码)", "行政处罚决定书文号", "违法行为类型",
    "违法事实", "处罚依据", "处罚类别", "处罚内容", "罚款金额(万元)", "处罚决定日期", "处罚有效期", "公示截止期",
    "处罚机关", "处罚机关统一社会信用代码", "数据来源单位", "数据来源单位统一社会信用代码", "处罚程序",
)  # fmt: skip


def table(header: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    """A CSV file in UTF-8."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def firm(name: str, code: str, **more: str) -> dict[str, str]:
    """One row of a register file."""
    return {
        "主体名称": name, "统一社会信用代码": code, "主体类型": "公司", "法定代表人": "赵一", "成立日期": "2015-03-02",
        "住所": "乌海市海勃湾区新华大街1号", "登记机关": "乌海市市场监督管理局", "登记状态": "存续",
    } | more  # fmt: skip


def fine(number: str, code: str = FIRM, name: str = "乌海市甲商贸有限公司", **more: str) -> dict[str, str]:
    """One penalty row of 2,000 yuan by the city's market regulator."""
    return {
        "行政相对人名称": name, "行政相对人类别": "法人及非法人组织",
        "行政相对人代码_1(统一社会信用代码)": code, "行政处罚决定书文号": number, "违法行为类型": "虚假宣传",
        "违法事实": "在经营场所发布虚假广告。", "处罚依据": "《中华人民共和国广告法》第五十五条", "处罚类别": "罚款",
        "处罚内容": "罚款2000元", "罚款金额(万元)": "0.2", "处罚决定日期": "2024/03/05", "处罚有效期": "2099/12/31",
        "处罚机关": "乌海市市场监督管理局", "数据来源单位": "乌海市市场监督管理局", "处罚程序": "普通程序",
    } | more  # fmt: skip


def found_template(home: Path) -> Path:
    """A founded house whose passphrase is cheap to try, with two firms registered."""
    url = databases.fresh(home)
    settings = HouseSettings(region="150300", host="dz.example", environment="test", database_url=url)
    plan = Founding(
        home=home, root_dir=home / "root", database_url=container.database_url(home, settings), region="150300",
        host="dz.example", environment=Environment.TEST, issuer="乌海市信用中心(测试)", operator="王操作",
        kdf=Kdf(log2_n=14),
    )  # fmt: skip
    found(plan, passphrase=PASSPHRASE, root_passphrase=None, now=START, entropy=os.urandom)
    write_house(home, settings)
    kit = HouseKit.open(home)
    kit.now = START
    kit.register(firm("乌海市甲商贸有限公司", FIRM), firm("乌海市乙建材有限公司", OTHER_FIRM))
    kit.close()
    return home


_POOLS: dict[bytes, WorkerPool] = {}


def shared_workers(context: Context) -> WorkerPool:
    """One warm worker for all copies of a house; they trust the same root."""
    root = context.keys.certificate(Role.ROOT)
    if root not in _POOLS:
        _POOLS[root] = WorkerPool((root,), DEFAULT_LIMITS)
    return _POOLS[root]


def end_workers() -> None:
    """End every shared worker."""
    while _POOLS:
        _POOLS.popitem()[1].close()


@dataclass
class HouseKit:
    """An opened house; ``now`` is its clock, which moves a little at each reading."""

    context: Context
    now: datetime = START + timedelta(hours=1)
    _verifier: OwnVerifier | None = field(default=None)

    @classmethod
    def copy(cls, template: Path, home: Path) -> HouseKit:
        """A copy of a template house."""
        shutil.copytree(template, home)
        databases.copied(template, home)
        return cls.open(home)

    @classmethod
    def open(cls, home: Path) -> HouseKit:
        """The house in ``home`` under a clock of our own."""
        secret = home.parent / f"{home.name}.passphrase"
        secret.write_bytes(PASSPHRASE)
        kit = cls(container.open_house(home, passphrase_file=secret))
        kit.context = replace(kit.context, clock=kit.tick)
        return kit

    def tick(self) -> datetime:
        """The present instant, a millisecond after the last."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def register(self, *rows: Mapping[str, str]) -> Imported:
        """Import these subjects."""
        data = table(SUBJECT_HEADER, rows)
        return import_subjects(self.context, data, "subjects.csv", by="李经办", now=self.tick())

    def send(self, *rows: Mapping[str, str], header: Sequence[str] = PENALTY_HEADER, **more: Any) -> Received:
        """Send these rows as one file."""
        return self.send_file(table(header, rows), **more)

    def send_file(self, data: bytes | None, **more: Any) -> Received:
        """Send this file."""
        said: dict[str, Any] = {"kind": Kind.PENALTY, "unit": UNIT, "by": "张三", "file_name": "p.csv"} | more
        return receive(self.context, Delivery(data=data, **said), now=self.tick())

    def attest_everything(self, through: date) -> None:
        """Nil reports for every expected unit and kind, so that all data states are current."""
        from api.services.house.regions import own_region

        with self.context.store.reading() as work:
            region = own_region(self.context, work)
        for unit in region.units:
            for kind in (Kind.PENALTY, Kind.DISHONEST_LIST, Kind.ABNORMAL_LIST):
                self.send_file(None, unit=unit.id, kind=kind, complete_to=through)

    def records(self, code: str = FIRM) -> tuple[Any, ...]:
        """The versions in force about the subject with that USCC."""
        with self.context.store.reading() as work:
            subject = work.subjects.by_uscc(code)
            return () if subject is None else work.records.of_subject(subject.id)

    def doubts(self, code: str = FIRM, as_of: datetime | None = None) -> tuple[Any, ...]:
        """The doubts about that subject."""
        from api.services.intake.subject_index import keys_of_subject

        with self.context.store.reading() as work:
            subject = work.subjects.by_uscc(code)
            assert subject is not None
            return work.quarantine.doubts(subject.id, keys_of_subject(subject), as_of or self.tick())

    @property
    def verifier(self) -> OwnVerifier:
        """One warm verifier for all reports of this house."""
        if self._verifier is None:
            self._verifier = OwnVerifier(self.context, None, workers=shared_workers(self.context))
        return self._verifier

    @property
    def desk(self) -> IssuingDesk:
        """An issuing desk."""
        return IssuingDesk(self.context, self.verifier)

    def close(self) -> None:
        """Close database and workers."""
        if self._verifier is not None:
            self._verifier.close()
        self.context.store.close()
