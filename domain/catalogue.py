"""The shared vocabulary of regions: domains, subject kinds, record kinds, categories, marks.

One dictionary for every region, so that a report of one region can be compared with a
report of another.  Slugs are English words, never the row number of somebody's annex;
once used a slug is never given another meaning.  A region file may call a domain by its
own name; the slug says that 消防安全 there and 消防救援 here are the same field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Name:
    """What a slug is called in the two languages of the product."""

    zh: str
    en: str


DomainName = Name


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """A kind of subject and the spellings of 主体类型 under which registers send it."""

    zh: str
    en: str
    spellings: tuple[str, ...] = ()


def _names(rows: tuple[tuple[str, str, str], ...]) -> Mapping[str, Name]:
    names = {slug: Name(zh, en) for slug, zh, en in rows}
    if len(names) != len(rows):
        raise ValueError("a slug stands twice in the catalogue")
    return MappingProxyType(names)


DOMAINS: Final[Mapping[str, DomainName]] = _names(
    (
        ("court_enforcement", "法院执行", "Court enforcement"),
        ("development_reform", "发展改革", "Development and reform"),
        ("education", "教育", "Education"),
        ("science_technology", "科技", "Science and technology"),
        ("industry_information", "工业和信息化", "Industry and information technology"),
        ("archives", "档案管理", "Archives"),
        ("public_security", "公安", "Public security"),
        ("civil_affairs", "民政", "Civil affairs"),
        ("justice", "司法行政", "Justice administration"),
        ("public_finance", "财政", "Public finance"),
        ("human_resources", "人力资源和社会保障", "Human resources and social security"),
        ("natural_resources", "自然资源", "Natural resources"),
        ("ecology_environment", "生态环境", "Ecology and environment"),
        ("housing_construction", "住房城乡建设", "Housing and construction"),
        ("transport", "交通运输", "Transport"),
        ("water_resources", "水利", "Water resources"),
        ("agriculture_rural", "农业农村", "Agriculture and rural affairs"),
        ("commerce", "商务", "Commerce"),
        ("culture_tourism", "文化和旅游", "Culture and tourism"),
        ("health", "卫生健康", "Health"),
        ("emergency_management", "应急管理（安全生产）", "Emergency management (work safety)"),
        ("veterans_affairs", "退役军人事务", "Veterans affairs"),
        ("market_regulation", "市场监管", "Market regulation"),
        ("statistics", "统计", "Statistics"),
        ("energy", "能源", "Energy"),
        ("healthcare_security", "医疗保障", "Healthcare security"),
        ("financial_regulation", "金融监管", "Financial regulation"),
        ("taxation", "税务", "Taxation"),
        ("fire_safety", "消防安全", "Fire safety"),
        ("meteorology", "气象", "Meteorology"),
        ("postal", "邮政", "Postal services"),
        ("urban_management", "城市管理", "Urban management"),
        ("intellectual_property", "知识产权", "Intellectual property"),
        ("communications", "通信管理", "Communications administration"),
        ("housing_fund", "公积金", "Housing provident fund"),
        ("audit", "审计", "Audit"),
        ("sports", "体育", "Sports"),
        ("grain_reserves", "粮食和物资储备", "Grain and material reserves"),
        ("forestry", "林业", "Forestry"),
        ("earthquake", "地震", "Earthquake administration"),
        ("national_defence_duty", "国防义务", "National defence duties"),
        # Room: fields that other regions name, so that a new region file needs no code.
        ("civil_air_defence", "人民防空", "Civil air defence"),
        ("civil_aviation", "民航", "Civil aviation"),
        ("cultural_relics", "文物", "Cultural relics"),
        ("customs", "海关", "Customs"),
        ("cyberspace", "网信", "Cyberspace administration"),
        ("drug_regulation", "药品监管", "Drug regulation"),
        ("ethnic_religious_affairs", "民族宗教", "Ethnic and religious affairs"),
        ("foreign_exchange", "外汇管理", "Foreign exchange"),
        ("landscape", "园林绿化", "Landscape and greening"),
        ("maritime", "海事", "Maritime administration"),
        ("marine_fishery", "海洋渔业", "Marine and fishery"),
        ("mine_safety", "矿山安全", "Mine safety"),
        ("press_publishing", "新闻出版（版权）", "Press, publishing and copyright"),
        ("radio_television", "广播电视", "Radio and television"),
        ("railways", "铁路", "Railways"),
        ("secrecy", "保密", "Secrecy administration"),
        ("securities", "证券", "Securities"),
        ("state_assets", "国资监管", "State assets"),
        ("tobacco", "烟草", "Tobacco"),
        ("big_data", "数据管理", "Data administration"),
    )
)
"""Slug of a domain (领域) to its general name; a region file gives the name it prints."""


SUBJECT_KINDS: Final[Mapping[str, SubjectKind]] = MappingProxyType(
    {
        "company": SubjectKind(
            "公司",
            "Company",
            (
                "有限责任公司",
                "有限公司",
                "股份有限公司",
                "股份公司",
                "一人有限责任公司",
                "国有独资公司",
                "企业",
                "企业法人",
                "内资企业",
                "外商投资企业",
                "私营企业",
                "公司法人",
            ),
        ),
        "non_company_legal_person": SubjectKind(
            "非公司企业法人",
            "Non-company enterprise legal person",
            ("全民所有制企业", "全民所有制", "集体所有制企业", "集体所有制", "股份合作制企业", "股份合作制"),
        ),
        "sole_proprietorship": SubjectKind("个人独资企业", "Sole proprietorship", ("个人独资",)),
        "partnership": SubjectKind(
            "合伙企业",
            "Partnership",
            ("普通合伙企业", "有限合伙企业", "特殊普通合伙企业", "普通合伙", "有限合伙"),
        ),
        "cooperative": SubjectKind(
            "农民专业合作社（联合社）",
            "Farmers' cooperative",
            ("农民专业合作社", "农民专业合作社联合社", "农民专业合作社(联合社)", "合作社", "专业合作社"),
        ),
        "sole_trader": SubjectKind("个体工商户", "Individual trader", ("个体", "个体户")),
        "branch": SubjectKind(
            "分支机构",
            "Branch",
            (
                "分公司",
                "企业分支机构",
                "非公司企业法人分支机构",
                "个人独资企业分支机构",
                "合伙企业分支机构",
                "农民专业合作社分支机构",
                "营业单位",
                "非法人分支机构",
            ),
        ),
        "foreign_branch": SubjectKind(
            "外国公司分支机构",
            "Branch of a foreign company",
            ("外国(地区)公司分支机构", "外国（地区）公司分支机构", "外国企业常驻代表机构"),
        ),
        "institution": SubjectKind("事业单位", "Public institution", ("事业法人", "事业单位法人")),
        "social_organisation": SubjectKind(
            "社会组织",
            "Social organisation",
            ("社会团体", "民办非企业单位", "社会服务机构", "基金会", "社会团体法人"),
        ),
        "natural_person": SubjectKind("自然人", "Natural person", ("个人", "公民")),
        "government_body": SubjectKind("机关单位", "Government body", ("机关", "机关法人", "行政机关")),
    }
)
"""Slug of a subject kind to its names; eligibility is the region file's matter."""


