"""Only the trust key of the pinned root seals a bundle, by the one header there is."""

from __future__ import annotations

import base64
import hmac
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import ECKey

from domain.errors import MalformedInput, Refused
from keys.authority import create_root, init_house
from keys.bundle_signing import export_bundle, seal_bundle
from keys.certificates import issue_certificate
from keys.custody import KeyStore, PrivateHandle, generate
from keys.roles import LEAF_ROLES, PROFILES, Algorithm, Role
from keys.trust import open_bundle
from tests.unit.keys.bundle.forging import b64url, forged, parts_of
from tests.unit.keys.conftest import FAST, IDENTITY, NOW, PASSPHRASE, bundle_of

HEADERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "jku": lambda h: h | {"jku": "https://evil.example/keys"},
    "x5u": lambda h: h | {"x5u": "https://evil.example/chain"},
    "jwk": lambda h: h | {"jwk": ECKey.generate_key("P-256").as_dict(private=False)},
    "kid": lambda h: h | {"kid": "../../etc/passwd"},
    "crit": lambda h: h | {"crit": ["exp"], "exp": 1},
    "b64": lambda h: h | {"b64": False, "crit": ["b64"]},
    "alg none": lambda h: h | {"alg": "none"},
    "alg None": lambda h: h | {"alg": "None"},
    "alg HS256": lambda h: h | {"alg": "HS256"},
    "alg RS256": lambda h: h | {"alg": "RS256"},
    "alg ES256K": lambda h: h | {"alg": "ES256K"},
    "alg ES384": lambda h: h | {"alg": "ES384"},
    "alg list": lambda h: h | {"alg": ["ES256"]},
    "alg null": lambda h: h | {"alg": None},
    "alg lower": lambda h: h | {"alg": "es256"},
    "no alg": lambda h: {k: v for k, v in h.items() if k != "alg"},
    "typ JWT": lambda h: h | {"typ": "JWT"},
    "no typ": lambda h: {k: v for k, v in h.items() if k != "typ"},
    "no x5c": lambda h: {k: v for k, v in h.items() if k != "x5c"},
    "empty x5c": lambda h: h | {"x5c": []},
    "x5c text": lambda h: h | {"x5c": "".join(h["x5c"])},
    "x5c numbers": lambda h: h | {"x5c": [1, 2, 3]},
    "leaf alone": lambda h: h | {"x5c": h["x5c"][:1]},
    "too many": lambda h: h | {"x5c": [h["x5c"][0], *[h["x5c"][1]] * 3, h["x5c"][2]]},
    "x5c url alphabet": lambda h: (
        h | {"x5c": [t.replace("+", "-").replace("/", "_") + "\n" for t in h["x5c"]]}
    ),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_can_choose_nothing(house: KeyStore, sealed: bytes, name: str) -> None:
    header, payload, _ = parts_of(sealed)
    assert open_bundle(forged(house, header, payload), pinned_anchor_sha256=None)
    with pytest.raises(MalformedInput):
        open_bundle(forged(house, HEADERS[name](header), payload), pinned_anchor_sha256=None)


def test_a_member_twice_in_the_header_is_malformed(house: KeyStore, sealed: bytes) -> None:
    header, payload, _ = parts_of(sealed)
    text = json.dumps(header)[:-1] + ', "alg": "ES256"}'
    start = b64url(text.encode()) + b"." + b64url(payload)
    data = start + b"." + b64url(house.private(Role.TRUST).sign_raw(start))
    with pytest.raises(MalformedInput, match="bundle_form"):
        open_bundle(data, pinned_anchor_sha256=None)


def test_the_public_key_as_hmac_secret_opens_nothing(house: KeyStore, sealed: bytes) -> None:
    header, payload, _ = parts_of(sealed)
    start = b64url(json.dumps(header | {"alg": "HS256"}).encode()) + b"." + b64url(payload)
    tag = hmac.digest(house.private(Role.TRUST).spki_der, start, "sha256")
    data = start + b"." + b64url(tag)
    with pytest.raises(MalformedInput, match="bundle_form"):
        open_bundle(data, pinned_anchor_sha256=None)


@pytest.mark.parametrize("role", [role for role in LEAF_ROLES if role is not Role.TRUST])
def test_no_other_key_of_the_house_signs_bundles(house: KeyStore, sealed: bytes, role: Role) -> None:
    header, payload, _ = parts_of(sealed)
    chain = [base64.b64encode(der).decode() for der in house.chain(role)]
    with pytest.raises(Refused, match="bundle_signer"):
        open_bundle(forged(house, header | {"x5c": chain}, payload, role), pinned_anchor_sha256=None)
    with pytest.raises(Refused, match="bundle_signature"):
        open_bundle(forged(house, header, payload, role), pinned_anchor_sha256=None)
    with pytest.raises(Refused, match="certificate_issuer"):
        seal_bundle(payload, house.private(role), house.chain(Role.TRUST))


def test_the_issuing_ca_signs_no_bundle_itself(house: KeyStore, sealed: bytes) -> None:
    header, payload, _ = parts_of(sealed)
    with pytest.raises(Refused, match="bundle_signer"):
        open_bundle(
            forged(house, header | {"x5c": header["x5c"][1:]}, payload, Role.ISSUING),
            pinned_anchor_sha256=None,
        )


