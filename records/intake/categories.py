"""处罚类别 as units write it, as categories after 行政处罚法 (2021) art. 9 (rule R14).

Several values stand in one cell, with any separator; older wording (1996 law, vendors'
lists) is understood; an unknown word is OTHER and reported, so that it still counts.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from records.model import Category

_SEPARATORS: Final = re.compile(r"[,，;；、|｜/+&\s]+")
_NO_PENALTY: Final = re.compile("(?:不予|不再|免予|免于)(?:以)?(?:行政)?处罚|不予行政处罚")
_DENIED: Final = re.compile("(?:不予|免予|免于|不再|未予?|撤销|减免|免除)[^，。；,;]{0,4}$")

# Looked for in this order inside one word of the cell; several may be found in one.
_WORDS: Final = (
    (Category.NO_PENALTY, _NO_PENALTY),
    (Category.WARNING, re.compile("警告")),
    (Category.PUBLIC_CRITICISM, re.compile("通报批评")),
    (Category.FINE, re.compile("罚款")),
    (Category.CONFISCATE_GAINS, re.compile("没收[^，。；]{0,4}(?:违法|非法|不当)?(?:所得|利得|收入)")),
    (
        Category.CONFISCATE_GOODS,
        re.compile("没收[^，。；]{0,8}(?:财物|物品|产品|工具|设备|药品|食品|原料)|没收非法财物"),
    ),
    (Category.SUSPEND_LICENCE, re.compile("暂扣")),
    (Category.REVOKE_LICENCE, re.compile("吊销|撤销许可|注销许可")),
    (Category.DOWNGRADE_QUALIFICATION, re.compile("降低[^，。；]{0,4}(?:资质|等级)")),
    (Category.RESTRICT_EMPLOYMENT, re.compile("(?:限制|禁止)[^，。；]{0,6}(?:从业|任职|执业)|市场禁入")),
    (Category.RESTRICT_OPERATION, re.compile("限制[^，。；]{0,8}(?:生产|经营|业务)")),
    (Category.SUSPEND_OPERATION, re.compile("停产|停业|停止(?:生产|经营|营业)")),
    (Category.CLOSE_DOWN, re.compile("责令关闭|^关闭$|予以关闭")),
    (Category.DETENTION, re.compile("拘留")),
)
_OTHER: Final = re.compile("^其他|^其它|^责令|限期拆除")


@dataclass(frozen=True, slots=True)
class Categories:
    """What one cell says."""

    found: tuple[Category, ...]
    """In the order of art. 9, each once."""
    unknown: tuple[str, ...]
    """Words on no list; they count as OTHER."""


@lru_cache(maxsize=4096)
def categories_of(text: str) -> Categories:
    """The categories in a 处罚类别 cell; empty for an empty one."""
    found: set[Category] = set()
    unknown: list[str] = []
    for word in _SEPARATORS.split(unicodedata.normalize("NFKC", text).strip()):
        if not word:
            continue
        if word.startswith(("其他", "其它")):
            found.add(Category.OTHER)
            break  # 其他-… goes on in free text, with separators of its own.
        hits = {category for category, pattern in _WORDS if pattern.search(word)}
        if not hits and not _OTHER.search(word):
            unknown.append(word)
        found |= hits or {Category.OTHER}
    return Categories(_ordered(found), tuple(unknown))


def says_no_penalty(text: str) -> bool:
    """True if 处罚内容 says 不予处罚 or 不予行政处罚 anywhere."""
    return _NO_PENALTY.search(text) is not None


def penalties_in(text: str) -> tuple[Category, ...]:
    """Art. 9 categories that 处罚内容 imposes; one that is named in order to be denied does not count."""
    found: set[Category] = set()
    for clause in re.split("[，。；;,]", unicodedata.normalize("NFKC", text)):
        for category, pattern in _WORDS[1:]:
            match = pattern.search(clause)
            if match and not _DENIED.search(clause[: match.start()]):
                found.add(category)
    return _ordered(found)


def _ordered(found: set[Category]) -> tuple[Category, ...]:
    if not found:
        return ()
    return tuple(category for category in Category if category in found)


def settle(column: tuple[Category, ...], content: str, amount_fen: int) -> tuple[Category, ...]:
    """The categories that hold: 不予处罚 stands only alone and with amount 0 (rule R14).

    ``对A行为不予行政处罚;对B行为罚款5000元`` is a fine.
    """
    denied = Category.NO_PENALTY in column or says_no_penalty(content)
    if not denied:
        return column or penalties_in(content)
    imposed = {c for c in column if c is not Category.NO_PENALTY} | set(penalties_in(content))
    if amount_fen > 0 and not imposed:
        imposed.add(Category.FINE)
    imposed.discard(Category.OTHER)
    others = {c for c in column if c is Category.OTHER}
    return _ordered(imposed | others) if imposed else (Category.NO_PENALTY,)
