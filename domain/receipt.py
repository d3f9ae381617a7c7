"""The verification receipt: what one verification found, in a form that stands up in a dispute.

The payload is canonical JSON (RFC 8785), signed as a JWS by the house's ``receipt`` key::

    {type, version, id, made_at, verifier{name, host, region, environment}, kind,
     file{sha256?, size?}, document{status, code, reason?, authenticity},
     content{state, records, not_current[]}?, report{number, as_of?, subject{name, uscc}?,
     scope{narrowed, chosen, total, window_from, window_to}?}?,
     checks[] {check, outcome, code?, reason?}, overlay[] {code, count}?,
     policy{id, sha256, toml?}, verified_at, at?, sources{...}}

A member marked ``?`` is null where there is nothing to say.  ``subject`` stands there for
organisations alone; the name a file was handed in under never does (rule R7).  ``toml`` is
the text of a receiver's own policy; one of the house is in the trust bundle.
The file that holds it: :mod:`domain.receipt_file`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from domain import canonical
from domain.errors import MalformedInput
from domain.json_fields import Fields
from domain.report import Environment
from domain.times import rfc3339
from domain.verdict import Authenticity, CheckName, ClaimStatus, JsonValue, Outcome, Status

TYPE: Final = "urn:daizheng:schema:verification-receipt:1"
VERSION: Final = 1
TYP: Final = "daizheng-receipt+jws"
MAX_BYTES: Final = 64 * 1024
_KINDS: Final = ("document", "claim")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifying:
    """The house that verified."""

    name: str
    host: str
    region: str
    environment: Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How much of the region's domains and of time the report covers (rule R1)."""

    narrowed: bool
    chosen: int
    total: int
    window_from: date
    window_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The report a genuine file or code is about."""

    number: str
    as_of: datetime | None
    subject: tuple[str, str] | None
    """Name and USCC of an organisation; None for a natural person."""
    scope: Covered | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One check as the receipt repeats it."""

    check: CheckName
    outcome: Outcome
    code: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one verification found."""

    id: UUID
    made_at: datetime
    verifier: Verifying
    kind: str
    """``document`` or ``claim``."""
    file_sha256: str | None
    """Lower-case hex; None where a number or a code's text was handed in."""
    file_size: int | None
    status: Status | ClaimStatus
    code: str
    reason: str | None
    authenticity: Authenticity
    content: tuple[str, int, tuple[str, ...]] | None
    """State, number of records, ids of the domains whose data is not current."""
    report: About | None
    checks: tuple[Line, ...]
    overlay: tuple[tuple[str, int], ...] | None
    """Code and number of records, for what became known later; None where nobody was asked."""
    policy_id: str
    policy_sha256: str
    policy_toml: str | None
    verified_at: datetime
    at: datetime | None
    """The instant asked about, None for now."""
    sources: Mapping[str, JsonValue]
    type: str = TYPE
    version: int = VERSION


def encode(receipt: Receipt) -> bytes:
    """The payload's canonical JSON."""
    content, report = receipt.content, receipt.report
    return canonical.encode(
        {
            "type": receipt.type,
            "version": receipt.version,
            "id": str(receipt.id),
            "made_at": rfc3339(receipt.made_at),
            "verifier": {
                "name": receipt.verifier.name,
                "host": receipt.verifier.host,
                "region": receipt.verifier.region,
                "environment": receipt.verifier.environment.value,
            },
            "kind": receipt.kind,
            "file": {"sha256": receipt.file_sha256, "size": receipt.file_size},
            "document": {
                "status": receipt.status.value,
                "code": receipt.code,
                "reason": receipt.reason,
                "authenticity": receipt.authenticity.value,
            },
            "content": None if content is None else _content(*content),
            "report": None if report is None else _about(report),
            "checks": [
                {
                    "check": line.check.value,
                    "outcome": line.outcome.value,
                    "code": line.code,
                    "reason": line.reason,
                }
                for line in receipt.checks
            ],
            "overlay": None if receipt.overlay is None else _overlay(receipt.overlay),
            "policy": {
                "id": receipt.policy_id,
                "sha256": receipt.policy_sha256,
                "toml": receipt.policy_toml,
            },
            "verified_at": rfc3339(receipt.verified_at),
            "at": None if receipt.at is None else rfc3339(receipt.at),
            "sources": dict(receipt.sources),
        }
    )


