"""Is this signature that key's?  Bare answers, by raising: a result nobody looks at cannot pass for yes.

ECDSA P-256 with SHA-256 and low s, RSA PKCS#1 v1.5 (3,072 bits or more) with SHA-256, and
Ed25519; no other kind of key is accepted, whatever a certificate or a message says.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from domain import cosignature as cosignatures
from domain import note as notes
from domain.claim import SignedClaim
from domain.errors import MalformedInput, Refused
from domain.identifiers import key_id
from domain.trust_format import Service, TrustBundle
from keys.roles import Role
from keys.trust.ecdsa_form import der_from_raw, is_low_s

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey
MIN_RSA_BITS = 3072


def verify_signature(key_der: bytes, data: bytes, signature: bytes) -> None:
    """Nothing, when ``signature`` over ``data`` is that key's; else Refused ``signature_invalid``.

    ``key_der`` is a certificate or a SubjectPublicKeyInfo.  MalformedInput ``key_form`` when
    it is neither, or of a kind that is not in use.
    """
    check(public_key(key_der), data, signature)


def check(key: PublicKey, data: bytes, signature: bytes) -> None:
    """Nothing, when ``signature`` over ``data`` is ``key``'s; else Refused ``signature_invalid``."""
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            if not is_low_s(signature):
                raise Refused("signature_invalid")
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(signature, data)
    except InvalidSignature as error:
        raise Refused("signature_invalid") from error


def public_key(key_der: bytes) -> PublicKey:
    """The key in a certificate or SubjectPublicKeyInfo; MalformedInput ``key_form``."""
    try:
        key = _load(key_der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedInput("key_form") from error
    curve_ok = not isinstance(key, ec.EllipticCurvePublicKey) or isinstance(key.curve, ec.SECP256R1)
    length_ok = not isinstance(key, rsa.RSAPublicKey) or key.key_size >= MIN_RSA_BITS
    if not isinstance(key, PublicKey) or not curve_ok or not length_ok:
        raise MalformedInput("key_form")
    return key


def spki_of(certificate_der: bytes) -> bytes:
    """The DER SubjectPublicKeyInfo of a certificate; MalformedInput ``certificate_form``."""
    try:
        certificate = x509.load_der_x509_certificate(certificate_der)
        return certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedInput("certificate_form") from error


def verify_note(data: bytes, vkeys: Sequence[str]) -> notes.Note:
    """The note, when one of ``vkeys`` signed it and none of them signed something else.

    ``vkeys`` are C2SP texts (``name+hash+base64``).  Lines of unknown keys are passed over,
    as signed-note asks.  Raises MalformedInput ``note_*`` or ``vkey_form``, Refused
    ``note_unsigned`` or ``signature_invalid``.
    """
    note = notes.decode(data)
    known = {(key.name, key.key_hash): key for key in map(notes.VerifierKey.parse, vkeys)}
    signed = False
    for line in note.signatures:
        key = known.get((line.name, line.key_hash))
        if key is None or key.kind != notes.ED25519:
            continue
        check(ed25519.Ed25519PublicKey.from_public_bytes(key.public_key), note.signed_bytes, line.signature)
        signed = True
    if not signed:
        raise Refused("note_unsigned")
    return note


def verify_cosignature(text: bytes, line: notes.NoteSignature, key: notes.VerifierKey) -> int:
    """The POSIX second at which the witness ``key`` cosigned the checkpoint with that text.

    Raises Refused ``untrusted_key`` for a line of another key, ``signature_invalid``;
    MalformedInput ``cosignature_form``.
    """
    if (line.name, line.key_hash) != (key.name, key.key_hash) or key.kind != notes.ED25519_COSIGNATURE:
        raise Refused("untrusted_key", key_id=line.key_hash.hex())
    dated = cosignatures.decode(line.signature)
    message = notes.cosignature_message(text, dated.seconds)
    check(ed25519.Ed25519PublicKey.from_public_bytes(key.public_key), message, dated.signature)
    return dated.seconds


def cosigners(note: notes.Note, vkeys: Sequence[str]) -> dict[str, int]:
    """Which of the witnesses ``vkeys`` cosigned the note, each with the second at which it did.

    Lines of unknown keys are passed over.  Raises as :func:`verify_cosignature` for a line
    that names a known witness and is not its own.
    """
    known = {(key.name, key.key_hash): key for key in map(notes.VerifierKey.parse, vkeys)}
    found: dict[str, int] = {}
    for line in note.signatures:
        key = known.get((line.name, line.key_hash))
        if key is not None:
            seconds = verify_cosignature(note.text, line, key)
            found[key.name] = max(seconds, found.get(key.name, seconds))
    return found


def verify_claim_signature(signed: SignedClaim, bundle: TrustBundle) -> Service:
    """The pinned QR service whose key signed this claim, over the bytes received.

    Raises Refused ``untrusted_key`` when no QR service has that key id or the number is not
    of the service's region, ``signature_invalid``; the service's state is for the caller.
    """
    for service in bundle.services:
        if service.role != Role.QR or key_id(spki_of(service.cert)) != signed.kid:
            continue
        if not signed.claim.number.startswith(service.number_prefix or bundle.region):
            raise Refused("untrusted_key", key_id=signed.kid.hex())
        verify_signature(service.cert, signed.signed_bytes, der_from_raw(signed.signature))
        return service
    raise Refused("untrusted_key", key_id=signed.kid.hex())


def _load(key_der: bytes) -> object:
    try:
        return x509.load_der_x509_certificate(key_der).public_key()
    except ValueError:
        return serialization.load_der_public_key(key_der)
