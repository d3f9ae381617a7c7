"""What parsers of all kinds share: one row in, a draft or the row's problems out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from records.intake.headers import ColumnMap
from records.intake.kept_fields import KeptFields
from records.intake.model import BatchInfo, RecordDraft, RepairDraft, Table
from records.intake.placing import Placer
from records.intake.row_reader import Notices, RowReader
from records.model import Kind, SubjectKeys
from records.region_model import Region
from records.units import Mapped, Unmapped


@dataclass(slots=True)
class Outcome:
    """What reading one row gave so far; kept also when the row must go back, for the doubts it makes."""

    keys: SubjectKeys | None = None
    unit: str | None = None
    named_unit: str | None = None
    domains: tuple[str, ...] = ()
    identity: str | None = None
    draft: RecordDraft | RepairDraft | None = None


@dataclass(slots=True)
class Desk:
    """Everything a parser of rows needs, made once per file."""

    kind: Kind
    region: Region
    batch: BatchInfo
    reader: RowReader
    kept: KeptFields
    placer: Placer
    notices: Notices = field(default_factory=Notices)
    _mapped: dict[tuple[str | None, ...], tuple[str, tuple[str, ...], str]] = field(default_factory=dict)
    """Cells that say who decided, to unit, domains and name, where no other cell of the row matters."""

    def place(
        self,
        outcome: Outcome,
        name_key: str,
        code_key: str,
        *,
        kind: Kind | None = None,
        list_name: str | None = None,
        basis_key: str = "",
        behaviour_key: str = "",
    ) -> None:
        """Map the row's authority into ``outcome``; a row that maps nowhere gets its problem.

        A desk's parser always asks with the same keys and kind.
        """
        reader = self.reader
        wording = (reader.text(name_key), reader.text(code_key), reader.text("领域"), list_name)
        known = self._mapped.get(wording)
        if known is not None:
            outcome.unit, outcome.domains, outcome.named_unit = known
            return
        name, code = reader.words(name_key), reader.text(code_key)
        if not name and not code:
            if reader.has(name_key) or reader.has(code_key):
                reader.fail(name_key, "required_missing")
                return
            code = self.batch.unit  # The file has no such column: its sender decided.
        outcome.named_unit = name or code
        row_domain = reader.words("领域") or self.batch.domain
        ask = partial(
            self.placer.place,
            kind or self.kind,
            name,
            code or None,
            list_name=list_name,
            row_domain=row_domain,
        )
        found = ask()
        if isinstance(found, Mapped):
            self._mapped[wording] = found.unit_id, found.domains, outcome.named_unit
        else:
            found = ask(basis=reader.text(basis_key), behaviour=reader.text(behaviour_key))
        if isinstance(found, Mapped):
            outcome.unit, outcome.domains = found.unit_id, found.domains
        else:
            self._refuse(outcome, found, name_key, row_domain, list_name)

    def _refuse(
        self, outcome: Outcome, found: Unmapped, name_key: str, row_domain: str | None, list_name: str | None
    ) -> None:
        outcome.unit, outcome.domains = found.unit_id, found.candidates
        key = {"unit_unknown": name_key, "kind_not_gathered": name_key, "list_unknown": "名单名称"}.get(
            found.problem, "领域"
        )
        names = [entry.name for domain in found.candidates if (entry := self.region.domain(domain))]
        self.reader.fail(
            key,
            found.problem,
            unit=outcome.named_unit,
            domains="、".join(names),
            domain=row_domain or "",
            list=list_name or "",
        )


class RowParser(Protocol):
    """Reads the loaded row of a desk; notes problems at the reader, fills the outcome."""

    name_key: str
    code_key: str

    def __call__(self, desk: Desk, outcome: Outcome) -> None:
        """Leave a draft in ``outcome`` unless the reader has problems."""


def open_desk(
    table: Table, columns: ColumnMap, kind: Kind, region: Region, batch: BatchInfo, placer: Placer,
    spent: frozenset[str],
) -> Desk:  # fmt: skip
    """A desk for one file."""
    notices = Notices()
    reader = RowReader(table, columns, batch.received_at, notices)
    return Desk(kind, region, batch, reader, KeptFields(reader, spent), placer, notices)
