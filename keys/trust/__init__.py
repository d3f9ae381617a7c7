"""Public data only: what a stranger needs to check what a house signed.

No private key is known here and nothing above this package is imported, so that a verifier
can be installed with it alone.
"""

from __future__ import annotations

from keys.trust.bundle import MAX_BUNDLE_BYTES, OpenedBundle, open_bundle
from keys.trust.issuer_state import IssuerOutcome, IssuerState, issuer_now, pinned
from keys.trust.signatures import spki_of, verify_claim_signature, verify_note, verify_signature

__all__ = [
    "MAX_BUNDLE_BYTES",
    "IssuerOutcome",
    "IssuerState",
    "OpenedBundle",
    "issuer_now",
    "open_bundle",
    "pinned",
    "spki_of",
    "verify_claim_signature",
    "verify_note",
    "verify_signature",
]
