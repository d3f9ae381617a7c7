"""What a register, or else a status list, says of the report behind a code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from domain import claim as claim_format
from domain.errors import DependencyUnavailable
from domain.reasons import Reason
from domain.verdict import (
    Code,
)
from verifier.checks.status import VALID, WORDS, by_list
from verifier.evidence.reading import Sources
from verifier.paper.findings import Finding, of_check, of_code, of_entry, refuted_code, unknown
from verifier.ports import RegisterPort

_Proves = Callable[[RegisterPort], bool]
_LOCKED: Final = "register_locked"


def ask_signed(sources: Sources, claim: claim_format.Claim, now: datetime) -> Finding:
    """Return what the register, else a status list, says of a claim whose signature was checked."""
    if sources.register is None:
        return _by_list(sources, claim, now, Reason.NO_STATUS_SOURCE)
    try:
        entry = sources.register.status_of(claim.number)
    except DependencyUnavailable:
        return _by_list(sources, claim, now, Reason.REGISTER_UNREACHABLE)
    return refuted_code() if entry is None else of_entry(entry)


def _by_list(sources: Sources, claim: claim_format.Claim, now: datetime, without: Reason) -> Finding:
    lists = sources.lists
    listed = None if lists is None else lists.listed(claim.status_uri, claim.status_idx, now=now, at=None)
    if listed is None:
        return of_code(Code.STATUS_UNAVAILABLE, without, claim.number)
    return replace(of_check(by_list(listed), claim.number), listed=listed)


def ask(sources: Sources, number: str, proves: _Proves) -> Finding:
    """Return what the register says of a number and the holder's secret, which ``proves`` checks.

    SECURITY: nothing here is signed, so nothing is genuine before the register confirmed both.
    """
    register = sources.register
    if register is None:
        return unknown("online_needed", Reason.NO_STATUS_SOURCE)
    try:
        if not proves(register):
            return refuted_code()
        entry = register.status_of(number)
    except DependencyUnavailable as error:
        return _unproven(register, number, locked=error.code == _LOCKED)
    if entry is None:
        return refuted_code()
    if entry.status != VALID and entry.status not in WORDS:
        return unknown("online_needed", Reason.REGISTER_UNREACHABLE)
    return of_entry(entry)


def _unproven(register: RegisterPort, number: str, *, locked: bool) -> Finding:
    """Return what can be said while the secret cannot be checked: a number never issued is refuted."""
    try:
        known = register.status_of(number) is not None
    except DependencyUnavailable:
        return unknown("online_needed", Reason.REGISTER_UNREACHABLE)
    if not known:
        return refuted_code()
    return unknown("online_needed", Reason.REGISTER_LOCKED if locked else Reason.REGISTER_UNREACHABLE)
