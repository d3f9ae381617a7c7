"""A receipt in the words of the verdict it repeats: the same lines on a screen and on its page."""

from __future__ import annotations

from domain.catalogue import DOMAINS
from domain.receipt import About, Receipt
from domain.times import rfc3339
from domain.verdict import CheckResult, Code, ContentSays, JsonValue, Verdict
from domain.wording import Wording
from verifier.answers.words import Lines, lines


def receipt_lines(receipt: Receipt, words: Wording) -> Lines:
    """Return the lines of the verdict that ``receipt`` repeats."""
    return lines(verdict_of(receipt), words)


def verdict_of(receipt: Receipt) -> Verdict:
    """Return the verdict as far as the receipt repeats it."""
    return Verdict(
        file="",
        kind=receipt.kind,
        status=receipt.status,
        code=receipt.code if receipt.kind == "claim" else Code(receipt.code),
        reason=receipt.reason,
        authenticity=receipt.authenticity,
        content=None
        if receipt.content is None
        else ContentSays(
            state=receipt.content[0], records=receipt.content[1], not_current=receipt.content[2]
        ),
        checks=tuple(
            CheckResult(
                check=line.check,
                outcome=line.outcome,
                code=None if line.code is None else Code(line.code),
                reason=line.reason,
            )
            for line in receipt.checks
        ),
        report=None if receipt.report is None else _report(receipt, receipt.report),
        policy_id=receipt.policy_id,
        policy_sha256=receipt.policy_sha256,
        verified_at=receipt.verified_at,
        sources=receipt.sources,
        at=receipt.at,
    )


def _report(receipt: Receipt, about: About) -> dict[str, JsonValue]:
    named: list[JsonValue] = [
        {"id": id_, "name": DOMAINS[id_].zh if id_ in DOMAINS else id_}
        for id_ in (receipt.content[2] if receipt.content else ())
    ]
    report: dict[str, JsonValue] = {
        "number": about.number,
        "environment": receipt.verifier.environment.value,
        "domains": named,
    }
    if about.as_of is not None:
        report["as_of"] = rfc3339(about.as_of)
    if about.subject is not None:
        report["subject"] = {"name": about.subject[0], "uscc": about.subject[1]}
    if about.scope is not None:
        report["scope"] = {
            "narrowed": about.scope.narrowed,
            "chosen": about.scope.chosen,
            "total": about.scope.total,
            "window_from": about.scope.window_from.isoformat(),
            "window_to": about.scope.window_to.isoformat(),
        }
    return report