def test_a_look_alike_authority_is_refused(
    house: KeyStore, sealed: bytes, anchor: str, tmp_path: Path
) -> None:
    """Same names, other keys: its own root, or our root put on top of its chain."""
    fake = init_house(
        tmp_path / "k", tmp_path / "r", passphrase=PASSPHRASE, identity=IDENTITY, now=NOW, kdf=FAST
    )
    own = export_bundle(fake, bundle_of(fake))
    with pytest.raises(Refused, match="bundle_anchor_differs"):
        open_bundle(own, pinned_anchor_sha256=anchor)
    header, payload, _ = parts_of(own)
    ours = parts_of(sealed)[0]["x5c"][2]
    mixed = forged(fake, header | {"x5c": [*header["x5c"][:2], ours]}, payload)
    with pytest.raises(Refused, match="trust_chain_broken"):
        open_bundle(mixed, pinned_anchor_sha256=anchor)
    # Our whole chain with the stranger's signature.
    with pytest.raises(Refused, match="bundle_signature"):
        open_bundle(forged(fake, parts_of(sealed)[0], parts_of(sealed)[1]), pinned_anchor_sha256=anchor)


def test_a_leaf_cannot_issue_a_trust_certificate(house: KeyStore, sealed: bytes, tmp_path: Path) -> None:
    """The QR key, a leaf, signs a certificate of the trust role: not a CA, so no chain."""
    key = generate(Algorithm.P256)
    qr = house.private(Role.QR)
    pretended = PrivateHandle(
        role=Role.ISSUING, key_id=qr.key_id, algorithm=qr.algorithm, key=qr.key, use_until=None,
        certificate_der=house.certificate(Role.QR),
    )  # fmt: skip
    forged = issue_certificate(
        role=Role.TRUST, public_key=key.public_key(), issuer=pretended, identity=IDENTITY, now=NOW,  # type: ignore[arg-type]
        entropy=os.urandom,
    )  # fmt: skip
    header, payload, _ = parts_of(sealed)
    chain = [forged, *house.chain(Role.QR)]
    start = b64url(json.dumps(header | {"x5c": [base64.b64encode(d).decode() for d in chain]}).encode())
    start += b"." + b64url(payload)
    data = start + b"." + b64url(PrivateHandle.bare(Role.TRUST, key).sign_raw(start))
    with pytest.raises(Refused, match="trust_chain_broken"):
        open_bundle(data, pinned_anchor_sha256=None)


def test_a_root_that_did_not_sign_itself_is_no_anchor(house: KeyStore, sealed: bytes) -> None:
    header, payload, _ = parts_of(sealed)
    with pytest.raises(Refused, match="trust_chain_broken"):
        open_bundle(forged(house, header | {"x5c": header["x5c"][:2]}, payload), pinned_anchor_sha256=None)


def test_the_trust_key_s_year_ends(house: KeyStore) -> None:
    late = replace(bundle_of(house), made_at=NOW + timedelta(days=370), expires_at=NOW + timedelta(days=377))
    with pytest.raises(Refused, match="key_use_ended"):
        export_bundle(house, late)


def test_a_root_key_signs_no_bundle(tmp_path: Path, house: KeyStore) -> None:
    root = create_root(tmp_path / "r", PASSPHRASE, identity=IDENTITY, now=NOW, kdf=FAST)
    with pytest.raises(Refused, match="certificate_issuer"):
        seal_bundle(b"{}", root.private(Role.ROOT), house.chain(Role.TRUST))


def _certificate(house: KeyStore, signer: PrivateHandle, public: Any, usage: bool = True) -> bytes:
    """A certificate of the trust role with any key, by any CA of the house; ``usage`` False: without key usage."""
    issuer = x509.load_der_x509_certificate(signer.certificate_der or b"")
    eku = x509.ExtendedKeyUsage([x509.ObjectIdentifier(PROFILES[Role.TRUST].eku or "")])
    builder = x509.CertificateBuilder().subject_name(IDENTITY.name(Role.TRUST)).issuer_name(issuer.subject)
    builder = builder.serial_number(7).public_key(public).add_extension(eku, critical=False)
    builder = builder.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=9))
    if not usage:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(signer.key, SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]


def _sealed_by(chain: list[bytes], key: PrivateHandle, header: dict[str, Any], payload: bytes) -> bytes:
    start = b64url(json.dumps(header | {"x5c": [base64.b64encode(der).decode() for der in chain]}).encode())
    start += b"." + b64url(payload)
    return start + b"." + b64url(key.sign_raw(start))


def test_a_trust_certificate_over_another_curve_is_refused(house: KeyStore, sealed: bytes) -> None:
    header, payload, _ = parts_of(sealed)
    other = ec.generate_private_key(ec.SECP384R1()).public_key()
    leaf = _certificate(house, house.private(Role.ISSUING), other)
    data = _sealed_by([leaf, *house.chain(Role.ISSUING)], house.private(Role.TRUST), header, payload)
    with pytest.raises(Refused, match="bundle_signer"):
        open_bundle(data, pinned_anchor_sha256=None)


def test_a_ca_without_the_right_to_sign_certificates_issues_nothing(house: KeyStore, sealed: bytes) -> None:
    """basicConstraints alone is not enough: key usage must say keyCertSign (RFC 5280, 4.2.1.3)."""
    header, payload, _ = parts_of(sealed)
    middle_key = PrivateHandle.bare(Role.ISSUING, generate(Algorithm.P256))
    middle = _certificate(house, house.private(Role.ISSUING), middle_key.key.public_key(), usage=False)
    leaf_key = PrivateHandle.bare(Role.TRUST, generate(Algorithm.P256))
    leaf = _certificate(house, replace(middle_key, certificate_der=middle), leaf_key.key.public_key())
    chain = [leaf, middle, *house.chain(Role.ISSUING)]
    with pytest.raises(Refused, match="trust_chain_broken"):
        open_bundle(_sealed_by(chain, leaf_key, header, payload), pinned_anchor_sha256=None)
