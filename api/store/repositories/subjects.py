"""Subjects: versions in, versions out; look-ups in the order of R13 are built from these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, insert, select, update

from api.store.repositories.rows import build, chunks, known_at, table_of
from api.store.tables import CommitmentRow, SubjectRow
from records.model import Commitment, Subject

_SUBJECTS, _COMMITMENTS = table_of(SubjectRow), table_of(CommitmentRow)

KEY_COLUMNS: Mapping[str, str] = {
    "uscc": "uscc",
    "organisation": "organisation_code",
    "registration": "registration_number",
    "person": "person_number_hash",
    "name": "name_key",
}
"""By what a row may name a subject, and the column that holds it."""


class SubjectRepository:
    """Subjects of the house."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def by_id(self, id_: UUID, as_of: datetime | None = None) -> Subject | None:
        """Give the version of subject ``id_`` known at ``as_of`` (None: now)."""
        return self._one(_SUBJECTS.c.id == id_, as_of)

    def by_uscc(self, uscc: str, as_of: datetime | None = None) -> Subject | None:
        """Give the subject with that USCC as known at ``as_of``."""
        return self._one(_SUBJECTS.c.uscc == uscc, as_of)

    def _one(self, condition: Any, as_of: datetime | None) -> Subject | None:
        query = select(_SUBJECTS).where(condition, known_at(_SUBJECTS, as_of)).limit(1)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else build(Subject, row)

    def person_number_of(self, id_: UUID) -> bytes | None:
        """Give the sealed certificate number of a natural person; None for everybody else."""
        current = (_SUBJECTS.c.id == id_) & _SUBJECTS.c.superseded_at.is_(None)
        query = select(_SUBJECTS.c.person_number_sealed).where(current, _SUBJECTS.c.kind == "natural_person")
        return self._connection.execute(query).scalar()

    def branches_of(self, id_: UUID, as_of: datetime | None = None) -> tuple[str, ...]:
        """Give the names of the known branches of ``id_``, sorted."""
        query = select(_SUBJECTS.c.name).where(_SUBJECTS.c.parent == id_, known_at(_SUBJECTS, as_of))
        return tuple(sorted(self._connection.execute(query).scalars()))

    def keys(self, kind: str, values: Iterable[str]) -> list[RowMapping]:
        """Give (id, name_key, key) of the current subjects whose key of ``kind`` is among ``values``."""
        column = _SUBJECTS.c[KEY_COLUMNS[kind]]
        found: list[RowMapping] = []
        for part in chunks(sorted(set(values))):
            query = select(_SUBJECTS.c.id, _SUBJECTS.c.name_key, column.label("key")).where(
                column.in_(part), _SUBJECTS.c.superseded_at.is_(None)
            )
            found.extend(self._connection.execute(query).mappings())
        return found

    def current_hashes(self, ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, bytes]]:
        """Give, for those of ``ids`` that exist, their current version and its content hash."""
        found: dict[UUID, tuple[UUID, bytes]] = {}
        for part in chunks(ids):
            query = select(_SUBJECTS.c.id, _SUBJECTS.c.version, _SUBJECTS.c.content_sha256).where(
                _SUBJECTS.c.id.in_(part), _SUBJECTS.c.superseded_at.is_(None)
            )
            rows = self._connection.execute(query)
            found.update({row.id: (row.version, row.content_sha256) for row in rows})
        return found

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add subject versions, given as column values."""
        if rows:
            self._connection.execute(insert(_SUBJECTS), [dict(row) for row in rows])

    def supersede(self, versions: Sequence[UUID], now: datetime) -> None:
        """End those versions at ``now``."""
        for part in chunks(versions):
            ending = update(_SUBJECTS).where(_SUBJECTS.c.version.in_(part))
            self._connection.execute(ending.values(superseded_at=now))

    def commitments(self, subject: UUID, as_of: datetime | None = None) -> tuple[Commitment, ...]:
        """Give the commitments of ``subject`` as known at ``as_of``, oldest first."""
        known = known_at(_COMMITMENTS, as_of)
        query = select(_COMMITMENTS).where(_COMMITMENTS.c.subject == subject, known)
        rows = self._connection.execute(query.order_by(_COMMITMENTS.c.recorded_at)).mappings()
        return tuple(build(Commitment, row) for row in rows)

    def commit_to(self, commitment: Commitment) -> None:
        """Add a commitment; an earlier one for the same domain is superseded."""
        same = (_COMMITMENTS.c.subject == commitment.subject) & (_COMMITMENTS.c.domain == commitment.domain)
        earlier = update(_COMMITMENTS).where(same, _COMMITMENTS.c.superseded_at.is_(None))
        self._connection.execute(earlier.values(superseded_at=commitment.recorded_at))
        values = {name: getattr(commitment, name) for name in ("id", "subject", "domain", "made_on", "text")}
        self._connection.execute(insert(_COMMITMENTS), {**values, "recorded_at": commitment.recorded_at})