def subject_kind_of(text: str) -> str | None:
    """The slug for a 主体类型 as a register writes it (name, spelling or slug), else None."""
    wanted = text.strip()
    for slug, kind in SUBJECT_KINDS.items():
        if wanted in (slug, kind.zh) or wanted in kind.spellings:
            return slug
    return None


RECORD_KINDS: Final[Mapping[str, Name]] = _names(
    (
        ("penalty", "行政处罚", "Administrative penalty"),
        ("dishonest-list", "严重失信主体名单", "Seriously dishonest subjects list"),
        ("abnormal-list", "经营异常名录", "Abnormal operations list"),
        ("coercion", "行政强制", "Administrative coercion"),
        ("judgment", "刑事裁判", "Criminal judgment"),
        ("repair", "信用修复", "Credit repair"),
        ("other", "其他记录", "Other record"),
    )
)
"""Slug of a record kind (``records.model.Kind``) to its name."""


PENALTY_CATEGORIES: Final[Mapping[str, Name]] = _names(
    (
        ("warning", "警告", "Warning"),
        ("public_criticism", "通报批评", "Public criticism"),
        ("fine", "罚款", "Fine"),
        ("confiscate_gains", "没收违法所得", "Confiscation of unlawful gains"),
        ("confiscate_goods", "没收非法财物", "Confiscation of unlawful goods"),
        ("suspend_licence", "暂扣许可证件", "Suspension of a licence"),
        ("downgrade_qualification", "降低资质等级", "Downgrading of a qualification"),
        ("revoke_licence", "吊销许可证件", "Revocation of a licence"),
        ("restrict_operation", "限制开展生产经营活动", "Restriction of business activity"),
        ("suspend_operation", "责令停产停业", "Order to suspend business"),
        ("close_down", "责令关闭", "Order to close down"),
        ("restrict_employment", "限制从业", "Restriction of employment"),
        ("detention", "行政拘留", "Administrative detention"),
        ("other", "其他行政处罚", "Other penalty"),
        ("no_penalty", "不予处罚", "No penalty imposed"),
    )
)
"""处罚类别 after 行政处罚法 (2021) art. 9 (``records.model.Category``)."""


