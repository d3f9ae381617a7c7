"""What a person types or scans: 核验码 and paper secret, kept as keyed hashes, tried with a limit."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from api.services.context import Context
from api.store.entries import Codes
from api.store.unit_of_work import UnitOfWork
from domain.errors import Conflict
from domain.qr_link import SECRET_BYTES

CODE_DIGITS = 12
MAX_WRONG_TRIES = 100
"""After so many wrong codes in all the code is locked for good; a new one goes to the subject."""
_NOBODYS = "-"
"""The line that counts tries at numbers which have none to count."""
_CODE, _PAPER = "verification-code", "paper-secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainCodes:
    """The codes themselves, in memory until they are printed."""

    code: str
    paper_secret: bytes


def fresh(context: Context) -> PlainCodes:
    """Give new codes: 12 random digits and a 128-bit secret."""
    # 64 random bits over 10^12: no digit is likelier than another by more than one in 10^7.
    digits = int.from_bytes(context.entropy(8), "big") % 10**CODE_DIGITS
    return PlainCodes(code=f"{digits:0{CODE_DIGITS}d}", paper_secret=context.entropy(SECRET_BYTES))


def hashed(context: Context, number: str, plain: PlainCodes) -> Codes:
    """Give what the register keeps of ``plain``."""
    version, _ = context.keys.secret("keyed_hash")
    return Codes(
        number=number,
        hash_version=version,
        code_hash=_hash(context, number, plain.code.encode(), _CODE, version),
        paper_secret_hash=_hash(context, number, plain.paper_secret, _PAPER, version),
    )


def paper_secret_fits(context: Context, work: UnitOfWork, number: str, secret: bytes) -> bool:
    """Say whether ``secret`` stands on the cover of ``number``."""
    kept = work.reports.codes(number)
    version = None if kept is None else kept.hash_version
    given = _hash(context, number, secret, _PAPER, version)
    # SECURITY: the same work for an unknown number, so that time does not tell them apart.
    return hmac.compare_digest(given, bytes(32) if kept is None else kept.paper_secret_hash)


def code_fits(context: Context, number: str, code: str) -> bool:
    """Say whether ``code`` is that of ``number``; a wrong one is counted, a locked one never fits."""
    digits = "".join(char for char in code if char.isdigit())
    with context.store.writing() as work:
        kept = work.reports.codes(number)
        given = _hash(context, number, digits.encode(), _CODE, None if kept is None else kept.hash_version)
        fits = hmac.compare_digest(given, bytes(32) if kept is None else kept.code_hash)
        locked = kept is None or kept.wrong_tries >= MAX_WRONG_TRIES
        if not fits or locked:
            # SECURITY: an unknown and a locked number cost the same write as a wrong code.
            work.reports.count_wrong_try(_NOBODYS if locked else number)
        work.commit()
    return fits and not locked


def is_locked(work: UnitOfWork, number: str) -> bool:
    """Say whether so many wrong codes were tried that the printed one of ``number`` is locked for good."""
    kept = work.reports.codes(number)
    return kept is not None and kept.wrong_tries >= MAX_WRONG_TRIES


def renewed(context: Context, work: UnitOfWork, number: str) -> str:
    """Give a new 核验码 for ``number`` in the place of the locked one; it is never shown again.

    The secret in the cover's code stays as it is printed.  Raises Conflict ``code_not_locked``.
    """
    kept = work.reports.codes(number)
    if kept is None or not is_locked(work, number):
        raise Conflict("code_not_locked", number=number)
    code = fresh(context).code
    # The version stays: the paper's secret is hashed by it too, and its plain text is gone.
    work.reports.replace_code(number, _hash(context, number, code.encode(), _CODE, kept.hash_version))
    return code


def _hash(context: Context, number: str, secret: bytes, purpose: str, version: int | None) -> bytes:
    return context.keys.keyed_hash(number.encode() + b"\x00" + secret, purpose=purpose, version=version)
