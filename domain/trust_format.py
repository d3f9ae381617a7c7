"""The trust bundle's payload: all that a stranger needs to judge a report without us.

Canonical JSON (RFC 8785), signed as one JWS by the ``trust`` key (``keys`` does that)::

    {type, version, sequence, environment, region, hosts[], made_at, expires_at,
     anchors[] base64-DER, services[] {role, cert, chain[], number_prefix?, from, to?, state},
     crls[] base64-DER, key_status[] {key_id, role, state, since, reason?},
     log{origin, vkeys[], witnesses[], quorum}, status_lists[] uri,
     region_files[] {code, version, sha256, toml}, policies[] {id, version, sha256, toml}}

``sequence`` only grows, so an old bundle cannot be passed off as the present one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain import canonical
from domain.base_text import base64_encode
from domain.errors import MalformedInput
from domain.json_fields import Fields
from domain.report import Environment
from domain.times import rfc3339
from domain.verdict import JsonValue

TYPE: Final = "urn:daizheng:schema:trust-bundle:1"
VERSION: Final = 1
MAX_BYTES: Final = 32 * 2**20


class ServiceState(StrEnum):
    """What a service or key may still be trusted for."""

    ACTIVE = "active"
    RETIRED = "retired"
    """Signs no more; what it signed in its time stands."""
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One certificate pinned to one role."""

    role: str
    cert: bytes
    """DER."""
    chain: tuple[bytes, ...] = ()
    """DER certificates from the issuer upward, the anchor left out."""
    number_prefix: str | None
    """A report key signs only numbers that start so; None for other roles."""
    from_: datetime
    to: datetime | None
    state: ServiceState


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStatus:
    """State of a key that no CRL speaks of (log), or speaks of too late."""

    key_id: str
    """16 lower-case hex digits."""
    role: str
    state: ServiceState
    since: datetime
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKeys:
    """Which log, and the keys that sign its checkpoints."""

    origin: str
    vkeys: tuple[str, ...]
    witnesses: tuple[str, ...] = ()
    """C2SP keys of the witnesses, type 4."""
    quorum: int = 0
    """Cosignatures that make a head believed; 0: no witness is asked for."""

    def __post_init__(self) -> None:
        """Refuse a quorum that these witnesses cannot reach."""
        if not 0 <= self.quorum <= len(self.witnesses):
            raise MalformedInput("quorum_impossible", quorum=self.quorum, witnesses=len(self.witnesses))


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFile:
    """A region file as issued under, whole."""

    code: str
    version: str
    sha256: str
    toml: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioPolicy:
    """A receiver's policy that the house offers, whole; ``version`` grows with each change."""

    id: str
    version: int
    sha256: str
    toml: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustBundle:
    """The payload of a trust bundle."""

    sequence: int
    environment: Environment
    region: str
    hosts: tuple[str, ...]
    made_at: datetime
    expires_at: datetime
    anchors: tuple[bytes, ...]
    """Root certificates, DER."""
    services: tuple[Service, ...]
    crls: tuple[bytes, ...]
    """Current revocation lists, DER."""
    key_status: tuple[KeyStatus, ...]
    log: LogKeys
    status_lists: tuple[str, ...]
    region_files: tuple[RegionFile, ...]
    policies: tuple[ScenarioPolicy, ...]
    """Scenarios a receiver may choose by name; the bundle's signature covers them."""
    type: str = TYPE
    version: int = VERSION


