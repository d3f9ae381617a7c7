"""The demo: two houses, files in, reports out, what a stranger reads about each, and both houses served."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from api.container import open_house
from domain.times import shanghai_day
from records.regions import load_region, shipped_regions
from scripts.commands import Commands, environment
from scripts.demo_data import serving
from scripts.demo_data.house import BY, make_house
from scripts.demo_data.invented_units import with_invented_units
from scripts.demo_data.maker import House, Shown
from scripts.demo_data.people import settle
from scripts.demo_data.subjects import SHANXI, WUHAI, Place

ROOT: Final = Path(__file__).resolve().parents[2] / "var" / "demo"
_ROLES: Final = {
    "clean": "无记录企业",
    "records": "有记录企业（详细版）",
    "repaired": "有已修复记录的企业",
    "pending": "某领域待核的企业",
    "trader": "个体工商户",
    "narrowed": "自选领域的企业",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One house of the demo."""

    name: str
    place: Place
    host: str
    subjects: int
    penalties: int


PLANS: Final = (
    Plan(name="wuhai", place=WUHAI, host="wuhai.dz.example", subjects=150, penalties=1150),
    Plan(name="shanxi", place=SHANXI, host="shanxi.dz.example", subjects=130, penalties=850),
)


def say(text: str = "") -> None:
    """One line, at once."""
    print(text, flush=True)


def region_file(code: str) -> tuple[bytes, bytes]:
    """The region file that comes with the product, and the one the demo uses."""
    shipped = next(data for name, data in shipped_regions().items() if name.startswith(code))
    return shipped, shipped if load_region(shipped).units else with_invented_units(shipped)


def found(plan: Plan) -> tuple[Commands, House]:
    """A new house with its region file and its invented data written out beside it."""
    home = ROOT / plan.name
    shutil.rmtree(home, ignore_errors=True)
    (home / "in").mkdir(parents=True)
    commands = Commands(home / "house")
    words = ("--region", plan.place.region, "--host", plan.host, "--environment", "demo")
    shipped, used = region_file(plan.place.region)
    say(f"\n== {load_region(used).name} · daizheng init {' '.join(words)}")
    answer = commands.found(*words).only
    say(f"   锚点证书 SHA-256 {answer['anchor_sha256']}")
    if used != shipped:
        path = home / "in" / "region-demo.toml"
        path.write_bytes(used)
        say(f"   daizheng region add {path.name}    # 该省附件未随文公布，责任单位为虚构演示")
        commands.call("region", "add", str(path))
    today = shanghai_day(datetime.now(UTC))
    house = make_house(load_region(used), plan.place, today, subjects=plan.subjects, penalties=plan.penalties)
    (home / "in" / "subjects.csv").write_bytes(house.subjects_file)
    for delivery in house.deliveries:
        (home / "in" / delivery.name).write_bytes(delivery.content)
    return commands, house


def take_in(commands: Commands, house: House) -> None:
    """Every file and nil report of the house is taken in; what came back is listed."""
    folder = commands.home.parent / "in"
    said = commands.call("subjects", "import", str(folder / "subjects.csv")).only
    say(f"   daizheng subjects import subjects.csv: 主体 {said.get('accepted', said)}")
    total: Counter[str] = Counter()
    for delivery in house.deliveries:
        words = ["ingest", str(folder / delivery.name), "--kind", delivery.kind, "--unit", delivery.unit]
        words += ["--by", BY]
        if delivery.through and delivery.from_:
            words += ["--from", delivery.from_.isoformat(), "--through", delivery.through.isoformat()]
        if delivery.domain:
            words += ["--domain", delivery.domain]
        said = commands.call(*words).only
        total.update({key: said[key] for key in _COUNTS})
    files = len(house.deliveries)
    say(
        f"   daizheng ingest: {files} 个文件, "
        + ", ".join(f"{word} {total[key]}" for key, word in _COUNTS.items())
    )
    back = total["quarantined"]
    say(
        f"   数据 {house.rows} 行，其中退回 {back} 行（{back / house.rows:.1%}）；"
        f"有数据的领域 {len(house.domains)} 个，名单 {len(house.lists)} 种"
    )
    for unit, kind in house.nil:
        commands.call(
            "ingest", "--nil", "--unit", unit, "--kind", kind, "--by", BY,
            "--from", house.from_.isoformat(), "--through", house.through.isoformat(),
        )  # fmt: skip
    say(f"   daizheng ingest --nil: {len(house.nil)} 份零报告")
    list_quarantine(commands)


