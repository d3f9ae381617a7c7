"""Small honest inputs for the tests of counting, covering and composing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from domain.report import Environment, Variant
from records.compose import Composed, ComposeInput, ReportRequest, Reservation, compose
from records.model import Category, CreditRecord, Doubt, Kind, Procedure, Subject, SubjectKeys, Watermark
from records.region_model import Region
from records.regions import load_region, shipped_region

SPACE = UUID("0192d8a0-0000-7000-8000-000000000000")
LONG_AGO = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)

WUHAI = shipped_region("150300")
SHANXI = shipped_region("140000")
THIRD = load_region((Path(__file__).parent / "990100-2026.toml").read_bytes())


def uid(name: str) -> UUID:
    return uuid5(SPACE, name)


COMPANY = Subject(
    id=uid("company"),
    version=uid("company-1"),
    name="乌海市某某商贸有限公司",
    kind="company",
    uscc="91320100748204660Q",
    registration_authority="乌海市海勃湾区市场监督管理局",
    residence="内蒙古自治区乌海市海勃湾区",
    recorded_at=LONG_AGO,
)
LOCAL = replace(
    COMPANY,
    name="太原市某某商贸有限公司",
    registration_authority="太原市小店区市场监督管理局",
    residence="太原市小店区",
)


def penalty(name: str = "p", **changes: Any) -> CreditRecord:
    """A counted penalty of the fire service, 5,000 yuan, by ordinary procedure."""
    record = CreditRecord(
        id=uid(name),
        version=uid(name + "/1"),
        kind=Kind.PENALTY,
        identity=name,
        subject=COMPANY.id,
        keys=SubjectKeys(name=COMPANY.name),
        unit="fire_rescue",
        domains=("fire_safety",),
        document_number=f"消罚决字〔2024〕{name}号",
        decided_on=date(2024, 5, 6),
        procedure=Procedure.ORDINARY,
        categories=(Category.FINE,),
        fine_fen=500_000,
        recorded_at=LONG_AGO,
        fields={
            "CF_CFJG": "市消防救援支队",
            "CF_SY": "占用消防车通道",
            "CF_YJ": "《中华人民共和国消防法》",
            "CF_NR": "罚款5000元",
        },
    )
    return replace(record, **changes)


def listing(name: str = "l", **changes: Any) -> CreditRecord:
    """An entry of a dishonest list that stands to this day."""
    settled: dict[str, Any] = {
        "kind": Kind.DISHONEST_LIST,
        "list_name": "消防安全领域黑名单",
        "procedure": None,
        "categories": (),
        "fine_fen": 0,
        "document_number": None,
        "fields": {"列入事由": "拒不整改"},
    }
    return penalty(name, **{**settled, **changes})


def attest(
    region: Region,
    day: date = TODAY,
    first: date | None = None,
    *,
    leave_out: Iterable[str] = (),
) -> list[Watermark]:
    """A watermark of each awaited unit and kind up to ``day``, but for the units left out."""
    start = first or region.settings_at(TODAY).window_start(TODAY)
    pairs = sorted(
        {
            (unit.id, kind)
            for unit in region.units
            if unit.expected and unit.id not in leave_out
            for entry in region.domains
            for kind in entry.kinds
            if any(s.domain == entry.id for s in unit.serves)
        }
    )
    return [watermark(unit, Kind(kind), start, day) for unit, kind in pairs]


def watermark(unit: str, kind: Kind, first: date, last: date, **changes: Any) -> Watermark:
    mark = Watermark(
        id=uid(f"{unit}/{kind}/{first}/{last}"),
        unit=unit,
        kind=kind,
        domains=(),
        complete_from=first,
        complete_to=last,
        attested_by="张敏",
        nil=True,
        recorded_at=LONG_AGO,
    )
    return replace(mark, **changes)


def doubt(domains: tuple[str, ...] = (), **changes: Any) -> Doubt:
    return replace(
        Doubt(
            id=uid("doubt"), subject=COMPANY.id, domains=domains, code="date_malformed", recorded_at=LONG_AGO
        ),
        **changes,
    )


def salt_for(leaf: int, field: int) -> bytes:
    return hashlib.sha256(b"test salt %d %d" % (leaf, field)).digest()


def request(**changes: Any) -> ReportRequest:
    return replace(
        ReportRequest(
            domains=None,
            window_from=None,
            window_to=None,
            purpose="招标投标",
            variant=Variant.SUMMARY,
            as_of=NOW,
            historical=False,
            channel="window",
        ),
        **changes,
    )


def given(region: Region, records: Sequence[CreditRecord] = (), **changes: Any) -> ComposeInput:
    subject = COMPANY if region is WUHAI else LOCAL
    asked = {
        name: changes.pop(name)
        for name in ("domains", "window_from", "window_to", "variant", "as_of", "historical")
        if name in changes
    }
    settled: dict[str, Any] = {
        "region": region,
        "subject": subject,
        "branches": (),
        "records": records,
        "doubts": (),
        "watermarks": attest(region),
        "commitments": (),
        "extra_units": (),
        "request": request(**asked),
        "reservation": Reservation(
            number=f"{region.code}20261120A1B2C3D4",
            status_uri="https://dz.example/status/1",
            status_idx=7,
            reserved_at=NOW,
        ),
        "environment": Environment.TEST,
        "host": "dz.example",
        "issuer_name": "某市信用中心",
        "log_origin": "dz.example/log",
        "salt_for": salt_for,
    }
    return ComposeInput(**{**settled, **changes})


def composed(region: Region, records: Sequence[CreditRecord] = (), **changes: Any) -> Composed:
    return compose(given(region, records, **changes))
