"""A house for the verifier's tests: real keys, a real log, real signed files, no mocks.

Laid out by Typst from a few lines of its own, so that these tests do not wait for fonts;
the report's look is tested where it is made.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import typst

from domain import checkpoint as checkpoints
from domain import claim as claims
from domain import disclosure, leaf, merkle, report_json, tlog_proof
from domain.report import (
    Conclusion,
    DataState,
    DomainLine,
    Environment,
    Interval,
    RecordTreeRef,
    RegionRef,
    ReportContent,
    Scope,
    ScopeProfile,
    SubjectFacts,
    Totals,
    Variant,
)
from domain.trust_format import RegionFile, TrustBundle
from domain.verdict import Overlay
from keys import authority
from keys.bundle_signing import export_bundle, house_bundle
from keys.certificates import HouseIdentity
from keys.custody import KeyStore
from keys.note_signing import sign_claim, sign_note
from keys.roles import Role
from keys.stamping import LocalTimeStamper
from keys.trust import OpenedBundle, open_bundle
from keys.vault import Kdf
from signer.evidence import Evidence
from signer.pdf_signature import ReportSigner
from verifier.ports import RegisterEntry

NOW = datetime(2026, 11, 20, 1, 30, 7, tzinfo=UTC)
HOST = "verify.example"
ORIGIN = f"{HOST}/log"
REGION = "150300"
NUMBER = "150300202611200A1B2C3D"
REGION_TOML = 'code = "150300"\nname = "乌海市"\n'
PASSPHRASE = b"a passphrase for tests"

SHA = hashlib.sha256


@dataclass
class House:
    """Keys, a log of commitments, and what they signed."""

    directory: Path
    keys: KeyStore
    identity: HouseIdentity
    leaves: list[bytes] = field(default_factory=list)

    @classmethod
    def found(
        cls, directory: Path, *, now: datetime = NOW - timedelta(days=1), region: str = REGION
    ) -> House:
        """A new house of test keys; two calls give two houses with the same names and other keys."""
        identity = HouseIdentity(region=region, environment="test", organisation="测试信用中心")
        keys = authority.init_house(
            directory / "keys",
            directory / "root",
            passphrase=PASSPHRASE,
            identity=identity,
            now=now,
            kdf=Kdf(log2_n=14),
        )
        return cls(directory, keys, identity)

    def bundle(self, now: datetime = NOW, **changes: object) -> TrustBundle:
        """The trust bundle as of ``now``."""
        made = house_bundle(
            self.keys, sequence=1, environment=Environment.TEST, region=self.identity.region, hosts=[HOST],
            log_origin=ORIGIN, now=now,
            region_files=[RegionFile(code=REGION, version="2024", sha256=SHA(REGION_TOML.encode()).hexdigest(), toml=REGION_TOML)],
        )  # fmt: skip
        return replace(made, **changes)  # type: ignore[arg-type]

    def opened(self, now: datetime = NOW, **changes: object) -> OpenedBundle:
        """The bundle, sealed and opened again as a stranger does."""
        return open_bundle(export_bundle(self.keys, self.bundle(now, **changes)), pinned_anchor_sha256=None)

    def sealed(self, now: datetime = NOW, **changes: object) -> bytes:
        """The bundle's bytes."""
        return export_bundle(self.keys, self.bundle(now, **changes))

    def claim(self, content: ReportContent, *, key: Role = Role.QR) -> bytes:
        """The signed offline claim of a report."""
        handle = self.keys.private(key)
        return sign_claim(claims.fitted(claim_of(content)), handle)

    def commit(self, content: ReportContent, b0: bytes, cose: bytes, when: datetime, key_id: bytes) -> bytes:
        """The proof of a new commitment leaf, as text."""
        salt = os.urandom(32)
        digest = leaf.commitment_digest(
            content.number, bytes.fromhex(content.tree.root), SHA(b0).digest(), claims.claim_hash(cose), salt
        )
        self.leaves.append(leaf.encode(leaf.Leaf(leaf.LeafType.COMMITMENT, key_id, when, digest)))
        hashes = [merkle.leaf_hash(item) for item in self.leaves]
        text = checkpoints.encode(
            checkpoints.Checkpoint(origin=ORIGIN, size=len(hashes), root=merkle.root(hashes))
        )
        extra = tlog_proof.ProofExtra(salt=salt, b0_length=len(b0), leaf_time_ms=int(when.timestamp() * 1000))
        return tlog_proof.encode(
            tlog_proof.TlogProof(
                index=len(hashes) - 1,
                hashes=merkle.inclusion_proof(hashes, len(hashes) - 1),
                checkpoint=sign_note(text, ORIGIN, self.keys.private(Role.LOG)),
                extra=tlog_proof.encode_extra(extra),
            )
        )

    def signer(self, now: datetime, *, stamped: bool = True, role: Role = Role.REPORT) -> ReportSigner:
        """A report signer with fresh lists; ``role`` signs with another key of the same CA."""
        chain = self.keys.chain(role)
        stamping = self.keys.chain(Role.TIMESTAMP)
        evidence = Evidence(
            signing_chain=chain[:-1], stamping_chain=stamping[:-1], root=chain[-1],
            crls=authority.crls(self.keys, now=now),
        )  # fmt: skip
        stamper = LocalTimeStamper(self.keys.private(Role.TIMESTAMP), stamping) if stamped else None
        return ReportSigner(self.keys.private(role), evidence, stamper)

    def issue(
        self,
        content: ReportContent | None = None,
        now: datetime = NOW,
        *,
        stamped: bool = True,
        role: Role = Role.REPORT,
        log_time: datetime | None = None,
        make: Callable[[bytes, bytes], bytes] | None = None,
        proof: bytes | None = None,
        cose: bytes | None = None,
    ) -> bytes:
        """A signed file; every argument is one thing that a forger or a fault could change."""
        wanted = content or report(now)
        signed_claim = self.claim(wanted) if cose is None else cose
        b0 = (make or lay_out)(report_json.encode(wanted), signed_claim)
        key_id = self.keys.private(Role.REPORT).key_id
        made = self.commit(wanted, b0, signed_claim, log_time or now, key_id)
        signer = self.signer(now, stamped=stamped, role=role)
        return signer.sign(b0, made if proof is None else proof, now=now, on_intent=lambda _: None).pdf


