"""The signed content of a report, as frozen records; :mod:`domain.report_json` is its byte format.

Everything here ends up inside the PDF as ``report.json`` (RFC 8785) and is covered by
the signature.  Codes and secrets (核验码, paper secret) stand outside it.  Schema:
``urn:daizheng:schema:report:1``.  Money is integer fen, dates are Asia/Shanghai
calendar days, instants are aware UTC with microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Conclusion(StrEnum):
    """结论: what stands in one domain (rule R2); a domain nobody collects has none."""

    NONE = "none"
    FOUND = "found"


class DataState(StrEnum):
    """数据状态, worst first (rule R2)."""

    NOT_COLLECTED = "not_collected"
    PENDING = "pending"
    PARTIAL = "partial"
    LATE = "late"
    CURRENT = "current"


class Variant(StrEnum):
    """``summary`` withholds detail fields and signs their salted hashes; ``full`` shows them."""

    SUMMARY = "summary"
    FULL = "full"


class Environment(StrEnum):
    """Where a house stands; it is in JSON, claim, certificates and bundle and never changes."""

    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRef:
    """The region file that decided what counts."""

    code: str
    version: str
    sha256: str
    """SHA-256 over the region file's bytes, lower-case hex."""
    name: str
    territory: str
    """For example 本市行政区域内, in the region's own words (rule R5)."""
    level: str
    """``city`` or ``province``."""
    status: str
    """``draft`` (征求意见稿) or ``in_force``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One legal basis printed on the cover (rule R9)."""

    title: str
    number: str | None
    draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFacts:
    """Who the report is about; a natural person's certificate number never stands here (R7)."""

    id: str
    name: str
    uscc: str | None
    kind: str
    """Slug of the subject kind, for example ``company``, ``sole_trader``, ``branch``."""
    kind_name: str
    registered_state: str
    """登记状态 as registered: 存续, 吊销, 迁出 ..."""
    registration_authority: str | None
    residence: str | None
    legal_representative: str | None
    established_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeProfile:
    """What was looked at, by which rule: the machine-readable half of an honest negative."""

    kinds_counted: tuple[str, ...]
    """Record kinds that count, by their slug (``penalty``, ``dishonest-list`` ...)."""
    procedures_counted: tuple[str, ...]
    """Penalty procedures that count: ``ordinary``, ``simple``, ``unstated``."""
    never_counted: tuple[str, ...]
    look_back: str
    """A date (``2021-01-01``) or an ISO 8601 period (``P5Y``)."""
    repair_regime: str
    """``show_marked`` or ``hide``."""
    rules: tuple[str, ...]
    """The profile in sentences (Chinese), as the region file writes them."""
    units_note: str | None
    """Says when unit data are invented for a demonstration (演示)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Territory, window and domains, and what the subject left out (rule R1)."""

    profile: ScopeProfile
    window_from: date
    window_to: date
    chosen: tuple[str, ...]
    omitted: tuple[str, ...]
    """Domain ids of the region left out by the subject's choice."""
    window_default_from: date
    """Where the window starts when nobody narrows it."""
    narrowed: bool
    """True when domains or years were left out."""
    includes_branches: bool
    branches_known: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """For one unit and kind, the days for which it attested its data complete (rule R4)."""

    unit: str
    unit_name: str
    kind: str
    from_: date | None
    to: date | None
    """Both None: the unit attested nothing yet.  Who attested stays in the house (rule R7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainLine:
    """One row of the domain table: 结论 and, apart from it, 数据状态."""

    id: str
    name: str
    conclusion: Conclusion | None
    data_state: DataState
    data_reasons: tuple[str, ...]
    """Closed words: why the state is not ``current`` (``late:UNIT`` style is not used; slugs only)."""
    intervals: tuple[Interval, ...]
    commitment: str | None
    """Id of a commitment made for a domain nobody collects, else None."""
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Counts per kind and category and sums; never a score (rule R10)."""

    records: int
    by_kind: Mapping[str, int]
    by_category: Mapping[str, int]
    fine_fen: int
    confiscated_fen: int
    latest_date: date | None
    repaired: int
    removed: int
    objected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """A field whose value is printed; with its salt anyone can recompute its hash."""

    id: str
    value: str
    salt: str
    """32 bytes, base64url without padding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithheldField:
    """A field that is signed but not shown: only its salted hash stands here."""

    id: str
    hash: str
    """SHA-256, lower-case hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordItem:
    """One counted record, as far as this variant shows it, in leaf order."""

    leaf: int
    """Index of its leaf in the report's own Merkle tree."""
    kind: str
    domains: tuple[str, ...]
    marks: tuple[str, ...]
    """Closed slugs: ``repaired``, ``still_listed``, ``removed``, ``procedure_unstated`` ..."""
    fields: tuple[ShownField | WithheldField, ...]
    """In the order in which their hashes make the leaf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTreeRef:
    """The salted Merkle tree over the records."""

    root: str
    """SHA-256, lower-case hex."""
    size: int
    """Leaves including dummies: a power of two, at least 16."""
    padding: tuple[str, ...]
    """Hashes of the dummy leaves, so that the root can be recomputed from this JSON alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """The whole signed content."""

    number: str
    environment: Environment
    region: RegionRef
    issuer_name: str
    host: str
    title: str
    template: str
    """Report template id and version, for example ``report-1``."""
    phase: str
    """``trial`` (试行) or ``full``."""
    basis: tuple[Basis, ...]
    equal_force: str | None
    """The region's own sentence on paper and file (同等效力), or None where its plan is silent."""
    subject: SubjectFacts
    purpose: str
    channel: str
    variant: Variant
    as_of: datetime
    historical: bool
    """True for a past ``as_of``: prints 历史时点报告 (rule R12)."""
    reserved_at: datetime
    fresh_until: datetime | None
    scope: Scope
    domains: tuple[DomainLine, ...]
    totals: Totals
    tree: RecordTreeRef
    records: tuple[RecordItem, ...]
    notes: tuple[str, ...]
    """报告说明 as the region file writes it, one paragraph each."""
    status_uri: str
    status_idx: int
    log_origin: str
