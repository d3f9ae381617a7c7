"""Signs a laid-out report: one revision, PAdES B-LT, or B-B by a signer without a time-stamp authority.

The only module that drives pyHanko's signing.  Settings and why: ``docs/formats/signed-pdf.md``.
The certification signature covers the whole file; the layout's bytes are its exact prefix.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from domain.errors import InvariantBroken
from signer.cms import IntentHook, SigningHandle, Stamper, sign_digest
from signer.evidence import Evidence
from signer.revision import RevisionWriter, attach_proof, declare_pades, open_revision, store_evidence

FIELD_NAME: Final = "Signature1"
"""Name of the only form field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A finished file and what the register keeps about it."""

    pdf: bytes
    level: str
    """``B-LT``, or ``B-B`` when no token could be had."""
    signing_time: datetime
    """The claimed time, as in ``/M``: whole seconds, UTC."""
    token_time: datetime | None


class ReportSigner:
    """Signs reports with one key and one set of evidence; cheap to keep, safe to share between threads.

    Args:
        handle: the report key.
        evidence: its chain, the time-stamp authority's chain, and current CRLs.
        stamper: the time-stamp authority, or None to sign at level B-B.
    """

    def __init__(self, handle: SigningHandle, evidence: Evidence, stamper: Stamper | None) -> None:
        self._handle, self._stamper = handle, stamper
        self._evidence = evidence if stamper else evidence.unstamped

    def sign(self, b0: bytes, proof: bytes, *, now: datetime, on_intent: IntentHook) -> Signed:
        """The file is ``b0`` plus one signed revision that carries ``proof``.

        Args:
            b0: the layout's bytes.
            proof: C2SP tlog-proof of the report's commitment leaf.
            now: aware UTC; claimed signing time.
            on_intent: called exactly once, immediately before the private key is used, with the
                SHA-256 of the signed attributes; when it raises, nothing is signed.

        Raises:
            DependencyUnavailable: ``tsa_unavailable``; a signer without ``stamper`` may sign instead.
                If ``on_intent`` was called, the key was used once and nothing came of it, so the
                intent is to be voided.
            Refused: the certificate or a CRL may not be signed with at ``now``.
            InvariantBroken: the CMS does not fit its gap, or ``b0`` is not a layout of ours.
        """
        self._evidence.require_usable(now)
        writer = open_revision(b0)
        field = PdfCMSEmbedder(SigFieldSpec(FIELD_NAME)).write_cms(FIELD_NAME, writer)
        next(field)
        self._fill(writer, proof, now)
        field.send(_signature_object(self._evidence.gap_hex_digits, now))
        prepared, output = field.send(SigIOSetup(md_algorithm="sha256"))
        container = sign_digest(
            prepared.document_digest,
            chain=self._evidence.signing_chain,
            handle=self._handle,
            stamper=self._stamper,
            now=now,
            on_intent=on_intent,
        )
        try:
            field.send(container.der)
        except SigningError as error:
            reserved = self._evidence.gap_hex_digits // 2
            raise InvariantBroken("signature_too_large", reserved=reserved) from error
        return _finished(b0, output.getvalue(), container.token_time, now)

    def _fill(self, writer: RevisionWriter, proof: bytes, now: datetime) -> None:
        declare_pades(writer)
        attach_proof(writer, proof, now)
        store_evidence(writer, self._evidence.certificates, self._evidence.lists)


def _signature_object(gap_hex_digits: int, now: datetime) -> SigObjSetup:
    return SigObjSetup(
        sig_placeholder=SignatureObject(
            timestamp=now.replace(microsecond=0),
            subfilter=SigSeedSubFilter.PADES,
            bytes_reserved=gap_hex_digits,
        ),
        mdp_setup=SigMDPSetup(md_algorithm="sha256", certify=True, docmdp_perms=MDPPerm.NO_CHANGES),
    )


def _finished(b0: bytes, pdf: bytes, token_time: datetime | None, now: datetime) -> Signed:
    if not pdf.startswith(b0):
        raise InvariantBroken("layout_not_prefix")
    return Signed(
        pdf=pdf,
        level="B-B" if token_time is None else "B-LT",
        signing_time=now.replace(microsecond=0),
        token_time=token_time,
    )
