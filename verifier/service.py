"""The verifier: bytes in, a verdict out, whatever the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.disclosure import decode_details, verify_details
from domain.errors import DependencyUnavailable, MalformedInput
from domain.reasons import Reason
from domain.times import require_aware
from domain.verdict import REFRESH, Overlay, Verdict
from keys.trust import OpenedBundle
from verifier.by_hash import judge_absent
from verifier.engine import judge
from verifier.etsi_report import etsi_report
from verifier.evidence.gather import gather, gather_about
from verifier.evidence.model import Evidence, Reading
from verifier.evidence.reading import Sources, read, read_under
from verifier.evidence.status_lists import StatusLists
from verifier.evidence.witness_facts import LogFetch
from verifier.gate.kinds import is_picture, is_tiff
from verifier.gate.pins import make_pins
from verifier.limits import DEFAULT_LIMITS, VerifierLimits
from verifier.paper import claims
from verifier.paper.prints import Paper, Sheet
from verifier.paper.prints import judge as judge_paper
from verifier.paper.sheets import picture_sheet, scan_sheets
from verifier.pdf.facts import drawn_from
from verifier.policies.policy import VerificationPolicy
from verifier.ports import RegisterPort
from verifier.receipt_verdict import judge_receipt
from verifier.worker.pool import WorkerPool


class Verifier:
    """Judges files under one trust bundle; safe to share between threads, cheap to keep.

    Args:
        trust: the opened bundle; its anchors are all that is trusted.
        register: the house's register, None outside a house.
        limits: what one file may cost.
        worker: a pool to share; None makes one of its own, ended by :meth:`close`.
        lists: status lists at hand, asked where no register answers.
        log_fetch: asks the bundle's log for its head and tiles; None: offline.
    """

    def __init__(
        self,
        trust: OpenedBundle,
        register: RegisterPort | None = None,
        limits: VerifierLimits = DEFAULT_LIMITS,
        worker: WorkerPool | None = None,
        lists: StatusLists | None = None,
        log_fetch: LogFetch | None = None,
    ) -> None:
        anchors = trust.bundle.anchors
        # Two bundles may not share a pool unless they trust the same anchors.
        self._own = worker is None or worker.anchors != tuple(anchors)
        pool = WorkerPool(anchors, limits) if worker is None or self._own else worker
        self._sources = Sources(
            trust=trust,
            pins=make_pins(trust.bundle),
            register=register,
            limits=limits,
            workers=pool,
            lists=lists,
            log_fetch=log_fetch,
        )
        self.reads_under = read_under(trust.bundle)
        """Of what a reading depends on in the bundle: readings with another are of no use here."""

    def verify(
        self,
        data: bytes,
        name: str,
        *,
        policy: VerificationPolicy,
        now: datetime,
        at: datetime | None = None,
        details: bytes | None = None,
    ) -> Verdict:
        """Return the verdict on a PDF, on the codes in a picture, or on a receipt handed in for a report.

        Args:
            data: the file.
            name: what to call it in the verdict; never opened.
            policy: the receiver's policy.
            now: aware UTC.
            at: judge as of that time with the evidence the file itself carries.
            details: fields of the report shown later, to be checked against its root.

        Raises:
            MalformedInput: the details do not belong to this report (``details_other_report``
                and others), or are given for something that is not a genuine report.
            DependencyUnavailable: ``sandbox_unavailable``.
        """
        require_aware(now)
        if is_picture(data):
            if details is not None:
                # A code names a report; only the file holds the root that details are proven against.
                raise MalformedInput("details_without_report")
            return claims.judge_picture(data, name, self._sources, policy=policy, now=now)
        evidence = gather(data, name, self._sources, now=now, at=at)
        receipt = judge_receipt(data, evidence, self._sources, policy=policy, now=now)
        verdict = self._told(evidence, policy, now, at) if receipt is None else receipt
        if details is not None:
            _require_details(details, evidence, verdict)
        return verdict

    def read(self, data: bytes) -> Reading:
        """Return what a file's bytes show, to be judged now and later; raises as :meth:`verify`."""
        return read(data, self._sources)

    def judge_read(
        self,
        reading: Reading,
        name: str,
        *,
        policy: VerificationPolicy,
        now: datetime,
        at: datetime | None = None,
        register: RegisterPort | None = None,
    ) -> Verdict:
        """Return the verdict on a file that was read under the same trust: every check runs anew.

        ``register`` is asked in the place of the verifier's own: the same one, within one transaction
        that began no earlier than ``now``.
        """
        sources = self._sources if register is None else replace(self._sources, register=register)
        evidence = gather_about(reading, name, sources, now=require_aware(now), at=at)
        return self._told(evidence, policy, now, at, register)

    def _told(
        self,
        evidence: Evidence,
        policy: VerificationPolicy,
        now: datetime,
        at: datetime | None,
        register: RegisterPort | None = None,
    ) -> Verdict:
        """Return the verdict with what stands beside it: the day asked about, later news, the way on."""
        judged = judge(evidence, policy, now)
        told = None if judged.report is None or evidence.report is None else evidence.report.content
        overlay = (
            None if told is None else _overlay(register or self._sources.register, told.number, at or now)
        )
        return replace(judged, at=at, overlay=overlay, refresh=self._refresh(judged))

    def _refresh(self, verdict: Verdict) -> str | None:
        hosts = self.trust.bundle.hosts
        return f"https://{hosts[0]}/guide/refresh" if hosts and verdict.code in REFRESH else None

    def verify_text(self, text: str, name: str, *, policy: VerificationPolicy, now: datetime) -> Verdict:
        """Return the claim verdict on the text of one scanned code."""
        return claims.judge_texts((text,), name, self._sources, policy=policy, now=now)

    def verify_number(self, number: str, code: str, *, policy: VerificationPolicy, now: datetime) -> Verdict:
        """Return the claim verdict on a typed number and 核验码."""
        return claims.judge_number(number, code, self._sources, policy=policy, now=now)

    @property
    def trust(self) -> OpenedBundle:
        """The bundle this verifier trusts."""
        return self._sources.trust

    def verify_absent(self, sha256: str, name: str, *, policy: VerificationPolicy, now: datetime) -> Verdict:
        """Return the verdict on bytes known by SHA-256 alone, which the register does not hold."""
        return judge_absent(sha256, name, self._sources, policy=policy, now=now)

    def sheets(self, data: bytes, name: str) -> tuple[Sheet, ...]:
        """Return what a photograph or each page of a scan shows; what cannot be read is a sheet too."""
        if len(data) > self._sources.limits.max_file_bytes:
            return (Sheet(name=name, codes=(), problem=Reason.TOO_LARGE.value),)
        workers = self._sources.workers
        if is_picture(data) and not is_tiff(data):
            return picture_sheet(data, name, workers)
        return scan_sheets(data, name, workers)

    def etsi_report(self, data: bytes) -> bytes | None:
        """Return the ETSI TS 119 102-2 report on a PDF's signature, None if it cannot be read."""
        pool = self._sources.workers
        return etsi_report(
            data, self.trust, limits=self._sources.limits, allow_unsandboxed=not pool.sandboxed
        )

    def paper(self, sheets: Sequence[Sheet], *, expected: str | None = None) -> Paper:
        """Return what these sheets are together: see :func:`verifier.paper.prints.judge`."""
        return judge_paper(
            sheets, self._sources.register, self._sources.trust.bundle.hosts, expected=expected
        )

    def pages(self, data: bytes, first: int = 0) -> tuple[bytes, ...]:
        """Return up to 12 pages of a PDF as PNG from the ``first`` on, drawn in a worker.

        None if they cannot be drawn.
        """
        return self._drawn({"job": "pages", "place": first}, data)

    def photograph(self, data: bytes, place: int | None = None) -> bytes | None:
        """Return a photograph, or the page at ``place`` (from 0) of a scan, drawn anew as JPEG.

        None if it cannot be read.
        """
        if place is None:
            return next(iter(self._drawn({"job": "photograph"}, data)), None)
        return next(iter(self._drawn({"job": "sheet_photograph", "place": place}, data)), None)

    def _drawn(self, ask: dict[str, object], data: bytes) -> tuple[bytes, ...]:
        if len(data) > self._sources.limits.max_file_bytes:
            return ()
        answer = self._sources.workers.ask(ask, data)
        try:
            return () if answer.result is None else drawn_from(answer.result)
        except MalformedInput:
            return ()

    def close(self) -> None:
        """End the workers this verifier made itself."""
        if self._own:
            self._sources.workers.close()


def _overlay(register: RegisterPort | None, number: str, moment: datetime) -> tuple[Overlay, ...] | None:
    """Return later news of a genuine file's own records, None where nobody can be asked."""
    if register is None:
        return None
    try:
        return register.overlay_of(number, moment)
    except DependencyUnavailable:
        return None


def _require_details(details: bytes, evidence: Evidence, verdict: Verdict) -> None:
    content = evidence.report.content if evidence.report and verdict.content else None
    if content is None:
        raise MalformedInput("details_without_report")
    verify_details(
        decode_details(details), number=content.number, root=content.tree.root, size=content.tree.size
    )
