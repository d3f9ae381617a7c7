"""Asks the log, with network, whether witnesses see the same one that a file's proof is from.

The head that the log shows now must bear its own signature and the cosignatures of a quorum, and
the head in the file must be consistent with it.  The proof of that is computed here from the
log's tiles, which are the same for everybody; nothing about the file is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from domain import checkpoint as checkpoints
from domain import merkle, note, tree_proofs
from domain.checkpoint import Checkpoint
from domain.errors import DependencyUnavailable, MalformedInput, Refused
from domain.merkle import ProofRejected
from domain.tiles import CHECKPOINT_PATH, Tile, path_of
from domain.times import from_milliseconds
from domain.tree_proofs import TileNodes
from domain.trust_format import LogKeys
from keys.trust import verify_note
from keys.trust.signatures import cosigners
from verifier.evidence.model import LogProof, Witnessed

LogFetch = Callable[[str], bytes]
"""Gives what stands below the log's own address; DependencyUnavailable when nobody answers."""

OFFLINE: Final = "offline"
UNREACHABLE: Final = "unreachable"
UNTRUSTED: Final = "head_untrusted"
NO_QUORUM: Final = "no_quorum"
NOT_YET: Final = "not_yet_witnessed"
SPLIT: Final = "split"


def ask_log(log: LogKeys, proof: LogProof | None, fetch: LogFetch | None) -> Witnessed | None:
    """Return what witnesses say of the log behind ``proof``; None where the bundle names no witness."""
    if not log.quorum or proof is None or proof.size is None or proof.root is None:
        return None
    if fetch is None:
        return Witnessed(cause=OFFLINE)
    own = Checkpoint(origin=log.origin, size=proof.size, root=proof.root)
    try:
        signed = verify_note(fetch(CHECKPOINT_PATH), log.vkeys)
        head = checkpoints.decode(signed.text)
    except DependencyUnavailable:
        return Witnessed(cause=UNREACHABLE)
    except (MalformedInput, Refused):
        return Witnessed(cause=UNTRUSTED)
    if head.origin != log.origin:
        return Witnessed(cause=UNTRUSTED)
    try:
        consistent = _consistent(own, head, fetch)
    except (DependencyUnavailable, MalformedInput):
        return Witnessed(cause=UNREACHABLE)
    # SECURITY: a log that shows this reader another past is told even before anybody cosigned it.
    return _judged(own, head, signed, log, consistent=consistent)


def _judged(
    own: Checkpoint, head: Checkpoint, signed: note.Note, log: LogKeys, *, consistent: bool
) -> Witnessed:
    try:
        seen = cosigners(signed, log.witnesses)
    except (MalformedInput, Refused):
        seen = {}
    since = from_milliseconds(1000 * min(seen.values())) if seen else None
    cause: str | None
    if not consistent:
        cause = SPLIT
    elif len(seen) < log.quorum:
        cause = NO_QUORUM
    else:
        cause = NOT_YET if head.size < own.size else None
    return Witnessed(
        cause=cause, size=head.size, root=head.root, cosigners=tuple(sorted(seen)), cosigned_at=since,
        note=note.encode(signed.text, signed.signatures) if cause == SPLIT else None,
    )  # fmt: skip


def _consistent(own: Checkpoint, head: Checkpoint, fetch: LogFetch) -> bool:
    """Tell whether the smaller of the two heads begins the larger one, by tiles of the larger."""
    old, new = sorted((own, head), key=lambda each: each.size)

    def read(tile: Tile) -> bytes:
        return fetch(path_of(tile))

    proof = tree_proofs.consistency_proof(old.size, new.size, TileNodes(new.size, read))
    try:
        merkle.verify_consistency(old.size, new.size, old.root, new.root, proof)
    except ProofRejected:
        return False
    return True
