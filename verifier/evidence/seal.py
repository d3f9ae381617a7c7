"""Checks the signature and the token by arithmetic on pinned keys, without any PDF library.

A second opinion to pyHanko's: two readers that disagree about a file mean that it is
refused (ASVS 1.5.3).
"""

from __future__ import annotations

import hashlib

from domain.errors import MalformedInput, Refused
from keys.trust import verify_signature
from verifier.evidence.model import Seal
from verifier.gate.cms_gate import CmsFacts, TokenFacts


def check_seal(covered_sha256: bytes, cms: CmsFacts) -> Seal:
    """Return whether digest, signature and token hold; never raises."""
    return Seal(
        digest=covered_sha256 == cms.message_digest,
        signature=_holds(cms.pin.cert, cms.signed_attrs, cms.signature),
        token=None if cms.token is None else _token_holds(cms.token, cms.signature),
    )


def _token_holds(token: TokenFacts, signature: bytes) -> bool:
    stamped = hashlib.sha256(signature).digest() == token.imprint
    bound = hashlib.sha256(token.tst_info).digest() == token.message_digest
    return stamped and bound and _holds(token.pin.cert, token.signed_attrs, token.signature)


def _holds(cert: bytes, data: bytes, signature: bytes) -> bool:
    try:
        verify_signature(cert, data, signature)
    except (Refused, MalformedInput):
        return False
    return True
