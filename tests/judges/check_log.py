"""Checks a whole C2SP log and its cosignatures with nothing of this product: an auditor's own program.

    python check_log.py DIR VKEY [WITNESS-VKEY ...] [--old CHECKPOINT]

DIR mirrors the log: checkpoint, tile/L/N, tile/entries/N under their own paths.  It follows the
public documents alone: c2sp.org/tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature,
RFC 6962, RFC 8032.  Every entry is hashed and proven in the signed tree, every tile recomputed,
the older checkpoint proven to begin the newer one; each named witness must have cosigned.
Prints what holds and ends with 0, or says what is wrong and ends with 1.
"""

import base64
import hashlib
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DASH = "\u2014"


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def parse_key(vkey: str, kind: int) -> tuple[str, bytes, Ed25519PublicKey]:
    name, claimed, encoded = vkey.split("+", 2)
    raw = base64.b64decode(encoded, validate=True)
    if raw[0] != kind or sha(name.encode() + b"\n" + raw)[:4].hex() != claimed:
        raise ValueError(f"not a key of type {kind}: {vkey}")
    return name, bytes.fromhex(claimed), Ed25519PublicKey.from_public_bytes(raw[1:])


def signatures(note: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    text, lines = note.rsplit(b"\n\n", 1)
    found = []
    for line in lines.decode().rstrip("\n").split("\n"):
        dash, name, value = line.split(" ")
        if dash != DASH:
            raise ValueError("not a signature line")
        found.append((name, base64.b64decode(value, validate=True)))
    return text + b"\n", found


def open_checkpoint(note: bytes, vkey: str) -> tuple[int, bytes]:
    name, key_hash, key = parse_key(vkey, 1)
    text, found = signatures(note)
    mine = [value for signer, value in found if signer == name and value[:4] == key_hash]
    if not mine:
        raise ValueError("the log did not sign this checkpoint")
    key.verify(mine[0][4:], text)
    origin, size, root, end = text.decode().split("\n")
    if origin != name or end:
        raise ValueError("another log, or lines after the root")
    return int(size), base64.b64decode(root, validate=True)


def cosigned_at(note: bytes, vkey: str) -> int:
    name, key_hash, key = parse_key(vkey, 4)
    text, found = signatures(note)
    for signer, value in found:
        if signer == name and value[:4] == key_hash:
            moment = int.from_bytes(value[4:12], "big")
            key.verify(value[12:], b"cosignature/v1\ntime %d\n" % moment + text)
            return moment
    raise ValueError(f"{name} did not cosign")


def tree_hash(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962 over leaf hashes."""
    if not hashes:
        return sha(b"")
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha(b"\1" + tree_hash(hashes[:k]) + tree_hash(hashes[k:]))


def path(m: int, hashes: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of RFC 6962, 2.1.1."""
    if len(hashes) == 1:
        return []
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if m < k:
        return [*path(m, hashes[:k]), tree_hash(hashes[k:])]
    return [*path(m - k, hashes[k:]), tree_hash(hashes[:k])]


def climb(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """RFC 9162, 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            raise ValueError("proof too long")
        if fn & 1 or fn == sn:
            r = sha(b"\1" + p + r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha(b"\1" + r + p)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ValueError("proof too short")
    return r


def subproof(m: int, hashes: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2."""
    if m == len(hashes):
        return [] if whole else [tree_hash(hashes)]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if m <= k:
        return [*subproof(m, hashes[:k], whole), tree_hash(hashes[k:])]
    return [*subproof(m - k, hashes[k:], False), tree_hash(hashes[:k])]


def check_consistency(first: int, second: int, old: bytes, new: bytes, proof: list[bytes]) -> None:
    """RFC 9162, 2.1.4.2."""
    if first == second:
        if old != new or proof:
            raise ValueError("two roots of one size")
        return
    if first & (first - 1) == 0:
        proof = [old, *proof]
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            raise ValueError("consistency proof too long")
        if fn & 1 or fn == sn:
            fr, sr = sha(b"\1" + c + fr), sha(b"\1" + c + sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = sha(b"\1" + sr + c)
        fn, sn = fn >> 1, sn >> 1
    if sn or fr != old or sr != new:
        raise ValueError("the older checkpoint does not begin the newer one")


def index_path(n: int) -> str:
    parts = [f"{n % 1000:03d}"]
    while n >= 1000:
        n //= 1000
        parts.insert(0, f"x{n % 1000:03d}")
    return "/".join(parts)


def resource(folder: Path, kind: str, n: int, width: int) -> bytes:
    partial = "" if width == 256 else f".p/{width}"
    return (folder / f"tile/{kind}/{index_path(n)}{partial}").read_bytes()


def read_entries(folder: Path, size: int) -> list[bytes]:
    entries: list[bytes] = []
    while len(entries) < size:
        width = min(256, size - len(entries))
        data = resource(folder, "entries", len(entries) // 256, width)
        for _ in range(width):
            length = int.from_bytes(data[:2], "big")
            entries.append(data[2 : 2 + length])
            data = data[2 + length :]
        if data:
            raise ValueError("bytes after the last entry of a bundle")
    return entries


def check_tiles(folder: Path, leaves: list[bytes]) -> int:
    """floor(s / 256**l) hashes at level l, in tiles of 256."""
    count, level, row = 0, 0, leaves
    while row:
        for n in range((len(row) + 255) // 256):
            part = row[n * 256 : n * 256 + 256]
            if resource(folder, str(level), n, len(part)) != b"".join(part):
                raise ValueError(f"tile {n} of level {level} is wrong")
            count += 1
        row = [tree_hash(row[n * 256 : n * 256 + 256]) for n in range(len(row) // 256)]
        level += 1
    return count


def main(words: list[str]) -> int:
    old = Path(words.pop(words.index("--old") + 1)).read_bytes() if "--old" in words else None
    words = [word for word in words if word != "--old"]
    folder, vkey, *witnesses = Path(words[0]), *words[1:]
    try:
        note = (folder / "checkpoint").read_bytes()
        size, root = open_checkpoint(note, vkey)
        leaves = [sha(b"\0" + entry) for entry in read_entries(folder, size)]
        if tree_hash(leaves) != root:
            raise ValueError("the entries do not lead to the signed root")
        tiles = check_tiles(folder, leaves)
        for index in {*range(0, size, 97), size - 1}:
            if climb(leaves[index], index, size, path(index, leaves)) != root:
                raise ValueError(f"entry {index} is not proven")
        moments = [cosigned_at(note, each) for each in witnesses]
        if old is not None:
            before, earlier = open_checkpoint(old, vkey)
            check_consistency(before, size, earlier, root, subproof(before, leaves, True))
    except (ValueError, IndexError, OSError, InvalidSignature) as error:
        print(f"not proven: {error!r}")
        return 1
    print(
        f"proven: {size} entries in {tiles} tiles, cosigned by {len(moments)} of {len(witnesses)} witnesses"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
