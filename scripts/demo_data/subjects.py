"""Invented enterprises and traders, and the few among them that the reports are shown for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from scripts.demo_data.codes import resident_number, uscc

_WORDS: Final = (
    "恒昌 瑞丰 鼎盛 华岳 明德 博远 众诚 金泰 蓝海 同源 启航 正阳 和顺 天工 嘉禾 安达 宏图 润泽 新程 汇川"
).split()
_SECOND: Final = "达 隆 源 信 盛 康 通 兴 利 泰 邦 铭".split()
_TRADES: Final = (
    "化工 建材 煤焦 物流 餐饮 商贸 机械制造 环保科技 房地产开发 农牧 文化旅游 医药 信息技术 矿业 电力工程"
).split()
_FAMILY: Final = "王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 马 朱 胡 郭 何 高 林 罗".split()
_GIVEN: Final = (
    "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 建国 志强 海燕 玉兰 晓东 文博".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a house's subjects live."""

    region: str
    city: str
    districts: tuple[tuple[str, str], ...]
    """Six-digit code and name of each district."""
    registrar: str
    """Registration authority of a district; ``{district}`` is replaced by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSubject:
    """One invented subject with what the register says about it."""

    name: str
    uscc: str
    kind: str
    """主体类型 as the register writes it."""
    representative: str
    representative_number: str
    established_on: date
    residence: str
    registrar: str
    state: str
    role: str
    """What it is shown for: ``clean``, ``records``, ``repaired``, ``narrowed``, ``pending``,
    ``trader``, or the empty word for the many others."""


WUHAI: Final = Place(
    region="150300",
    city="乌海市",
    districts=(("150302", "海勃湾区"), ("150303", "海南区"), ("150304", "乌达区")),
    registrar="乌海市{district}市场监督管理局",
)
SHANXI: Final = Place(
    region="140000",
    city="太原市",
    districts=(("140105", "小店区"), ("140106", "迎泽区"), ("140107", "杏花岭区"), ("140110", "晋源区")),
    registrar="太原市{district}行政审批服务管理局",
)
ROLES: Final = ("clean", "records", "repaired", "narrowed", "pending", "trader")


def person_name(draw: Random) -> str:
    """A two- or three-character invented name."""
    return draw.choice(_FAMILY) + draw.choice(_GIVEN)


def _enterprise(draw: Random, place: Place, taken: set[str], *, kind: str, role: str) -> DemoSubject:
    code, district = draw.choice(place.districts)
    while True:
        stem = draw.choice(_WORDS) + draw.choice(_SECOND) + draw.choice(_TRADES)
        name = f"{place.city}{stem}{_ENDINGS[kind]}"
        if name not in taken:
            break
    taken.add(name)
    established_on = date(2005, 1, 1) + timedelta(days=draw.randint(0, 6000))
    return DemoSubject(
        name=name,
        uscc=uscc(draw, code, _LEADING[kind]),
        kind=kind,
        representative=person_name(draw),
        representative_number=resident_number(draw, code),
        established_on=established_on,
        residence=f"{place.city}{district}{draw.choice(('新华', '人民', '滨河', '创业', '建设'))}"
        f"{draw.choice(('大街', '路', '东路'))}{draw.randint(1, 399)}号",
        registrar=place.registrar.format(district=district),
        state="吊销,未注销" if not role and draw.random() < 0.01 else "存续",
        role=role,
    )


_ENDINGS: Final = {
    "有限责任公司": "有限责任公司",
    "股份有限公司": "股份有限公司",
    "个人独资企业": "加工厂",
    "合伙企业": "合伙企业(普通合伙)",
    "农民专业合作社": "农民专业合作社",
    "个体工商户": "店",
}
_LEADING: Final = {
    "有限责任公司": "91",
    "股份有限公司": "91",
    "个人独资企业": "91",
    "合伙企业": "91",
    "农民专业合作社": "93",
    "个体工商户": "92",
}
_SHARES: Final = (
    ("有限责任公司",) * 12
    + ("股份有限公司", "个人独资企业", "合伙企业", "农民专业合作社")
    + ("个体工商户",) * 4
)


def make_subjects(draw: Random, place: Place, count: int) -> tuple[DemoSubject, ...]:
    """``count`` subjects of a place; the first six are the ones with a role, in the order of ``ROLES``."""
    taken: set[str] = set()
    shown = [
        _enterprise(draw, place, taken, role=role, kind="个体工商户" if role == "trader" else "有限责任公司")
        for role in ROLES
    ]
    others = [
        _enterprise(draw, place, taken, role="", kind=draw.choice(_SHARES)) for _ in range(count - len(shown))
    ]
    return tuple(shown + others)
