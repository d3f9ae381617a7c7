"""Certificates and revocation lists that a signature carries, refreshed when older than 50 minutes."""

from __future__ import annotations

from datetime import datetime

from api.services.context import Context
from api.services.house import outside_stamping
from keys import authority
from keys.roles import Role
from signer.evidence import Evidence
from signer.pdf_signature import ReportSigner


def signing_evidence(context: Context, now: datetime, role: Role = Role.REPORT) -> Evidence:
    """Give what a file signed at ``now`` by the key of ``role`` carries; an old list is made anew."""
    *chain, root = context.keys.chain(role)
    lists = dict.fromkeys(authority.crls(context.keys, now=now, role=role))
    return Evidence(
        signing_chain=tuple(chain),
        stamping_chain=context.stamping_chain,
        root=root,
        crls=tuple(lists),
        stamping_root=next(iter(context.stamping_anchors), None),
        stamping_crls=outside_stamping.lists(context),
    )


class SignerDesk:
    """Keeps one warm signer per set of evidence: checking a chain takes longer than using it."""

    def __init__(self, context: Context) -> None:
        """Sign with the report key of ``context``."""
        self._context = context
        self._signers: dict[bool, ReportSigner] = {}
        self._evidence: Evidence | None = None

    def at(self, now: datetime, *, stamped: bool = True) -> ReportSigner:
        """Give the signer for ``now``: of level B-LT, or of B-B for one not ``stamped``.

        Raises Refused ``key_use_ended`` when the report key's year is over.
        """
        handle = self._context.keys.private(Role.REPORT)
        handle.require_usable(now)
        evidence = signing_evidence(self._context, now)
        if evidence != self._evidence:
            self._signers, self._evidence = {}, evidence
        if stamped not in self._signers:
            stamper = self._context.stamper if stamped else None
            self._signers[stamped] = ReportSigner(handle, evidence, stamper)
        return self._signers[stamped]
