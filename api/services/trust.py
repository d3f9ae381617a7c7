"""The house's trust bundle: exported for strangers, and at hand for the house's own verifier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api.services import outside_stamping
from api.services.context import Context
from api.store.unit_of_work import UnitOfWork
from domain.report import Environment
from domain.trust_format import RegionFile, TrustBundle
from keys.bundle_signing import export_bundle, house_bundle
from keys.roles import Role
from keys.trust import OpenedBundle, open_bundle

FILE = "trust.jws"
"""The newest bundle beside the database, for verifying in the house without the key passphrase."""
STATUS_LIST = 1
"""Number of the status list that new reports are entered in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A bundle as bytes, with the figures worth comparing."""

    data: bytes
    opened: OpenedBundle


def status_uri(host: str, number: int = STATUS_LIST) -> str:
    """Give the address of a status list."""
    return f"https://{host}/status/{number}"


def export(context: Context, now: datetime) -> Exported:
    """Make the next bundle with fresh revocation lists, keep a copy in the house and give it."""
    with context.store.writing() as work:
        sequence = work.house.next_bundle_sequence()
        bundle = _bundle(context, work, sequence, now)
        work.commit()
    data = export_bundle(context.keys, bundle)
    _keep(context.home / FILE, data)
    return Exported(data=data, opened=open_bundle(data, pinned_anchor_sha256=None))


def own_bundle(context: Context, now: datetime) -> OpenedBundle:
    """Give the kept bundle while it and its lists are current, else a new one."""
    path = context.home / FILE
    if path.is_file():
        kept = open_bundle(path.read_bytes(), pinned_anchor_sha256=None)
        if is_current(context, kept.bundle, now):
            return kept
    return export(context, now).opened


def kept_bundle(home: Path) -> OpenedBundle | None:
    """Give the kept bundle of the house in ``home``, or None; needs no passphrase."""
    path = home / FILE
    return open_bundle(path.read_bytes(), pinned_anchor_sha256=None) if path.is_file() else None


def is_current(context: Context, bundle: TrustBundle, now: datetime) -> bool:
    """Say whether ``bundle`` is fresh and knows the time-stamp authority asked now, by its newest lists."""
    from keys.crl_making import ISSUING_CRL_REFRESH

    fresh = bundle.made_at <= now < min(bundle.expires_at, bundle.made_at + ISSUING_CRL_REFRESH)
    pins = {service.cert for service in bundle.services if service.role == Role.TIMESTAMP}
    stamping = set(context.stamping_chain[:1]) <= pins
    return fresh and stamping and set(outside_stamping.lists(context)) <= set(bundle.crls)


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
        status_lists=(status_uri(context.house.host),),
        region_files=files,
        outside_services=outside_stamping.services(context),
        outside_anchors=context.stamping_anchors,
        outside_crls=outside_stamping.lists(context),
    )


def _keep(path: Path, data: bytes) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_bytes(data)
    temporary.replace(path)
