"""What the house has revoked: an authentic file beside the keys, read when a CRL is made.

``revocations.json`` (an AUTHENTIC file, see :mod:`keys.vault`)::

    {"version": 1, "revocations": [{"issuer", "serial", "revoked_at", "reason", "invalid_since"}]}

Entries are only ever added: a certificate once revoked stays so (RFC 5280, 5.3.1; the
hold reasons are not used), and stays listed after its own end, because old reports live.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.errors import Conflict, InvariantBroken
from domain.times import parse_rfc3339, rfc3339
from keys.vault import Vault

_FILE: Final = "revocations.json"


class RevocationReason(StrEnum):
    """Why, in the words of RFC 5280 section 5.3.1 (hold and remove are not used)."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    CA_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION = "cessationOfOperation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """One certificate that is not to be believed from an instant on."""

    issuer: str
    """Key id (16 hex digits) of the authority that issued the certificate."""
    serial: int
    revoked_at: datetime
    reason: RevocationReason
    invalid_since: datetime | None = None
    """When the key is thought to have been lost, if earlier (invalidityDate, RFC 5280 5.3.2)."""


def read(vault: Vault) -> tuple[Revocation, ...]:
    """Every revocation of this store, oldest first; InvariantBroken ``key_file_tampered`` after an edit."""
    if not vault.has(_FILE):
        return ()
    body = vault.read_authentic(_FILE)
    try:
        return tuple(_entry(row) for row in json.loads(body)["revocations"])
    except (ValueError, KeyError, TypeError) as error:
        raise InvariantBroken("key_file_tampered", file=_FILE) from error


def add(vault: Vault, revocation: Revocation) -> None:
    """The revocation is on disk; Conflict ``certificate_revoked_already`` when that certificate is listed.

    A listed certificate may still be found to have been lost earlier: its ``invalid_since`` is
    written or moved back, with the reason now given, and the day of its revocation stays.
    """
    with vault.exclusive():
        known = read(vault)
        listed = next((old for old in known if _same(old, revocation)), None)
        if listed is None:
            vault.write_authentic(_FILE, _encode((*known, revocation)))
            return
        if not _earlier(revocation, listed):
            raise Conflict("certificate_revoked_already", serial=f"{revocation.serial:x}")
        moved = replace(listed, reason=revocation.reason, invalid_since=revocation.invalid_since)
        vault.write_authentic(_FILE, _encode(moved if old is listed else old for old in known))


def _same(one: Revocation, other: Revocation) -> bool:
    return (one.issuer, one.serial) == (other.issuer, other.serial)


def _earlier(revocation: Revocation, listed: Revocation) -> bool:
    # Never later: what was taken back once is not believed again.
    since = revocation.invalid_since
    return since is not None and since < (listed.invalid_since or listed.revoked_at)


def _encode(entries: Iterable[Revocation]) -> bytes:
    rows = [
        asdict(entry)
        | {
            "serial": f"{entry.serial:x}",
            "revoked_at": rfc3339(entry.revoked_at),
            "invalid_since": rfc3339(entry.invalid_since) if entry.invalid_since else None,
        }
        for entry in entries
    ]
    return json.dumps({"version": 1, "revocations": rows}, indent=1).encode() + b"\n"


def _entry(row: dict[str, str | None]) -> Revocation:
    issuer, serial, revoked_at, reason = (
        str(row[key]) for key in ("issuer", "serial", "revoked_at", "reason")
    )
    since = row["invalid_since"]
    return Revocation(
        issuer=issuer,
        serial=int(serial, 16),
        revoked_at=parse_rfc3339(revoked_at),
        reason=RevocationReason(reason),
        invalid_since=parse_rfc3339(since) if since else None,
    )
