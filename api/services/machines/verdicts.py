"""Verdicts for programs: whatever is handed in gets one, and nothing else is looked up for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from api.services.checking import receipts
from api.services.checking.checker import Checker
from api.services.checking.inputs import shown_name
from api.services.checking.purpose import purpose_of
from api.services.checking.receipts import Given
from api.services.context import Context
from domain.identifiers import ReportNumber
from domain.verdict import Verdict
from verifier import receipt_verdict
from verifier.service import Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How a program wants something judged."""

    policy: str = ""
    """A policy's name, or a whole policy of one's own."""
    at: datetime | None = None
    receipt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A verdict, with the ticket and the receipt where one was wished for."""

    verdict: Verdict
    ticket: str | None = None
    receipt: Given | None = None


class VerdictDesk:
    """Judges for programs of one house at one instant; safe to share between threads."""

    def __init__(
        self,
        context: Context,
        verifier: Verifier,
        now: datetime,
        wishes: Wishes | None = None,
    ) -> None:
        """Judge at ``now`` with the house's ``verifier`` as ``wishes`` say.

        Raises MalformedInput ``policy_*``, ``at_in_future``.
        """
        self._context, self._verifier, self._now = context, verifier, now
        self._wishes = wishes or Wishes()
        self._purpose = purpose_of(self._wishes.policy, verifier.trust.bundle)
        self._room = Checker(context, verifier, now, self._purpose, at=self._wishes.at)

    def file(self, data: bytes, name: str | None) -> Answered:
        """Give the verdict on any bytes: what is no report is told so, not refused."""
        policy, now, at = self._purpose.policy, self._now, self._wishes.at
        verdict = self._verifier.verify(data, shown_name(name), policy=policy, now=now, at=at)
        return self._answered(verdict, hashlib.sha256(data).hexdigest(), len(data))

    def sha256(self, digest: str) -> Answered:
        """Give the verdict on the bytes with that SHA-256; MalformedInput ``sha256_form``."""
        return self._answered(*self._room.verdict_on(digest))

    def number(self, number: str, code: str) -> Answered:
        """Give what stands behind a number and its 核验码; MalformedInput ``number_form``."""
        parsed = str(ReportNumber.parse_typed(number))
        policy = self._purpose.policy
        return self._answered(self._verifier.verify_number(parsed, code, policy=policy, now=self._now))

    def claim(self, text: str) -> Answered:
        """Give what the text of one scanned code says."""
        policy = self._purpose.policy
        return self._answered(self._verifier.verify_text(text.strip(), "", policy=policy, now=self._now))

    def _answered(self, verdict: Verdict, sha256: str | None = None, size: int = 0) -> Answered:
        if not self._wishes.receipt or verdict.kind == receipt_verdict.KIND:
            return Answered(verdict=verdict)
        wanted = receipts.receipt_of(self._context, verdict, self._purpose, sha256=sha256, size=size)
        given = receipts.give_all(self._context, (wanted,), self._context.clock())[0]
        return Answered(verdict=verdict, ticket=receipts.seal(self._context, wanted), receipt=given)
