"""Every key this house ever had is in its log: when it was made, retired, revoked.

What the log lacks is found by comparing it with the key store, so that a death between making
a key and logging it is mended by the next call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from cryptography import x509

from api.services.context import Context
from api.services.issuing.log import Book, write
from api.store.unit_of_work import UnitOfWork
from domain.identifiers import key_id
from domain.leaf import KeyEvent, Leaf, LeafType, decode, key_event_digest
from keys.bundle_signing import revoked_serials
from keys.custody import KeyEntry, KeyStore
from keys.roles import Role
from keys.trust import spki_of


def log_key_events(work: UnitOfWork, keys: KeyStore, book: Book, now: datetime) -> int:
    """Append an entry for each key event that the log lacks and give how many; the caller commits."""
    known = {decode(leaf.leaf).digest for leaf in work.log.of_type(LeafType.KEY_EVENT)}
    count = 0
    for event, spki_sha256 in events_of(keys):
        digest = key_event_digest(event, spki_sha256)
        if digest in known:
            continue
        write(book, work, partial(_leaf, spki_sha256[:8], digest), now=now)
        count += 1
    return count


def bring_up_to_date(context: Context, now: datetime) -> int:
    """The log holds every event of the house's keys; gives how many were missing."""
    book = Book(origin=context.house.log_origin, key=context.keys.private(Role.LOG), home=context.home)
    with context.store.writing() as work:
        count = log_key_events(work, context.keys, book, now)
        work.commit()
    return count


def events_of(keys: KeyStore) -> Iterator[tuple[KeyEvent, bytes]]:
    """Give what happened to each key, with the SHA-256 of its SubjectPublicKeyInfo."""
    revoked = revoked_serials(keys)
    for entry in keys.entries:
        spki_sha256 = hashlib.sha256(_spki(keys, entry)).digest()
        yield KeyEvent.MADE, spki_sha256
        if not entry.current:
            yield KeyEvent.RETIRED, spki_sha256
        if entry.certificate_sha256 is not None and _is_revoked(keys, entry, revoked):
            yield KeyEvent.REVOKED, spki_sha256


def _leaf(about: bytes, digest: bytes, moment: datetime) -> Leaf:
    return Leaf(LeafType.KEY_EVENT, about, moment, digest)


def _spki(keys: KeyStore, entry: KeyEntry) -> bytes:
    if entry.private:
        return keys.private(entry.role, entry.key_id).spki_der
    return spki_of(keys.certificate(entry.role, entry.key_id))


def _is_revoked(keys: KeyStore, entry: KeyEntry, revoked: dict[tuple[str, int], datetime]) -> bool:
    own = keys.certificate(entry.role, entry.key_id)
    serial = x509.load_der_x509_certificate(own).serial_number
    if entry.role is Role.ROOT:
        return False
    issuer = key_id(spki_of(keys.chain(entry.role, entry.key_id)[1])).hex()
    return (issuer, serial) in revoked