def encode(bundle: TrustBundle) -> bytes:
    """The bundle's canonical JSON."""
    return canonical.encode(
        {
            "type": bundle.type,
            "version": bundle.version,
            "sequence": bundle.sequence,
            "environment": bundle.environment.value,
            "region": bundle.region,
            "hosts": list(bundle.hosts),
            "made_at": rfc3339(bundle.made_at),
            "expires_at": rfc3339(bundle.expires_at),
            "anchors": [base64_encode(item) for item in bundle.anchors],
            "services": [_service(item) for item in bundle.services],
            "crls": [base64_encode(item) for item in bundle.crls],
            "key_status": [_key_status(item) for item in bundle.key_status],
            "log": {
                "origin": bundle.log.origin,
                "vkeys": list(bundle.log.vkeys),
                "witnesses": list(bundle.log.witnesses),
                "quorum": bundle.log.quorum,
            },
            "status_lists": list(bundle.status_lists),
            "region_files": [
                {"code": item.code, "version": item.version, "sha256": item.sha256, "toml": item.toml}
                for item in bundle.region_files
            ],
            "policies": [_policy(item) for item in bundle.policies],
        }
    )


def _service(item: Service) -> dict[str, JsonValue]:
    return {
        "role": item.role,
        "cert": base64_encode(item.cert),
        "chain": [base64_encode(link) for link in item.chain],
        "number_prefix": item.number_prefix,
        "from": rfc3339(item.from_),
        "to": None if item.to is None else rfc3339(item.to),
        "state": item.state.value,
    }


def _key_status(item: KeyStatus) -> dict[str, JsonValue]:
    return {
        "key_id": item.key_id,
        "role": item.role,
        "state": item.state.value,
        "since": rfc3339(item.since),
        "reason": item.reason,
    }


def _policy(item: ScenarioPolicy) -> dict[str, JsonValue]:
    return {"id": item.id, "version": item.version, "sha256": item.sha256, "toml": item.toml}


def decode(data: bytes) -> TrustBundle:
    """The bundle those bytes hold; MalformedInput ``json_*`` for anything else."""
    top = Fields(canonical.decode_canonical(data, max_bytes=MAX_BYTES), "")
    top.constant("type", TYPE)
    top.constant("version", VERSION)
    log = top.object("log")
    bundle = TrustBundle(
        sequence=top.integer("sequence"),
        environment=top.enum("environment", Environment),
        region=top.text("region"),
        hosts=top.texts("hosts"),
        made_at=top.instant("made_at"),
        expires_at=top.instant("expires_at"),
        anchors=top.base64s("anchors"),
        services=top.objects("services", _read_service),
        crls=top.base64s("crls"),
        key_status=top.objects("key_status", _read_key_status),
        log=LogKeys(
            origin=log.text("origin"),
            vkeys=log.texts("vkeys"),
            witnesses=log.texts("witnesses"),
            quorum=log.integer("quorum"),
        ),
        status_lists=top.texts("status_lists"),
        region_files=top.objects("region_files", _read_region_file),
        policies=top.objects("policies", _read_policy),
    )
    log.close()
    top.close()
    if bundle.expires_at <= bundle.made_at:
        raise MalformedInput("json_field", path="/expires_at", expected="after made_at")
    return bundle


def _read_service(fields: Fields) -> Service:
    return Service(
        role=fields.text("role"),
        cert=fields.base64("cert"),
        chain=fields.base64s("chain"),
        number_prefix=fields.optional("number_prefix", fields.text),
        from_=fields.instant("from"),
        to=fields.optional("to", fields.instant),
        state=fields.enum("state", ServiceState),
    )


def _read_key_status(fields: Fields) -> KeyStatus:
    return KeyStatus(
        key_id=fields.hex_text("key_id", 8),
        role=fields.text("role"),
        state=fields.enum("state", ServiceState),
        since=fields.instant("since"),
        reason=fields.optional("reason", fields.text),
    )


def _read_region_file(fields: Fields) -> RegionFile:
    return RegionFile(
        code=fields.text("code"),
        version=fields.text("version"),
        sha256=fields.hex_text("sha256", 32),
        toml=fields.text("toml"),
    )


def _read_policy(fields: Fields) -> ScenarioPolicy:
    return ScenarioPolicy(
        id=fields.text("id"),
        version=fields.integer("version"),
        sha256=fields.hex_text("sha256", 32),
        toml=fields.text("toml"),
    )
