"""Who issued a certificate: signatures and CA rights alone, never names alone, never a clock.

Pins say *which* certificates may be believed; a chain says that the anchor stands behind
them.  Both are asked, so that neither a stolen trust key nor a look-alike CA is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from domain.errors import MalformedInput, Refused

MAX_CHAIN = 4
"""Root, issuing CA, a sub-CA of a licensed authority, and the leaf."""


def load(der: bytes) -> x509.Certificate:
    """The certificate those bytes are, whole; MalformedInput ``certificate_form``."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = (certificate.subject, certificate.issuer, certificate.extensions, certificate.public_key())
        _ = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise MalformedInput("certificate_form") from error
    return certificate


def issued(child: x509.Certificate, parent: x509.Certificate) -> bool:
    """True when ``parent`` is a CA that may sign certificates and did sign ``child``."""
    if not _may_issue(parent):
        return False
    try:
        child.verify_directly_issued_by(parent)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def require_chain(chain: Sequence[x509.Certificate], anchors: Iterable[x509.Certificate]) -> x509.Certificate:
    """The anchor under which ``chain`` (leaf first, each issued by the next) stands.

    Raises Refused ``trust_chain_broken`` when a link or the anchor is missing or the chain is too long.
    """
    if not 0 < len(chain) < MAX_CHAIN:
        raise Refused("trust_chain_broken", subject="")
    for child, parent in pairwise(chain):
        if not issued(child, parent):
            raise Refused("trust_chain_broken", subject=child.subject.rfc4514_string())
    top = chain[-1]
    for anchor in anchors:
        if issued(top, anchor):
            return anchor
    raise Refused("trust_chain_broken", subject=top.subject.rfc4514_string())


def _may_issue(parent: x509.Certificate) -> bool:
    try:
        constraints = parent.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = parent.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return constraints.ca and usage.key_cert_sign
