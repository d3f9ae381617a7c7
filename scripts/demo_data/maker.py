"""What one demo house is fed with, and the hand that draws it row by row and file by file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from records.region_model import Region
from scripts.demo_data.bureaus import Bureau, bureaus_of
from scripts.demo_data.faults import Dirt
from scripts.demo_data.files import as_csv, as_xls, as_xlsx
from scripts.demo_data.invented_units import UNCOLLECTED, invented_id
from scripts.demo_data.penalties import COLUMNS, EXTRA, Row, Wish, penalty
from scripts.demo_data.subjects import DemoSubject, Place, make_subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One file that a unit sends."""

    name: str
    content: bytes
    kind: str
    unit: str
    rows: int
    from_: date | None
    through: date | None
    """None: the file moves no watermark."""
    domain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One report that the demo issues."""

    role: str
    subject: DemoSubject
    domains: tuple[str, ...] = ()
    """Empty: all domains."""
    variant: str = "summary"
    purpose: str = "银行贷款"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What goes into one house, in order."""

    region: str
    subjects: tuple[DemoSubject, ...]
    subjects_file: bytes
    deliveries: tuple[Delivery, ...]
    nil: tuple[tuple[str, str], ...]
    """Unit and kind of each nil report."""
    through: date
    from_: date
    shown: tuple[Shown, ...]
    dirty: int
    """Rows in ``deliveries`` made so that they go back."""
    domains: frozenset[str]
    """Domains with rows of their own."""
    lists: frozenset[str]
    """Named lists with rows of their own."""

    @property
    def rows(self) -> int:
        """Rows of data in all deliveries."""
        return sum(delivery.rows for delivery in self.deliveries)


class Maker:
    """Draws one house; each method adds deliveries in a fixed order, so one seed gives one house."""

    def __init__(self, region: Region, place: Place, today: date, subjects: int, seed: int) -> None:
        self.draw = Random(f"{seed}/{region.code}")
        self.region, self.today = region, today
        self.from_ = min(date(2021, 1, 1), today)
        self.through = today - timedelta(days=1)
        self.subjects = make_subjects(self.draw, place, subjects)
        self.by_role = {subject.role: subject for subject in self.subjects if subject.role}
        self.others = [subject for subject in self.subjects if not subject.role]
        self.bureaus = bureaus_of(self.draw, region)
        self.deliveries: list[Delivery] = []
        self.serial = 100
        self.dirt = Dirt(self.draw)
        self.domains: set[str] = set()
        self.lists: set[str] = set()
        self.silent = frozenset(
            unit.name for unit in region.units if unit.id in {invented_id(domain) for domain in UNCOLLECTED}
        )
        """Units that send rows but have not attested anything: their domains are 未归集."""

    def bureau(self, domain: str, kind: str = "penalty") -> Bureau:
        """The first bureau of a domain that sends this kind."""
        return next(b for b in self.bureaus if b.domain == domain and kind in b.kinds)

    def penalty(self, bureau: Bureau, subject: DemoSubject | None = None, **wish: object) -> Row:
        """One right penalty row with the next document number."""
        self.serial += 1
        self.domains.add(bureau.domain)
        about = subject or self.draw.choice(self.others)
        return penalty(self.draw, bureau, about, self.serial, Wish(**wish), self.today)  # type: ignore[arg-type]

    def deliver(
        self,
        name: str,
        kind: str,
        unit: str,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        attested: bool = True,
        domain: str | None = None,
    ) -> None:
        """Adds one file; the ending of its name says the format."""
        attested = attested and unit not in self.silent
        title = f"{unit}{self.today.year}年数据归集表"
        content = {
            "csv": lambda: as_csv(header, rows),
            "xls": lambda: as_xls(header, rows),
            "xlsx": lambda: as_xlsx(title, header, rows),
        }[name.rpartition(".")[2]]()
        self.deliveries.append(
            Delivery(
                name=name,
                content=content,
                kind=kind,
                unit=unit,
                rows=len(rows),
                domain=domain,
                from_=self.from_ if attested else None,
                through=self.through if attested else None,
            )
        )

    def deliver_penalties(
        self, name: str, unit: str, rows: list[Row], *, codes: bool, national: bool = False
    ) -> None:
        """Adds one penalty file, with column codes or with Chinese names and their marks."""
        extra = () if national else EXTRA
        header = [code if codes else (f"*{label}" if must else label) for code, label, must in COLUMNS] + [
            *extra
        ]
        keys = [code for code, _, _ in COLUMNS] + [*extra]
        self.deliver(
            name,
            "penalty",
            unit,
            header,
            [[row.get(key, "") for key in keys] for row in rows],
            attested=not national,
        )
