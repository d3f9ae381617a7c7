"""One file, hash, code or number in; its verdict and what goes with it out.  Nothing handed in is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from api.services.checking import originals
from api.services.checking import paper as paper_room
from api.services.checking.inputs import Given, Kind, kind_of
from api.services.checking.mishaps import mishap_of
from api.services.checking.paper import Beside
from api.services.checking.purpose import Purpose, purpose_of
from api.services.checking.receipts import ticket
from api.services.context import Context
from api.services.held_register import HeldRegister
from api.services.readings import kept_reading
from api.store.entries import Registered
from api.store.unit_of_work import UnitOfWork
from domain.errors import InvariantBroken, MalformedInput, NotFound
from domain.identifiers import ReportNumber
from domain.verdict import Authenticity, Verdict
from verifier import receipt_verdict
from verifier.paper.prints import Paper
from verifier.service import Verifier

_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
UNREAD: Final = (Kind.OFFICE, Kind.PHONE_PICTURE, Kind.ZIP)
"""Kinds that are explained and not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of one thing that was handed in: a verdict, or a problem that kept us from one."""

    name: str
    kind: Kind | None
    """None where no file was handed in."""
    size: int
    sha256: str | None
    verdict: Verdict | None
    problem: str | None = None
    """Code of the sentence that says why there is no verdict."""
    mishap: str | None = None
    """Code of the known mishap that this looks like (R30)."""
    original: Verdict | None = None
    """Of a code that the register confirmed: the verdict on the registered original."""
    handle: str | None = None
    """Opens the original's pictures and bytes for a while; only for whoever proved to hold it."""
    hash_only: bool = False
    ticket: str | None = None
    """With this a receipt may be asked for, for a while."""
    purpose: Purpose | None = None

    @property
    def number(self) -> str | None:
        """The report number the verdict is about, if it may be told."""
        if self.verdict is None or self.verdict.report is None:
            return None
        number = self.verdict.report.get("number")
        return number if isinstance(number, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperChecked:
    """What came of the photographs or the scan of one print."""

    paper: Paper
    report: Checked | None
    """The report itself, for whoever proved to hold it: by the cover's code or number and 核验码."""
    beside: tuple[Beside, ...]
    """Registered pages and photographs side by side; without proof the photographs are left out too."""


class Checker:
    """Judges for one house; safe to share between threads."""

    def __init__(
        self,
        context: Context,
        verifier: Verifier,
        now: datetime,
        purpose: Purpose | None = None,
        told: Callable[[Verdict], None] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Judge at ``now`` with ``verifier`` (the house's, with its register) for ``purpose``.

        ``told`` is called with each verdict on what was handed in, for whoever counts them; ``at`` asks
        how things stood then.  Raises MalformedInput ``at_in_future``.
        """
        if at is not None and at > now:
            raise MalformedInput("at_in_future")
        self._context, self._verifier, self._now, self._told = context, verifier, now, told
        self._purpose, self._at = purpose or purpose_of("", verifier.trust.bundle), at
        self._policy = self._purpose.policy

    def given(self, given: Given) -> Checked:
        """Return what came of one file; a file that cannot be read is an answer too."""
        try:
            data = given.read()
        except MalformedInput as error:
            return Checked(name=given.name, kind=None, size=0, sha256=None, verdict=None, problem=error.code)
        return self.file(data, given.name)

    def file(self, data: bytes, name: str) -> Checked:
        """Return what came of those bytes."""
        kind = kind_of(data)
        digest = hashlib.sha256(data).hexdigest()
        base = Checked(name=name, kind=kind, size=len(data), sha256=digest, verdict=None)
        if kind in UNREAD:
            return replace(base, problem=f"{kind}_not_read", mishap=kind.value)
        verdict = self._verifier.verify(data, name, policy=self._policy, now=self._now, at=self._at)
        told = self._with_original(replace(base, verdict=verdict))
        return replace(told, mishap=mishap_of(verdict, name, screenshot=data.startswith(b"\x89PNG")))

    def sha256(self, digest: str, name: str) -> Checked:
        """Return what can be said of bytes by their SHA-256 alone; MalformedInput ``sha256_form``."""
        return self._with_original(*self._of_sha256(digest, name))

    def verdict_on(self, digest: str) -> tuple[Verdict, str, int]:
        """Return verdict, SHA-256 and size, nothing that a page offers; MalformedInput ``sha256_form``."""
        found, _ = self._of_sha256(digest, "")
        if found.verdict is None or found.sha256 is None:
            raise InvariantBroken("verdict_missing")
        return found.verdict, found.sha256, found.size

    def _of_sha256(self, digest: str, name: str) -> tuple[Checked, Registered | None]:
        asked = digest.strip().lower()
        if not _SHA256.fullmatch(asked):
            raise MalformedInput("sha256_form")
        base = Checked(name=name, kind=None, size=0, sha256=asked, verdict=None, hash_only=True)
        # Line, reading and what is asked about the line are one state of the database, in one transaction.
        with self._context.store.reading() as work:
            line = work.reports.by_file(asked)
            found = None if line is None else self._of_kept(work, line, name)
        if line is None:
            absent = self._verifier.verify_absent(asked, name, policy=self._policy, now=self._now)
            return replace(base, verdict=absent), None
        # Equal SHA-256, equal bytes: what is judged is the register's own copy of the very same file.
        verdict, size = found or self._of_bytes(line, name)
        return replace(base, size=size, verdict=verdict), line

    def _of_line(self, line: Registered, name: str) -> tuple[Verdict, int]:
        with self._context.store.reading() as work:
            current = work.reports.get(line.number)
            found = None if current is None else self._of_kept(work, current, name)
        return found or self._of_bytes(line, name)

    def _of_kept(self, work: UnitOfWork, line: Registered, name: str) -> tuple[Verdict, int] | None:
        """Return verdict and size by the kept reading of ``line``, which ``work`` has just read."""
        reading = kept_reading(self._context, work, self._verifier, line.number, line.file_sha256)
        if reading is None:
            return None
        register = HeldRegister(work, self._context, line)
        verdict = self._verifier.judge_read(
            reading, name, policy=self._policy, now=self._now, at=self._at, register=register
        )
        return verdict, reading.size

    def _of_bytes(self, line: Registered, name: str) -> tuple[Verdict, int]:
        reading = originals.reading_of(self._context, self._verifier, line)
        verdict = self._verifier.judge_read(reading, name, policy=self._policy, now=self._now, at=self._at)
        return verdict, reading.size

    def again(self, number: str) -> Checked:
        """Return what came of the registered file of ``number``, for another purpose or another day.

        Raises NotFound ``number_unknown_here``.
        """
        with self._context.store.reading() as work:
            line = work.reports.get(number)
        if line is None:
            raise NotFound("number_unknown_here", number=number)
        name = f"{number}.pdf"
        verdict, size = self._of_line(line, name)
        base = Checked(name=name, kind=Kind.PDF, size=size, sha256=line.file_sha256, verdict=verdict)
        return self._with_original(base, line)

    def number(self, number: str, code: str) -> Checked:
        """Return what stands behind a typed number and its 核验码; MalformedInput ``number_form``."""
        parsed = str(ReportNumber.parse_typed(number))
        verdict = self._verifier.verify_number(parsed, code, policy=self._policy, now=self._now)
        return self._with_original(_of_code(verdict, parsed))

    def link(self, text: str) -> Checked:
        """Return what stands behind the text of one scanned code."""
        verdict = self._verifier.verify_text(text.strip(), "", policy=self._policy, now=self._now)
        return self._with_original(_of_code(verdict, ""))

    def photograph(self, data: bytes) -> bytes | None:
        """Return a photograph drawn anew, to be shown beside the original; None if it is no picture."""
        return self._verifier.photograph(data) if kind_of(data) is Kind.PICTURE else None

    def pages(self, number: str) -> tuple[bytes, ...]:
        """Return the registered original's first pages as PNG."""
        return self._verifier.pages(originals.original(self._context, number))

    def paper(self, given: Sequence[tuple[str, bytes]], proof: Checked | None = None) -> PaperChecked:
        """Return what photographs or scans of a print are together; ``proof`` is of a typed number and code.

        SECURITY: contents are shown for a confirmed 核验码 or a confirmed cover among the pictures, never
        for the marks alone.
        """
        opened = proof if proof is not None and proof.original is not None else None
        loaded = paper_room.read(self._verifier, given)
        paper = self._verifier.paper(
            [each.sheet for each in loaded], expected=None if opened is None else opened.number
        )
        if opened is None and paper.cover is not None:
            opened = self.link(paper.cover)
        number = paper.number
        if opened is None or opened.original is None or number is None or opened.number != number:
            return PaperChecked(paper=paper, report=None, beside=())
        registered = originals.original(self._context, number)
        beside = paper_room.beside(self._verifier, paper, loaded, registered)
        return PaperChecked(paper=paper, report=opened, beside=beside)

    def _with_original(self, checked: Checked, line: Registered | None = None) -> Checked:
        """Add the ticket for a receipt, and the way to the original where the asker proved to hold it too."""
        verdict, number = checked.verdict, checked.number
        if self._told is not None and verdict is not None:
            self._told(verdict)
        if verdict is not None and verdict.kind != receipt_verdict.KIND:
            made = ticket(self._context, verdict, self._purpose, sha256=checked.sha256, size=checked.size)
            checked = replace(checked, ticket=made, purpose=self._purpose)
        if verdict is None or number is None or verdict.authenticity is not Authenticity.GENUINE:
            return checked
        if line is None:
            with self._context.store.reading() as work:
                line = work.reports.get(number)
        if line is None:
            return checked
        handle = originals.handle(self._context, number, self._now)
        if verdict.kind == "document":
            return replace(checked, handle=handle)
        if verdict.content is not None:
            # A signed claim carries its own facts; the register's copy is for who shows number and secret.
            return checked
        original, _ = self._of_line(line, f"{number}.pdf")
        return replace(checked, original=original, handle=handle)


def _of_code(verdict: Verdict, name: str) -> Checked:
    return Checked(name=name, kind=None, size=0, sha256=None, verdict=verdict)


def hosts_named(checked: Checked, house_host: str) -> tuple[str, ...]:
    """Give the hosts that the report or its codes name, each once.

    A genuine report of this house names this house's host: the content check compares them.
    """
    verdict = checked.verdict
    if verdict is None:
        return ()
    listed = [str(other["host"]) for other in verdict.others if isinstance(other.get("host"), str)]
    if verdict.kind == "document" and verdict.authenticity is Authenticity.GENUINE:
        listed.append(house_host)
    return tuple(dict.fromkeys(listed))
