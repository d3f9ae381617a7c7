"""What usually happens to a report on its way to a clerk's screen, and the word for each (R30).

A word names a table in the catalogue: what it looks like, what it means, what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.reasons import Reason
from domain.verdict import Authenticity, Verdict

_BY_REASON: Final[Mapping[str, str]] = {
    Reason.RESAVED: "resaved",
    Reason.SIGNATURE_REMOVED: "resaved",
    Reason.REVISION_NOT_CANONICAL: "resaved",
    Reason.PRINTED_COPY: "printed",
    Reason.SCANNED_COPY: "scanned",
    Reason.NO_CODE_FOUND: "no_code",
    Reason.CODE_NOT_OURS: "other_code",
    Reason.APPENDED_UPDATE: "annotated",
    Reason.SECOND_SIGNATURE: "stamped",
    Reason.ADDED_TIMESTAMP: "stamped",
    Reason.TRUNCATED: "cut_short",
    Reason.DAMAGED: "cut_short",
    Reason.BYTES_AFTER_END: "padded",
    Reason.BYTES_BEFORE_HEADER: "padded",
    Reason.ENCRYPTED: "locked",
}
MISHAPS: Final = (
    "zip", "screenshot", "phone_picture", "resaved", "printed", "scanned", "annotated", "stamped",
    "cut_short", "padded", "locked", "renamed", "office", "no_code", "other_code", "unknown_in_reader",
)  # fmt: skip
"""Every mishap, in the order in which the page explains them."""


def mishap_of(verdict: Verdict, name: str, *, screenshot: bool) -> str | None:
    """Return the mishap that a verdict and a file name point to, None if none does."""
    found = _BY_REASON.get(verdict.reason or "")
    if found is not None:
        return "screenshot" if found == "no_code" and screenshot else found
    if verdict.kind == "claim":
        return "screenshot" if screenshot else None
    number = (verdict.report or {}).get("number")
    genuine = verdict.authenticity is Authenticity.GENUINE and isinstance(number, str)
    return "renamed" if genuine and name and str(number) not in name else None
