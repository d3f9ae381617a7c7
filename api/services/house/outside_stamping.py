"""What the house knows of an outside time-stamp authority: its pin, and the lists an operator keeps fresh."""

from __future__ import annotations

import re
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from api.services.context import Context
from domain.trust_format import Service, ServiceState
from keys.roles import Role

MAX_LIST_BYTES: Final = 512 * 1024
"""Every report and every bundle carries the lists; a file beyond this is as good as none."""
_PEM: Final = re.compile(rb"-----BEGIN X509 CRL-----.*?-----END X509 CRL-----", re.DOTALL)


def services(context: Context) -> tuple[Service, ...]:
    """Give the outside authority's entry for the trust bundle; nothing where the house stamps itself."""
    if not context.stamping_anchors:
        return ()
    own, *above = context.stamping_chain
    service = Service(
        role=Role.TIMESTAMP.value,
        cert=own,
        chain=tuple(above),
        number_prefix=None,
        # Of the certificate: a later bundle must not put earlier stamps outside the authority's time.
        from_=x509.load_der_x509_certificate(own).not_valid_before_utc,
        to=None,
        state=ServiceState.ACTIVE,
    )
    return (service,)


def lists(context: Context) -> tuple[bytes, ...]:
    """Give the newest list (DER) of each CA in the operator's file; none from a file that cannot be read.

    Never raises: a report without a time stamp is better than none, so what is missing here
    is told by the signer as an outage of the authority.
    """
    if context.stamping_lists is None:
        return ()
    try:
        with context.stamping_lists.open("rb") as file:
            data = file.read(MAX_LIST_BYTES + 1)
        found = [] if len(data) > MAX_LIST_BYTES else _parsed(data)
    except (OSError, ValueError, x509.DuplicateExtension):
        return ()
    newest = {crl.issuer: crl for crl in sorted(found, key=lambda crl: crl.last_update_utc)}
    return tuple(crl.public_bytes(Encoding.DER) for crl in newest.values())


def _parsed(data: bytes) -> list[x509.CertificateRevocationList]:
    blocks = _PEM.findall(data)
    parsed = [x509.load_pem_x509_crl(block) for block in blocks] or [x509.load_der_x509_crl(data)]
    for crl in parsed:
        # Parsed lazily: whatever is wrong with the extensions comes out here and not while signing.
        list(crl.extensions)
    return parsed
