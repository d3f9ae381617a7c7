"""Collects the evidence about one file at one moment; decides nothing that a check should decide.

What the bytes show is read by :mod:`verifier.evidence.reading`; here revocation and the register are asked.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Final

from domain.errors import DependencyUnavailable
from domain.trust_format import TrustBundle
from keys.trust import OpenedBundle, issuer_now
from verifier.evidence.model import Evidence, Issuers, Reading, Register, Report, Trust
from verifier.evidence.reading import Sources, read
from verifier.evidence.region_names import region_name
from verifier.evidence.status_lists import Listed, StatusLists
from verifier.evidence.witness_facts import ask_log
from verifier.ports import RegisterPort

NO_REGISTER: Final = Register(asked=False, reachable=False, by_file=None, by_number=None)


def gather(data: bytes, name: str, sources: Sources, *, now: datetime, at: datetime | None) -> Evidence:
    """Return the evidence about ``data``; faults of the file are in it and never raised.

    Raises DependencyUnavailable ``sandbox_unavailable`` when no worker can be started.
    """
    return gather_about(read(data, sources), name, sources, now=now, at=at)


def gather_about(
    reading: Reading, name: str, sources: Sources, *, now: datetime, at: datetime | None
) -> Evidence:
    """Return the evidence about a file that was read, today or earlier, under the same pins."""
    known = {item.name: getattr(reading, item.name) for item in fields(Reading)}
    register = _ask_register(sources.register, reading.sha256, reading.report, at)
    return Evidence(
        **known,
        name=name,
        moment=at or now,
        historical=at is not None,
        trust=_trust(sources.trust),
        issuers=_issuers(sources.trust.bundle, reading, now=now, at=at),
        register=register,
        listed=_ask_list(sources.lists, register, reading.report, now, at),
        witnessed=ask_log(sources.trust.bundle.log, reading.log, sources.log_fetch),
    )


def _trust(opened: OpenedBundle) -> Trust:
    bundle = opened.bundle
    return Trust(
        sequence=bundle.sequence,
        sha256=opened.sha256,
        anchor_sha256=opened.anchor_sha256,
        environment=bundle.environment.value,
        region=bundle.region,
        region_name=region_name(bundle.region_files, bundle.region),
        made_at=bundle.made_at,
        expires_at=bundle.expires_at,
    )


def _issuers(bundle: TrustBundle, reading: Reading, *, now: datetime, at: datetime | None) -> Issuers | None:
    """Return the issuers' state now, or at a past time by the evidence the file itself carries."""
    cms, contents, times = reading.gate.cms, reading.contents, reading.times
    if cms is None or contents is None or times is None or reading.report is None:
        return None
    used = bundle if at is None else replace(bundle, crls=contents.crls, key_status=())
    moment, token = at or now, cms.token
    return Issuers(
        signer=issuer_now(used, cms.pin.cert, times.signing, moment),
        stamper=None if token is None else issuer_now(used, token.pin.cert, times.signing, moment),
    )


def _ask_list(
    lists: StatusLists | None, register: Register, report: Report | None, now: datetime, at: datetime | None
) -> Listed | None:
    """Return a list's word where the register has none: inside a house the register is nearer."""
    if lists is None or report is None or report.content is None or (register.asked and register.reachable):
        return None
    return lists.listed(report.content.status_uri, report.content.status_idx, now=now, at=at)


def _ask_register(
    register: RegisterPort | None, digest: str, report: Report | None, at: datetime | None
) -> Register:
    if register is None or report is None or report.content is None:
        return NO_REGISTER
    try:
        by_number = register.status_of(report.content.number, at)
        # No two reports are one file: a line that names this file is the answer to both questions.
        same = at is None and by_number is not None and by_number.file_sha256 == digest
        by_file = by_number if same else register.by_file_sha256(digest)
        return Register(asked=True, reachable=True, by_file=by_file, by_number=by_number)
    except DependencyUnavailable:
        return Register(asked=True, reachable=False, by_file=None, by_number=None)