PROCEDURES: Final[Mapping[str, Name]] = _names(
    (
        ("ordinary", "普通程序", "Ordinary procedure"),
        ("ordinary_declared", "普通程序（单位声明）", "Ordinary procedure (declared by the unit)"),
        ("simple", "简易程序", "Simple procedure"),
        ("unstated", "未注明", "Not stated"),
    )
)
"""处罚程序 (``records.model.Procedure``)."""


MARKS: Final[Mapping[str, Name]] = _names(
    (
        ("repaired", "已修复", "Repaired"),
        ("still_listed", "仍在列", "Still listed"),
        ("removed", "已移出", "Removed from the list"),
        ("lifted", "已解除", "Lifted"),
        ("objected", "异议处理中", "Under objection"),
        ("procedure_unstated", "处罚程序未注明", "Procedure not stated"),
        ("procedure_declared", "普通程序（单位声明）", "Ordinary procedure (declared by the unit)"),
        ("simple_procedure", "简易程序", "Simple procedure"),
        ("simple_over_ceiling", "简易程序超出法定限额，待单位确认", "Simple procedure above the ceiling"),
        ("review_changed", "经复议或诉讼变更", "Changed by review or litigation"),
        ("review_suspended", "停止执行", "Execution suspended"),
        ("review_undated", "复议或诉讼结果未注明日期", "Outcome of review not dated"),
        ("double_source", "多来源合并", "Merged from several sources"),
        ("date_missing", "决定日期缺失", "Decision date missing"),
    )
)
"""Closed words for the state of one counted record (``RecordItem.marks``)."""


DATA_REASONS: Final[Mapping[str, Name]] = _names(
    (
        ("no_unit_known", "尚无数源单位", "No data source unit is known"),
        ("nothing_attested", "数源单位尚未确认数据", "No unit attested any data"),
        ("unit_not_attested", "部分责任单位尚未确认数据", "A responsible unit attested nothing yet"),
        ("window_start_not_covered", "查询期前段数据未确认", "The start of the window is not attested"),
        ("gap", "查询期内有未确认时段", "An interval inside the window is not attested"),
        ("unit_late", "责任单位数据更新超期", "A responsible unit is late"),
        ("doubt", "有涉及本主体的待核数据", "A row that may concern the subject awaits checking"),
    )
)
"""Closed words for why a domain's 数据状态 is not 正常 (``DomainLine.data_reasons``)."""


NEVER_COUNTED: Final[Mapping[str, Name]] = _names(
    (
        ("simple", "简易程序行政处罚", "Penalties by simple procedure"),
        ("no_penalty", "依法不予行政处罚", "Decisions not to punish"),
        ("not_effective", "未生效的法律文书", "Documents without legal effect"),
        ("overturned", "经复议或诉讼撤销、确认违法的决定", "Decisions overturned by review or litigation"),
        ("criminal", "刑事裁判", "Criminal judgments"),
    )
)
"""Words of ``ScopeProfile.never_counted``: what a region leaves out on principle."""


