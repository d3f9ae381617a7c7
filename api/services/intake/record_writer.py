"""Accepted rows of one batch become record versions: new, unchanged, corrected or in conflict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from api.services.context import Context
from api.services.intake.subject_index import BatchIndex, doubt_keys
from api.services.status.late import Fresh
from api.store.entries import DoubtKey
from api.store.repositories.record_rows import DraftColumns, KeyColumns, keep_repair
from api.store.repositories.records import Standing
from api.store.unit_of_work import UnitOfWork
from domain.identifiers import uuid7_names
from domain.times import microseconds
from records.intake.model import RecordDraft
from records.matching import Matched, Unmatched, match, normalise_name
from records.model import Kind, Repair, SubjectKeys


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
    fresh: list[Fresh] = field(default_factory=list)
    """Records that were not here before, in any version."""


class _Whom(NamedTuple):
    """Whom rows with the same keys are about."""

    found: Matched | Unmatched
    subject: UUID | None
    subject_hex: str | None
    told_by: int | str
    """What tells two subjects of one file apart."""
    columns: KeyColumns


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
        self._whom: dict[SubjectKeys, _Whom] = {}
        # Holds certificate numbers in memory, so a writer MUST NOT outlive its batch (rule R7).
        self._rows: list[list[Any]] = []
        self._sources: list[tuple[str, str, int]] = []
        self._ended: list[UUID] = []
        self._doubts: list[tuple[UUID, DoubtKey]] = []
        self._seen: dict[tuple[str, int | str], bytes] = {}
        self._versions: Iterator[str] = iter(())
        self.written = Written()

    def write(self, rows: Sequence[tuple[int, RecordDraft]]) -> Written:
        """Write rows, each a number in the file and what it says, and give what became of each."""
        # Most rows share their keys with others, which are told by their id faster than by their hash.
        whom = {id(draft.keys): draft.keys for _, draft in rows}
        index = BatchIndex(self._work, self._vault, set(whom.values()))
        standing: dict[str, list[Standing]] = defaultdict(list)
        for each in self._work.records.standing(self._kind, (draft.identity for _, draft in rows)):
            if each.source == self._source:
                standing[each.identity].append(each)
        self._versions = iter(uuid7_names(self._now, self._context.entropy, len(rows)))
        for row, draft in rows:
            self._take(row, draft, index, standing.get(draft.identity, ()))
        self._flush()
        return self.written

    def _take(self, row: int, draft: RecordDraft, index: BatchIndex, standing: Sequence[Standing]) -> None:
        whom = self._whom.get(draft.keys) or self._learn(draft.keys, index)
        columns, content = self._columns.of(draft, whom.columns)
        if self._said_before(row, (draft.identity, whom.told_by), content):
            return
        before = _same_record(standing, whom.subject, draft) if standing else None
        if before is not None and _says_the_same(before, whom.subject, content):
            self.written.unchanged.append(row)
            return
        found = whom.found
        if isinstance(found, Matched) and found.name_differs:
            if self._is_representative(found.subject_id, draft):
                self.written.misnamed.append(row)
                return
            self.written.renamed.append(row)
        self._add(row, draft, columns, whom, before)

    def _learn(self, keys: SubjectKeys, index: BatchIndex) -> _Whom:
        """Whom the keys mean; a file names the same subjects again and again."""
        found = match(keys, index)
        subject = found.subject_id if isinstance(found, Matched) else None
        known = self._whom[keys] = _Whom(
            found=found,
            subject=subject,
            subject_hex=None if subject is None else subject.hex,
            told_by=subject.int if subject is not None else keys.uscc or keys.name,
            columns=self._columns.of_keys(keys),
        )
        return known

    def _is_representative(self, subject: UUID, draft: RecordDraft) -> bool:
        """Whether a judgment names in person who merely represents that subject (R15)."""
        known = self._work.subjects.by_id(subject) if draft.kind is Kind.JUDGMENT else None
        return known is not None and draft.keys.name == normalise_name(known.legal_representative or "")

    def _said_before(self, row: int, key: tuple[str, int | str], content: bytes) -> bool:
        earlier = self._seen.setdefault(key, content)
        if earlier is content:
            return False
        (self.written.unchanged if earlier == content else self.written.conflicting).append(row)
        return True

    def _add(
        self, row: int, draft: RecordDraft, columns: list[Any], whom: _Whom, before: Standing | None
    ) -> None:
        id_ = name = next(self._versions)
        if before is not None:
            id_ = before.id.hex
            self._ended.append(before.version)
            _keep_repair(columns, draft, before)
        else:
            self.written.fresh.append(Fresh(name, whom.subject, draft))
        columns += (name, id_, whom.subject_hex, self._source, self._recorded_at)
        self._rows.append(columns)
        self._sources.append((name, self._batch, row))
        self.written.accepted.append(row)
        if whom.subject is None:
            self.written.unmatched += 1
            holder = UUID(hex=name)
            self._doubts.extend((holder, key) for key in doubt_keys(draft.keys, self._vault))

    def _flush(self) -> None:
        # Ended first: a record has at most one version in force, and the database says so.
        self._work.records.supersede(self._ended, self._now)
        self._work.records.add_written(self._rows)
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


def _keep_repair(columns: list[Any], draft: RecordDraft, before: Standing) -> None:
    """A unit that sends its row again without 修复状态 does not take a returned repair back (R17)."""
    if draft.repair is Repair.NOT_REPAIRED and before.repair == Repair.REPAIRED.value:
        keep_repair(columns, before.repair, before.repaired_on, before.repair_channel)
