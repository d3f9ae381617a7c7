"""Report contents for the tests of the page: invented subjects, units and numbers throughout."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from domain import report_json
from domain.catalogue import DOMAINS
from domain.qr_link import claim_link, cover_link
from domain.report import (
    Basis,
    Conclusion,
    DataState,
    DomainLine,
    Environment,
    Interval,
    RecordItem,
    RecordTreeRef,
    RegionRef,
    ReportContent,
    Scope,
    ScopeProfile,
    ShownField,
    SubjectFacts,
    Totals,
    Variant,
    WithheldField,
)
from signer.layout import PageExtras

AS_OF = datetime(2026, 11, 20, 1, 30, 7, 123456, tzinfo=UTC)
RESERVED = datetime(2026, 11, 20, 1, 30, 9, 0, tzinfo=UTC)
HOST = "xydz.example.gov.cn"
NUMBER = "150300202611200A1B2C3D"
DOMAIN_IDS = tuple(DOMAINS)[:31]
DETAIL = ("CF_WSH", "CF_WFXW", "CF_SY", "CF_YJ", "CF_NR", "CF_NR_FK", "CF_NR_WFFF")
CATEGORIES = ("罚款", "警告", "罚款、没收违法所得", "责令停产停业")


def digest(*parts: object) -> str:
    """A stand-in hash, hex."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


