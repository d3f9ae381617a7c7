"""Making a trust bundle: what the key store knows, put into the payload and signed by the trust key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from domain import trust_format
from domain.base_text import base64url_encode
from domain.errors import Refused
from domain.identifiers import key_id
from domain.note import ED25519, VerifierKey
from domain.report import Environment
from domain.times import require_aware
from domain.trust_format import (
    KeyStatus,
    LogKeys,
    RegionFile,
    ScenarioPolicy,
    Service,
    ServiceState,
    TrustBundle,
)
from keys import authority, revocations
from keys.custody import KeyEntry, KeyStore, PrivateHandle
from keys.roles import BARE_ROLES, Role
from keys.trust import bundle as bundles
from keys.trust import spki_of

BUNDLE_LIFETIME: Final = timedelta(days=7)
"""As long as the issuing CA's list inside it; threats.md wants trust lists to live at most a week."""


def seal_bundle(payload: bytes, handle: PrivateHandle, chain: Sequence[bytes]) -> bytes:
    """The JWS over ``payload`` (canonical JSON) by the trust key; ``chain`` is DER, leaf first, root last.

    What was made is opened again before it is handed out, so that no house exports a bundle that
    a stranger refuses.  Raises Refused ``certificate_issuer`` for a key of another role, and
    what :func:`keys.trust.open_bundle` raises.
    """
    if handle.role is not Role.TRUST:
        raise Refused("certificate_issuer", role="bundle", issuer=handle.role.value)
    signing_input = f"{bundles.header(chain)}.{base64url_encode(payload)}".encode("ascii")
    signature = handle.sign_raw(signing_input)
    data = signing_input + b"." + base64url_encode(signature).encode("ascii")
    bundles.open_bundle(data, pinned_anchor_sha256=None)
    return data


def house_bundle(
    store: KeyStore,
    *,
    sequence: int,
    environment: Environment,
    region: str,
    hosts: Sequence[str],
    log_origin: str,
    now: datetime,
    witnesses: Sequence[str] = (),
    quorum: int = 0,
    status_lists: Sequence[str] = (),
    region_files: Sequence[RegionFile] = (),
    policies: Sequence[ScenarioPolicy] = (),
    outside_services: Sequence[Service] = (),
    outside_anchors: Sequence[bytes] = (),
    outside_crls: Sequence[bytes] = (),
    lifetime: timedelta = BUNDLE_LIFETIME,
) -> TrustBundle:
    """Everything a stranger needs to check this house's work, with fresh lists, as of ``now``.

    ``outside_services`` and ``outside_anchors`` pin what is not the house's own, such as an
    external time-stamp authority with its chain; ``outside_crls`` are its CAs' lists.
    ``witnesses`` are the cosigners' C2SP keys, ``quorum`` how many must have signed a head.
    """
    made_at = require_aware(now)
    return TrustBundle(
        sequence=sequence,
        environment=environment,
        region=region,
        hosts=tuple(hosts),
        made_at=made_at,
        expires_at=made_at + lifetime,
        anchors=(store.certificate(Role.ROOT), *outside_anchors),
        services=(*_services(store, region), *outside_services),
        crls=(*authority.all_crls(store, now=now), *outside_crls),
        key_status=tuple(_log_status(store)),
        log=LogKeys(
            origin=log_origin,
            vkeys=log_vkeys(store, log_origin),
            witnesses=tuple(witnesses),
            quorum=quorum,
        ),
        status_lists=tuple(status_lists),
        region_files=tuple(region_files),
        policies=tuple(policies),
    )


def export_bundle(store: KeyStore, bundle: TrustBundle) -> bytes:
    """The signed bundle; Refused ``key_use_ended`` when the trust key's year is over."""
    handle = store.private(Role.TRUST)
    handle.require_usable(bundle.made_at)
    return seal_bundle(trust_format.encode(bundle), handle, store.chain(Role.TRUST))


def log_vkeys(store: KeyStore, origin: str) -> tuple[str, ...]:
    """C2SP verifier keys of the log, the current one last; old checkpoints need the earlier ones."""
    entries = [entry for entry in store.entries if entry.role is Role.LOG]
    return tuple(
        str(
            VerifierKey(
                name=origin, kind=ED25519, public_key=store.private(Role.LOG, entry.key_id).public_raw
            )
        )
        for entry in sorted(entries, key=lambda entry: entry.current)
    )


def _services(store: KeyStore, region: str) -> Iterator[Service]:
    revoked = revoked_serials(store)
    for entry in store.entries:
        if entry.role in (Role.ROOT, *BARE_ROLES):
            continue
        own, *above = store.chain(entry.role, entry.key_id)
        certificate = x509.load_der_x509_certificate(own)
        issuer = _key_id_of(above[0])
        withdrawn = revoked.get((issuer, certificate.serial_number))
        yield Service(
            role=entry.role.value,
            cert=own,
            chain=tuple(above[:-1]),
            number_prefix=region if entry.role is Role.REPORT else None,
            from_=certificate.not_valid_before_utc,
            to=withdrawn or _instant(entry.retired_at) or _instant(entry.use_until),
            state=_state(entry, withdrawn),
        )


def _key_id_of(der: bytes) -> str:
    return key_id(spki_of(der)).hex()


def revoked_serials(store: KeyStore) -> dict[tuple[str, int], datetime]:
    """What was withdrawn: issuer key id and serial, with the instant from which it is not believed."""
    found = {
        (each.issuer, each.serial): min(each.revoked_at, each.invalid_since or each.revoked_at)
        for each in revocations.read(store.vault)
    }
    # The root keeps its own file, apart; here its list is what the house knows.
    root = _key_id_of(store.certificate(Role.ROOT))
    for entry in x509.load_der_x509_crl(authority.root_crl(store)):
        found[(root, entry.serial_number)] = entry.revocation_date_utc
    return found


def _state(entry: KeyEntry, withdrawn: datetime | None) -> ServiceState:
    if withdrawn is not None:
        return ServiceState.REVOKED
    return ServiceState.ACTIVE if entry.current else ServiceState.RETIRED


def _log_status(store: KeyStore) -> Iterator[KeyStatus]:
    for entry in store.entries:
        if entry.role is Role.LOG:
            state = ServiceState.ACTIVE if entry.current else ServiceState.RETIRED
            since = _instant(entry.retired_at) or _instant(entry.made_at)
            assert since is not None
            yield KeyStatus(key_id=entry.key_id, role=Role.LOG.value, state=state, since=since, reason=None)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else require_aware(datetime.fromisoformat(text))
