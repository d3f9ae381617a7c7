"""What stands on the page, as plain strings: a pure function of the signed content.

The Typst template only places these strings.  Every fact is taken from the report content;
codes and links come from :class:`PageExtras`.  The order is the reader's: who, what was
looked at, until when, what was found, how to check (design.md, 'How it should look').
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from domain.catalogue import NEVER_COUNTED, PENALTY_CATEGORIES, PROCEDURES, RECORD_KINDS, Name, domain_label
from domain.qr_link import ClaimLink, CoverLink
from domain.report import Conclusion, DataState, DomainLine, Environment, ReportContent, Scope
from domain.times import shanghai_day
from domain.verdict import JsonValue
from signer import text
from signer.page_domains import STATE_NAMES, domain_table
from signer.page_records import record_pages
from signer.page_technical import technical_page

View = dict[str, JsonValue]

SPECIMEN: Final = "演示样本 非正式文件"
SPECIMENS: Final = {Environment.DEMO: SPECIMEN, Environment.TEST: "测试样本 非正式文件"}
"""What is printed across each page of a house that is not a real one (rule R8)."""
_HEADS: Final = {
    "sole_trader": "经营者",
    "sole_proprietorship": "投资人",
    "partnership": "执行事务合伙人",
    "branch": "负责人",
    "foreign_branch": "负责人",
}
"""What the register calls whoever acts for a subject that has no 法定代表人 (市场主体登记管理条例 art. 8)."""
_TITLE_PARTS: Final = str.maketrans("（）", "()")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageExtras:
    """What is printed and stands outside the signed JSON."""

    verification_code: str
    """核验码: 12 digits."""
    cover_link: CoverLink
    claim_link: ClaimLink
    claim_cose: bytes
    """The signed claim, attached as ``claim.cose``."""
    content_sha256: str
    """SHA-256 of the report JSON, lower-case hex."""
    page_key: bytes = field(repr=False)
    """Key of the marks in the pages' footers, 32 bytes (domain.page_mark)."""
    domain_names: Mapping[str, str] = field(default_factory=dict)
    """What the region calls its domains, by id: the content names those that were chosen alone."""
    seal_png: bytes | None = None
    """A picture of a seal that the operator supplies (rule R8); the house draws none."""
    specimen: bool = False
    """Print 演示样本 非正式文件 across each page; demo houses always do, test houses print 测试样本."""


def page_view(content: ReportContent, extras: PageExtras) -> View:
    """Everything the template prints, keyed by where it stands."""
    return {
        "title": _title(content.title),
        "flags": _flags(content),
        "specimen": SPECIMENS.get(content.environment, SPECIMEN if extras.specimen else None),
        "number": content.number,
        "number_groups": list(text.groups(content.number, 6, 8, 8)),
        "fingerprint": list(text.groups(content.tree.root[:16], 4)),
        "issuer": text.printable(content.issuer_name),
        "made_at": text.instant(content.reserved_at),
        "subject": _subject(content),
        "scope": _scope(content, extras.domain_names),
        "until": _until(content),
        "finding": _finding(content),
        "basis": [_basis(basis.title, basis.number, draft=basis.draft) for basis in content.basis],
        "equal_force": content.equal_force and text.printable(content.equal_force),
        "check": {"code": list(text.groups(extras.verification_code, 4)), "host": content.host},
        "domains": domain_table(content),
        "records": record_pages(content),
        "notes": _notes(content),
        "technical": technical_page(content, extras.content_sha256),
    }


def _title(title: str) -> list[JsonValue]:
    """The title in one or two lines: what stands in brackets at its end gets a line of its own."""
    plain = text.printable(title)
    head, bracket, rest = plain.translate(_TITLE_PARTS).partition("(")
    if bracket and rest.endswith(")") and head:
        return [plain[: len(head)], rest[:-1]]
    return [plain]


def _flags(content: ReportContent) -> list[JsonValue]:
    flags = []
    if content.phase == "trial":
        flags.append("试行")
    if content.region.status == "draft":
        flags.append("依据为征求意见稿")
    if content.historical:
        flags.append("历史时点报告")
    return [*flags]


def _basis(title: str, number: str | None, *, draft: bool) -> str:
    name = text.printable(title)
    quoted = name if name.startswith("《") else f"《{name}》"
    return quoted + (f"（{text.printable(number)}）" if number else "") + ("（征求意见稿）" if draft else "")