def report(now: datetime = NOW, **changes: object) -> ReportContent:
    """A small report that agrees with itself: two domains, nothing found."""
    salts = lambda record, part: SHA(f"{record}/{part}".encode()).digest()  # noqa: E731
    tree = disclosure.build([], salts)
    content = ReportContent(
        number=NUMBER, environment=Environment.TEST,
        region=RegionRef(
            code=REGION, version="2024", sha256=SHA(REGION_TOML.encode()).hexdigest(), name="乌海市",
            territory="乌海市行政区域内", level="city", status="draft",
        ),
        issuer_name="测试信用中心", host=HOST, title="专用信用信息报告", template="report-1", phase="trial",
        basis=(), equal_force=None,
        subject=SubjectFacts(
            id="0192f0c0-0000-7000-8000-000000000001", name="乌海市晨曦新材料科技有限公司", uscc="91150302MA0N4F1F3X",
            kind="company", kind_name="公司", registered_state="存续", registration_authority=None, residence=None,
            legal_representative=None, established_on=None,
        ),
        purpose="招标投标", channel="online", variant=Variant.SUMMARY, as_of=now - timedelta(seconds=3),
        historical=False, reserved_at=now - timedelta(seconds=2), fresh_until=None,
        scope=Scope(
            profile=ScopeProfile(
                kinds_counted=("penalty",), procedures_counted=("ordinary",), never_counted=("simple",),
                look_back="2021-01-01", repair_regime="show_marked", rules=(), units_note=None,
            ),
            window_from=date(2021, 1, 1), window_to=date(2026, 11, 20), chosen=("taxation", "fire_safety"),
            omitted=(), window_default_from=date(2021, 1, 1), narrowed=False, includes_branches=False,
            branches_known=(),
        ),
        domains=tuple(domain_line(slug) for slug in ("taxation", "fire_safety")),
        totals=Totals(
            records=0, by_kind={}, by_category={}, fine_fen=0, confiscated_fen=0, latest_date=None, repaired=0,
            removed=0, objected=0,
        ),
        tree=RecordTreeRef(root=tree.root.hex(), size=tree.size, padding=tuple(item.hex() for item in tree.padding)),
        records=(), notes=(), status_uri=f"https://{HOST}/status/1", status_idx=7, log_origin=ORIGIN,
    )  # fmt: skip
    return replace(content, **changes)  # type: ignore[arg-type]


