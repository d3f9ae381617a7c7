"""Checks the log proof inside a report with nothing of this product: a reader's own program.

    python check_tlog_proof.py REPORT.pdf PROOF REPORT.json CLAIM.cose VKEY KEY_ID_HEX

PROOF, REPORT.json and CLAIM.cose are the three attachments as `pdfdetach` writes them; VKEY is
the log's public key (`name+hash+base64`), KEY_ID_HEX the report key's id.  It follows the public
documents alone: c2sp.org/tlog-proof, signed-note, RFC 6962, RFC 8032, and docs/formats/leaf.md.
Prints the leaf's index and time and ends with 0, or says what is wrong and ends with 1.
"""

import base64
import hashlib
import json
import struct
import sys
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def read_proof(data: bytes) -> tuple[bytes, int, list[bytes], bytes]:
    head, note = data.split(b"\n\n", 1)
    lines = head.decode().split("\n")
    if lines[0] != "c2sp.org/tlog-proof@v1":
        raise ValueError("not a proof of version 1")
    extra = base64.b64decode(lines[1].removeprefix("extra "), validate=True)
    index = int(lines[2].removeprefix("index "))
    return extra, index, [base64.b64decode(line, validate=True) for line in lines[3:]], note


def check_note(note: bytes, vkey: str) -> tuple[str, int, bytes]:
    name, key_hash, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded)
    if key[0] != 1 or sha(name.encode(), b"\n", key)[:4].hex() != key_hash:
        raise ValueError("the key's own hash is wrong")
    text, signatures = note.rsplit(b"\n\n", 1)
    text += b"\n"
    for line in signatures.decode().strip().split("\n"):
        dash, signer, value = line.split(" ")
        raw = base64.b64decode(value)
        if dash == "\u2014" and signer == name and raw[:4].hex() == key_hash:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], text)
            origin, size, root, rest = text.decode().split("\n", 3)
            if rest:
                raise ValueError("lines that nobody knows stand in the checkpoint")
            return origin, int(size), base64.b64decode(root, validate=True)
    raise ValueError("no signature of the log")


def root_from(leaf: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """RFC 9162, 2.1.3.2."""
    if index >= size:
        raise ValueError("index outside the tree")
    place, last, value = index, size - 1, sha(b"\0", leaf)
    for item in hashes:
        if last == 0:
            raise ValueError("too many hashes")
        if place & 1 or place == last:
            value = sha(b"\1", item, value)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            value = sha(b"\1", value, item)
        place, last = place >> 1, last >> 1
    if last:
        raise ValueError("too few hashes")
    return value


def main() -> int:
    pdf, proof, report, claim = (Path(name).read_bytes() for name in sys.argv[1:5])
    vkey, key_id = sys.argv[5], bytes.fromhex(sys.argv[6])
    try:
        extra, index, hashes, note = read_proof(proof)
        version, salt, length, milliseconds = struct.unpack(">B32sQQ", extra)
        content = json.loads(report)
        origin, size, root = check_note(note, vkey)
        digest = sha(
            b"daizheng/commitment/v1\n",
            content["number"].encode(),
            bytes.fromhex(content["records"]["root"]),
            sha(pdf[:length]),
            sha(claim),
            salt,
        )
        leaf = bytes([1, 1]) + key_id + struct.pack(">Q", milliseconds) + digest
        if version != 1 or origin != content["log"]["origin"]:
            raise ValueError("another version or another log")
        if root_from(leaf, index, size, hashes) != root:
            raise ValueError("the way from this leaf does not lead to the signed root")
    except (ValueError, KeyError, IndexError, struct.error, InvalidSignature) as error:
        print(f"not proven: {error!r}")
        return 1
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    print(
        f"proven: {content['number']} is leaf {index} of {size} in {origin}, logged at {moment.isoformat()}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
