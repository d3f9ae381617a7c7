"""The house that is killed: small, and kept between slices."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from records.regions import load_region, shipped_regions
from scripts.commands import Commands
from scripts.demo_data.house import BY, make_house
from scripts.demo_data.subjects import WUHAI


def found(folder: Path, environment: str = "test") -> tuple[Path, str]:
    """The house's directory and the USCC of a subject with a few records; made at the first call."""
    home, kept = folder / "house", folder / "subject.txt"
    if kept.exists():
        return home, kept.read_text()
    commands = Commands(home)
    data = next(data for name, data in shipped_regions().items() if name.startswith(WUHAI.region))
    commands.found("--region", WUHAI.region, "--host", "prove.example", "--environment", environment)
    house = make_house(load_region(data), WUHAI, date(2026, 6, 15), subjects=10, penalties=1)
    files = folder / "in"
    files.mkdir(exist_ok=True)
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
