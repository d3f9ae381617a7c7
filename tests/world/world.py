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

from records.regions import load_region, shipped_regions
from scripts.commands import Commands
from scripts.demo_data.house import BY, House, make_house
from scripts.demo_data.subjects import WUHAI, DemoSubject

TODAY = date(2026, 6, 15)
"""The day up to which the invented data reach; any later real day will do."""


@dataclass
class World:
    """A house in a directory of its own."""

    commands: Commands
    house: House
    issued: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def build(cls, folder: Path, *, host: str = "dz.example", penalties: int = 60) -> World:
        """A founded house with subjects and files taken in."""
        home = folder / "house"
        commands = Commands(home)
        data = next(data for name, data in shipped_regions().items() if name.startswith(WUHAI.region))
        commands.call("init", "--region", WUHAI.region, "--host", host, "--environment", "demo")
        house = make_house(load_region(data), WUHAI, TODAY, subjects=30, penalties=penalties)
        world = cls(commands, house)
        world._take_in(folder)
        return world

    def _take_in(self, folder: Path) -> None:
        files = folder / "in"
        files.mkdir()
        (files / "subjects.csv").write_bytes(self.house.subjects_file)
        self.commands.call("subjects", "import", str(files / "subjects.csv"))
        for delivery in self.house.deliveries:
            (files / delivery.name).write_bytes(delivery.content)
            words = [
                "ingest",
                str(files / delivery.name),
                "--kind",
                delivery.kind,
                "--unit",
                delivery.unit,
                "--by",
                BY,
            ]
            if delivery.through and delivery.from_:
                words += ["--from", delivery.from_.isoformat(), "--through", delivery.through.isoformat()]
            self.commands.call(*words)

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

    def open(self) -> Any:
        """The opened house, for what no command does."""
        from api import container
        from scripts.commands import environment

        with environment(self.commands.variables):
            return container.open_house(self.home)


def payload(bundle: bytes) -> dict[str, Any]:
    """The payload of a compact JWS."""
    body = bundle.split(b".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
    return decoded


def days_later(moment: datetime, days: float) -> datetime:
    """``moment`` and so many days."""
    return moment + timedelta(days=days)
