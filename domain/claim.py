"""The offline QR claim: a report's chief facts, signed so that a phone can check them.

A COSE_Sign1 (RFC 9052) over a CWT (RFC 8392), ES256, in the core deterministic encoding of
RFC 8949 section 4.2.1::

    claim     = #6.18([protected, {}, payload, signature])
    protected = bstr .cbor {1: -7, 4: kid}              ; ES256; kid = 8 bytes of SHA-256(SPKI)
    payload   = bstr .cbor {1: host, 2: number, -70001: facts}
    facts     = [1, environment, name, name-hash / null, uscc / null, as-of, window-from,
                 window-to, chosen, total, flags, records, fine-fen, latest / null, root,
                 status-uri, status-idx]

    environment = 1 demo / 2 test / 3 production
    name-hash   = 8 bytes of SHA-256(full name), when name was cut and ends in U+2026
    as-of       = microseconds since 1970 UTC
    window-*, latest = days since 1970-01-01 (RFC 8943)
    flags       = uint                                  ; bit 0 narrowed, bit 1 incomplete
    status-uri  = tstr                                  ; without "https://" host when it starts so

The whole is at most 370 bytes, so that the code stays readable; a longer name is cut.
``decode`` takes only what ``encode`` gives.  The signature is made in ``keys`` over
:func:`sig_structure` and checked in ``keys.trust`` over the received bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

import cbor2

from domain.errors import MalformedInput
from domain.identifiers import KEY_ID_BYTES, ReportNumber
from domain.report import Environment
from domain.times import day_from_number, day_number, from_microseconds, microseconds

MAX_BYTES: Final = 370
VERSION: Final = 1
PRIVATE_CLAIM: Final = -70001
SIGNATURE_BYTES: Final = 64
ELLIPSIS: Final = "\u2026"
_ALGORITHM, _KID, _ES256, _ISSUER, _SUBJECT = 1, 4, -7, 1, 2
_TAG: Final = 18
_TAG_BYTE: Final = b"\xd2"
_FACTS: Final = 17
_ENVIRONMENTS: Final = {Environment.DEMO: 1, Environment.TEST: 2, Environment.PRODUCTION: 3}
_BY_NUMBER: Final = {number: environment for environment, number in _ENVIRONMENTS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the code states; compare it with the paper, it says nothing about a file."""

    host: str
    """Host of the house, lower case; CWT ``iss``."""
    number: str
    """Report number; CWT ``sub``."""
    environment: Environment
    subject_name: str
    """Full, or cut and ending in … with ``name_hash`` set."""
    name_hash: bytes | None = None
    """First 8 bytes of SHA-256 over the full name in UTF-8."""
    uscc: str | None
    as_of: datetime
    window_from: date
    window_to: date
    domains_chosen: int
    domains_total: int
    narrowed: bool
    incomplete: bool
    """A chosen domain is 待核."""
    records: int
    fine_fen: int
    latest_date: date | None
    root: bytes
    """Root of the record tree, 32 bytes."""
    status_uri: str
    status_idx: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedClaim:
    """A decoded claim with the very bytes its signature covers."""

    claim: Claim
    kid: bytes
    protected: bytes
    payload: bytes
    signature: bytes

    @property
    def signed_bytes(self) -> bytes:
        """The Sig_structure that the signature covers (RFC 9052 section 4.4)."""
        return sig_structure(self.protected, self.payload)


def protected_header(kid: bytes) -> bytes:
    """The protected header of our claims; MalformedInput ``claim_form`` for a key id of other length."""
    if len(kid) != KEY_ID_BYTES:
        raise MalformedInput("claim_form")
    return cbor2.dumps({_ALGORITHM: _ES256, _KID: kid})


def fitted(claim: Claim) -> Claim:
    """The claim with its name cut, if need be, so that the COSE stays within 370 bytes.

    MalformedInput ``claim_too_long`` if even an empty name would not fit.
    """
    excess = _size(claim) - MAX_BYTES
    if excess <= 0:
        return claim
    if claim.name_hash is not None:
        raise MalformedInput("claim_too_long", limit=MAX_BYTES)
    full = claim.subject_name
    name_hash = hashlib.sha256(full.encode("utf-8")).digest()[:8]
    for length in range(len(full) - 1, -1, -1):
        cut = replace(claim, subject_name=full[:length] + ELLIPSIS, name_hash=name_hash)
        if _size(cut) <= MAX_BYTES:
            return cut
    raise MalformedInput("claim_too_long", limit=MAX_BYTES)


def payload(claim: Claim) -> bytes:
    """The CWT to be signed for ``claim``, its name cut if need be; MalformedInput ``claim_form``."""
    return _payload(_checked(fitted(claim)))


def sig_structure(protected: bytes, payload: bytes) -> bytes:
    """The bytes an ES256 signature covers (RFC 9052 section 4.4, Signature1)."""
    return cbor2.dumps(["Signature1", protected, b"", payload])


def encode(claim: Claim, kid: bytes, signature: bytes) -> bytes:
    """The COSE_Sign1; ``signature`` is r and s, 64 bytes, over ``sig_structure`` of header and payload."""
    if len(signature) != SIGNATURE_BYTES:
        raise MalformedInput("claim_form")
    return _cose(protected_header(kid), payload(claim), signature)


