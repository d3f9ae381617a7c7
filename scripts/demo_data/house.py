"""Everything one demo house is fed with: subjects, deliveries, nil reports, and the reports to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from records.region_model import Region
from scripts.demo_data import lists
from scripts.demo_data.bureaus import Bureau
from scripts.demo_data.faults import NO_SUCH_DAY, oddly_written
from scripts.demo_data.files import as_csv
from scripts.demo_data.maker import House, Maker, Shown
from scripts.demo_data.penalties import Row, as_national
from scripts.demo_data.subjects import DemoSubject, Place

BY: Final = "王芳"
_FORMATS: Final = ("xlsx", "csv", "xls", "csv")


def _penalties(make: Maker, rows: int) -> None:
    """Files of penalties, one a unit, in each format by turns; then what the national platform sends."""
    spared = frozenset(subject.uscc for subject in make.by_role.values())
    by_unit: dict[str, list[Row]] = {}
    bureaus = [bureau for bureau in make.bureaus if "penalty" in bureau.kinds]
    for bureau in bureaus:
        by_unit.setdefault(bureau.name, [])
    weights = [4 if bureau.domain in _BUSY else 1 for bureau in bureaus]
    for bureau in make.draw.choices(bureaus, weights, k=rows):
        by_unit[bureau.name].append(make.penalty(bureau))
    designed = _designed(make)
    for bureau, row in designed:
        by_unit[bureau.name].append(row)
    again: list[Row] = []
    platform = make.bureau("development_reform")
    for number, (unit, made) in enumerate(item for item in by_unit.items() if item[1]):
        twice = [row for row in made[::9] if not row["领域"] and unit != platform.name]
        again += [as_national(row, platform) for row in twice]
        ending = _FORMATS[number % len(_FORMATS)]
        dealt = make.dirt.spread("penalty", made, _rows_of(made, spared), formulas=ending == "xlsx")
        sent = [
            oddly_written(make.draw, row) if row is was and row["CF_XDR_SHXYM"] not in spared else row
            for row, was in zip(dealt, made, strict=True)
        ] + _broken(make, unit)
        make.deliver_penalties(f"penalty-{number:02d}.{ending}", unit, sent, codes=ending == "xls")
    again = make.dirt.spread("penalty", again, _rows_of(again, spared))
    make.deliver_penalties("penalty-national.xls", platform.name, again, codes=True, national=True)
    repaired = make.by_role["repaired"].uscc
    mended = [
        row for bureau, row in designed if row["CF_XDR_SHXYM"] == repaired and bureau.domain != "fire_safety"
    ]
    _repairs(make, platform.name, mended)


def _rows_of(rows: list[Row], subjects: frozenset[str]) -> list[int]:
    return [place for place, row in enumerate(rows) if row["CF_XDR_SHXYM"] in subjects]


def _repairs(make: Maker, unit: str, penalties: list[Row]) -> None:
    """What the national site decided about penalties: repaired."""
    rows = [lists.repair_row(row, date(2025, 6, 20)) for row in penalties]
    header = lists.REPAIR_COLUMNS
    make.deliver(
        "repair.csv", "repair", unit, header, [[row[c] for c in header] for row in rows], attested=False
    )


_BUSY: Final = (
    "market_regulation",
    "ecology_environment",
    "fire_safety",
    "transport",
    "emergency_management",
    "taxation",
    "human_resources",
    "housing_construction",
)


def _designed(make: Maker) -> list[tuple[Bureau, Row]]:
    """Penalties on the subjects that reports are shown for."""
    market, fire, ecology = (
        make.bureau(d) for d in ("market_regulation", "fire_safety", "ecology_environment")
    )
    role = make.by_role
    recent = {"decided_on": date(2025, 11, 18), "procedure": "普通程序", "category": "罚款"}
    return [
        (market, make.penalty(market, role["records"], **recent, fine_yuan=20000)),
        (
            ecology,
            make.penalty(
                ecology, role["records"], **recent | {"decided_on": date(2024, 5, 9)}, fine_yuan=277100
            ),
        ),
        (market, make.penalty(market, role["records"], **recent | {"procedure": "简易程序"}, fine_yuan=500)),
        (
            market,
            make.penalty(
                market, role["records"], **recent | {"decided_on": date(2021, 6, 1)}, fine_yuan=3000
            ),
        ),
        (market, make.penalty(market, role["records"], **recent | {"category": "不予处罚"})),
        (
            ecology,
            make.penalty(
                ecology,
                role["repaired"],
                **recent | {"decided_on": date(2024, 3, 4)},
                fine_yuan=8000,
            ),
        ),
        (
            fire,
            make.penalty(
                fire, role["repaired"], **recent | {"decided_on": date(2025, 4, 15)}, fine_yuan=5000
            ),
        ),
        (fire, make.penalty(fire, role["narrowed"], **recent, fine_yuan=10000)),
        (
            market,
            make.penalty(
                market, role["trader"], **recent | {"decided_on": date(2025, 12, 2)}, fine_yuan=1000
            ),
        ),
    ]


def _broken(make: Maker, unit: str) -> list[Row]:
    """A row on the subject whose domain is to be in doubt: a fine whose date no calendar has (rule R3)."""
    fire = make.bureau("fire_safety")
    if unit != fire.name:
        return []
    row = make.penalty(fire, make.by_role["pending"], procedure="普通程序", category="罚款", fine_yuan=2000)
    make.dirt.count(1)
    return [NO_SUCH_DAY(row)]


def _named_lists(make: Maker) -> None:
    """For each unit with lists one file in which each of its lists has entries, the first of them right."""
    by_unit: dict[str, list[Row]] = {}
    right: dict[str, list[int]] = {}
    named = [(entry.domains[0], name) for name, entry in make.region.lists.items()] or _USUAL_LISTS
    for domain, name in named:
        make.lists.add(name)
        if _ABNORMAL in name:
            continue
        bureau = make.bureau(domain, "dishonest-list")
        make.domains.add(domain)
        rows = by_unit.setdefault(bureau.name, [])
        right.setdefault(bureau.name, []).append(len(rows))
        for _ in range(make.draw.randint(2, 4)):
            make.serial += 1
            about = make.draw.choice(make.others)
            rows.append(lists.list_row(make.draw, bureau, about, name, make.serial, make.today))
    for number, (unit, made) in enumerate(by_unit.items()):
        rows = make.dirt.spread("dishonest-list", made, right[unit])
        make.deliver(
            f"dishonest-list-{number:02d}.{_FORMATS[number % 4]}",
            "dishonest-list",
            unit,
            lists.LIST_COLUMNS,
            [[row[c] for c in lists.LIST_COLUMNS] for row in rows],
        )


_ABNORMAL: Final = "经营异常名录"
"""Entries of a list so called have a kind, and files, of their own."""
_USUAL_LISTS: Final = [
    ("court_enforcement", "失信被执行人"),
    ("taxation", "重大税收违法失信主体名单"),
    ("emergency_management", "安全生产严重失信主体名单"),
    ("market_regulation", "市场监督管理严重违法失信名单"),
    ("transport", "严重违法超限超载运输当事人名单"),
]
"""For a region whose annex of lists was not supplied."""


def _by_kind(
    make: Maker,
    kind: str,
    domains: Sequence[str],
    header: Sequence[str],
    make_row: Callable[[Bureau, DemoSubject, int], Row],
    count: int,
) -> None:
    """One file of a kind for each domain that has it."""
    serves = [d for d in make.region.domains if kind in d.kinds and (not domains or d.id in domains)]
    for number, domain in enumerate(serves):
        bureau = make.bureau(domain.id, kind)
        rows: list[Row] = []
        for _ in range(count):
            make.serial += 1
            rows.append(make_row(bureau, make.draw.choice(make.others), make.serial))
        make.domains.add(domain.id)
        rows = make.dirt.spread(kind, rows, ())
        make.deliver(
            f"{kind}-{number:02d}.{_FORMATS[number % 4]}",
            kind,
            bureau.name,
            header,
            [[row[c] for c in header] for row in rows],
        )


def _other_kinds(make: Maker) -> None:
    """Files of the kinds that are neither penalties nor named lists, where the region has them."""
    draw, today = make.draw, make.today
    courts = ("court_enforcement", "justice")
    _by_kind(
        make,
        "abnormal-list",
        (),
        lists.ABNORMAL_COLUMNS,
        lambda b, s, _: lists.abnormal_row(draw, b, s, today),
        40,
    )
    _by_kind(
        make,
        "coercion",
        _BUSY[:4],
        lists.COERCION_COLUMNS,
        lambda b, s, n: lists.coercion_row(draw, b, s, n, today),
        12,
    )
    _by_kind(make, "judgment", courts, lists.JUDGMENT_COLUMNS,
             lambda b, s, n: lists.judgment_row(draw, b, s, n, today), 15)  # fmt: skip


def make_house(
    region: Region,
    place: Place,
    today: date,
    *,
    subjects: int,
    penalties: int,
    seed: int = 20260501,
) -> House:
    """One house's data; the same region, day and numbers give the same bytes."""
    make = Maker(region, place, today, subjects, seed)
    _penalties(make, penalties)
    _named_lists(make)
    _other_kinds(make)
    delivered = {(d.unit, d.kind) for d in make.deliveries if d.through}
    awaited = dict.fromkeys(_awaited(region))
    header = lists.SUBJECT_COLUMNS
    table = [[row[c] for c in header] for row in map(lists.subject_row, make.subjects)]
    return House(
        region=region.code,
        subjects=make.subjects,
        subjects_file=as_csv(header, table),
        deliveries=tuple(make.deliveries),
        nil=tuple(pair for pair in awaited if pair not in delivered and pair[0] not in make.silent),
        through=make.through,
        from_=make.from_,
        shown=_shown(make),
        dirty=make.dirt.made,
        domains=frozenset(make.domains),
        lists=frozenset(make.lists),
    )


def _awaited(region: Region) -> list[tuple[str, str]]:
    """Each unit of the region and each kind of data awaited from it."""
    kinds_of = {domain.id: domain.kinds for domain in region.domains}
    return [
        (unit.name, kind)
        for unit in region.units
        if unit.expected
        for serves in unit.serves
        for kind in (serves.kinds or kinds_of[serves.domain])
    ]


def _shown(make: Maker) -> tuple[Shown, ...]:
    """The reports of a house; own choice of domains only where the region allows it."""
    roles = ["clean", "records", "repaired", "pending", "trader"]
    shown = [Shown(role=role, subject=make.by_role[role]) for role in roles]
    shown[1] = Shown(role="records", subject=make.by_role["records"], variant="full", purpose="申请上市")
    if make.region.settings_at(make.today).choice_allowed:
        chosen = ("market_regulation", "ecology_environment", "taxation")
        shown.append(Shown(role="narrowed", subject=make.by_role["narrowed"], domains=chosen, purpose="投标"))
    return tuple(shown)
