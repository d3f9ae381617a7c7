"""Which fields of a record stand in its leaf, in which order, and which a summary shows.

Field ids are the standard codes (CF_WSH ...), for kinds without codes the standard's or
the plan's own headers.  A summary shows who decided, when, what category and which state;
document number, facts, basis, content and the single amounts are withheld, signed by their
salted hashes.  Columns that identify people, and the subject's own columns, are never taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from domain.catalogue import PENALTY_CATEGORIES, PROCEDURES
from records.model import CreditRecord, Kind, Procedure

Getter = Callable[[CreditRecord, str], str]
"""Given the record and the deciding unit's name, the text of a field; empty where there is none."""

_PEOPLE: Final = re.compile(
    "证件|身份证|姓名|法定代表人|法人|负责人|驾驶|车牌|电话|手机|住址|联系|经营者|从业人员"
)
_SUBJECT: Final = frozenset(
    {
        "主体名称",
        "企业名称",
        "单位名称",
        "机构名称",
        "纳税人名称",
        "统一社会信用代码",
        "组织机构代码",
        "工商注册号",
        "注册号",
        "纳税人识别号",
        "主体身份代码",
        "领域",
        "注册地址",
        "企业地址",
    }
)


def leaf_of(record: CreditRecord, unit_name: str) -> tuple[tuple[str, str], ...]:
    """The ordered field ids and values that make this record's leaf."""
    fixed = _FIELDS[record.kind]
    values = {name: get(record, unit_name) for name, get in fixed.items()}
    core = _CORE.get(record.kind, frozenset())
    fields = [(name, value) for name, value in values.items() if value or name in core]
    fields += [(name, value) for name, value in _outcome(record).items() if value]
    if record.kind in _OPEN_KINDS:
        fields += _further(record, {name for name, _ in fields} | set(fixed))
    return tuple(fields)


def shown_in_summary(kind: Kind, field_id: str) -> bool:
    """True for a field that the summary variant prints; every other field it withholds."""
    return field_id in _SHOWN[kind] or field_id in _OUTCOME_SHOWN


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _text(*names: str) -> Getter:
    return lambda record, _: next((record.fields[name] for name in names if record.fields.get(name)), "")


def _unit(name: str) -> Getter:
    return lambda record, unit_name: record.fields.get(name) or unit_name


def _categories(record: CreditRecord, _: str) -> str:
    return "、".join(PENALTY_CATEGORIES[category].zh for category in record.categories)


def _procedure(record: CreditRecord, _: str) -> str:
    return PROCEDURES[record.procedure or Procedure.UNSTATED].zh


def _wan(fen: int) -> str:
    """Fen as 万元, exactly, the unit of the standard columns; empty for nothing."""
    return f"{(Decimal(fen) / 1_000_000).normalize():f}" if fen else ""


def _decided(record: CreditRecord, _: str) -> str:
    return _day(record.decided_on)


def _ended(record: CreditRecord, _: str) -> str:
    return _day(record.ended_on)


def _ended_why(record: CreditRecord, _: str) -> str:
    return record.ended_why or ""


def _number(record: CreditRecord, _: str) -> str:
    return record.document_number or ""


def _list_name(record: CreditRecord, _: str) -> str:
    return record.list_name or ""


def _outcome(record: CreditRecord) -> dict[str, str]:
    """What happened to the decision later; on any kind of record (rules R15 to R17)."""
    return {
        "修复日期": _day(record.repaired_on),
        "修复渠道": record.repair_channel or "",
        "变更日期": _day(record.review_on),
        "变更文号": record.review_number or "",
    }


