"""One small house with invented data, its reports, and a stranger who judges them.

Methods are verbs; the real parts run: the commands a person types make the house, and the
verifier a bank installs judges the files.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pikepdf

from records.regions import load_region, shipped_regions
from scripts.commands import Commands, environment
from scripts.demo_data.files import as_csv
from scripts.demo_data.house import BY, make_house
from scripts.demo_data.invented_units import with_invented_units
from scripts.demo_data.maker import Delivery, House
from scripts.demo_data.people import settle
from scripts.demo_data.subjects import WUHAI, DemoSubject, Place
from tests import databases
from tests.world import kept

TODAY = date(2026, 6, 15)
"""The day up to which the invented data reach; any later real day will do."""


@dataclass
class World:
    """A house in a directory of its own."""

    commands: Commands
    house: House
    place: Place = WUHAI
    issued: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def build(
        cls,
        folder: Path,
        *,
        place: Place = WUHAI,
        host: str = "dz.example",
        penalties: int = 60,
        subjects: int = 30,
    ) -> World:
        """A founded house with subjects and, unless ``penalties`` is 0, with files taken in."""
        region = load_region(region_file(place.region))
        house = make_house(region, place, TODAY, subjects=subjects, penalties=penalties or 40)
        name = f"world-{place.region}-{host}-{subjects}-{penalties}"
        commands = kept.house(name, folder, lambda first: cls(first, house, place)._fill(host, penalties > 0))
        return cls(commands, house, place)

    def _fill(self, host: str, deliveries: bool) -> None:
        data = region_file(self.place.region)
        self.commands.found("--region", self.place.region, "--host", host, "--environment", "demo")
        if load_region(data).version.endswith("-demo"):
            self.commands.call("region", "add", str(self._file("region.toml", data)))
        self.import_subjects(self.house.subjects_file)
        for delivery in self.house.deliveries if deliveries else ():
            self.ingest(delivery)

    def import_subjects(self, data: bytes) -> dict[str, Any]:
        """What the import of a subjects file answered."""
        return self.commands.call("subjects", "import", str(self._file("subjects.csv", data))).only

    def ingest(self, delivery: Delivery) -> dict[str, Any]:
        """What the intake of one delivery answered."""
        path = self._file(delivery.name, delivery.content)
        words = ["ingest", str(path), "--kind", delivery.kind, "--unit", delivery.unit, "--by", BY]
        if delivery.through and delivery.from_:
            words += ["--from", delivery.from_.isoformat(), "--through", delivery.through.isoformat()]
        if delivery.domain:
            words += ["--domain", delivery.domain]
        return self.commands.call(*words).only

    def send(self, kind: str, unit: str, rows: list[dict[str, str]], **more: Any) -> dict[str, Any]:
        """What the intake of these rows, sent as one CSV file, answered."""
        header = list(dict.fromkeys(key for row in rows for key in row))
        content = as_csv(header, [[row.get(key, "") for key in header] for row in rows])
        fields = {"domain": None, "from_": None, "through": None} | more
        name = f"{secrets.token_hex(4)}.csv"
        return self.ingest(
            Delivery(name=name, content=content, kind=kind, unit=unit, rows=len(rows), **fields)
        )

    def doubt(self, role: str, document: str) -> None:
        """A row that nobody can read names the subject of ``role``: its domain is 待核 from now on (R3)."""
        subject = self.subject(role)
        delivery = next(item for item in self.house.deliveries if item.kind == "penalty")
        row = {
            "行政相对人名称": subject.name, "行政相对人代码_1(统一社会信用代码)": subject.uscc,
            "行政处罚决定书文号": document, "处罚类别": "罚款", "处罚内容": "罚款1000元",
            "罚款金额(万元)": "0.1", "处罚决定日期": "2025/02/31", "处罚机关": delivery.unit,
        }  # fmt: skip
        self.send("penalty", delivery.unit, [row])

    def _file(self, name: str, data: bytes) -> Path:
        folder = self.home.parent / "in"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
        return folder / name

    @property
    def home(self) -> Path:
        return self.commands.home

    def subject(self, role: str) -> DemoSubject:
        """The subject designed for a role."""
        return next(subject for subject in self.house.subjects if subject.role == role)

    def issue(self, role: str = "records", *words: str) -> Path:
        """A new report about the subject of that role."""
        out = self.home.parent / f"{role}-{secrets.token_hex(4)}.pdf"
        self.commands.call(
            "issue", self.subject(role).uscc, "--purpose", "银行贷款", *words, "--out", str(out)
        )
        return out

    def report(self, role: str = "records") -> Path:
        """A report about the subject of that role; the same one each time."""
        if role not in self.issued:
            self.issued[role] = self.issue(role)
        return self.issued[role]

    def content(self, pdf: Path) -> dict[str, Any]:
        """The signed JSON inside a report, taken out by a PDF library."""
        with pikepdf.open(pdf) as opened:
            decoded: dict[str, Any] = json.loads(opened.attachments["report.json"].get_file().read_bytes())
        return decoded

    def verify(self, *words: str, codes: tuple[int, ...] = (0, 1, 3)) -> dict[str, Any]:
        """The verdict of ``daizheng verify WORDS`` inside the house."""
        return self.commands.call("verify", *words, codes=codes).only

    def export(self) -> Path:
        """A fresh trust bundle."""
        out = self.home.parent / f"{secrets.token_hex(4)}.trust"
        self.commands.call("trust", "export", "--out", str(out))
        return out

    @cached_property
    def bundle(self) -> Path:
        """One trust bundle for every test that needs no newer one."""
        return self.export()

    @cached_property
    def trust(self) -> dict[str, Any]:
        """The bundle's payload, read without checking who signed it."""
        return payload(self.bundle.read_bytes())

    @contextmanager
    def at(self, moment: datetime) -> Iterator[Any]:
        """The opened house with its clock standing at ``moment``."""
        yield replace(self.open(), clock=lambda: moment)

    def settle_people(self) -> None:
        """The demo's sample people may sign in."""
        context = self.open()
        settle(context, self.house, self.place)
        context.store.close()

    def kept(self) -> bytes:
        """All that the database holds, to be searched for what it must not."""
        return databases.kept(self.home, self.commands.variables.get("DAIZHENG_DATABASE_URL"))

    def open(self) -> Any:
        """The opened house, for what no command does."""
        from api import container

        with environment(self.commands.variables):
            return container.open_house(self.home)


def region_file(code: str) -> bytes:
    """The shipped region file of that code, with invented units where it names none."""
    data = next(data for name, data in shipped_regions().items() if name.startswith(code))
    return data if load_region(data).units else with_invented_units(data)


def payload(bundle: bytes) -> dict[str, Any]:
    """The payload of a compact JWS."""
    body = bundle.split(b".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
    return decoded


def days_later(moment: datetime, days: float) -> datetime:
    """``moment`` and so many days."""
    return moment + timedelta(days=days)
