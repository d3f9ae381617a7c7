"""Signing what is not X.509: the log's notes (Ed25519, C2SP) and the QR claim (ES256, COSE)."""

from __future__ import annotations

from domain import claim as claims
from domain import cosignature as cosignatures
from domain import note as notes
from domain.errors import Refused
from keys.custody import PrivateHandle
from keys.roles import Role


def sign_note(text: bytes, name: str, handle: PrivateHandle) -> bytes:
    """A C2SP signed note over ``text`` (ending in LF) with the log key's one signature line.

    Raises Refused ``certificate_issuer`` for a key of another role, MalformedInput ``note_*``.
    """
    if handle.role is not Role.LOG:
        raise Refused("certificate_issuer", role="note", issuer=handle.role.value)
    line = notes.NoteSignature(
        name=name,
        key_hash=notes.ed25519_key_hash(name, handle.public_raw),
        signature=handle.sign(text),
    )
    return notes.encode(text, [line])


def cosign(text: bytes, name: str, handle: PrivateHandle, *, seconds: int) -> notes.NoteSignature:
    """The witness key's dated signature line for the checkpoint with that text (tlog-cosignature v1).

    Raises Refused ``certificate_issuer`` for a key of another role, MalformedInput ``cosignature_form``.
    """
    if handle.role is not Role.WITNESS:
        raise Refused("certificate_issuer", role="cosignature", issuer=handle.role.value)
    signature = handle.sign(notes.cosignature_message(text, seconds))
    key = witness_key(name, handle)
    return notes.NoteSignature(
        name=name,
        key_hash=key.key_hash,
        signature=cosignatures.encode(cosignatures.Timestamped(seconds=seconds, signature=signature)),
    )


def witness_key(name: str, handle: PrivateHandle) -> notes.VerifierKey:
    """The public key by which others check this witness's cosignatures."""
    return notes.VerifierKey(name=name, kind=notes.ED25519_COSIGNATURE, public_key=handle.public_raw)


def sign_claim(claim: claims.Claim, handle: PrivateHandle) -> bytes:
    """The COSE_Sign1 bytes of ``claim`` for the offline QR, signed by the QR key.

    Raises Refused ``certificate_issuer`` for a key of another role, MalformedInput ``claim_*``.
    """
    if handle.role is not Role.QR:
        raise Refused("certificate_issuer", role="claim", issuer=handle.role.value)
    header, body = claims.protected_header(handle.key_id), claims.payload(claim)
    return claims.encode(claim, handle.key_id, handle.sign_raw(claims.sig_structure(header, body)))
