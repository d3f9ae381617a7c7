"""The house's trust bundle: exported for strangers, and at hand for the house's own verifier."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api.services.context import Context
from api.services.house import outside_stamping
from api.store.unit_of_work import UnitOfWork
from domain.report import Environment
from domain.trust_format import RegionFile, ScenarioPolicy, TrustBundle
from keys.bundle_signing import export_bundle, house_bundle
from keys.roles import Role
from keys.trust import OpenedBundle, open_bundle
from verifier.policies.purposes import shipped

FILE = "trust.jws"
"""The newest bundle beside the database, for verifying in the house without the key passphrase."""
LIST_ROOM = 1_000_000
"""Reports in one status list of 2^20 places: enough stay empty that a free place is soon drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A bundle as bytes, with the figures worth comparing."""

    data: bytes
    opened: OpenedBundle


def status_uri(host: str, number: int) -> str:
    """Give the address of a status list."""
    return f"https://{host}/status/{number}"


def status_list_now(work: UnitOfWork) -> int:
    """Give the number of the list that the next report is entered in."""
    number, taken = work.status.newest_list()
    return number if taken < LIST_ROOM else number + 1


def export(context: Context, now: datetime) -> Exported:
    """Make the next bundle with fresh revocation lists, keep a copy in the house and give it."""
    with context.store.writing() as work:
        sequence = work.house.next_bundle_sequence()
        bundle = _bundle(context, work, sequence, now)
        work.commit()
    data = export_bundle(context.keys, bundle)
    opened = open_bundle(data, pinned_anchor_sha256=context.house.anchor_sha256)
    _keep(context.home / FILE, data, context.entropy(8).hex())
    return Exported(data=data, opened=opened)


def own_bundle(context: Context, now: datetime) -> OpenedBundle:
    """Give the kept bundle while it and its lists are current, else a new one.

    Raises what :func:`kept_bundle` raises.
    """
    kept = kept_bundle(context.home, context.house.anchor_sha256)
    if kept is not None and is_current(context, kept.bundle, now):
        return kept
    return export(context, now).opened


def current(context: Context, now: datetime) -> Exported:
    """Give the bundle in force with its bytes, as strangers download it; raises as :func:`own_bundle`."""
    own_bundle(context, now)
    data = (context.home / FILE).read_bytes()
    return Exported(data=data, opened=open_bundle(data, pinned_anchor_sha256=context.house.anchor_sha256))


def kept_bundle(home: Path, anchor_sha256: str) -> OpenedBundle | None:
    """Give the kept bundle of the house in ``home``, or None; needs no passphrase.

    Raises Refused ``bundle_anchor_differs`` for one that stands under another root.
    """
    path = home / FILE
    # SECURITY: the file lies open; only the root that the database keeps makes it the house's own.
    return open_bundle(path.read_bytes(), pinned_anchor_sha256=anchor_sha256) if path.is_file() else None


def is_current(context: Context, bundle: TrustBundle, now: datetime) -> bool:
    """Say whether ``bundle`` is fresh and knows the time-stamp authority asked now, by its newest lists."""
    from keys.crl_making import ISSUING_CRL_REFRESH

    fresh = bundle.made_at <= now < min(bundle.expires_at, bundle.made_at + ISSUING_CRL_REFRESH)
    pins = {service.cert for service in bundle.services if service.role == Role.TIMESTAMP}
    stamping = set(context.stamping_chain[:1]) <= pins
    named = (bundle.log.witnesses, bundle.log.quorum) == (context.log_plan.vkeys, context.log_plan.quorum)
    return fresh and stamping and named and set(outside_stamping.lists(context)) <= set(bundle.crls)


def offered_policies(work: UnitOfWork) -> tuple[ScenarioPolicy, ...]:
    """Give the scenario policies that ship and those the house added, by id and version."""
    added = [
        ScenarioPolicy(id=item.id, version=item.version, sha256=item.sha256, toml=item.data.decode("utf-8"))
        for item in work.policies.all()
    ]
    return tuple(sorted((*shipped(), *added), key=lambda item: (item.id, item.version)))


def _bundle(context: Context, work: UnitOfWork, sequence: int, now: datetime) -> TrustBundle:
    files = tuple(
        RegionFile(code=item.code, version=item.version, sha256=item.sha256, toml=item.data.decode("utf-8"))
        for item in work.regions.all()
    )
    return house_bundle(
        context.keys,
        sequence=sequence,
        environment=Environment(context.house.environment),
        region=context.house.region,
        hosts=(context.house.host,),
        log_origin=context.house.log_origin,
        now=now,
        witnesses=context.log_plan.vkeys,
        quorum=context.log_plan.quorum,
        status_lists=tuple(
            status_uri(context.house.host, number) for number in range(1, status_list_now(work) + 2)
        ),
        region_files=files,
        policies=offered_policies(work),
        outside_services=outside_stamping.services(context),
        outside_anchors=context.stamping_anchors,
        outside_crls=outside_stamping.lists(context),
    )


def _keep(path: Path, data: bytes, own: str) -> None:
    """The file holds ``data`` whole, also after a power cut; ``own`` keeps two writers apart."""
    temporary = path.with_name(f"{path.name}.{own}.new")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