_COUNTS: Final = {
    "rows": "行数",
    "accepted": "入库",
    "unchanged": "未变",
    "quarantined": "退回",
    "skipped": "非数据行",
}


def list_quarantine(commands: Commands) -> None:
    """What still waits to be mended: one line for each reason, with the first row it befell."""
    held = commands.call("quarantine", "--lang", "zh").only
    say(f"   daizheng quarantine: {held['rows']} 行等待改正，每种原因列一行")
    counts = Counter(row["code"] for row in held["quarantine"])
    for code, count in counts.most_common():
        row = next(row for row in held["quarantine"] if row["code"] == code)
        place = f"{row['file']} 第 {row['row']} 行 {row['column'] or ''}"
        say(f"     {code:<28} {count:>3} 行  {place}: {row['message']}")


def issue(commands: Commands, shown: Shown) -> Path:
    """One report as a PDF beside the house."""
    out = commands.home.parent / f"{shown.role}.pdf"
    words = ["issue", shown.subject.uscc, "--purpose", shown.purpose, "--variant", shown.variant]
    if shown.domains:
        words += ["--domains", ",".join(shown.domains)]
    commands.call(*words, "--out", str(out))
    return out


def main() -> int:
    """The demo; 0 when every report reads as valid.  ``--no-serve`` returns after the verdicts."""
    code = run()
    if code == 0 and "--no-serve" not in sys.argv[1:]:
        serve()
    return code


def serve() -> None:
    """Both houses answer on loopback until Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    say("\n== 网页服务和后台工作（daizheng serve --demo-sign-in 与 daizheng worker，仅限本机；启动约需几秒）")
    with ExitStack() as stack, suppress(KeyboardInterrupt):
        for place, plan in enumerate(PLANS):
            house = Commands(ROOT / plan.name / "house")
            address = stack.enter_context(serving.serving(house, serving.PORT + place))
            stack.enter_context(serving.working(house))
            serving.show(plan.name, address, say)
        say("   按 Ctrl-C 停止")
        signal.pause()


def run() -> int:
    """From nothing to verdicts; 0 when every report reads as valid."""
    started = time.monotonic()
    papers: list[tuple[Commands, Shown, Path]] = []
    for plan in PLANS:
        commands, house = found(plan)
        take_in(commands, house)
        papers += [(commands, shown, issue(commands, shown)) for shown in house.shown]
        bundle = commands.home.parent / f"{plan.name}.trust"
        commands.call("trust", "export", "--out", str(bundle))
        with environment(commands.variables):
            context = open_house(commands.home)
        settle(context, house, plan.place)
        context.store.close()
        say(f"   daizheng issue: {len(house.shown)} 份报告; daizheng trust export: {bundle.name}")
    say("\n== 核验结论(daizheng verify)")
    worst = 0
    for home in dict.fromkeys(commands.home for commands, _, _ in papers):
        own = [(shown, path) for house, shown, path in papers if house.home == home]
        code, text = Commands(home).show("verify", *(str(path) for _, path in own), "--lang", "zh")
        worst = max(worst, code)
        say("\n" + text.rstrip())
    say(f"\n== 文件({time.monotonic() - started:.0f} 秒)")
    for _, shown, path in papers:
        size = f"{path.stat().st_size / 1024:.0f} KB"
        say(f"   {path.relative_to(Path.cwd())}  {size}  {_ROLES[shown.role]}")
    return 0 if worst == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
