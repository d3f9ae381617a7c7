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

A receipt file is the JWS in the flattened JSON form (RFC 7515, 7.2.2)::

    {"protected", "payload", "signature", "header": {"log": tlog-proof}}

``log`` proves the leaf whose digest is the SHA-256 of the compact form ``protected.payload.signature``;
its ``extra`` is the leaf's time (u64, milliseconds).  It stands outside the signature because the
leaf is made of what is signed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from domain import canonical, tlog_proof
from domain.errors import MalformedInput
from domain.json_fields import Fields
from domain.leaf import Leaf, LeafType, receipt_digest
from domain.leaf import encode as encode_leaf
from domain.report import Environment
from domain.times import from_milliseconds, milliseconds, rfc3339
from domain.tlog_proof import TlogProof
from domain.verdict import Authenticity, CheckName, ClaimStatus, JsonValue, Outcome, Status

TYPE: Final = "urn:daizheng:schema:verification-receipt:1"
VERSION: Final = 1
TYP: Final = "daizheng-receipt+jws"
MAX_BYTES: Final = 64 * 1024
MAX_FILE_BYTES: Final = 256 * 1024
_KINDS: Final = ("document", "claim")
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_EXTRA_BYTES: Final = 8


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFile:
    """A receipt as its holder keeps it."""

    compact: str
    """The JWS in its compact form."""
    proof: bytes | None
    """C2SP tlog-proof; None for a receipt without one."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the compact form, lower-case hex: what the log holds."""
        return hashlib.sha256(self.compact.encode("ascii")).hexdigest()


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


def encode_file(file: ReceiptFile) -> bytes:
    """The receipt file: flattened JWS JSON, compact and sorted."""
    protected, payload, signature = file.compact.split(".")
    parts: dict[str, JsonValue] = {"protected": protected, "payload": payload, "signature": signature}
    if file.proof is not None:
        parts["header"] = {"log": file.proof.decode("utf-8")}
    return canonical.encode(parts)


def decode_file(data: bytes) -> ReceiptFile:
    """The receipt file in ``data``, in flattened or compact form; MalformedInput ``receipt_form``.

    Nothing is checked here but the form: the signature is :mod:`keys.trust`'s to check.
    """
    if len(data) > MAX_FILE_BYTES:
        raise MalformedInput("receipt_form", part="size")
    text = data.strip()
    if not text.startswith(b"{"):
        return ReceiptFile(compact=_compact(text.split(b".")), proof=None)
    try:
        value = canonical.decode(text, max_bytes=MAX_FILE_BYTES)
    except MalformedInput as error:
        raise MalformedInput("receipt_form", part="json") from error
    known = {"protected", "payload", "signature", "header"}
    if not isinstance(value, dict) or not known - {"header"} <= set(value) <= known:
        raise MalformedInput("receipt_form", part="members")
    segments = [value["protected"], value["payload"], value["signature"]]
    proof = None if "header" not in value else _proof(value["header"])
    if not all(isinstance(part, str) for part in segments):
        raise MalformedInput("receipt_form", part="members")
    return ReceiptFile(compact=_compact([str(part).encode("utf-8") for part in segments]), proof=proof)


def _compact(segments: list[bytes]) -> str:
    try:
        texts = [part.decode("ascii") for part in segments]
    except UnicodeDecodeError as error:
        raise MalformedInput("receipt_form", part="segments") from error
    if len(texts) != 3 or not all(_SEGMENT.fullmatch(text) for text in texts):
        raise MalformedInput("receipt_form", part="segments")
    return ".".join(texts)


def _proof(header: Any) -> bytes:
    if not isinstance(header, dict) or set(header) != {"log"} or not isinstance(header["log"], str):
        raise MalformedInput("receipt_form", part="header")
    return header["log"].encode("utf-8")


def leaf_of(compact_sha256: str, key_id: bytes, time: datetime) -> Leaf:
    """The log leaf of the receipt whose compact form has that SHA-256 (hex)."""
    return Leaf(LeafType.RECEIPT, key_id, time, receipt_digest(bytes.fromhex(compact_sha256)))


def proof_of(index: int, hashes: tuple[bytes, ...], checkpoint: bytes, time: datetime) -> bytes:
    """The tlog-proof of a receipt's leaf of that time."""
    extra = milliseconds(time).to_bytes(_EXTRA_BYTES, "big")
    return tlog_proof.encode(TlogProof(index=index, hashes=hashes, checkpoint=checkpoint, extra=extra))


def read_proof(file: ReceiptFile, key_id: bytes) -> tuple[TlogProof, bytes, datetime]:
    """The proof, the leaf it must lead to, and the leaf's time; MalformedInput ``receipt_proof``."""
    try:
        proof = tlog_proof.decode(file.proof or b"")
        if proof.extra is None or len(proof.extra) != _EXTRA_BYTES:
            raise MalformedInput("tlog_extra_form")
        time = from_milliseconds(int.from_bytes(proof.extra, "big"))
    except MalformedInput as error:
        raise MalformedInput("receipt_proof") from error
    return proof, encode_leaf(leaf_of(file.sha256, key_id, time)), time
