"""The claim that belongs to a report: the same facts, taken from its signed content.

One function for both sides, so that the code on the technical page and the report's own
JSON cannot come to disagree by being composed twice.
"""

from __future__ import annotations

from domain.base_text import hex_decode
from domain.claim import Claim, fitted
from domain.merkle import HASH_BYTES
from domain.report import DataState, ReportContent


def claim_of(content: ReportContent) -> Claim:
    """The claim of ``content``, its name cut if need be; MalformedInput ``claim_too_long``."""
    scope, totals = content.scope, content.totals
    pending = any(line.data_state is DataState.PENDING for line in content.domains if line.id in scope.chosen)
    claim = Claim(
        host=content.host,
        number=content.number,
        environment=content.environment,
        subject_name=content.subject.name,
        uscc=content.subject.uscc,
        as_of=content.as_of,
        window_from=scope.window_from,
        window_to=scope.window_to,
        domains_chosen=len(scope.chosen),
        domains_total=len(scope.chosen) + len(scope.omitted),
        narrowed=scope.narrowed,
        incomplete=pending,
        records=totals.records,
        fine_fen=totals.fine_fen,
        latest_date=totals.latest_date,
        root=hex_decode(content.tree.root, HASH_BYTES),
        status_uri=content.status_uri,
        status_idx=content.status_idx,
    )
    return fitted(claim)
