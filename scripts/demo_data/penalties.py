"""Penalty rows with the 30 standard columns and the four that some units add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from scripts.demo_data.bureaus import Bureau
from scripts.demo_data.matters import matters_of
from scripts.demo_data.subjects import DemoSubject

COLUMNS: Final[tuple[tuple[str, str, bool], ...]] = (
    ("CF_XDR_MC", "行政相对人名称", True),
    ("CF_XDR_LB", "行政相对人类别", True),
    ("CF_XDR_SHXYM", "行政相对人代码_1(统一社会信用代码)", False),
    ("CF_XDR_GSZC", "行政相对人代码_2(工商注册号)", False),
    ("CF_XDR_ZZJG", "行政相对人代码_3(组织机构代码)", False),
    ("CF_XDR_SWDJ", "行政相对人代码_4(税务登记号)", False),
    ("CF_XDR_SYDW", "行政相对人代码_5(事业单位证书号)", False),
    ("CF_XDR_SHZZ", "行政相对人代码_6(社会组织登记证号)", False),
    ("CF_FRDB", "法定代表人", False),
    ("CF_FR_ZJLX", "法定代表人证件类型", False),
    ("CF_FR_ZJHM", "法定代表人证件号码", False),
    ("CF_XDR_ZJLX", "证件类型", False),
    ("CF_XDR_ZJHM", "证件号码", False),
    ("CF_WSH", "行政处罚决定书文号", True),
    ("CF_WFXW", "违法行为类型", True),
    ("CF_SY", "违法事实", True),
    ("CF_YJ", "处罚依据", True),
    ("CF_CFLB", "处罚类别", True),
    ("CF_NR", "处罚内容", True),
    ("CF_NR_FK", "罚款金额（万元）", False),
    ("CF_NR_WFFF", "没收违法所得、没收非法财物的金额（万元）", False),
    ("CF_NR_ZKDX", "暂扣或吊销证照名称及编号", False),
    ("CF_JDRQ", "处罚决定日期", True),
    ("CF_YXQ", "处罚有效期", True),
    ("CF_GSJZQ", "公示截止期", False),
    ("CF_CFJG", "处罚机关", True),
    ("CF_CFJGDM", "处罚机关统一社会信用代码", True),
    ("CF_SJLY", "数据来源单位", True),
    ("CF_SJLYDM", "数据来源单位统一社会信用代码", True),
    ("BZ", "备注", False),
)
"""Code, Chinese name and whether the standard asks for a value, in the standard's order."""
EXTRA: Final = ("处罚程序", "修复状态", "修复日期", "领域")

Row = dict[str, str]
"""One row by column code (the extra columns by their Chinese names)."""

_FINES: Final = (500, 1000, 2000, 3000, 5000, 8000, 10000, 20000, 50000, 100000, 277100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a penalty made for a certain subject has to be; what is None is drawn."""

    decided_on: date | None = None
    procedure: str | None = None
    category: str | None = None
    fine_yuan: int | None = None
    repaired_on: date | None = None


def wan(yuan: int) -> str:
    """An amount of yuan as the 万元 columns have it: ``2000`` is ``0.2``."""
    whole, rest = divmod(yuan, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")


def _sanction(draw: Random, wish: Wish) -> tuple[str, str, int, int]:
    """处罚类别, 处罚内容, fine and confiscated sum in yuan."""
    fine = wish.fine_yuan if wish.fine_yuan is not None else draw.choice(_FINES)
    kind = wish.category or draw.choice(
        ("罚款",) * 7 + ("警告", "警告;罚款", "没收违法所得;罚款", "责令停产停业", "不予处罚")
    )
    confiscated = draw.choice((300, 1200, 4600)) if "没收" in kind else 0
    words = {
        "罚款": f"罚款{fine}元",
        "警告": "给予警告",
        "没收违法所得": f"没收违法所得{confiscated}元",
        "责令停产停业": "责令停产停业整顿",
        "不予处罚": "违法行为轻微并及时改正,不予行政处罚",
    }
    return kind, ";".join(words[part] for part in kind.split(";")), fine if "罚款" in kind else 0, confiscated


def penalty(draw: Random, bureau: Bureau, subject: DemoSubject, serial: int, wish: Wish, today: date) -> Row:
    """One penalty of a bureau on a subject, complete and right in every column."""
    matter = draw.choice(matters_of(bureau.domain))
    span = (today - date(2020, 3, 1)).days - 12
    decided_on = wish.decided_on or date(2020, 3, 1) + timedelta(days=draw.randint(0, span))
    kind, content, fine, confiscated = _sanction(draw, wish)
    trader = subject.kind == "个体工商户"
    office = (
        draw.choice(bureau.offices) if bureau.offices and not subject.role and draw.random() < 0.25 else ""
    )
    row: Row = {code: "" for code, _, _ in COLUMNS} | {
        "CF_XDR_MC": subject.name,
        "CF_XDR_LB": "个体工商户" if trader else "法人及非法人组织",
        "CF_XDR_SHXYM": subject.uscc,
        "CF_XDR_ZZJG": subject.uscc[8:17],
        "CF_FRDB": subject.representative,
        "CF_FR_ZJLX": "身份证",
        "CF_FR_ZJHM": subject.representative_number,
        "CF_WSH": f"{bureau.prefix}罚〔{decided_on.year}〕{serial}号",
        "CF_WFXW": matter.kind,
        "CF_SY": f"经查,{subject.name}{matter.facts}。",
        "CF_YJ": matter.basis,
        "CF_CFLB": kind,
        "CF_NR": content,
        "CF_NR_FK": wan(fine) if fine else "",
        "CF_NR_WFFF": wan(confiscated) if confiscated else "",
        "CF_JDRQ": decided_on.strftime("%Y/%m/%d"),
        "CF_YXQ": "2099/12/31",
        "CF_GSJZQ": decided_on.replace(year=decided_on.year + 1, day=min(decided_on.day, 28)).strftime(
            "%Y/%m/%d"
        ),
        "CF_CFJG": office or bureau.name,
        "CF_CFJGDM": "" if office else bureau.uscc,
        "CF_SJLY": bureau.name,
        "CF_SJLYDM": bureau.uscc,
        "处罚程序": wish.procedure or draw.choice(("普通程序",) * 6 + ("简易程序", "")),
        "领域": bureau.domain_name if bureau.several else "",
        "修复状态": "已修复" if wish.repaired_on else "未修复",
        "修复日期": wish.repaired_on.strftime("%Y/%m/%d") if wish.repaired_on else "",
    }
    if row["处罚程序"] == "简易程序" and fine > 3000 and wish.fine_yuan is None:
        row |= {"CF_NR": content.replace(str(fine), "500"), "CF_NR_FK": "0.05"}
    return row


def as_national(row: Mapping[str, str], platform: Bureau) -> Row:
    """The same penalty as the national platform sends it: other source and brackets, no extra columns."""
    copy = {code: value for code, value in row.items() if code not in EXTRA}
    return copy | {
        "CF_WSH": copy["CF_WSH"].replace("〔", "[").replace("〕", "]"),
        "CF_SJLY": platform.name,
        "CF_SJLYDM": platform.uscc,
        "CF_JDRQ": copy["CF_JDRQ"].replace("/", "-"),
    }