def domain_line(slug: str, state: DataState = DataState.CURRENT) -> DomainLine:
    """One domain without a record."""
    interval = Interval(
        unit="u", unit_name="某局", kind="penalty", from_=date(2021, 1, 1), to=date(2026, 11, 19)
    )
    return DomainLine(
        id=slug, name=slug, conclusion=Conclusion.NONE, data_state=state, data_reasons=(), intervals=(interval,),
        commitment=None, records=0,
    )  # fmt: skip


def claim_of(content: ReportContent) -> claims.Claim:
    """The facts of a report as its offline claim states them."""
    scope = content.scope
    return claims.Claim(
        host=content.host, number=content.number, environment=content.environment,
        subject_name=content.subject.name, uscc=content.subject.uscc, as_of=content.as_of,
        window_from=scope.window_from, window_to=scope.window_to, domains_chosen=len(scope.chosen),
        domains_total=len(scope.chosen) + len(scope.omitted), narrowed=scope.narrowed,
        incomplete=any(line.data_state is DataState.PENDING for line in content.domains),
        records=content.totals.records, fine_fen=content.totals.fine_fen, latest_date=content.totals.latest_date,
        root=bytes.fromhex(content.tree.root), status_uri=content.status_uri, status_idx=content.status_idx,
    )  # fmt: skip


def lay_out(content_json: bytes, cose: bytes, *, pages: int = 3, body: str = "") -> bytes:
    """A small PDF/A-3 with the two attachments, the shape of a layout of ours."""
    json_text, cose_text = (base64.b64encode(item).decode() for item in (content_json, cose))
    source = _SOURCE.format(body=body, pages="#pagebreak()\nPage\n" * (pages - 1))
    pdf: bytes = typst.compile(
        source.encode(), format="pdf", pdf_standards=["a-3b", "ua-1"], timestamp=int(NOW.timestamp()),
        sys_inputs={"json": json_text, "cose": cose_text},
    )  # fmt: skip
    return pdf if pdf.endswith(b"\n") else pdf + b"\n"


_SOURCE = """#set document(title: "report", date: datetime(year: 2026, month: 11, day: 20))
#set text(lang: "zh")
#let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
#let value = (:)
#for (place, letter) in alphabet.clusters().enumerate() {{ value.insert(letter, place) }}
#let unpack(text) = {{
  let out = ()
  let letters = text.clusters().filter(letter => letter != "=")
  let (bits, kept) = (0, 0)
  for letter in letters {{
    bits = bits * 64 + value.at(letter)
    kept += 6
    if kept >= 8 {{
      kept -= 8
      out.push(bits.bit-rshift(kept))
      bits = bits.bit-and(calc.pow(2, kept) - 1)
    }}
  }}
  bytes(out)
}}
#pdf.attach("report.json", unpack(sys.inputs.json), relationship: "data", mime-type: "application/json", description: "data")
#pdf.attach("claim.cose", unpack(sys.inputs.cose), relationship: "supplement", mime-type: "application/cose", description: "claim")
#set page(numbering: none)
= Report
{body}
{pages}
"""


@dataclass
class Book:
    """A register in memory, with the same promises as the one of a house."""

    entries: dict[str, RegisterEntry] = field(default_factory=dict)
    secrets: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    overlays: dict[str, tuple[Overlay, ...]] = field(default_factory=dict)

    def enter(self, pdf: bytes, number: str = NUMBER, status: str = "valid", at: datetime = NOW) -> None:
        """Put a released file into the register."""
        self.entries[number] = RegisterEntry(
            number=number,
            status=status,
            status_at=at,
            reason=None,
            file_sha256=SHA(pdf).hexdigest(),
            level="B-LT",
        )

    def status_of(self, number: str, at: datetime | None = None) -> RegisterEntry | None:
        entry = self.entries.get(number)
        if entry is None or at is None or entry.status_at <= at:
            return entry
        return replace(entry, status="valid")

    def by_file_sha256(self, file_sha256: str) -> RegisterEntry | None:
        return next((entry for entry in self.entries.values() if entry.file_sha256 == file_sha256), None)

    def by_cover_secret(self, number: str, secret: bytes) -> bool:
        return self.secrets.get(number) == secret

    def by_code(self, number: str, code: str) -> bool:
        return self.codes.get(number) == code

    def overlay_of(self, number: str, now: datetime) -> tuple[Overlay, ...] | None:
        return self.overlays.get(number, ())