_PENALTY: Final[Mapping[str, Getter]] = {
    "CF_CFJG": _unit("CF_CFJG"),
    "CF_JDRQ": _decided,
    "CF_CFLB": _categories,
    "处罚程序": _procedure,
    "CF_WSH": _number,
    "CF_WFXW": _text("CF_WFXW"),
    "CF_SY": _text("CF_SY"),
    "CF_YJ": _text("CF_YJ"),
    "CF_NR": _text("CF_NR"),
    "CF_NR_FK": lambda record, _: _wan(record.fine_fen),
    "CF_NR_WFFF": lambda record, _: _wan(record.confiscated_fen),
    "CF_NR_ZKDX": _text("CF_NR_ZKDX"),
    "CF_YXQ": _text("CF_YXQ"),
    "CF_GSJZQ": _text("CF_GSJZQ"),
    "CF_SJLY": _text("CF_SJLY"),
    "BZ": _text("BZ"),
}
_DISHONEST: Final[Mapping[str, Getter]] = {
    "名单名称": _list_name,
    "认定部门": _unit("认定部门"),
    "列入日期": _decided,
    "移出日期": _ended,
    "移出情形": _text("移出情形"),
    "认定依据": lambda record, _: record.document_number or record.fields.get("认定依据", ""),
    "列入事由": _text("列入事由"),
    "移出事由": _ended_why,
    "数据来源单位": _text("数据来源单位"),
}
_ABNORMAL: Final[Mapping[str, Getter]] = {
    "列入决定机关名称": _unit("列入决定机关名称"),
    "列入日期": _decided,
    "移出日期": _ended,
    "列入经营异常名录原因类型名称": _text("列入经营异常名录原因类型名称"),
    "移出原因": _ended_why,
    "移出决定机关名称": _text("移出决定机关名称"),
}
_COERCION: Final[Mapping[str, Getter]] = {
    "决定机关": _unit("决定机关"),
    "决定日期": _decided,
    "强制措施种类": _text("强制措施种类"),
    "解除日期": _ended,
    "决定书文号": _number,
    "依据": _text("依据"),
    "内容": _text("内容"),
}
_JUDGMENT: Final[Mapping[str, Getter]] = {
    "审理法院": _unit("审理法院"),
    "判决日期": _decided,
    "生效日期": lambda record, _: _day(record.effective_on),
    "案号": _number,
    "罪名": _text("罪名"),
    "判决结果": _text("判决结果"),
}
_OTHER: Final[Mapping[str, Getter]] = {
    "信息类别": _list_name,
    "决定机关": _unit("决定机关"),
    "决定日期": _decided,
    "解除日期": _ended,
    "文号": _number,
    "依据": _text("依据"),
    "内容": _text("内容"),
}
_FIELDS: Final[Mapping[Kind, Mapping[str, Getter]]] = {
    Kind.PENALTY: _PENALTY,
    Kind.DISHONEST_LIST: _DISHONEST,
    Kind.ABNORMAL_LIST: _ABNORMAL,
    Kind.COERCION: _COERCION,
    Kind.JUDGMENT: _JUDGMENT,
    Kind.OTHER: _OTHER,
    Kind.REPAIR: _OTHER,
}
_SHOWN: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.PENALTY: frozenset({"CF_CFJG", "CF_JDRQ", "CF_CFLB", "处罚程序"}),
    Kind.DISHONEST_LIST: frozenset({"名单名称", "认定部门", "列入日期", "移出日期", "移出情形"}),
    Kind.ABNORMAL_LIST: frozenset({"列入决定机关名称", "列入日期", "移出日期"}),
    Kind.COERCION: frozenset({"决定机关", "决定日期", "强制措施种类", "解除日期"}),
    Kind.JUDGMENT: frozenset({"审理法院", "判决日期", "生效日期"}),
    Kind.OTHER: frozenset({"信息类别", "决定机关", "决定日期", "解除日期"}),
    Kind.REPAIR: frozenset(),
}
_OUTCOME_SHOWN: Final = frozenset({"修复日期", "变更日期"})
_CORE: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.PENALTY: frozenset({"CF_WSH", "CF_WFXW", "CF_SY", "CF_YJ", "CF_NR", "CF_NR_FK", "CF_NR_WFFF"}),
}
"""Fields that stand in each leaf even when empty, so that a summary does not tell which are."""
_OPEN_KINDS: Final = frozenset({Kind.DISHONEST_LIST, Kind.OTHER})
"""Kinds without a column standard: their further columns are kept as fields of their own."""


def _further(record: CreditRecord, taken: set[str]) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in sorted(record.fields.items())
        if value
        and name not in taken
        and name not in _SUBJECT
        and not name.startswith("CF_")
        and not _PEOPLE.search(name)
    ]
