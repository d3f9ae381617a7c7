"""Everything that was gathered about one file, before anybody judges it.

A part that could not be had is recorded as absent, with the reason; a check then says
UNKNOWN or NOT_RUN.  Checks read this record, a policy and a time, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.reasons import Reason
from domain.verdict import JsonValue
from keys.trust import IssuerState
from verifier.evidence.judged import JudgedContent
from verifier.evidence.status_lists import Listed
from verifier.gate.byte_gate import GateFacts, Refusal
from verifier.gate.pins import Pin
from verifier.pdf.facts import Opinion, PdfContents
from verifier.ports import RegisterEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Our own arithmetic on the pinned keys, apart from any PDF library."""

    digest: bool
    """The covered bytes have the digest that was signed."""
    signature: bool
    """The pinned report key made the signature."""
    token: bool | None
    """The pinned time-stamp key stamped this signature; None at level B-B."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The three times of a signing, aware UTC."""

    claimed: datetime
    token: datetime | None
    log: datetime | None
    """The proven leaf's time; None when nothing is proven."""

    @property
    def signing(self) -> datetime:
        """The best known time of signing: token, else log, else the claimed one."""
        return self.token or self.log or self.claimed


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuers:
    """What current evidence says of the two certificates; see :func:`keys.trust.issuer_now`."""

    signer: IssuerState
    stamper: IssuerState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The signed JSON and the claim beside it."""

    content: JudgedContent | None
    json: Mapping[str, JsonValue] | None
    problem: Reason | None
    """Why the content does not hold together, None if it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProof:
    """What the proof in the file proves."""

    problem: Reason | None
    origin: str | None
    size: int | None
    index: int | None
    root: bytes | None = None
    """Of the head that the proof leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What could be learned, now and with network, of the log that everybody sees."""

    cause: str | None
    """Why it is not witnessed, a word of :mod:`verifier.evidence.witness_facts`; None: it is."""
    size: int | None = None
    root: bytes | None = None
    """Head that the log shows now; None where it was not had."""
    cosigners: tuple[str, ...] = ()
    cosigned_at: datetime | None = None
    """When the earliest of them signed it."""
    note: bytes | None = None
    """The head as signed, where it is evidence of two histories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """What the register answered."""

    asked: bool
    """False: there is none here."""
    reachable: bool
    by_file: RegisterEntry | None
    by_number: RegisterEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The bundle's own dates and names, as far as checks need them."""

    sequence: int
    sha256: str
    anchor_sha256: str
    environment: str
    region: str
    region_name: str | None
    """As the bundle's own region file writes it."""
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the bytes alone show under the pins of one bundle: the same at every time.

    Nothing of the register, of revocation or of the clock is in it, so it may be kept.
    """

    size: int
    sha256: str
    gate: GateFacts
    refusal: Refusal | None
    """Final word on the shape: the gate's, refined by what kind of file a stranger's is."""
    fault: Reason | None
    """Why a worker could not read a file that passed the gate."""
    contents: PdfContents | None
    opinion: Opinion | None
    names_stamper: bool
    """The signed evidence in the file holds a time-stamp authority's certificate: there was a token."""
    seal: Seal | None
    pin: Pin | None
    """The pinned report certificate that signed, None for any other signer."""
    role: str | None
    """Role that the bundle gives the signing certificate, None for a stranger's."""
    times: Times | None
    report: Report | None
    log: LogProof | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Reading):
    """One file and what is known about it at one moment: its reading, and what was asked for now."""

    name: str
    moment: datetime
    """As of when it is judged: ``--at``, else now."""
    historical: bool
    """True for ``--at``: revocation comes from the file's own evidence."""
    trust: Trust
    issuers: Issuers | None
    register: Register
    listed: Listed | None
    """What a status list says; None where the register answered, or no list is at hand."""
    witnessed: Witnessed | None = None
    """None: the bundle names no witness, or nothing is proven that one could be asked about."""
