"""The viewers of docs/access.md, one role each; nobody acts in two at a time."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """As whom somebody comes."""

    HOLDER = "holder"
    """Whoever holds a file, a paper or a code; not signed in."""
    ENTERPRISE = "enterprise"
    """The subject itself: an enterprise by its 法定代表人, a sole trader, an adult."""
    AGENT = "agent"
    """经办人: acts for an enterprise while its 法定代表人 lets them (R25)."""
    RECEIVER = "receiver"
    """报告使用方: a bank, a tender agency; needs the subject's consent (R24)."""
    AUTHORITY = "authority"
    """机关 that asks by law and states its legal basis (R24)."""
    UNIT = "unit"
    """数源单位: sends data, answers objections."""
    OPERATOR = "operator"
    WINDOW = "window"
    """政务服务窗口 (R27)."""
    AUDITOR = "auditor"
    SECURITY_ADMINISTRATOR = "security_administrator"
    SYSTEM_ADMINISTRATOR = "system_administrator"


STAFF: Final = frozenset(
    {Role.OPERATOR, Role.WINDOW, Role.AUDITOR, Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR}
)
"""Roles that hold only while the house's own list of operators names the person."""

APART: Final = frozenset({Role.AUDITOR, Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR})
"""Of these three nobody ever has two (R25)."""

REQUESTING: Final = frozenset({Role.RECEIVER, Role.AUTHORITY})
"""Roles that act for an organisation which registered here and was approved."""
