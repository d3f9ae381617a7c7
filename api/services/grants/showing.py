"""What a use of a grant opens: fields of counted records with salts and proofs, and the signed PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from api.services.access.looks import Act
from api.services.access.principal import Principal
from api.services.access.table import require
from api.services.context import Context
from api.services.grants.redeeming import Opened, look_under, opened
from api.services.house.regions import own_region
from api.services.issuing.releasing import FILE_PURPOSE, stored_content
from api.services.issuing.stored_leaves import stored_leaves
from api.store.entries import Draft, Registered
from api.store.unit_of_work import UnitOfWork
from domain import disclosure, merkle
from domain.disclosure import DetailItem, Details, Field
from domain.errors import InvariantBroken, Refused
from domain.grant_rights import DOWNLOAD, VIEW, GrantScope
from domain.report import RecordItem, ReportContent, ShownField
from domain.times import shanghai_day
from records.counting import is_sealed
from records.model import Kind, Subject

_PLACED_BY: Final = {
    Kind.PENALTY: "CF_JDRQ",
    Kind.DISHONEST_LIST: "列入日期",
    Kind.ABNORMAL_LIST: "列入日期",
    Kind.COERCION: "决定日期",
    Kind.JUDGMENT: "生效日期",
    Kind.OTHER: "决定日期",
}
"""The field whose year places a record; one without it is opened only where no year was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRecord:
    """One record as a person reads it."""

    leaf: int
    kind: str
    domains: tuple[str, ...]
    marks: tuple[str, ...]
    fields: tuple[ShownField, ...]
    withheld: int
    """Fields of the record that stay closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDetails:
    """Details as a file, and as a person reads them."""

    data: bytes
    """The details format of :mod:`domain.disclosure`, already proven against the report's root."""
    records: tuple[ShownRecord, ...]
    closed: int
    """Counted records of the report that the scope or a sealing rule keeps closed."""
    use: Opened

    @property
    def fields(self) -> tuple[str, ...]:
        """Ids of the fields that are open in any record, sorted."""
        return tuple(sorted({field.id for record in self.records for field in record.fields}))


def details(context: Context, principal: Principal, token: str, *, act: Act = VIEW) -> ShownDetails:
    """Open the details that the use with secret ``token`` allows; the look is written before they leave.

    Raises what :func:`api.services.grants.redeeming.opened` raises; Refused ``grant_not_allowed``
    for a grant that allows no view.
    """
    with context.store.writing() as work:
        use = opened(context, work, principal, token)
        require(principal, "record_details", subject=use.held.subject, granted=True)
        _require_act(use, VIEW)
        shown = opened_details(context, work, use)
        look_under(context, work, principal, use, act, shown.fields)
        work.commit()
    return shown


def current(context: Context, principal: Principal, token: str) -> Opened:
    """Give the use with secret ``token`` if it stands this instant; nothing is shown yet, so no look."""
    with context.store.reading() as work:
        return opened(context, work, principal, token)


def signed_file(context: Context, use: Opened) -> bytes:
    """Give the released bytes for a check made here; they leave only by :func:`download`."""
    with context.store.reading() as work:
        return report_file(context, work, use.held.line.number)


def domain_names(context: Context, use: Opened) -> dict[str, str]:
    """Give the names of the report's domains by id."""
    with context.store.reading() as work:
        draft = work.drafts.get(use.held.line.number)
    if draft is None:
        raise InvariantBroken("not_registered", number=use.held.line.number)
    return {line.id: line.name for line in stored_content(context, draft).domains}


def download(context: Context, principal: Principal, token: str) -> tuple[Registered, bytes]:
    """Give the same signed PDF, where the grant allows it; the look is written before it leaves."""
    with context.store.writing() as work:
        use = opened(context, work, principal, token)
        require(principal, "report_download", subject=use.held.subject, granted=True)
        _require_act(use, DOWNLOAD)
        pdf = report_file(context, work, use.held.line.number)
        look_under(context, work, principal, use, DOWNLOAD)
        work.commit()
    return use.held.line, pdf


def report_file(context: Context, work: UnitOfWork, number: str) -> bytes:
    """Give the released bytes of ``number``."""
    sealed = work.reports.file(number)
    if sealed is None:
        raise InvariantBroken("not_registered", number=number)
    return context.vault.unseal(sealed, f"{FILE_PURPOSE}:{number}")


