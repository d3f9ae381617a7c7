"""A house and the files a bureau's clerk makes by hand: one row for each thing that can go wrong.

Everything goes in and comes out as for a person: files, commands, PDF text, attached JSON, verdicts.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import pikepdf
import pypdfium2

from api import container
from scripts.commands import Answer, Commands, environment
from scripts.demo_data.codes import resident_number, uscc
from tests.unit.api.house_kit import PENALTY_HEADER, SUBJECT_HEADER, fine, firm, table
from tests.world import kept
from tests.world.world import region_file

__all__ = ["PENALTY_HEADER", "Clerk", "Issued", "fine", "firm", "table"]

OPERATOR = "王操作"
REGISTER = (*SUBJECT_HEADER, "工商注册号", "组织机构代码", "证件类型", "证件号码")


@dataclass(frozen=True)
class Issued:
    """A report as those see it who hold the file."""

    clerk: Clerk
    path: Path
    said: dict[str, Any]

    @cached_property
    def text(self) -> str:
        """What stands on the pages, without blanks: a line may break anywhere."""
        with pypdfium2.PdfDocument(self.path) as opened:
            pages = [page.get_textpage().get_text_bounded() for page in opened]
        return "".join("".join(pages).split())

    @cached_property
    def content(self) -> dict[str, Any]:
        """The signed JSON."""
        with pikepdf.open(self.path) as opened:
            decoded: dict[str, Any] = json.loads(opened.attachments["report.json"].get_file().read_bytes())
        return decoded

    @cached_property
    def verdict(self) -> dict[str, Any]:
        """What ``daizheng verify --json`` says inside the house."""
        return self.clerk.commands.call("verify", str(self.path), codes=(0, 1, 3)).only

    def domain(self, id_: str) -> dict[str, Any]:
        """The line of one domain."""
        line: dict[str, Any] = next(line for line in self.content["domains"] if line["id"] == id_)
        return line

    @property
    def totals(self) -> dict[str, Any]:
        """Counts and sums."""
        found: dict[str, Any] = self.content["totals"]
        return found

    @property
    def marks(self) -> dict[str, list[str]]:
        """文号 or 名单名称 of each record to its marks (full variant)."""
        found = {}
        for item in self.content["records"]["items"]:
            shown = {field["id"]: field.get("value", "") for field in item["fields"]}
            name = shown.get("CF_WSH") or shown.get("案号") or shown.get("名单名称") or item["kind"]
            found[name] = item["marks"]
        return found

    @property
    def pending(self) -> set[str]:
        """The domains in 待核."""
        return {line["id"] for line in self.content["domains"] if line["data_state"] == "pending"}


@dataclass
class Clerk:
    """Makes files for one house, sends them and asks for reports."""

    commands: Commands
    region: str
    draw: Random = field(default_factory=lambda: Random(20))
    firms: dict[str, str] = field(default_factory=dict)
    """Short name to USCC."""

    @classmethod
    def found(cls, folder: Path, region: str = "150300") -> Clerk:
        """A new house of that region; one without units of its own gets invented ones."""
        commands = kept.house(f"clerk-{region}", folder, lambda first: cls(first, region)._found())
        return cls(commands, region)

    def _found(self) -> None:
        words = ("--region", self.region, "--host", "dz.example", "--environment", "demo")
        self.commands.found(*words, "--operator", OPERATOR)
        if self.region != "150300":
            self.commands.call("region", "add", self.file(region_file(self.region), "region.toml"))

    @property
    def home(self) -> Path:
        return self.commands.home

    def file(self, data: bytes, name: str | None = None) -> str:
        """The path of a new file with that content."""
        folder = self.home.parent / "in"
        folder.mkdir(exist_ok=True)
        path = folder / (name or f"{secrets.token_hex(4)}.csv")
        path.write_bytes(data)
        return str(path)

    @property
    def place(self) -> dict[str, str]:
        """登记机关 and 住所 within the region."""
        if self.region == "150300":
            return {}
        return {"登记机关": "太原市市场监督管理局", "住所": "太原市小店区1号"}

    def name(self, short: str) -> str:
        """The registered name of a firm."""
        return f"{short}商贸有限公司"

    def register(self, *shorts: str, **more: str) -> dict[str, Any]:
        """Register firms by their short names."""
        rows = []
        for short in shorts:
            self.firms[short] = code = uscc(self.draw, "150302", "91")
            rows.append(firm(self.name(short), code, **self.place) | more)
        return self.register_rows(*rows)

    def register_rows(self, *rows: Mapping[str, str]) -> dict[str, Any]:
        """Import these rows of a register file."""
        return self.commands.call("subjects", "import", self.file(table(REGISTER, rows))).only

    def person(self) -> str:
        """A new resident identity number."""
        return resident_number(self.draw, "150302")

    def penalty(self, short: str, number: str, **more: str) -> dict[str, str]:
        """A penalty row of 2,000 yuan about a registered firm."""
        return fine(number, self.firms[short], self.name(short), **more)

    def send(
        self, *rows: Mapping[str, str], kind: str = "penalty", unit: str = "", words: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """What the intake of these rows, sent as one CSV file, answered."""
        header = tuple(dict.fromkeys(key for row in rows for key in row))
        return self.send_file(self.file(table(header, rows)), "--kind", kind, *words, unit=unit)

    def send_file(self, path: str, *words: str, unit: str = "") -> dict[str, Any]:
        """What the intake of that file answered."""
        sender = unit or ("乌海市市场监督管理局" if self.region == "150300" else "demo_market_regulation")
        return self.commands.call("ingest", path, "--unit", sender, "--by", "张三", *words).only

    def nil(self, kind: str, first: str, last: str, unit: str) -> dict[str, Any]:
        """What a nil report for those days answered."""
        return self.commands.call(
            "ingest",
            "--nil",
            "--unit",
            unit,
            "--kind",
            kind,
            "--by",
            "张三",
            "--from",
            first,
            "--through",
            last,
        ).only

    def issue(self, subject: str, *words: str) -> Issued:
        """A new full report about a firm's short name, a code or a subject id."""
        out = self.home.parent / f"{secrets.token_hex(4)}.pdf"
        said = self._issue(subject, str(out), *words)
        return Issued(self, out, said.only)

    def refused(self, subject: str, *words: str, code: int = 1) -> dict[str, Any]:
        """What was said to somebody who gets no report."""
        return self._issue(subject, str(self.home.parent / "none.pdf"), *words, codes=(code,)).only

    def _issue(self, subject: str, out: str, *words: str, codes: tuple[int, ...] = (0,)) -> Answer:
        key = self.firms.get(subject, subject)
        given = ["issue", key, "--purpose", "银行贷款", "--variant", "full", *words, "--out", out]
        return self.commands.call(*given, codes=codes)

    def subject_id(self, name: str) -> str:
        """The id by which a natural person is addressed."""
        with environment(self.commands.variables):
            context = container.open_house(self.home)
        with closing(context.store), context.store.reading() as work:
            (row,) = work.subjects.keys("name", [name])
        return str(row["id"])


def codes(said: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Row and code of everything in quarantine."""
    return [(row["row"], row["code"]) for row in said["quarantine"]]
