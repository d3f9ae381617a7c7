"""What a credit record is, before anybody asks whether it counts.

Rows of the store and rows of a bureau's file are not records; both are translated
into these frozen shapes.  A correction is a new *version* of the same record, so the
state of knowledge at any past instant can be rebuilt (rule R12).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """The kinds of file a unit may send (design.md, 'Files that bureaus send')."""

    PENALTY = "penalty"
    DISHONEST_LIST = "dishonest-list"
    ABNORMAL_LIST = "abnormal-list"
    COERCION = "coercion"
    JUDGMENT = "judgment"
    REPAIR = "repair"
    OTHER = "other"


class Procedure(StrEnum):
    """处罚程序 of a penalty (rule R14)."""

    ORDINARY = "ordinary"
    ORDINARY_DECLARED = "ordinary_declared"
    """普通(单位声明): unstated in the row, declared by the unit for its whole batch."""
    SIMPLE = "simple"
    UNSTATED = "unstated"


class Category(StrEnum):
    """处罚类别 after 行政处罚法 (2021) art. 9."""

    WARNING = "warning"
    PUBLIC_CRITICISM = "public_criticism"
    FINE = "fine"
    CONFISCATE_GAINS = "confiscate_gains"
    CONFISCATE_GOODS = "confiscate_goods"
    SUSPEND_LICENCE = "suspend_licence"
    DOWNGRADE_QUALIFICATION = "downgrade_qualification"
    REVOKE_LICENCE = "revoke_licence"
    RESTRICT_OPERATION = "restrict_operation"
    SUSPEND_OPERATION = "suspend_operation"
    CLOSE_DOWN = "close_down"
    RESTRICT_EMPLOYMENT = "restrict_employment"
    DETENTION = "detention"
    OTHER = "other"
    NO_PENALTY = "no_penalty"
    """不予处罚: counts nowhere, unless rule R14 finds a penalty beside it."""


class Repair(StrEnum):
    """修复状态; 移出 and 撤销 are other things and have fields of their own (rule R16)."""

    NOT_REPAIRED = "not_repaired"
    REPAIRED = "repaired"


class Review(StrEnum):
    """What a later 复议 or 诉讼 decision did to a decision (rule R15)."""

    REVOKED = "revoked"
    CHANGED = "changed"
    UNLAWFUL = "unlawful"
    SUSPENDED = "suspended"
    """停止执行: marked only, it goes on counting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectKeys:
    """Everything in a row that may say whom it is about, normalised; matched in the order of R13."""

    name: str
    uscc: str | None = None
    registration_number: str | None = None
    organisation_code: str | None = None
    tax_number: str | None = None
    institution_number: str | None = None
    society_number: str | None = None
    person_number: str | None = None
    """A natural person's certificate number.  In memory only: the store keeps a keyed hash
    for matching and an encrypted value, never the plain number (rule R7)."""
    person_number_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a version came from (issue 'intake': unit, file SHA-256, row, time, confirming person)."""

    batch: UUID
    unit: str
    """Id of the unit that sent the file."""
    file_sha256: str
    row: int
    """1-based row in the file as a person sees it."""
    received_at: datetime
    confirmed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRecord:
    """One version of one record of a bureau."""

    id: UUID
    version: UUID
    kind: Kind
    identity: str
    """What makes it the same record when it comes again (rule R13), without the subject's name."""
    subject: UUID | None
    """Matched subject, or None while unmatched (then it makes a doubt, never a record of someone)."""
    keys: SubjectKeys
    unit: str
    """Id of the unit that decided (处罚机关, 认定部门, 审理法院 ...), mapped through the unit tree."""
    domains: tuple[str, ...]
    list_name: str | None = None
    """名单名称, for the list kinds."""
    document_number: str | None = None
    """文号 as printed by the bureau."""
    decided_on: date | None = None
    """处罚决定日期, 列入日期, 判决日期 ..."""
    effective_on: date | None = None
    """生效日期 of a judgment (rule R15)."""
    ended_on: date | None = None
    """移出日期 or 解除日期."""
    ended_why: str | None = None
    procedure: Procedure | None = None
    simple_confirmed: bool = False
    """The unit confirmed a 简易程序 row above the ceiling (rule R14)."""
    categories: tuple[Category, ...] = ()
    fine_fen: int = 0
    confiscated_fen: int = 0
    repair: Repair = Repair.NOT_REPAIRED
    repaired_on: date | None = None
    repair_channel: str | None = None
    review: Review | None = None
    review_on: date | None = None
    review_number: str | None = None
    objected: bool = False
    minor: bool = False
    """The person was under 18 at the act (rule R6): kept, shown nowhere."""
    public_security: bool = False
    """A 治安管理 record (rule R6)."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Every other column as text under its standard code (CF_SY ...) or, where the standard has
    none, its header; certificate numbers are already masked, third persons already redacted."""
    provenance: tuple[Provenance, ...] = ()
    """One entry, or one per source where bureau and national platform sent the same record."""
    recorded_at: datetime
    superseded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A row that may concern a subject and could not be taken (rule R3); never counted, never shown."""

    id: UUID
    subject: UUID
    domains: tuple[str, ...]
    """Empty: it could not be mapped, so it casts doubt on every domain."""
    code: str
    """Quarantine code."""
    recorded_at: datetime
    cleared_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """For one unit and kind, days for which a named person attested completeness (rule R4)."""

    id: UUID
    unit: str
    kind: Kind
    domains: tuple[str, ...]
    """Domains it speaks for; empty: all domains this unit serves with this kind."""
    complete_from: date
    complete_to: date
    attested_by: str
    nil: bool
    """A nil report: nothing to report in that interval."""
    recorded_at: datetime
    superseded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An enterprise, trader, body or person that may ask for a report."""

    id: UUID
    version: UUID
    name: str
    kind: str
    """Slug of the subject kind (``domain.catalogue.SUBJECT_KINDS``)."""
    uscc: str | None = None
    registration_number: str | None = None
    organisation_code: str | None = None
    legal_representative: str | None = None
    established_on: date | None = None
    residence: str | None = None
    registration_authority: str | None = None
    registered_state: str = "存续"
    parent: UUID | None = None
    """Head office of a branch, where known."""
    person_number_hash: str | None = None
    """Keyed hash of a natural person's certificate number, hex."""
    recorded_at: datetime
    superseded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """主动承诺 for a domain whose data nobody collects."""

    id: UUID
    subject: UUID
    domain: str
    made_on: date
    text: str
    recorded_at: datetime
    superseded_at: datetime | None = None
