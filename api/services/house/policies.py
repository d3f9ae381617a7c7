"""The scenario policies a house offers: checked, added, and given back with those that ship."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.services.context import Context
from api.services.house.trust import FILE as BUNDLE_FILE
from api.services.house.trust import offered_policies
from api.store.entries import Event
from api.store.entries_freshness import StoredPolicy
from domain.errors import Conflict, MalformedInput
from domain.trust_format import ScenarioPolicy
from verifier.policies import purposes
from verifier.policies.policy import MAX_BYTES, VerificationPolicy, load


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySummary:
    """What a policy asks, in the figures a person compares."""

    id: str
    version: int
    name: str
    sha256: str
    max_age_days: int | None
    domains: tuple[str, ...]
    kinds: tuple[str, ...]
    states: tuple[str, ...]
    window_days: int | None
    allow_narrowed: bool


def check(data: bytes) -> PolicySummary:
    """Give what the policy asks; MalformedInput ``policy_malformed`` with the place, ``policy_too_weak``."""
    return _summary(load(_scenario(data).toml.encode("utf-8")))


def add(context: Context, data: bytes, *, by: str, now: datetime) -> PolicySummary:
    """The house offers the policy from its next trust bundle on.

    Raises MalformedInput ``policy_*``; Conflict ``policy_version_old`` unless the version is higher
    than every one known by that id.
    """
    made = _scenario(data)
    with context.store.writing() as work:
        newest = max((item.version for item in offered_policies(work) if item.id == made.id), default=0)
        if made.version <= newest:
            raise Conflict("policy_version_old", policy=made.id, version=made.version, newest=newest)
        work.policies.add(
            StoredPolicy(
                id=made.id,
                version=made.version,
                sha256=made.sha256,
                data=data,
                added_by=by,
                recorded_at=now,
            )
        )
        fields = {"policy": made.id, "version": str(made.version), "sha256": made.sha256}
        work.house.record(Event(at=now, actor=by, act="policy_added", fields=dict(fields)))
        work.commit()
    # A receiver who picks it by name must find it in the bundle.
    (context.home / BUNDLE_FILE).unlink(missing_ok=True)
    return _summary(load(data))


def all_policies(context: Context) -> tuple[PolicySummary, ...]:
    """Give every version of every scenario the house offers."""
    with context.store.reading() as work:
        return tuple(_summary(load(item.toml.encode("utf-8"))) for item in offered_policies(work))


def _scenario(data: bytes) -> ScenarioPolicy:
    if len(data) > MAX_BYTES:
        raise MalformedInput("policy_malformed", path="")
    try:
        return purposes.scenario(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise MalformedInput("policy_malformed", path="") from error


def _summary(policy: VerificationPolicy) -> PolicySummary:
    return PolicySummary(
        id=policy.id,
        version=policy.version,
        name=policy.name.get("zh", policy.id),
        sha256=policy.sha256,
        max_age_days=policy.max_age_days,
        domains=policy.domains,
        kinds=policy.kinds,
        states=policy.states,
        window_days=policy.window_days,
        allow_narrowed=policy.allow_narrowed,
    )
