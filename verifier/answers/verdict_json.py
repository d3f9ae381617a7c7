"""A verdict as one JSON object on one line: the interface that other programs read."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice

from domain.times import rfc3339
from domain.verdict import CheckResult, JsonValue, Overlay, Verdict
from domain.written_json import WrittenJson

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_json(verdict: Verdict) -> dict[str, JsonValue]:
    """Return the object of the verdict contract; ``report`` is the signed JSON's, unchanged."""
    content = verdict.content
    out: dict[str, JsonValue] = {
        "file": verdict.file,
        "kind": verdict.kind,
        "status": verdict.status.value,
        "code": str(verdict.code),
        "reason": verdict.reason,
        "authenticity": verdict.authenticity.value,
        "content": None
        if content is None
        else {
            "state": content.state,
            "records": content.records,
            "not_current": list(content.not_current),
        },
        "checks": [_check(result) for result in verdict.checks],
        "report": None if verdict.report is None else dict(verdict.report),
        "policy": {"id": verdict.policy_id, "sha256": verdict.policy_sha256},
        "verified_at": rfc3339(verdict.verified_at),
        "sources": dict(verdict.sources),
        "at": None if verdict.at is None else rfc3339(verdict.at),
        "overlay": None if verdict.overlay is None else [_overlay(item) for item in verdict.overlay],
        "refresh": verdict.refresh,
    }
    if verdict.kind == "claim":
        out["others"] = [dict(other) for other in verdict.others]
    if verdict.presented is not None:
        out["presented"] = dict(verdict.presented)
    return out


def to_line(verdict: Verdict, **beside: JsonValue) -> str:
    """Return the verdict, with what is said ``beside`` it, as one line of JSON without a line end."""
    said, report = to_json(replace(verdict, report=None)) | beside, verdict.report
    if report is None:
        return _ENCODER.encode(said)
    # The report is most of the line, and most often text already.
    text = report.text if isinstance(report, WrittenJson) else _ENCODER.encode(dict(report))
    place = list(said).index("report")
    before, after = dict(islice(said.items(), place)), dict(islice(said.items(), place + 1, None))
    return f'{_ENCODER.encode(before)[:-1]},"report":{text},{_ENCODER.encode(after)[1:]}'


def _overlay(item: Overlay) -> dict[str, JsonValue]:
    return {"code": item.code.value, "count": item.count, "leaves": list(item.leaves)}


def _check(result: CheckResult) -> dict[str, JsonValue]:
    return {
        "check": result.check.value,
        "outcome": result.outcome.value,
        "code": None if result.code is None else result.code.value,
        "reason": None if result.reason is None else str(result.reason),
        "evidence": dict(result.evidence),
    }
