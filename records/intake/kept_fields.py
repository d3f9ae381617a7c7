"""What is kept of a row beside the record's own fields: every other column, redacted and masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from records.intake.column_names import REFERENCE
from records.intake.redaction import (
    Redact,
    mask_codes,
    redact_numbers,
    redact_text,
    treatment_of,
)
from records.intake.remembering import Remembered
from records.intake.row_reader import RowReader, cells_at


class KeptFields:
    """Which columns stay as text in a record, and how each is redacted on the way."""

    def __init__(self, reader: RowReader, spent: frozenset[str]) -> None:
        """``spent`` are the canonical keys that become typed fields or must not be kept."""
        self._reader = reader
        memories: dict[Redact, Remembered] = {redact_text: reader.redacted}
        kept: list[tuple[int, str, Redact]] = [
            (index, key, _TREATMENT.get(key, redact_text))
            for key, index in reader.columns.index.items()
            if key not in spent and key != REFERENCE
        ]
        kept += [
            (column.index, column.header, treatment_of(column.header)) for column in reader.columns.unknown
        ]
        self._cells = cells_at([index for index, _, _ in kept])
        self._treated = [
            (name, memories.setdefault(treatment, Remembered(treatment))) for _, name, treatment in kept
        ]

    def of_row(self) -> dict[str, str]:
        """The filled cells of the loaded row, redacted."""
        values = self._cells(self._reader.values)
        return {
            name: treated[value]
            for (name, treated), value in zip(self._treated, values, strict=True)
            if value
        }


# Standard columns that hold no free text lose identity numbers only; the rest goes through redact_text.
_TREATMENT: Final[Mapping[str, Redact]] = {
    **dict.fromkeys(("CF_FR_ZJHM", "CF_XDR_ZJHM", "证件号码"), mask_codes),
    **dict.fromkeys(
        (
            "CF_XDR_MC",
            "CF_XDR_LB",
            "CF_FRDB",
            "CF_FR_ZJLX",
            "CF_XDR_ZJLX",
            "CF_CFLB",
            "CF_YXQ",
            "CF_GSJZQ",
            "CF_CFJG",
            "CF_CFJGDM",
            "CF_SJLY",
            "CF_SJLYDM",
            "主体名称",
            "证件类型",
            "数据来源单位",
            "数据来源单位统一社会信用代码",
            "认定部门",
            "列入决定机关名称",
            "移出决定机关名称",
            "决定机关",
            "审理法院",
            "罪名",
            "强制措施种类",
            "列入经营异常名录原因类型名称",
            "处罚程序",
        ),
        redact_numbers,
    ),
}
