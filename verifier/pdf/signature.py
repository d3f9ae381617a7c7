"""pyHanko's opinion of one signature, at the time of signing and on embedded evidence alone.

The only module of the verifier that drives pyHanko; it runs inside the sandboxed worker.
Two functions of pyHanko answer for two levels: ``ades_with_time_validation`` calls every
file without a token a constraint failure, so a B-B file goes to ``ades_basic_validation``.
Fetching is off, whatever addresses the certificates name (threat 24).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation.ades import ades_basic_validation, ades_with_time_validation
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from domain.errors import MalformedInput
from verifier.pdf.facts import Opinion

# pyHanko logs what it rejects with text taken from the file; a worker has no log to write.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


@contextmanager
def _read_or_damaged() -> Iterator[None]:
    """Whatever pyHanko raises inside is MalformedInput ``damaged``, but for a want of memory."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        raise MalformedInput("damaged", kind=type(error).__name__) from error


class SignatureReader:
    """Validates with one set of anchors; made once per worker."""

    def __init__(self, anchors: Sequence[bytes], loop: asyncio.AbstractEventLoop) -> None:
        self._anchors = SimpleTrustManager.build(
            trust_roots=[asn1_x509.Certificate.load(der) for der in anchors]
        )
        # Made before the sandbox closes: a new loop needs a socket pair.
        self._loop = loop

    def read(
        self,
        data: bytes,
        certificates: Sequence[bytes],
        crls: Sequence[bytes],
        *,
        at: datetime,
        stamped: bool,
    ) -> Opinion:
        """Return the opinion on the only signature of the file as of ``at``.

        Raises MalformedInput ``damaged`` when pyHanko cannot read it: it lets ValueError,
        AttributeError, UnicodeDecodeError, RecursionError and more out on hostile files.
        """
        with _read_or_damaged():
            embedded, result = self._validated(data, certificates, crls, at=at, stamped=stamped)
            return _opinion(result, embedded)

    def report(
        self,
        data: bytes,
        certificates: Sequence[bytes],
        crls: Sequence[bytes],
        *,
        at: datetime,
        stamped: bool,
    ) -> str:
        """Return the ETSI TS 119 102-2 report on the only signature of the file; raises as :meth:`read`."""
        # The library that writes it is an extra that few workers load.
        from pyhanko.sign.validation.report.tools import generate_report

        with _read_or_damaged():
            embedded, result = self._validated(data, certificates, crls, at=at, stamped=stamped)
            return generate_report(embedded, result)

    def _validated(
        self,
        data: bytes,
        certificates: Sequence[bytes],
        crls: Sequence[bytes],
        *,
        at: datetime,
        stamped: bool,
    ) -> tuple[Any, Any]:
        signatures = PdfFileReader(BytesIO(data), strict=True).embedded_signatures
        if len(signatures) != 1:
            raise MalformedInput("damaged", signatures=len(signatures))
        embedded = signatures[0]
        embedded.compute_integrity_info(skip_diff=True)
        validate = ades_with_time_validation if stamped else ades_basic_validation
        result = self._loop.run_until_complete(
            validate(
                embedded.signed_data,
                self._specification(certificates, crls),
                timing_info=ValidationTimingInfo(
                    validation_time=at, best_signature_time=at, point_in_time_validation=True
                ),
                raw_digest=embedded.compute_digest(),
            )
        )
        return embedded, result

    def _specification(self, certificates: Sequence[bytes], crls: Sequence[bytes]) -> SignatureValidationSpec:
        policy = CertValidationPolicySpec(
            trust_manager=self._anchors,
            revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
        )
        return SignatureValidationSpec(
            cert_validation_policy=policy,
            ts_cert_validation_policy=policy,
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
                certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
            ),
            local_knowledge=LocalKnowledge(
                known_certs=[asn1_x509.Certificate.load(der) for der in certificates],
                known_crls=[CRLContainer(asn1_crl.CertificateList.load(der)) for der in crls],
            ),
        )


def _opinion(result: Any, embedded: Any) -> Opinion:
    found = result.ades_subindic
    passed = found is AdESPassed.OK
    covers = embedded.coverage is SignatureCoverageLevel.ENTIRE_FILE
    signer = embedded.signer_cert
    return Opinion(
        indication="PASSED" if passed else found.status.name,
        sub_indication="" if passed else found.name,
        coverage="ENTIRE_FILE" if covers else str(getattr(embedded.coverage, "name", "UNKNOWN")),
        signer_sha256="" if signer is None else signer.sha256.hex(),
        byte_range=tuple(int(n) for n in embedded.byte_range),
    )
