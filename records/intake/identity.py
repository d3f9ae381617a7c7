"""What makes a row the same record when it comes again (rule R13), and whether it says anything new.

Identity never holds the subject: one 文号 may name several subjects, so the store keys on
(identity, subject).  The deciding unit stands as its id in the unit tree, to which its
code and all its names map, so that bureau and national platform give one identity.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from operator import attrgetter
from typing import Final

from records.intake.model import RecordDraft
from records.model import CreditRecord, Kind, SubjectKeys

_OPEN: Final = "〔[(（【﹝〖{〈《「『<"
_CLOSE: Final = "〕])）】﹞〗}〉》」』>"
_FOLD: Final = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys(" \t\r\n\u3000\u00a0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", "")
    | dict.fromkeys(_OPEN, "[")
    | dict.fromkeys(_CLOSE, "]")
    | dict.fromkeys("‐‑‒–—―－−~～", "-")
    | {"#": "号"}
)
_USUAL: Final = re.compile(r"[0-9A-Za-z\[\]\u4e00-\u9fff-]*")
"""What neither ``_FOLD`` nor NFKC changes."""
_INVISIBLE: Final = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")

_CONTENT: Final = (
    "kind", "identity", "unit", "domains", "list_name", "document_number", "decided_on", "effective_on",
    "ended_on", "ended_why", "procedure", "simple_confirmed", "categories", "fine_fen", "confiscated_fen",
    "repair", "repaired_on", "repair_channel", "review", "review_on", "review_number", "minor",
    "public_security",
)  # fmt: skip
_content: Final = attrgetter(*_CONTENT)


def plain_document_number(text: str) -> str:
    """A 文号 as it is compared: one kind of bracket and hyphen, half width, no blanks, upper case."""
    usual = text.replace("〔", "[").replace("〕", "]")
    if _USUAL.fullmatch(usual):
        return usual.upper()  # Nothing else to fold: most numbers, one a row.
    folded = text.translate(_FOLD)
    if not unicodedata.is_normalized("NFKC", folded):
        folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", folded).translate(_FOLD))
    return folded.upper()


def document_identity(kind: Kind, unit: str, number: str) -> str:
    """Of a penalty, a coercion, a judgment or another record that has a document number."""
    return f"{kind.value}|{unit}|{plain_document_number(number)}"


def list_identity(kind: Kind, unit: str, list_name: str | None, entered_on: date, reason: str = "") -> str:
    """Of one entry into a list: its removal later is the same record.

    ``reason`` tells apart two entries on one day (经营异常名录 has one entry per reason).
    """
    name = plain_document_number(list_name or "")
    return f"{kind}|{unit}|{name}|{entered_on.isoformat()}|{plain_document_number(reason)}".rstrip("|")


def identity_of(draft: RecordDraft) -> str:
    """The identity that the draft carries."""
    return draft.identity


def subject_key(keys: SubjectKeys) -> str:
    """What tells two subjects of one file apart, by the strongest name the row gives."""
    strongest = keys.uscc or keys.person_number or keys.organisation_code or keys.registration_number
    return strongest or f"={keys.name}"


def same_content(first: RecordDraft | CreditRecord, second: RecordDraft | CreditRecord) -> bool:
    """True if both say the same: then the row is ``unchanged`` and makes no new version.

    Keys and 数据来源单位 are left out: the same penalty from two sources is one record.
    """
    return bool(_content(first) == _content(second)) and _told(first) == _told(second)


def _told(record: RecordDraft | CreditRecord) -> dict[str, str]:
    return {key: value for key, value in record.fields.items() if key not in _SOURCE and value}


_SOURCE: Final = frozenset(
    {
        "CF_SJLY",
        "CF_SJLYDM",
        "CF_CFJG",
        "CF_CFJGDM",
        "数据来源单位",
        "数据来源单位统一社会信用代码",
        "数据导出时间",
    }
)
