"""The signature as an ETSI TS 119 102-2 validation report, written by pyHanko in a worker of its own.

It tells of the signature alone, on the evidence the file carries and for the time of signing:
neither the status of the report nor what it says is in it.  The libraries that write the XML take a
second to import and are loaded by this worker only; they are an extra (``pyhanko[etsi]``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.util import find_spec

from domain.errors import DependencyUnavailable, MalformedInput
from keys.trust import OpenedBundle
from verifier.gate import byte_gate
from verifier.gate.pins import make_pins
from verifier.limits import DEFAULT_LIMITS, VerifierLimits
from verifier.pdf.facts import SIGNING_MARGIN, attachment_from
from verifier.worker.pool import WorkerPool


def etsi_report(
    data: bytes,
    trust: OpenedBundle,
    *,
    limits: VerifierLimits = DEFAULT_LIMITS,
    allow_unsandboxed: bool = False,
) -> bytes | None:
    """Return the XML (UTF-8) for a PDF of our shape, None for bytes whose signature cannot be read.

    Raises DependencyUnavailable ``sandbox_unavailable``, ``etsi_extra_missing``.
    """
    if find_spec("xsdata") is None:
        raise DependencyUnavailable("etsi_extra_missing")
    facts = byte_gate.inspect(data, make_pins(trust.bundle), limits)
    if facts.shape is None:
        return None
    token = facts.cms.token.time if facts.cms and facts.cms.token else None
    try:
        claimed = datetime.strptime(facts.shape.claimed, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    question = {
        "job": "etsi",
        "at": ((token or claimed) + SIGNING_MARGIN).isoformat(),
        "stamped": token is not None,
    }
    with WorkerPool(
        trust.bundle.anchors, limits, allow_unsandboxed=allow_unsandboxed, writes_reports=True
    ) as pool:
        answer = pool.ask(question, data)
    try:
        return None if answer.result is None else attachment_from(answer.result)
    except MalformedInput:
        return None