def _subject(content: ReportContent) -> View:
    subject, scope = content.subject, content.scope
    established = text.day(subject.established_on) if subject.established_on else None
    facts = (
        (
            ("主体类型", subject.kind_name),
            (_HEADS.get(subject.kind, "法定代表人"), subject.legal_representative),
            ("成立日期", established),
        ),
        (("登记机关", subject.registration_authority),),
        (("住所", subject.residence),),
    )
    return {
        "name": text.printable(subject.name),
        "uscc": list(text.groups(subject.uscc, 2, 6, 9, 1)) if subject.uscc else None,
        "facts": [
            [[label, text.printable(value)] for label, value in row if value]
            for row in facts
            if any(value for _, value in row)
        ],
        "state": text.printable(subject.registered_state),
        "unusual": subject.registered_state.startswith(("吊销", "迁出", "停业", "歇业")),
        "branches": _branches(scope),
    }


def _branches(scope: Scope) -> str:
    names = [text.printable(name) for name in scope.branches_known]
    known = f"已知分支机构 {len(names)} 家：{text.listed(names, most=3)}" if names else "无已知分支机构"
    return f"{'含分支机构' if scope.includes_branches else '不含分支机构'}（{known}）"


def _scope(content: ReportContent, called: Mapping[str, str]) -> View:
    scope = content.scope
    total = len(scope.chosen) + len(scope.omitted)
    everything = f"{content.region.name} {total} 个领域全部纳入"
    return {
        "domains": f"{total} 个领域中的 {len(scope.chosen)} 个" if scope.omitted else everything,
        "names": text.listed([line.name for line in content.domains], most=12) if scope.omitted else None,
        "narrowed": _narrowed(scope, called, shanghai_day(content.as_of)) if scope.narrowed else None,
        "window": f"{text.day(scope.window_from)}至{text.day(scope.window_to)}（含首尾两日）",
        "territory": text.printable(content.region.territory),
        "kinds": _kinds(scope),
        "purpose": text.printable(content.purpose),
        "units_note": scope.profile.units_note and text.printable(scope.profile.units_note),
    }


def _narrowed(scope: Scope, called: Mapping[str, str], as_of: date) -> View:
    """What was left out; each detail whole, and as the cover has it where the names stand behind it."""
    details: list[JsonValue] = []
    if scope.omitted:
        names = [text.printable(domain_label(slug, called.get(slug), "zh")) for slug in scope.omitted]
        count = f"未纳入 {len(names)} 个领域"
        details.append([f"{count}：{'、'.join(names)}。", f"{count}，名称列于第 2 页。"])
    if scope.window_from > scope.window_default_from:
        before = text.day(scope.window_from - timedelta(days=1))
        details.append([f"查询期由主体自选，未纳入{text.day(scope.window_default_from)}至{before}。"] * 2)
    if scope.window_to < as_of:
        after = text.day(scope.window_to + timedelta(days=1))
        details.append([f"查询期由主体自选，未纳入{after}至{text.day(as_of)}。"] * 2)
    covered = f"仅涵盖 {len(scope.chosen)}/{len(scope.chosen) + len(scope.omitted)} 领域（主体自选）"
    return {"headline": covered if scope.omitted else "仅涵盖部分时段（主体自选）", "details": details}


def _kinds(scope: Scope) -> str:
    parts = []
    for kind in scope.profile.kinds_counted:
        name = _zh(RECORD_KINDS, kind)
        if kind == "penalty":
            name += f"（{'、'.join(_zh(PROCEDURES, p) for p in scope.profile.procedures_counted)}）"
        parts.append(name)
    return "、".join(parts)


def _zh(names: Mapping[str, Name], slug: str) -> str:
    return names[slug].zh if slug in names else text.printable(slug)


def _until(content: ReportContent) -> View:
    attested = [interval.to for line in content.domains for interval in line.intervals if interval.to]
    silent = sum(not any(interval.to for interval in line.intervals) for line in content.domains)
    rest = f"；{silent} 个领域尚无单位确认" if silent else ""
    return {
        "as_of": text.instant(content.as_of),
        "historical": content.historical,
        "attested": f"数源单位已确认至 {text.day(min(attested))}（最早的一项）{rest}" if attested else None,
        "fresh_until": text.instant(content.fresh_until) if content.fresh_until else None,
        "states": _states(content.domains),
    }


