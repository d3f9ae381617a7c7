"""Checks a verification receipt or a refresh statement with joserfc and nothing of this product.

    python check_receipt.py FILE CERTIFICATE.der TYP [VKEY]

FILE is a receipt file (flattened JWS, RFC 7515 section 7.2.2), or a statement (compact JWS).
CERTIFICATE.der is the receipt certificate out of the trust bundle: pinned, so the header chooses
no key.  With VKEY, the log's public key, the C2SP proof in the unprotected header is followed to
the signed head too.  Prints the payload and ends with 0, or says what is wrong and ends with 1.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def payload_of(compact: str, certificate: bytes, typ: str) -> bytes:
    public = x509.load_der_x509_certificate(certificate).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    registry = jws.JWSRegistry(algorithms=["ES256"])
    registry.max_header_length = registry.max_payload_length = 1 << 20
    opened = jws.deserialize_compact(compact.encode(), ECKey.import_key(pem), registry=registry)
    header = json.loads(unpadded(compact.split(".")[0]))
    if header["typ"] != typ or base64.b64decode(header["x5c"][0]) != certificate:
        raise ValueError("signed for something else, or by another certificate")
    return opened.payload


def key_id(certificate: bytes) -> bytes:
    public = x509.load_der_x509_certificate(certificate).public_key()
    return sha(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))[:8]


def check_proof(compact: str, proof: str, certificate: bytes, vkey: str) -> int:
    """Follow the leaf of docs/formats/receipt.md to the log's signed head (C2SP tlog-proof, RFC 9162)."""
    head, note = proof.split("\n\n", 1)
    first, extra, place, *hashes = head.split("\n")
    if first != "c2sp.org/tlog-proof@v1":
        raise ValueError("not a proof of version 1")
    time = base64.b64decode(extra.removeprefix("extra "), validate=True)
    leaf = b"\x01\x08" + key_id(certificate) + time + sha(compact.encode())
    value, index = sha(b"\0", leaf), int(place.removeprefix("index "))
    name, key_hash, encoded = vkey.split("+", 2)
    text, signatures = note.rsplit("\n\n", 1)
    origin, size, root, _ = (text + "\n").split("\n", 3)
    for line in signatures.strip().split("\n"):
        _, signer, signature = line.split(" ")
        raw = base64.b64decode(signature)
        if signer == name and raw[:4].hex() == key_hash:
            Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded)[1:]).verify(
                raw[4:], (text + "\n").encode()
            )
            break
    else:
        raise ValueError(f"the log {origin} did not sign the head")
    here, last = index, int(size) - 1
    for sibling in (base64.b64decode(line, validate=True) for line in hashes):
        if here & 1 or here == last:
            value = sha(b"\1", sibling, value)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            value = sha(b"\1", value, sibling)
        here, last = here >> 1, last >> 1
    if last or value != base64.b64decode(root):
        raise ValueError("the proof does not lead to the head")
    return index


def main(file: str, certificate: str, typ: str, vkey: str = "") -> int:
    text, pinned = Path(file).read_text().strip(), Path(certificate).read_bytes()
    try:
        parts = json.loads(text) if text.startswith("{") else None
        compact = ".".join(parts[name] for name in ("protected", "payload", "signature")) if parts else text
        told = json.loads(payload_of(compact, pinned, typ))
        index = check_proof(compact, parts["header"]["log"], pinned, vkey) if parts and vkey else None
    except Exception as error:
        print("refused:", type(error).__name__, error)
        return 1
    print(json.dumps({"payload": told, "index": index}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
