"""Verdicts for programs: whatever is handed in gets one, and nothing else is looked up for it."""

from __future__ import annotations

from datetime import datetime

from api.services.checking.checker import Checker
from api.services.checking.inputs import shown_name
from api.services.context import Context
from domain.errors import InvariantBroken
from domain.identifiers import ReportNumber
from domain.verdict import Verdict
from verifier import policy as policies
from verifier.service import Verifier


class VerdictDesk:
    """Judges for programs of one house at one instant; safe to share between threads."""

    def __init__(self, context: Context, verifier: Verifier, now: datetime) -> None:
        """Judge at ``now`` with the house's ``verifier`` and the policy that comes with it."""
        self._context, self._verifier, self._now = context, verifier, now
        self._policy = policies.builtin()

    def file(self, data: bytes, name: str | None) -> Verdict:
        """Give the verdict on any bytes: what is no report is told so, not refused."""
        return self._verifier.verify(data, shown_name(name), policy=self._policy, now=self._now)

    def sha256(self, digest: str) -> Verdict:
        """Give the verdict on the bytes with that SHA-256; MalformedInput ``sha256_form``."""
        room = Checker(self._context, self._verifier, self._now, self._policy)
        found = room.sha256(digest, "").verdict
        if found is None:
            raise InvariantBroken("verdict_missing")
        return found

    def number(self, number: str, code: str) -> Verdict:
        """Give what stands behind a number and its 核验码; MalformedInput ``number_form``."""
        parsed = str(ReportNumber.parse_typed(number))
        return self._verifier.verify_number(parsed, code, policy=self._policy, now=self._now)

    def claim(self, text: str) -> Verdict:
        """Give what the text of one scanned code says."""
        return self._verifier.verify_text(text.strip(), "", policy=self._policy, now=self._now)
