"""What ``daizheng verify`` can save beside its answer: the house's receipt, the ETSI report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from domain.errors import MalformedInput, Refused
from domain.verdict import Verdict
from domain.wording import clean
from verifier import receipt_verdict
from verifier.policies.policy import VerificationPolicy
from verifier.service import Verifier

ReceiptMaker = Callable[[Verdict, VerificationPolicy, bytes, bool], bytes]
"""Gives the receipt of a verdict under a policy on those bytes, as PDF or (False) as data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Where to save what."""

    receipt: Path | None
    etsi: Path | None
    maker: ReceiptMaker | None
    """None where the keys of no house are at hand."""

    def require_possible(self, files: int) -> None:
        """Return if what is wanted can be made; MalformedInput ``receipt_*`` with what is missing."""
        if (self.receipt or self.etsi) and files != 1:
            raise MalformedInput("receipt_one_file")
        if self.receipt and self.maker is None:
            raise MalformedInput("receipt_needs_house")

    def save(self, data: bytes, verdict: Verdict, verifier: Verifier, policy: VerificationPolicy) -> None:
        """Receipt and ETSI report stand where they were wanted; raises what making them raises."""
        if self.etsi is not None:
            xml = verifier.etsi_report(data)
            if xml is None:
                raise MalformedInput("etsi_unreadable")
            _write(self.etsi, xml)
        if self.receipt is not None and self.maker is not None:
            if verdict.kind == receipt_verdict.KIND:
                raise MalformedInput("receipt_of_receipt")
            _write(self.receipt, self.maker(verdict, policy, data, self.receipt.suffix.lower() == ".pdf"))


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Refused("file_unwritable", file=clean(path), cause=error.strerror or "") from error
