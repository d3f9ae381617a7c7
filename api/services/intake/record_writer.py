"""Accepted rows of one batch become record versions: new, unchanged, corrected or in conflict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from api.services.context import Context
from api.services.intake.subject_index import BatchIndex, doubt_keys
from api.services.status.late import Fresh
from api.store.entries import DoubtKey
from api.store.repositories.record_rows import DraftColumns, version_row
from api.store.repositories.records import Standing
from api.store.unit_of_work import UnitOfWork
from domain.identifiers import uuid7s
from domain.times import microseconds
from records.intake.model import RecordDraft
from records.matching import Matched, Unmatched, match, normalise_name
from records.model import Kind, Repair, SubjectKeys


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """A row to be written: its number in the file and what it says."""

    row: int
    draft: RecordDraft


@dataclass(slots=True)
class Written:
    """What became of the rows of one batch."""

    accepted: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    conflicting: list[int] = field(default_factory=list)
    """Rows that say something else about the same record than an earlier row of the file."""
    without_target: list[int] = field(default_factory=list)
    """Repair results about a penalty that is not here."""
    misnamed: list[int] = field(default_factory=list)
    """Judgments with the name of a firm's 法定代表人 and the code of the firm (R15)."""
    unmatched: int = 0
    """Accepted rows about nobody the house knows (yet)."""
    renamed: list[int] = field(default_factory=list)
    """Rows whose code is a subject's and whose name is not."""
    subjects: set[UUID] = field(default_factory=set)
    """Subjects about whom something new was written."""
    fresh: list[Fresh] = field(default_factory=list)
    """Records that were not here before, in any version."""


class RecordWriter:
    """Writes one batch inside the caller's transaction."""

    def __init__(
        self, context: Context, work: UnitOfWork, *, batch: UUID, source: str, kind: str, now: datetime
    ) -> None:
        """Write rows that unit ``source`` sent in ``batch``."""
        self._context, self._work, self._vault = context, work, context.vault
        self._batch, self._source, self._kind, self._now = batch.hex, source, kind, now
        self._recorded_at = microseconds(now)
        self._columns = DraftColumns(context.vault)
        self._found: dict[SubjectKeys, Matched | Unmatched] = {}
        self._rows: list[dict[str, Any]] = []
        self._sources: list[dict[str, Any]] = []
        self._ended: list[UUID] = []
        self._doubts: list[tuple[UUID, DoubtKey]] = []
        self._seen: dict[tuple[str, object], bytes] = {}
        self._versions: Iterator[UUID] = iter(())
        self.written = Written()

    def write(self, rows: Sequence[AcceptedRow]) -> Written:
        """Write every row and give what became of each."""
        index = BatchIndex(self._work, self._vault, {row.draft.keys for row in rows})
        standing: dict[str, list[Standing]] = defaultdict(list)
        for each in self._work.records.standing(self._kind, (row.draft.identity for row in rows)):
            if each.source == self._source:
                standing[each.identity].append(each)
        self._versions = iter(uuid7s(self._now, self._context.entropy, len(rows)))
        for row in rows:
            self._take(row, index, standing.get(row.draft.identity, ()))
        self._flush()
        return self.written

    def _take(self, row: AcceptedRow, index: BatchIndex, standing: Sequence[Standing]) -> None:
        draft = row.draft
        found = self._match(draft.keys, index)
        subject = found.subject_id if isinstance(found, Matched) else None
        columns = self._columns.of(draft)
        who = subject or draft.keys.uscc or draft.keys.name
        if self._said_before(row.row, (draft.identity, who), columns["content_sha256"]):
            return
        before = _same_record(standing, subject, draft)
        if before is not None and _says_the_same(before, subject, columns["content_sha256"]):
            self.written.unchanged.append(row.row)
            return
        if isinstance(found, Matched) and found.name_differs:
            if self._is_representative(found.subject_id, draft):
                self.written.misnamed.append(row.row)
                return
            self.written.renamed.append(row.row)
        self._add(row, columns, subject, before)

    def _match(self, keys: SubjectKeys, index: BatchIndex) -> Matched | Unmatched:
        """The subject of a row; a file names the same ones again and again."""
        found = self._found.get(keys)
        if found is None:
            found = self._found[keys] = match(keys, index)
        return found

    def _is_representative(self, subject: UUID, draft: RecordDraft) -> bool:
        """Whether a judgment names in person who merely represents that subject (R15)."""
        known = self._work.subjects.by_id(subject) if draft.kind is Kind.JUDGMENT else None
        return known is not None and draft.keys.name == normalise_name(known.legal_representative or "")

    def _said_before(self, row: int, key: tuple[str, object], content: bytes) -> bool:
        earlier = self._seen.setdefault(key, content)
        if earlier is content:
            return False
        (self.written.unchanged if earlier == content else self.written.conflicting).append(row)
        return True

    def _add(
        self, row: AcceptedRow, columns: dict[str, Any], subject: UUID | None, before: Standing | None
    ) -> None:
        version = next(self._versions)
        name = version.hex
        id_ = name
        if before is not None:
            id_ = before.id.hex
            self._ended.append(before.version)
            _keep_repair(columns, before)
        else:
            self.written.fresh.append(Fresh(version, subject, row.draft))
        made = version_row(
            columns, version=name, id_=id_, subject=subject, source=self._source, now=self._recorded_at
        )
        self._rows.append(made)
        self._sources.append({"version": name, "batch": self._batch, "row": row.row})
        self.written.accepted.append(row.row)
        if subject is None:
            self.written.unmatched += 1
            self._doubts.extend((version, key) for key in doubt_keys(row.draft.keys, self._vault))
        else:
            self.written.subjects.add(subject)

    def _flush(self) -> None:
        # Ended first: a record has at most one version in force, and the database says so.
        self._work.records.supersede(self._ended, self._now)
        self._work.records.add(self._rows)
        self._work.records.add_provenance(self._sources)
        self._work.quarantine.add_keys(self._doubts)


def _same_record(standing: Sequence[Standing], subject: UUID | None, draft: RecordDraft) -> Standing | None:
    """One 文号 may name several subjects (R13): the record is that of this subject."""
    for each in standing:
        if subject is not None and each.subject == subject:
            return each
        if each.subject is None and (each.key_uscc, each.key_name) == (draft.keys.uscc, draft.keys.name):
            return each
    return None


def _says_the_same(before: Standing, subject: UUID | None, content: bytes) -> bool:
    return before.content_sha256 == content and before.subject == subject


def _keep_repair(columns: dict[str, Any], before: Standing) -> None:
    """A unit that sends its row again without 修复状态 does not take a returned repair back (R17)."""
    if columns["repair"] == Repair.NOT_REPAIRED.value and before.repair == Repair.REPAIRED.value:
        columns.update(
            repair=before.repair,
            repaired_on=None if before.repaired_on is None else before.repaired_on.isoformat(),
            repair_channel=before.repair_channel,
        )
