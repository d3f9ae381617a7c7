"""One check per module: ``check(evidence, policy, now) -> CheckResult``, pure, in this order.

The order is the order in which a verdict shows them.  A check whose evidence is missing
answers NOT_RUN; the engine says after which earlier check.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from domain.verdict import CheckName, CheckResult
from verifier.checks import (
    content,
    freshness,
    issuer_now,
    issuer_pinned,
    logged,
    recognition,
    registered,
    scope,
    shape,
    signature,
    signature_at_signing_time,
    status,
    structure,
    time_bound,
    witnessed,
)
from verifier.evidence.model import Evidence
from verifier.policies.policy import VerificationPolicy

Check = Callable[[Evidence, VerificationPolicy, datetime], CheckResult]

CHECKS: Final[tuple[tuple[CheckName, Check], ...]] = (
    (CheckName.SHAPE, shape.check),
    (CheckName.STRUCTURE, structure.check),
    (CheckName.SIGNATURE, signature.check),
    (CheckName.ISSUER_PINNED, issuer_pinned.check),
    (CheckName.SIGNATURE_AT_SIGNING_TIME, signature_at_signing_time.check),
    (CheckName.ISSUER_NOW, issuer_now.check),
    (CheckName.TIME_BOUND, time_bound.check),
    (CheckName.CONTENT, content.check),
    (CheckName.LOGGED, logged.check),
    (CheckName.WITNESSED, witnessed.check),
    (CheckName.REGISTERED, registered.check),
    (CheckName.STATUS, status.check),
    (CheckName.FRESHNESS, freshness.check),
    (CheckName.SCOPE, scope.check),
    (CheckName.RECOGNITION, recognition.check),
)
"""Every check, first to last."""
