"""Codes with right check characters: GB 32100-2015 (18 characters) over GB 11714 (9 characters)."""

from __future__ import annotations

from random import Random
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_PERSON_WEIGHTS: Final = tuple(pow(2, 17 - place, 11) for place in range(17))


def organisation_code(draw: Random) -> str:
    """Nine characters of an organisation code (GB 11714): eight drawn, one check character."""
    body = "MA" + "".join(draw.choice(_ALPHABET) for _ in range(6))
    total = sum(
        weight * int(character, 36) for weight, character in zip(_ORGANISATION_WEIGHTS, body, strict=True)
    )
    return body + "0123456789X0"[(11 - total % 11) % 12]


def uscc(draw: Random, district: str, leading: str) -> str:
    """Eighteen characters of a unified social credit code (GB 32100-2015).

    ``leading`` is the registration department and the kind: ``91`` an enterprise, ``92`` an
    individual trader, ``93`` a cooperative, ``11`` a government body.
    """
    body = leading + district + organisation_code(draw)
    total = sum(
        weight * _ALPHABET.index(character) for weight, character in zip(_USCC_WEIGHTS, body, strict=True)
    )
    return body + _ALPHABET[(31 - total) % 31]


def broken_uscc(code: str) -> str:
    """The same code with a wrong last character."""
    return code[:-1] + _ALPHABET[(_ALPHABET.index(code[-1]) + 7) % 31]


def resident_number(draw: Random, district: str) -> str:
    """Eighteen characters of a resident identity number (GB 11643) with a birthday in the last century."""
    body = f"{district}19{draw.randint(82, 99):02d}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}"
    body += f"{draw.randint(0, 999):03d}"
    total = sum(weight * int(digit) for weight, digit in zip(_PERSON_WEIGHTS, body, strict=True))
    return body + "10X98765432"[total % 11]