FIELD_NAMES: Final[Mapping[str, Name]] = _names(
    (
        ("CF_CFJG", "处罚机关", "Deciding authority"),
        ("CF_JDRQ", "处罚决定日期", "Decision date"),
        ("CF_CFLB", "处罚类别", "Categories of penalty"),
        ("CF_WSH", "行政处罚决定书文号", "Document number"),
        ("CF_WFXW", "违法行为类型", "Type of violation"),
        ("CF_SY", "违法事实", "Facts"),
        ("CF_YJ", "处罚依据", "Legal basis"),
        ("CF_NR", "处罚内容", "Content of the penalty"),
        ("CF_NR_FK", "罚款金额（万元）", "Fine (10,000 yuan)"),
        ("CF_NR_WFFF", "没收违法所得、没收非法财物的金额（万元）", "Confiscated amount (10,000 yuan)"),
        ("CF_NR_ZKDX", "暂扣或吊销证照名称及编号", "Licence suspended or revoked"),
        ("CF_YXQ", "处罚有效期", "Penalty valid until"),
        ("CF_GSJZQ", "公示截止期", "Published until"),
        ("CF_SJLY", "数据来源单位", "Data source unit"),
        ("BZ", "备注", "Remarks"),
    )
)
"""Labels of field ids that are standard codes; any other field id is its own Chinese header."""


HEADER_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "处罚程序": "Procedure",
        "修复日期": "Repaired on",
        "修复渠道": "Repaired through",
        "变更日期": "Changed on",
        "变更文号": "Number of the changing document",
        "名单名称": "List",
        "认定部门": "Deciding department",
        "列入日期": "Listed on",
        "移出日期": "Removed on",
        "移出情形": "Kind of removal",
        "认定依据": "Basis of the decision",
        "列入事由": "Reason for listing",
        "移出事由": "Reason for removal",
        "数据来源单位": "Data source unit",
        "列入决定机关名称": "Authority that listed",
        "列入经营异常名录原因类型名称": "Reason for listing",
        "移出原因": "Reason for removal",
        "移出决定机关名称": "Authority that removed",
        "决定机关": "Deciding authority",
        "决定日期": "Decision date",
        "强制措施种类": "Kind of coercive measure",
        "解除日期": "Lifted on",
        "决定书文号": "Document number",
        "依据": "Legal basis",
        "内容": "Content",
        "审理法院": "Court",
        "判决日期": "Judgment date",
        "生效日期": "In force since",
        "案号": "Case number",
        "罪名": "Offence",
        "判决结果": "Sentence",
        "信息类别": "Class of information",
        "文号": "Document number",
    }
)
"""Field ids that are Chinese headers (``records.leaf_fields``), in English."""


CODED_FIELDS: Final[Mapping[str, Mapping[str, Name]]] = MappingProxyType(
    {"处罚程序": PROCEDURES, "CF_CFLB": PENALTY_CATEGORIES}
)
"""Fields whose value is one or more words of a closed list, between 、; any other value is text as filed."""


REGISTERED_STATES: Final[Mapping[str, str]] = MappingProxyType(
    {"存续": "In business", "吊销": "Licence revoked", "注销": "Deregistered", "迁出": "Moved elsewhere"}
)
"""登记状态 in English; a register's other words stay as they are."""


def registered_state(said: str, language: str) -> str:
    """What a page calls a 登记状态: as registered, in English by the list where that knows it."""
    return said if language == "zh" else REGISTERED_STATES.get(said, said)


def domain_label(slug: str, printed: str | None, language: str) -> str:
    """What a page calls a domain: as the region prints it, in English by the common catalogue.

    ``printed`` is None where the region's own word is not at hand: the catalogue's stands for it.
    """
    if slug in DOMAINS and (printed is None or language != "zh"):
        return DOMAINS[slug].zh if language == "zh" else DOMAINS[slug].en
    return slug if printed is None else printed
