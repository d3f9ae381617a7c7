"""What bureaus punish, by domain: kind of act, legal basis, and what happened, in office words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Matter:
    """One kind of unlawful act as a decision describes it."""

    kind: str
    """违法行为类型."""
    basis: str
    """处罚依据."""
    facts: str
    """违法事实, after the subject's name."""


MATTERS: Final[dict[str, tuple[Matter, ...]]] = {
    "market_regulation": (
        Matter(
            "使用未经检定的计量器具",
            "《中华人民共和国计量法》第二十六条",
            "使用未经检定的电子汽车衡用于贸易结算",
        ),
        Matter("发布虚假广告", "《中华人民共和国广告法》第五十五条", "在经营场所发布与实际不符的产品广告"),
        Matter(
            "经营标签不符合规定的食品",
            "《中华人民共和国食品安全法》第一百二十五条",
            "销售的预包装食品标签未标明生产日期",
        ),
    ),
    "ecology_environment": (
        Matter(
            "超标排放大气污染物",
            "《中华人民共和国大气污染防治法》第九十九条",
            "二号锅炉颗粒物排放浓度超过许可限值",
        ),
        Matter(
            "未按规定贮存危险废物",
            "《中华人民共和国固体废物污染环境防治法》第一百一十二条",
            "废矿物油贮存间未设置识别标志",
        ),
    ),
    "fire_safety": (
        Matter(
            "消防设施未保持完好有效",
            "《中华人民共和国消防法》第六十条",
            "经营场所室内消火栓无水、应急照明损坏",
        ),
        Matter("占用疏散通道", "《中华人民共和国消防法》第六十条", "二层疏散通道堆放货物"),
    ),
    "transport": (
        Matter(
            "未按规定维护和检测运输车辆",
            "《中华人民共和国道路运输条例》第七十条",
            "所属货运车辆未按规定周期维护检测",
        ),
        Matter("超限运输", "《公路安全保护条例》第六十四条", "货运车辆车货总质量超过公路限载标准"),
    ),
    "emergency_management": (
        Matter(
            "未如实记录安全生产教育和培训情况",
            "《中华人民共和国安全生产法》第九十七条",
            "从业人员培训记录与实际不符",
        ),
        Matter(
            "未设置明显的安全警示标志",
            "《中华人民共和国安全生产法》第九十九条",
            "危险作业区域未设置安全警示标志",
        ),
    ),
    "taxation": (
        Matter(
            "未按规定期限办理纳税申报",
            "《中华人民共和国税收征收管理法》第六十二条",
            "未按期办理增值税纳税申报",
        ),
    ),
    "human_resources": (
        Matter("未依法支付劳动报酬", "《保障农民工工资支付条例》第五十三条", "未以货币形式按时足额支付工资"),
    ),
    "housing_construction": (
        Matter(
            "未取得施工许可证擅自施工",
            "《建筑工程施工许可管理办法》第十二条",
            "厂房扩建工程未取得施工许可证开工",
        ),
    ),
    "health": (
        Matter(
            "未办理健康合格证明",
            "《公共场所卫生管理条例实施细则》第三十八条",
            "安排未取得健康合格证明的人员从事服务",
        ),
    ),
    "natural_resources": (
        Matter("非法占用土地", "《中华人民共和国土地管理法》第七十七条", "未经批准占用建设用地堆放物料"),
    ),
    "urban_management": (
        Matter(
            "擅自设置户外广告", "《城市市容和环境卫生管理条例》第三十六条", "未经同意在临街建筑外墙设置广告牌"
        ),
    ),
    "public_security": (
        Matter(
            "未按规定备案", "《易制爆危险化学品治安管理办法》第三十六条", "购买易制爆危险化学品未按期备案"
        ),
    ),
}

GENERAL: Final = Matter(
    "未按规定报送资料", "《中华人民共和国行政处罚法》第九条及本行业管理办法", "未按规定期限报送有关资料"
)


def matters_of(domain: str) -> tuple[Matter, ...]:
    """The matters of a domain; a general one where none was written."""
    return MATTERS.get(domain, (GENERAL,))