def line(slug: str, records: int = 0, state: DataState = DataState.CURRENT, **changes: object) -> DomainLine:
    """One domain whose three units have attested their data."""
    name = DOMAINS[slug].zh
    days = {f"市{name}单位": date(2026, 11, 15), "海勃湾区": date(2026, 11, 18), "乌达区": date(2026, 11, 17)}
    intervals = tuple(
        Interval(unit=u, unit_name=u, kind="penalty", from_=date(2021, 1, 1), to=to) for u, to in days.items()
    )
    made = DomainLine(
        id=slug,
        name=name,
        conclusion=Conclusion.FOUND if records else Conclusion.NONE,
        data_state=state,
        data_reasons=(),
        intervals=intervals,
        commitment=None,
        records=records,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def uncollected(slug: str, commitment: str | None = None) -> DomainLine:
    """A domain nobody collects."""
    return line(
        slug, 0, DataState.NOT_COLLECTED, conclusion=None, intervals=(), commitment=commitment,
        data_reasons=("no_unit_known",),
    )  # fmt: skip


def record(
    leaf: int, slug: str, *, marks: tuple[str, ...] = (), full: bool = False, kind: str = "penalty"
) -> RecordItem:
    """One counted record; the summary shows unit, day and category and withholds the rest."""
    unit = f"乌海市{DOMAINS[slug].zh}局"
    if kind == "penalty":
        shown = {
            "CF_CFJG": unit,
            "CF_JDRQ": f"2025-{leaf % 12 + 1:02d}-{leaf % 27 + 1:02d}",
            "CF_CFLB": CATEGORIES[leaf % 4],
        }
        detail: Mapping[str, str] = {
            "CF_WSH": f"乌市监罚〔2025〕{leaf}号",
            "CF_WFXW": "未按规定公示价格",
            "CF_SY": "经查,当事人于2025年3月在其经营场所未明码标价销售商品共计十二批次,车牌[已隐去],责任人[已隐去]。"
            * 2,
            "CF_YJ": "《中华人民共和国价格法》第四十二条;《明码标价和禁止价格欺诈规定》第二十二条",
            "CF_NR": "责令改正,处罚款3000元",
            "CF_NR_FK": "0.3",
            "CF_NR_WFFF": "0",
        }
    else:
        shown = {"名单名称": "严重违法失信名单", "认定部门": unit, "列入日期": "2024-05-06"}
        detail = {
            "列入事由": "两年内受到三次较重行政处罚",
            "认定依据": "《市场监督管理严重违法失信名单管理办法》",
        }
    fields: list[ShownField | WithheldField] = [
        ShownField(id=i, value=v, salt="A" * 43) for i, v in shown.items()
    ]
    for field_id, value in detail.items():
        if full:
            fields.append(ShownField(id=field_id, value=value, salt="B" * 43))
        else:
            fields.append(WithheldField(id=field_id, hash=digest(leaf, field_id)))
    return RecordItem(leaf=leaf, kind=kind, domains=(slug,), marks=marks, fields=tuple(fields))


def totals(items: Sequence[RecordItem]) -> Totals:
    """Counts over sample records."""
    kinds = {kind: sum(item.kind == kind for item in items) for kind in ("penalty", "dishonest-list")}
    return Totals(
        records=len(items),
        by_kind={kind: count for kind, count in kinds.items() if count},
        by_category={"fine": kinds["penalty"], "warning": 1} if kinds["penalty"] else {},
        fine_fen=300_000 * kinds["penalty"],
        confiscated_fen=123_456 if items else 0,
        latest_date=date(2025, 12, 3) if items else None,
        repaired=sum("repaired" in item.marks for item in items),
        removed=sum("removed" in item.marks for item in items),
        objected=sum("objected" in item.marks for item in items),
    )


def clean(**changes: object) -> ReportContent:
    """A company with nothing against it in a city where every unit is up to date."""
    content = ReportContent(
        number=NUMBER,
        environment=Environment.DEMO,
        region=RegionRef(
            code="150300",
            version="2024",
            sha256=digest("region"),
            name="乌海市",
            territory="乌海市行政区域内",
            level="city",
            status="draft",
        ),
        issuer_name="乌海市公共信用信息中心(演示)",
        host=HOST,
        title="专用信用信息报告(无违法违规记录证明版)",
        template="report-1",
        phase="trial",
        basis=(
            Basis(
                title="乌海市专用信用信息报告代替无违法违规记录证明实施方案(试行)", number=None, draft=True
            ),
            Basis(title="内蒙古自治区公共信用信息管理条例", number=None, draft=False),
        ),
        equal_force=None,
        subject=SubjectFacts(
            id="0192f0c0-0000-7000-8000-000000000001",
            name="乌海市晨曦新材料科技有限公司",
            uscc="91150302MA0N4F1F3X",
            kind="company",
            kind_name="公司",
            registered_state="存续",
            registration_authority="乌海市海勃湾区市场监督管理局",
            residence="内蒙古自治区乌海市海勃湾区滨河西街12号",
            legal_representative="王明",
            established_on=date(2017, 3, 9),
        ),
        purpose="招标投标",
        channel="online",
        variant=Variant.SUMMARY,
        as_of=AS_OF,
        historical=False,
        reserved_at=RESERVED,
        fresh_until=None,
        scope=Scope(
            profile=ScopeProfile(
                kinds_counted=("penalty", "dishonest-list", "abnormal-list"),
                procedures_counted=("ordinary", "unstated"),
                never_counted=("simple", "no_penalty", "criminal"),
                look_back="2021-01-01",
                repair_regime="show_marked",
                rules=(
                    "计入本市行政机关以普通程序作出的行政处罚和认定的严重失信主体名单。",
                    "市场监管领域并计入经营异常名录。",
                    "未注明程序的行政处罚计入并注明。",
                ),
                units_note=None,
            ),
            window_from=date(2021, 1, 1),
            window_to=date(2026, 11, 20),
            chosen=DOMAIN_IDS,
            omitted=(),
            window_default_from=date(2021, 1, 1),
            narrowed=False,
            includes_branches=False,
            branches_known=(),
        ),
        domains=tuple(line(slug) for slug in DOMAIN_IDS),
        totals=totals(()),
        tree=RecordTreeRef(root=digest("root"), size=16, padding=tuple(digest("pad", i) for i in range(16))),
        records=(),
        notes=(
            "数据由各出证机关按“谁生成谁提供,谁提供谁负责”的原则报送,经乌海市信用信息共享平台归集。",
            "对本报告内容有异议的,可通过“信用中国(内蒙古乌海)”网站提出异议申请,由数源单位在5个工作日内核实并说明。",
            "本报告只说明在本市行政区域内、上述范围内的情况,不证明其他地区或其他事项。",
        ),
        status_uri=f"https://{HOST}/status/1",
        status_idx=734_512,
        log_origin=f"{HOST}/log",
    )
    return replace(content, **changes)  # type: ignore[arg-type]


def _with(content: ReportContent, items: Sequence[RecordItem], **changes: object) -> ReportContent:
    counts = {slug: sum(slug in item.domains for item in items) for slug in content.scope.chosen}
    domains = tuple(
        replace(row, records=counts[row.id], conclusion=Conclusion.FOUND) if counts[row.id] else row
        for row in content.domains
    )
    return replace(content, records=tuple(items), totals=totals(items), domains=domains, **changes)  # type: ignore[arg-type]


def with_records(count: int = 24, *, full: bool = False) -> ReportContent:
    """Many records in four domains, one list entry, some marks."""
    slugs = ("market_regulation", "taxation", "fire_safety", "ecology_environment")
    marks = {3: ("procedure_unstated",), 5: ("objected",), 7: ("repaired",), 11: ("repaired",)}
    items = [record(i, slugs[i % 4], marks=marks.get(i, ()), full=full) for i in range(count - 1)]
    items.append(
        record(count - 1, "market_regulation", kind="dishonest-list", marks=("still_listed",), full=full)
    )
    return _with(clean(), items, variant=Variant.FULL if full else Variant.SUMMARY)


def repaired() -> ReportContent:
    """One standing record, two repaired ones and one left a list."""
    items = [
        record(0, "taxation"),
        record(1, "market_regulation", marks=("repaired",)),
        record(2, "fire_safety", marks=("repaired", "objected")),
        record(3, "market_regulation", kind="dishonest-list", marks=("removed",)),
    ]
    return _with(clean(), items)


def narrowed() -> ReportContent:
    """Three of forty domains and a short window, by the subject's own choice, in a province."""
    chosen = ("taxation", "market_regulation", "housing_fund")
    omitted = tuple(
        slug for slug in tuple(DOMAINS)[:41] if slug not in chosen and slug != "court_enforcement"
    )[:37]
    base = clean()
    return replace(
        base,
        number="140000202611200A1B2C3D",
        title="专项信用报告",
        phase="full",
        issuer_name="山西省公共信用信息中心(演示)",
        region=replace(
            base.region,
            code="140000",
            version="2025",
            name="山西省",
            territory="山西省行政区域内",
            level="province",
            status="in_force",
        ),
        basis=(
            Basis(
                title="关于推行经营主体以专项信用报告替代有无违法违规记录证明实施方案",
                number="2025年7月16日",
                draft=False,
            ),
        ),
        equal_force="专项信用报告电子版与纸质版具有同等效力。",
        subject=replace(base.subject, name="山西恒岳建设工程有限公司", uscc="91140100MA0K7H2R4T"),
        scope=replace(
            base.scope,
            window_from=date(2024, 1, 1),
            window_default_from=date(2022, 8, 1),
            chosen=chosen,
            omitted=omitted,
            narrowed=True,
            profile=replace(
                base.scope.profile,
                kinds_counted=("penalty", "coercion", "dishonest-list", "judgment"),
                procedures_counted=("ordinary", "simple", "unstated"),
                never_counted=("no_penalty", "not_effective"),
                units_note="本报告的数源单位为演示所设,不是真实单位。",
            ),
        ),
        domains=tuple(line(slug) for slug in chosen),
    )


def pending() -> ReportContent:
    """No record, one domain in 待核, others late, partly collected or not at all, one committed."""
    special: Mapping[str, DomainLine] = {
        "fire_safety": line("fire_safety", 0, DataState.PENDING, data_reasons=("doubt",)),
        "taxation": line("taxation", 0, DataState.LATE, data_reasons=("unit_late",)),
        "energy": line("energy", 0, DataState.PARTIAL, data_reasons=("window_start_not_covered", "gap")),
        "archives": uncollected("archives"),
        "meteorology": uncollected("meteorology", "0192f0c0-0000-7000-8000-0000000000c1"),
    }
    return clean(domains=tuple(special.get(slug) or line(slug) for slug in DOMAIN_IDS))


def trader() -> ReportContent:
    """An individual trader with rare characters in the name, revoked (吊销) and with known branches."""
    base = clean()
    return replace(
        base,
        subject=replace(
            base.subject,
            name="海南区㙟口䶮记五金店(𬭎)",
            kind="sole_trader",
            kind_name="个体工商户",
            uscc="92150303MA0NABCD1K",
            legal_representative="张𬭎",
            registered_state="吊销,未注销",
        ),
        historical=True,
        scope=replace(base.scope, branches_known=("乌达分店", "海勃湾分店")),
        phase="full",
    )


def uncollected_everywhere() -> ReportContent:
    """A province whose annex was not supplied: no domain has data yet."""
    base = narrowed()
    slugs = tuple(DOMAINS)[:40]
    return replace(
        base,
        scope=replace(base.scope, chosen=slugs, omitted=(), narrowed=False, window_from=date(2022, 8, 1)),
        domains=tuple(uncollected(slug) for slug in slugs),
    )


HOSTILE = ") Tj << /JS #eval(read) $x$ `raw` *b* _i_ @ref <label> \\u{202e} \u202efdp.exe\u0007 " + "W" * 400


def hostile() -> ReportContent:
    """Names and texts that try to be code, markup, PDF syntax or another reading order."""
    item = record(0, "taxation", full=True)
    fields = (*item.fields, ShownField(id="#panic()", value=HOSTILE, salt="C" * 43))
    base = _with(clean(), [replace(item, fields=fields)], variant=Variant.FULL)
    return replace(
        base, subject=replace(base.subject, name="#let x = [公司] " + "长" * 60), purpose=HOSTILE[:60]
    )


ALL = {
    "clean": clean,
    "with_records": with_records,
    "with_records_full": lambda: with_records(24, full=True),
    "repaired": repaired,
    "narrowed": narrowed,
    "pending": pending,
    "trader": trader,
    "uncollected": uncollected_everywhere,
    "hostile": hostile,
}


def extras(content: ReportContent, **changes: object) -> PageExtras:
    """Codes and links for a content; the claim is as large as a claim may be."""
    cose = hashlib.shake_256(content.number.encode()).digest(370)
    made = PageExtras(
        verification_code="482913370562",
        cover_link=cover_link(content.host, content.number, bytes(range(16))),
        claim_link=claim_link(content.host, content.number, cose),
        claim_cose=cose,
        content_sha256=hashlib.sha256(report_json.encode(content)).hexdigest(),
        page_key=bytes(range(32)),
    )
    return replace(made, **changes)  # type: ignore[arg-type]
