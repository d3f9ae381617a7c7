"""The house that is killed: small, and kept between slices."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from records.regions import load_region, shipped_regions
from scripts.commands import Commands
from scripts.demo_data.house import BY, make_house
from scripts.demo_data.invented_units import with_invented_units
from scripts.demo_data.subjects import WUHAI, Place


def found(folder: Path, environment: str = "test", place: Place = WUHAI) -> tuple[Path, str]:
    """The house's directory and the USCC of a subject with a few records; made at the first call."""
    home, kept = folder / "house", folder / "subject.txt"
    if kept.exists():
        return home, kept.read_text()
    commands = Commands(home)
    data = next(data for name, data in shipped_regions().items() if name.startswith(place.region))
    commands.found("--region", place.region, "--host", "prove.example", "--environment", environment)
    files = folder / "in"
    files.mkdir(exist_ok=True)
    if not load_region(data).units:
        data = with_invented_units(data)
        (files / "region.toml").write_bytes(data)
        commands.call("region", "add", str(files / "region.toml"))
    house = make_house(load_region(data), place, date(2026, 6, 15), subjects=10, penalties=1)
    (files / "subjects.csv").write_bytes(house.subjects_file)
    commands.call("subjects", "import", str(files / "subjects.csv"))
    for delivery in house.deliveries:
        if delivery.kind == "penalty":
            (files / delivery.name).write_bytes(delivery.content)
            words = ["ingest", str(files / delivery.name), "--kind", delivery.kind, "--unit", delivery.unit]
            commands.call(*words, "--by", BY)
    uscc = next(subject.uscc for subject in house.subjects if subject.role == "records")
    kept.write_text(uscc)
    return home, uscc