def _content(state: str, records: int, not_current: tuple[str, ...]) -> dict[str, JsonValue]:
    return {"state": state, "records": records, "not_current": list(not_current)}


def _overlay(found: tuple[tuple[str, int], ...]) -> list[JsonValue]:
    return [{"code": code, "count": count} for code, count in found]


def _about(report: About) -> dict[str, JsonValue]:
    subject = report.subject
    return {
        "number": report.number,
        "as_of": None if report.as_of is None else rfc3339(report.as_of),
        "subject": None if subject is None else {"name": subject[0], "uscc": subject[1]},
        "scope": None if report.scope is None else _covered(report.scope),
    }


def _covered(scope: Covered) -> dict[str, JsonValue]:
    return {
        "narrowed": scope.narrowed,
        "chosen": scope.chosen,
        "total": scope.total,
        "window_from": scope.window_from.isoformat(),
        "window_to": scope.window_to.isoformat(),
    }


def decode(data: bytes) -> Receipt:
    """The receipt a payload holds; MalformedInput ``json_*`` for anything else."""
    top = Fields(canonical.decode_canonical(data, max_bytes=MAX_BYTES), "")
    top.constant("type", TYPE)
    top.constant("version", VERSION)
    kind = top.text("kind")
    if kind not in _KINDS:
        raise MalformedInput("json_field", path="/kind", expected="document or claim")
    document, file, policy = top.object("document"), top.object("file"), top.object("policy")
    receipt = Receipt(
        id=top.uuid("id"),
        made_at=top.instant("made_at"),
        verifier=_read_verifier(top.object("verifier")),
        kind=kind,
        file_sha256=file.optional("sha256", lambda name: file.hex_text(name, 32)),
        file_size=file.optional("size", file.integer),
        status=document.enum("status", Status)
        if kind == "document"
        else document.enum("status", ClaimStatus),
        code=document.text("code"),
        reason=document.optional("reason", document.text),
        authenticity=document.enum("authenticity", Authenticity),
        content=top.optional("content", lambda name: _read_content(top.object(name))),
        report=top.optional("report", lambda name: _read_about(top.object(name))),
        checks=top.objects("checks", _read_line),
        overlay=top.optional("overlay", lambda name: top.objects(name, _read_overlay)),
        policy_id=policy.text("id"),
        policy_sha256=policy.hex_text("sha256", 32),
        policy_toml=policy.optional("toml", policy.text),
        verified_at=top.instant("verified_at"),
        at=top.optional("at", top.instant),
        sources=top.plain("sources"),
    )
    for part in (document, file, policy, top):
        part.close()
    return receipt


def _read_verifier(fields: Fields) -> Verifying:
    read = Verifying(
        name=fields.text("name"),
        host=fields.text("host"),
        region=fields.text("region"),
        environment=fields.enum("environment", Environment),
    )
    fields.close()
    return read


def _read_content(fields: Fields) -> tuple[str, int, tuple[str, ...]]:
    read = fields.text("state"), fields.integer("records"), fields.texts("not_current")
    fields.close()
    return read


def _read_about(fields: Fields) -> About:
    read = About(
        number=fields.text("number"),
        as_of=fields.optional("as_of", fields.instant),
        subject=fields.optional("subject", lambda name: _read_subject(fields.object(name))),
        scope=fields.optional("scope", lambda name: _read_covered(fields.object(name))),
    )
    fields.close()
    return read


def _read_covered(fields: Fields) -> Covered:
    read = Covered(
        narrowed=fields.flag("narrowed"),
        chosen=fields.integer("chosen"),
        total=fields.integer("total"),
        window_from=fields.day("window_from"),
        window_to=fields.day("window_to"),
    )
    fields.close()
    return read


def _read_subject(fields: Fields) -> tuple[str, str]:
    read = fields.text("name"), fields.text("uscc")
    fields.close()
    return read


def _read_line(fields: Fields) -> Line:
    return Line(
        check=fields.enum("check", CheckName),
        outcome=fields.enum("outcome", Outcome),
        code=fields.optional("code", fields.text),
        reason=fields.optional("reason", fields.text),
    )


def _read_overlay(fields: Fields) -> tuple[str, int]:
    return fields.text("code"), fields.integer("count")
