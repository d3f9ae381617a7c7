"""Private keys: made here, kept sealed, used through handles that know their role.

A key store is a :class:`keys.vault.Vault` with these files::

    store.json               cost of the passphrase, sealed master key
    manifest.json            authentic list of keys: role, key id, kind, dates, state
    ROLE-KEYID.key           sealed PKCS#8 of the private key
    ROLE-KEYID.crt           DER certificate, its SHA-256 in the manifest
    secrets                  sealed symmetric secrets (:mod:`keys.house_secrets`)
    revocations.json, *.crl  what the authority signed last

Nothing else in the product sees a private key: signers get a :class:`PrivateHandle`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from domain.errors import InvariantBroken, NotFound, Refused
from domain.identifiers import key_id
from keys.house_secrets import HouseSecrets, SaltFor, SecretName
from keys.roles import Algorithm, Role
from keys.trust.ecdsa_form import low_s, raw_from_der
from keys.vault import Entropy, Kdf, Vault

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
_MANIFEST: Final = "manifest.json"
_SECRETS: Final = "secrets"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PrivateHandle:
    """One private key with its one role; signs, and tells what a verifier needs to know."""

    role: Role
    key_id: bytes
    """First 8 bytes of SHA-256 over the SubjectPublicKeyInfo."""
    algorithm: Algorithm
    key: PrivateKey
    """The loaded key object, for libraries that sign themselves; they must not be given it twice."""
    certificate_der: bytes | None
    use_until: datetime | None
    """The key signs nothing after this instant; None: as long as its certificate."""
    _public: bytes | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Keep an Ed25519 key's public half, which names the key in each note it signs."""
        key = self.key
        public = key.public_key().public_bytes_raw() if isinstance(key, ed25519.Ed25519PrivateKey) else None
        object.__setattr__(self, "_public", public)

    @classmethod
    def bare(cls, role: Role, key: PrivateKey) -> PrivateHandle:
        """A handle of a key that no store holds (yet) and no certificate names."""
        return cls(
            role=role,
            key_id=key_id_of(key),
            algorithm=algorithm_of(key),
            key=key,
            certificate_der=None,
            use_until=None,
        )

    def sign(self, data: bytes) -> bytes:
        """The signature over ``data``: low-s DER (P-256), PKCS#1 v1.5 (RSA), both SHA-256, or Ed25519."""
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return low_s(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(data)

    def sign_raw(self, data: bytes) -> bytes:
        """The 64 bytes for COSE and JOSE (r and low s; or Ed25519); Refused ``signature_form`` for RSA."""
        if self.algorithm is Algorithm.RSA3072:
            raise Refused("signature_form", role=self.role.value)
        signature = self.sign(data)
        return raw_from_der(signature) if self.algorithm is Algorithm.P256 else signature

    @property
    def spki_der(self) -> bytes:
        """The public key as DER SubjectPublicKeyInfo."""
        return spki(self.key)

    @property
    def public_raw(self) -> bytes:
        """The 32 bytes of an Ed25519 public key; Refused ``signature_form`` for another kind."""
        if self._public is None:
            raise Refused("signature_form", role=self.role.value)
        return self._public

    def require_usable(self, now: datetime) -> None:
        """The key may sign at ``now``; Refused ``key_use_ended`` after its 12 months."""
        if self.use_until is not None and now > self.use_until:
            raise Refused("key_use_ended", role=self.role.value, ended=self.use_until.isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """One line of the manifest."""

    role: Role
    key_id: str
    """16 hex digits."""
    algorithm: Algorithm
    made_at: str
    use_until: str | None
    private: bool
    certificate_sha256: str | None
    retired_at: str | None = None
    """When another key took its place; None: current."""

    @property
    def current(self) -> bool:
        """True for the one key of its role that signs."""
        return self.retired_at is None

    @property
    def stem(self) -> str:
        """File name without its ending."""
        return f"{self.role.value}-{self.key_id}"


def create_store(
    directory: Path,
    passphrase: bytes,
    *,
    kdf: Kdf | None = None,
    entropy: Entropy = os.urandom,
) -> KeyStore:
    """A new store without keys, with version 1 of each secret; Conflict ``key_store_exists``."""
    vault = Vault.create(Path(directory), passphrase, kdf=kdf or Kdf(), entropy=entropy)
    store = KeyStore(vault, HouseSecrets.fresh(entropy), ())
    store.save()
    return store


class KeyStore:
    """An opened store; keys are decrypted when first asked for and kept in memory.

    Which key is current is asked of the directory each time (one ``stat``): a process that runs for
    months signs with the new key from the moment another one renewed or revoked the old.
    """

    def __init__(self, vault: Vault, secrets: HouseSecrets, entries: Sequence[KeyEntry]) -> None:
        """Wrap an opened vault; use :func:`create_store` or :meth:`open`."""
        self.vault = vault
        self.secrets = secrets
        self._entries = tuple(entries)
        self._seen = vault.stamp(_MANIFEST)
        self._handles: dict[str, PrivateHandle] = {}
        self._chains: dict[str, tuple[bytes, ...]] = {}

    @classmethod
    def open(cls, directory: Path, passphrase: bytes, *, entropy: Entropy = os.urandom) -> KeyStore:
        """The store in ``directory``.

        Raises NotFound ``key_store_missing``, Refused ``passphrase_missing``, ``passphrase_wrong``
        or ``key_files_exposed``, InvariantBroken ``key_file_tampered``.
        """
        vault = Vault.open(Path(directory), passphrase, entropy=entropy)
        store = cls(vault, HouseSecrets.decode(vault.unseal(_SECRETS), entropy), ())
        # The stamp is older than what is read after it: a change in between is seen at the next look.
        store._entries = _decode_manifest(vault.read_authentic(_MANIFEST))
        return store

    @property
    def entries(self) -> tuple[KeyEntry, ...]:
        """Every line of the manifest, as it stands now; InvariantBroken ``key_file_tampered``."""
        seen = self.vault.stamp(_MANIFEST)
        # A directory that is gone leaves a running house with the keys it holds.
        if seen is not None and seen != self._seen:
            entries = _decode_manifest(self.vault.read_authentic(_MANIFEST))
            self.secrets = HouseSecrets.decode(self.vault.unseal(_SECRETS), self.vault.entropy)
            self._chains = {}
            self._entries, self._seen = entries, seen
        return self._entries

    def save(self) -> None:
        """Manifest and secrets on disk are those in memory."""
        self.vault.seal(_SECRETS, self.secrets.encode())
        self._write(self._entries)

    def _write(self, entries: tuple[KeyEntry, ...]) -> None:
        self.vault.write_authentic(_MANIFEST, _encode_manifest(entries))
        self._entries, self._seen, self._chains = entries, self.vault.stamp(_MANIFEST), {}

    def entry(self, role: Role, named: str | None = None) -> KeyEntry:
        """The current key of ``role``, or the one with that id; NotFound ``key_unknown``."""
        for entry in self.entries:
            if entry.role is role and (entry.current if named is None else entry.key_id == named):
                return entry
        raise NotFound("key_unknown", role=role.value, key_id=named)

    def private(self, role: Role, named: str | None = None) -> PrivateHandle:
        """The handle of ``role``'s current key, or of that one; NotFound ``key_unknown``."""
        entry = self.entry(role, named)
        if not entry.private:
            raise NotFound("key_unknown", role=role.value, key_id=entry.key_id)
        if entry.stem not in self._handles:
            self._handles[entry.stem] = self._load(entry)
        return self._handles[entry.stem]

    def certificate(self, role: Role, named: str | None = None) -> bytes:
        """The DER certificate of ``role``.

        Raises NotFound ``certificate_unknown``, InvariantBroken ``key_file_tampered``.
        """
        entry = self.entry(role, named)
        if entry.certificate_sha256 is None:
            raise NotFound("certificate_unknown", role=role.value, key_id=entry.key_id)
        der = self.vault.read_plain(f"{entry.stem}.crt")
        if hashlib.sha256(der).hexdigest() != entry.certificate_sha256:
            raise InvariantBroken("key_file_tampered", file=f"{entry.stem}.crt")
        return der

    def chain(self, role: Role, named: str | None = None) -> tuple[bytes, ...]:
        """DER certificates from ``role``'s own up to the root; the issuing one is the one that signed it."""
        stem = self.entry(role, named).stem
        known = self._chains.get(stem)
        if known is None:
            known = self._chains[stem] = self._chain(role, named)
        return known

    def _chain(self, role: Role, named: str | None) -> tuple[bytes, ...]:
        own = self.certificate(role, named)
        if role is Role.ROOT:
            return (own,)
        if role is Role.ISSUING:
            return (own, self.certificate(Role.ROOT))
        issuing = self.certificate(Role.ISSUING, self.issuing_entry(role, named).key_id)
        return (own, issuing, self.certificate(Role.ROOT))

    def issuing_entry(self, role: Role, named: str | None = None) -> KeyEntry:
        """The issuing CA's key, current or retired, that signed ``role``'s certificate."""
        leaf = x509.load_der_x509_certificate(self.certificate(role, named))
        wanted = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        # The key identifier in our certificates is the key id (see keys.certificates).
        return self.entry(Role.ISSUING, (wanted or b"").hex())

    def add_key(
        self,
        role: Role,
        key: PrivateKey,
        certificate_der: bytes | None,
        *,
        now: datetime,
        use_until: datetime | None = None,
    ) -> PrivateHandle:
        """The key is stored sealed and is ``role``'s current one; an earlier one is kept as retired."""
        entry = KeyEntry(
            role=role,
            key_id=key_id_of(key).hex(),
            algorithm=algorithm_of(key),
            made_at=now.isoformat(),
            use_until=use_until.isoformat() if use_until else None,
            private=True,
            certificate_sha256=hashlib.sha256(certificate_der).hexdigest() if certificate_der else None,
        )
        pkcs8 = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.vault.seal(f"{entry.stem}.key", pkcs8)
        self._enter(entry, certificate_der)
        return self.private(role)

    def add_certificate(self, role: Role, certificate_der: bytes, *, now: datetime) -> None:
        """A certificate whose private key is elsewhere (the root's) is stored as ``role``'s current one."""
        certificate = x509.load_der_x509_certificate(certificate_der)
        public = certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        entry = KeyEntry(
            role=role,
            key_id=key_id(public).hex(),
            algorithm=Algorithm.P256,
            made_at=now.isoformat(),
            use_until=None,
            private=False,
            certificate_sha256=hashlib.sha256(certificate_der).hexdigest(),
        )
        self._enter(entry, certificate_der)

    def _enter(self, entry: KeyEntry, certificate_der: bytes | None) -> None:
        if certificate_der is not None:
            self.vault.write_plain(f"{entry.stem}.crt", certificate_der)
        with self.vault.exclusive():
            # Another process may have entered a key since this store was opened.
            known = _decode_manifest(self.vault.read_authentic(_MANIFEST))
            others = [
                replace(old, retired_at=entry.made_at) if old.role is entry.role and old.current else old
                for old in known
                if old.stem != entry.stem
            ]
            self._write((*others, entry))

    def _load(self, entry: KeyEntry) -> PrivateHandle:
        name = f"{entry.stem}.key"
        key = serialization.load_der_private_key(self.vault.unseal(name), None)
        if not isinstance(key, PrivateKey) or key_id_of(key).hex() != entry.key_id:
            raise InvariantBroken("key_file_tampered", file=name)
        certificate = self.certificate(entry.role, entry.key_id) if entry.certificate_sha256 else None
        return PrivateHandle(
            role=entry.role,
            key_id=bytes.fromhex(entry.key_id),
            algorithm=entry.algorithm,
            key=key,
            certificate_der=certificate,
            use_until=datetime.fromisoformat(entry.use_until) if entry.use_until else None,
        )

    # The secrets are reached through the store, since callers hold one thing, not two.

    def secret(self, name: SecretName | str, version: int | None = None) -> tuple[int, bytes]:
        """See :meth:`keys.house_secrets.HouseSecrets.secret`."""
        return self.secrets.secret(name, version)

    def salt_for(self, number: str, version: int | None = None) -> SaltFor:
        """See :meth:`keys.house_secrets.HouseSecrets.salt_for`."""
        return self.secrets.salt_for(number, version)

    def derive(
        self,
        name: SecretName | str,
        *,
        salt: bytes = b"",
        info: bytes,
        length: int = 32,
        version: int | None = None,
    ) -> bytes:
        """See :meth:`keys.house_secrets.HouseSecrets.derive`."""
        return self.secrets.derive(name, salt=salt, info=info, length=length, version=version)

    def keyed_hash(self, data: bytes, *, purpose: str = "general", version: int | None = None) -> bytes:
        """See :meth:`keys.house_secrets.HouseSecrets.keyed_hash`."""
        return self.secrets.keyed_hash(data, purpose=purpose, version=version)

    def encrypt(self, data: bytes, aad: bytes) -> bytes:
        """See :meth:`keys.house_secrets.HouseSecrets.encrypt`."""
        return self.secrets.encrypt(data, aad)

    def decrypt(self, sealed: bytes, aad: bytes) -> bytes:
        """See :meth:`keys.house_secrets.HouseSecrets.decrypt`."""
        return self.secrets.decrypt(sealed, aad)


def generate(algorithm: Algorithm) -> PrivateKey:
    """A new private key of that kind, from the system's own generator."""
    if algorithm is Algorithm.P256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm is Algorithm.RSA3072:
        return rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return ed25519.Ed25519PrivateKey.generate()


def spki(key: PrivateKey) -> bytes:
    """DER SubjectPublicKeyInfo of the public half."""
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def key_id_of(key: PrivateKey) -> bytes:
    """The key id used everywhere: the first 8 bytes of SHA-256 over the SubjectPublicKeyInfo."""
    return key_id(spki(key))


def algorithm_of(key: PrivateKey) -> Algorithm:
    """The kind of key; Refused ``key_kind`` for a curve or length that is not in use."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return Algorithm.ED25519
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 3072:
        return Algorithm.RSA3072
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return Algorithm.P256
    raise Refused("key_kind", kind=type(key).__name__)


def _encode_manifest(entries: Sequence[KeyEntry]) -> bytes:
    return json.dumps({"version": 1, "keys": [asdict(entry) for entry in entries]}, indent=1).encode() + b"\n"


def _decode_manifest(body: bytes) -> tuple[KeyEntry, ...]:
    rows = json.loads(body)["keys"]
    return tuple(
        KeyEntry(**{**row, "role": Role(row["role"]), "algorithm": Algorithm(row["algorithm"])})
        for row in rows
    )