def years_of(context: Context, work: UnitOfWork, number: str) -> tuple[str, ...]:
    """Give the calendar years of the report's records, the latest first."""
    draft = work.drafts.get(number)
    if draft is None:
        raise InvariantBroken("not_registered", number=number)
    leaves, _ = stored_leaves(context, draft)
    kinds = [item.kind for item in stored_content(context, draft).records]
    found = {_year(kind, leaf) for kind, leaf in zip(kinds, leaves, strict=True)}
    return tuple(sorted(found - {""}, reverse=True))


def opened_details(context: Context, work: UnitOfWork, use: Opened) -> ShownDetails:
    """Give what the use opens, proven here against the root that the report signs."""
    line = use.held.line
    draft = work.drafts.get(line.number)
    if draft is None:
        raise InvariantBroken("not_registered", number=line.number)
    content = stored_content(context, draft)
    leaves, versions = stored_leaves(context, draft)
    sealed = _sealed_now(context, work, use.held.subject, line, versions)
    chosen = [
        item
        for item in content.records
        if item.leaf not in sealed and _in_scope(item, leaves[item.leaf], use.right.scope)
    ]
    made = _prove(context, draft, content, leaves, chosen, use.right.scope)
    data = disclosure.encode_details(made)
    disclosure.verify_details(
        disclosure.decode_details(data), number=line.number, root=line.root, size=content.tree.size
    )
    return ShownDetails(
        data=data,
        records=tuple(_shown(item, open_) for item, open_ in zip(chosen, made.items, strict=True)),
        closed=len(content.records) - len(chosen),
        use=use,
    )


def _require_act(use: Opened, act: str) -> None:
    if act not in use.right.allows:
        raise Refused("grant_not_allowed", act=act)


def _sealed_now(
    context: Context,
    work: UnitOfWork,
    subject: Subject,
    line: Registered,
    versions: Sequence[tuple[UUID, ...]],
) -> frozenset[int]:
    """Leaves of records that today's sealing rules close, whatever held on the day of issue (R6)."""
    sealing = own_region(context, work).settings_at(shanghai_day(context.clock())).sealing
    known = (*work.records.of_subject(subject.id, line.as_of), *work.records.of_subject(subject.id))
    by_version = {record.version: record.id for record in known}
    closed = {record.id for record in known if is_sealed(record, sealing, subject.kind)}
    return frozenset(
        leaf
        for leaf, group in enumerate(versions)
        # A version that the store cannot name any more is nothing to open either.
        if any(by_version.get(version) in closed | {None} for version in group)
    )


def _in_scope(item: RecordItem, leaf: Sequence[tuple[str, str]], scope: GrantScope) -> bool:
    if scope.domains is not None and scope.domains.isdisjoint(item.domains):
        return False
    if scope.kinds is not None and item.kind not in scope.kinds:
        return False
    return scope.years is None or _year(item.kind, leaf) in scope.years


def _year(kind: str, leaf: Sequence[tuple[str, str]]) -> str:
    return dict(leaf).get(_PLACED_BY.get(Kind(kind), ""), "")[:4]


def _prove(
    context: Context,
    draft: Draft,
    content: ReportContent,
    leaves: Sequence[Sequence[tuple[str, str]]],
    chosen: Sequence[RecordItem],
    scope: GrantScope,
) -> Details:
    salt_for = context.keys.salt_for(draft.number, draft.salt_version)
    tree = disclosure.build(leaves, salt_for)
    if tree.root.hex() != draft.root:
        raise InvariantBroken("grant_details_root", number=draft.number)
    items = []
    for item in chosen:
        fields: list[Field] = [
            disclosure.shown(name, value, salt_for(item.leaf, place))
            if scope.fields is None or name in scope.fields
            else disclosure.withheld(name, tree.field_hashes[item.leaf][place])
            for place, (name, value) in enumerate(leaves[item.leaf])
        ]
        proof = merkle.inclusion_proof(tree.leaf_hashes, item.leaf)
        items.append(
            DetailItem(leaf=item.leaf, fields=tuple(fields), proof=tuple(step.hex() for step in proof))
        )
    return Details(number=content.number, root=draft.root, size=tree.size, items=tuple(items))


def _shown(item: RecordItem, opened_item: DetailItem) -> ShownRecord:
    fields = tuple(field for field in opened_item.fields if isinstance(field, ShownField))
    return ShownRecord(
        leaf=item.leaf,
        kind=item.kind,
        domains=item.domains,
        marks=item.marks,
        fields=fields,
        withheld=len(opened_item.fields) - len(fields),
    )