def _states(lines: Sequence[DomainLine]) -> list[JsonValue]:
    """For each state but 正常, its name and the domains in it, worst first."""
    rows: list[JsonValue] = []
    for state in (DataState.PENDING, DataState.NOT_COLLECTED, DataState.PARTIAL, DataState.LATE):
        names = [text.printable(line.name) for line in lines if line.data_state is state]
        if names:
            shown = "全部领域" if len(names) == len(lines) else text.listed(names, most=5)
            rows.append([STATE_NAMES[state], f"{len(names)} 个领域", shown])
    return rows


def _finding(content: ReportContent) -> View:
    totals = content.totals
    pending = sum(line.data_state is DataState.PENDING for line in content.domains)
    where = "所选范围内" if content.scope.narrowed else "范围内"
    if totals.records:
        sign, headline = "found", f"{where}有记录 {totals.records} 条"
    elif pending:
        sign, headline = "incomplete", f"{where}未见记录，但有 {pending} 个领域待核"
    elif all(line.conclusion is None for line in content.domains):
        sign, headline = "incomplete", "所查领域数据均未归集，不作结论"
    elif blank := _blank(content.domains):
        kept = len(content.domains) - blank
        sign, headline = "incomplete", f"{where}已归集的 {kept} 个领域无记录"
    else:
        sign, headline = "none", f"{where}无记录"
    return {
        "sign": sign,
        "headline": headline,
        "caution": _caution(content, pending),
        "domains": _conclusions(content.domains),
        "facts": _facts(content) if totals.records else [],
    }


def _caution(content: ReportContent, pending: int) -> str | None:
    scope, parts = content.scope, []
    if scope.omitted:
        parts.append(f"仅涵盖 {len(scope.chosen)}/{len(scope.chosen) + len(scope.omitted)} 领域（主体自选）")
    elif scope.narrowed:
        parts.append("仅涵盖部分时段（主体自选）")
    if content.totals.records and pending:
        parts.append(f"有 {pending} 个领域待核")
    blank = _blank(content.domains)
    if 0 < blank < len(content.domains):
        parts.append(f"有 {blank} 个领域未归集，不作结论")
    return "；".join(parts) or None


def _blank(lines: Sequence[DomainLine]) -> int:
    """How many domains have no conclusion because nobody collects them."""
    return sum(line.conclusion is None and line.data_state is not DataState.PENDING for line in lines)


def _conclusions(lines: Sequence[DomainLine]) -> list[JsonValue]:
    """Each domain in exactly one place; one in 待核 is never among those without a record (rule R3)."""
    found = sum(line.conclusion is Conclusion.FOUND for line in lines)
    pending = sum(
        line.data_state is DataState.PENDING and line.conclusion is not Conclusion.FOUND for line in lines
    )
    blank = _blank(lines)
    rows: list[JsonValue] = [
        ["无记录", f"{len(lines) - found - pending - blank} 个领域"],
        ["有记录", f"{found} 个领域"],
    ]
    if pending:
        rows.append(["待核", f"{pending} 个领域"])
    if blank:
        rows.append(["不作结论", f"{blank} 个领域（未归集）"])
    return rows


def _facts(content: ReportContent) -> list[JsonValue]:
    totals = content.totals
    kinds = "，".join(
        f"{_zh(RECORD_KINDS, slug)} {count} 条" for slug, count in totals.by_kind.items() if count
    )
    categories = "，".join(
        f"{_zh(PENALTY_CATEGORIES, slug)} {count}" for slug, count in totals.by_category.items() if count
    )
    apart = "，".join(
        f"{word} {count} 条"
        for word, count in (
            ("已修复", totals.repaired),
            ("已移出", totals.removed),
            ("异议处理中", totals.objected),
        )
        if count
    )
    amounts = f"罚款 {text.yuan(totals.fine_fen)}，没收 {text.yuan(totals.confiscated_fen)}"
    rows = (
        ("记录种类", kinds),
        ("处罚类别", categories),
        ("金额合计", amounts),
        ("最近日期", text.day(totals.latest_date)),
        ("其中", apart),
    )
    return [[label, value] for label, value in rows if value]


def _notes(content: ReportContent) -> View:
    profile = content.scope.profile
    return {
        "rules": [text.printable(rule) for rule in profile.rules],
        "never": "、".join(_zh(NEVER_COUNTED, slug) for slug in profile.never_counted),
        "repair": "已修复的记录在本报告中列示并注明。"
        if profile.repair_regime == "show_marked"
        else "已修复的记录不在本报告中列示。",
        "notes": [text.printable(note) for note in content.notes],
        "valid": bool(content.fresh_until),
    }