def decode(data: bytes) -> SignedClaim:
    """The claim those bytes hold; MalformedInput ``claim_form`` or ``claim_too_long``."""
    if len(data) > MAX_BYTES:
        raise MalformedInput("claim_too_long", limit=MAX_BYTES)
    if data[:1] != _TAG_BYTE:
        raise MalformedInput("claim_form")
    match _load(data[1:]):
        case [bytes() as protected, dict() as unprotected, bytes() as body, bytes() as signature]:
            pass
        case _:
            raise MalformedInput("claim_form")
    if unprotected or len(signature) != SIGNATURE_BYTES:
        raise MalformedInput("claim_form")
    kid = _kid(protected)
    claim = _claim(body)
    # One claim, one spelling: a second one would be a second code for the same paper.
    again = _cose(protected_header(kid), _payload(claim), signature)
    if again != data:
        raise MalformedInput("claim_form")
    return SignedClaim(claim=claim, kid=kid, protected=protected, payload=body, signature=signature)


def claim_hash(cose: bytes) -> bytes:
    """SHA-256 over the COSE bytes, as bound into the commitment leaf."""
    return hashlib.sha256(cose).digest()


def _cose(protected: bytes, body: bytes, signature: bytes) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(_TAG, [protected, {}, body, signature]))


def _size(claim: Claim) -> int:
    return len(_cose(protected_header(bytes(KEY_ID_BYTES)), _payload(claim), bytes(SIGNATURE_BYTES)))


def _payload(claim: Claim) -> bytes:
    facts = [
        VERSION,
        _ENVIRONMENTS[claim.environment],
        claim.subject_name,
        claim.name_hash,
        claim.uscc,
        microseconds(claim.as_of),
        day_number(claim.window_from),
        day_number(claim.window_to),
        claim.domains_chosen,
        claim.domains_total,
        int(claim.narrowed) | int(claim.incomplete) << 1,
        claim.records,
        claim.fine_fen,
        None if claim.latest_date is None else day_number(claim.latest_date),
        claim.root,
        claim.status_uri.removeprefix(f"https://{claim.host}"),
        claim.status_idx,
    ]
    try:
        return cbor2.dumps({_ISSUER: claim.host, _SUBJECT: claim.number, PRIVATE_CLAIM: facts})
    except (cbor2.CBOREncodeError, UnicodeEncodeError) as error:
        raise MalformedInput("claim_form") from error


def _load(data: bytes) -> object:
    try:
        return cbor2.loads(data, max_depth=8, allow_indefinite=False, allow_duplicate_keys=False)
    except Exception as error:  # hostile CBOR raises many classes (tags build dates, numbers, patterns)
        raise MalformedInput("claim_form") from error


def _kid(protected: bytes) -> bytes:
    match _load(protected):
        case {1: -7, 4: bytes() as kid}:
            return kid
    raise MalformedInput("claim_form")


def _claim(body: bytes) -> Claim:
    match _load(body):
        case {1: str() as host, 2: str() as number, -70001: [*facts]} if len(facts) == _FACTS:
            return _from_facts(host, number, facts)
    raise MalformedInput("claim_form")


def _from_facts(host: str, number: str, facts: list[object]) -> Claim:
    match facts:
        case [
            1,
            int() as environment,
            str() as name,
            bytes() | None as name_hash,
            str() | None as uscc,
            int() as as_of,
            int() as window_from,
            int() as window_to,
            int() as chosen,
            int() as total,
            int() as flags,
            int() as records,
            int() as fine_fen,
            int() | None as latest,
            bytes() as root,
            str() as status_uri,
            int() as status_idx,
        ] if environment in _BY_NUMBER and 0 <= flags <= 3:
            claim = Claim(
                host=host,
                number=number,
                environment=_BY_NUMBER[environment],
                subject_name=name,
                name_hash=name_hash,
                uscc=uscc,
                as_of=from_microseconds(as_of),
                window_from=day_from_number(window_from),
                window_to=day_from_number(window_to),
                domains_chosen=chosen,
                domains_total=total,
                narrowed=bool(flags & 1),
                incomplete=bool(flags & 2),
                records=records,
                fine_fen=fine_fen,
                latest_date=None if latest is None else day_from_number(latest),
                root=root,
                status_uri=f"https://{host}{status_uri}" if status_uri.startswith("/") else status_uri,
                status_idx=status_idx,
            )
            return _checked(claim)
    raise MalformedInput("claim_form")


def _checked(claim: Claim) -> Claim:
    ReportNumber.parse(claim.number)
    counts = (claim.domains_chosen, claim.domains_total, claim.records, claim.fine_fen, claim.status_idx)
    cut_ok = claim.name_hash is None or (len(claim.name_hash) == 8 and claim.subject_name.endswith(ELLIPSIS))
    if len(claim.root) != 32 or min(counts) < 0 or max(counts) >= 2**63 or not cut_ok:
        raise MalformedInput("claim_form")
    return claim
