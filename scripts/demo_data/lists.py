"""Rows of the other kinds: named lists, abnormal list, coercion, judgments, returned repairs."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Final

from scripts.demo_data.bureaus import Bureau
from scripts.demo_data.penalties import Row
from scripts.demo_data.subjects import DemoSubject

LIST_COLUMNS: Final = (
    "名单名称",
    "主体名称",
    "统一社会信用代码",
    "认定依据",
    "认定部门",
    "列入日期",
    "列入事由",
    "移出日期",
    "移出事由",
    "数据来源单位",
)
ABNORMAL_COLUMNS: Final = (
    "企业名称",
    "统一社会信用代码",
    "列入日期",
    "列入经营异常名录原因类型名称",
    "列入决定机关名称",
    "移出日期",
    "移出原因",
    "移出决定机关名称",
)
COERCION_COLUMNS: Final = (
    "主体名称",
    "统一社会信用代码",
    "决定书文号",
    "强制措施种类",
    "决定机关",
    "决定日期",
    "依据",
    "内容",
    "解除日期",
)
JUDGMENT_COLUMNS: Final = (
    "主体名称",
    "统一社会信用代码",
    "案号",
    "罪名",
    "审理法院",
    "判决日期",
    "生效日期",
    "判决结果",
)
REPAIR_COLUMNS: Final = (
    "主体名称",
    "处罚机关",
    "决定书文号",
    "统一社会信用代码",
    "修复状态",
    "修复日期",
    "修复渠道",
    "决定文号",
)
SUBJECT_COLUMNS: Final = (
    "主体名称",
    "统一社会信用代码",
    "主体类型",
    "法定代表人",
    "成立日期",
    "住所",
    "登记机关",
    "登记状态",
)


def _day(draw: Random, today: date, earliest: date = date(2022, 9, 1)) -> date:
    return earliest + timedelta(days=draw.randint(0, (today - earliest).days - 20))


def subject_row(subject: DemoSubject) -> Row:
    """The register's row about a subject."""
    return dict(
        zip(
            SUBJECT_COLUMNS,
            (
                subject.name,
                subject.uscc,
                subject.kind,
                subject.representative,
                subject.established_on.isoformat(),
                subject.residence,
                subject.registrar,
                subject.state,
            ),
            strict=True,
        )
    )


def list_row(draw: Random, bureau: Bureau, subject: DemoSubject, name: str, serial: int, today: date) -> Row:
    """An entry of a named list, about a third of them removed again."""
    entered = _day(draw, today)
    removed = entered + timedelta(days=draw.randint(30, 400)) if draw.random() < 0.3 else None
    if removed is not None and removed >= today:
        removed = None
    return {
        "名单名称": name,
        "主体名称": subject.name,
        "统一社会信用代码": subject.uscc,
        "认定依据": f"{bureau.prefix}认〔{entered.year}〕{serial}号",
        "认定部门": bureau.name,
        "列入日期": entered.isoformat(),
        "列入事由": "依照该名单管理办法认定",
        "移出日期": removed.isoformat() if removed else "",
        "移出事由": "义务已经履行" if removed else "",
        "数据来源单位": bureau.name,
    }


def abnormal_row(draw: Random, bureau: Bureau, subject: DemoSubject, today: date) -> Row:
    """An entry in the list of abnormal operations, half of them removed again."""
    entered = _day(draw, today)
    removed = (
        entered + timedelta(days=20) if draw.random() < 0.5 and entered < today - timedelta(30) else None
    )
    return {
        "企业名称": subject.name,
        "统一社会信用代码": subject.uscc,
        "列入日期": entered.isoformat(),
        "列入经营异常名录原因类型名称": draw.choice(("未在规定期限公示年度报告", "通过登记的住所无法联系")),
        "列入决定机关名称": bureau.name,
        "移出日期": removed.isoformat() if removed else "",
        "移出原因": "已补报年度报告" if removed else "",
        "移出决定机关名称": bureau.name if removed else "",
    }


def coercion_row(draw: Random, bureau: Bureau, subject: DemoSubject, serial: int, today: date) -> Row:
    """A measure of administrative coercion, most of them lifted."""
    decided = _day(draw, today)
    lifted = decided + timedelta(days=25) if draw.random() < 0.7 and decided < today - timedelta(40) else None
    return {
        "主体名称": subject.name,
        "统一社会信用代码": subject.uscc,
        "决定书文号": f"{bureau.prefix}强〔{decided.year}〕{serial}号",
        "强制措施种类": draw.choice(("查封场所、设施或者财物", "扣押财物", "冻结存款、汇款")),
        "决定机关": bureau.name,
        "决定日期": decided.isoformat(),
        "依据": "《中华人民共和国行政强制法》第九条",
        "内容": "对涉案财物依法采取强制措施",
        "解除日期": lifted.isoformat() if lifted else "",
    }


def judgment_row(draw: Random, court: Bureau, subject: DemoSubject, serial: int, today: date) -> Row:
    """A criminal judgment on the subject itself; one in five has not taken effect."""
    decided = _day(draw, today)
    effective = decided + timedelta(days=15) if draw.random() < 0.8 else None
    return {
        "主体名称": subject.name,
        "统一社会信用代码": subject.uscc,
        "案号": f"({decided.year})晋刑初{serial}号",
        "罪名": draw.choice(("污染环境罪", "虚开增值税专用发票罪", "非法占用农用地罪")),
        "审理法院": court.name,
        "判决日期": decided.isoformat(),
        "生效日期": effective.isoformat() if effective else "",
        "判决结果": f"单位犯罪,判处罚金{draw.choice((5, 10, 20))}万元",
    }


def repair_row(penalty: Row, repaired_on: date) -> Row:
    """The result of a credit repair, as it comes back from the national site."""
    return {
        "主体名称": penalty["CF_XDR_MC"],
        "处罚机关": penalty["CF_CFJG"],
        "决定书文号": penalty["CF_WSH"],
        "统一社会信用代码": penalty["CF_XDR_SHXYM"],
        "修复状态": "已修复",
        "修复日期": repaired_on.isoformat(),
        "修复渠道": "信用中国",
        "决定文号": f"信修复〔{repaired_on.year}〕{int(repaired_on.strftime('%j')):04d}号",
    }
