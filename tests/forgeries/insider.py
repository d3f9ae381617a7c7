"""Somebody inside the house who holds its keys and its log, and makes files that the house never would."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pikepdf
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.services.issuing import log as logbook
from api.services.issuing.evidence import signing_evidence
from domain import checkpoint, merkle, note, report_json
from domain.claim import claim_hash
from domain.leaf import Leaf, LeafType, commitment_digest, encode
from domain.qr_link import claim_link, cover_link
from domain.report import ReportContent
from domain.times import milliseconds
from domain.tlog_proof import ProofExtra, TlogProof, encode_extra
from domain.tlog_proof import encode as encode_proof
from keys.roles import Role
from signer.evidence import Evidence
from signer.layout import render
from signer.page import PageExtras
from signer.pdf_signature import ReportSigner
from tests.world.world import World

SALT = bytes(range(32))


class Careless(Evidence):
    """Evidence that its holder signs with whatever its age."""

    def require_usable(self, now: datetime) -> None:
        """Ask nothing."""


class TrueTime:
    """The house's time-stamp authority, which goes by its own clock whatever the forger claims."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def stamp(self, message_imprint: bytes, nonce: int, now: datetime) -> bytes:
        """A token of the true time."""
        token: bytes = self._context.stamper.stamp(message_imprint, nonce, self._context.clock())
        return token


@dataclass(frozen=True)
class Parts:
    """What an honest signing would take; a forger exchanges one of them."""

    content: ReportContent
    json: bytes
    claim: bytes
    b0: bytes
    leaf: bytes
    proof: bytes


class Insider:
    """Holds the opened house."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.context: Any = world.open()

    def genuine(self, role: str = "records") -> tuple[ReportContent, bytes]:
        """Content and claim of a report that the house did issue."""
        with pikepdf.open(self.world.report(role)) as pdf:
            content = report_json.decode(pdf.attachments["report.json"].get_file().read_bytes())
            return content, pdf.attachments["claim.cose"].get_file().read_bytes()

    def laid_out(
        self, content: ReportContent, claim: bytes, *, host: str | None = None
    ) -> tuple[bytes, bytes]:
        """The JSON and the pages of that content."""
        json = report_json.encode(content)
        extras = PageExtras(
            verification_code="123456789012",
            cover_link=cover_link(host or content.host, content.number, bytes(16)),
            claim_link=claim_link(host or content.host, content.number, claim),
            claim_cose=claim,
            content_sha256=hashlib.sha256(json).hexdigest(),
            page_key=bytes(32),
        )
        return json, render(content, json, extras)

    def logged(self, content: ReportContent, claim: bytes, b0: bytes, now: datetime) -> tuple[bytes, bytes]:
        """A real leaf in the real log, and the proof of it."""
        digest = commitment_digest(
            content.number,
            bytes.fromhex(content.tree.root),
            hashlib.sha256(b0).digest(),
            claim_hash(claim),
            SALT,
        )
        key_id = self.context.keys.private(Role.REPORT).key_id
        with self.context.store.writing() as work:
            done = logbook.append(
                self.context, work, lambda at: Leaf(LeafType.COMMITMENT, key_id, at, digest), now=now,
                number=content.number,
            )  # fmt: skip
            work.commit()
        moment = milliseconds(done.leaf.time)
        extra = encode_extra(ProofExtra(salt=SALT, b0_length=len(b0), leaf_time_ms=moment))
        proof = TlogProof(index=done.index, hashes=done.proof, checkpoint=done.checkpoint, extra=extra)
        return done.data, encode_proof(proof)

    def parts(
        self, change: Callable[[ReportContent], ReportContent] = lambda c: c, *, claim: bytes | None = None,
        now: datetime | None = None,
    ) -> Parts:  # fmt: skip
        """Everything up to the signature, for changed content or with another claim."""
        content, own = self.genuine()
        content = change(content)
        chosen = claim if claim is not None else own
        json, b0 = self.laid_out(content, chosen)
        leaf, proof = self.logged(content, chosen, b0, now or self.context.clock())
        return Parts(content, json, chosen, b0, leaf, proof)

    def sign(
        self,
        b0: bytes,
        proof: bytes,
        *,
        role: Role = Role.REPORT,
        now: datetime | None = None,
        stamped: bool = True,
    ) -> bytes:
        """The signed file, under any key of the house and at any claimed time."""
        at = now or self.context.clock()
        ours = signing_evidence(self.context, self.context.clock())
        *chain, root = self.context.keys.chain(role) if role is not Role.ROOT else (ours.root, ours.root)
        evidence = Careless(
            signing_chain=tuple(chain), stamping_chain=ours.stamping_chain, root=root, crls=ours.crls
        )
        handle = self.context.keys.private(role)
        signer = ReportSigner(handle, evidence, TrueTime(self.context) if stamped else None)
        return signer.sign(b0, proof, now=at, on_intent=lambda _: None).pdf

    def make(self, change: Callable[[ReportContent], ReportContent] = lambda c: c, **parts: Any) -> bytes:
        """A file about changed content, otherwise as the house would make it."""
        made = self.parts(change, **parts)
        return self.sign(made.b0, made.proof)


def other_log(parts: Parts, origin: str) -> bytes:
    """A proof of the same leaf in a log of one leaf, whose head another key signed under that origin."""
    key = Ed25519PrivateKey.generate()
    text = checkpoint.encode(
        checkpoint.Checkpoint(origin=origin, size=1, root=merkle.root([merkle.leaf_hash(parts.leaf)]))
    )
    public = key.public_key().public_bytes_raw()
    line = note.NoteSignature(
        name=origin, key_hash=note.ed25519_key_hash(origin, public), signature=key.sign(text)
    )
    from domain.tlog_proof import decode

    return encode_proof(
        TlogProof(index=0, hashes=(), checkpoint=note.encode(text, [line]), extra=decode(parts.proof).extra)
    )


__all__ = ["Insider", "Parts", "encode", "other_log"]
