"""The fixed CMS shape is what pyHanko would assemble, and one signature has one encoding."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime

import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.sign.attributes import CMSAttributeProvider, UnsignedAttributeProviderSpec
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from domain.errors import InvariantBroken
from keys.trust.ecdsa_form import P256_ORDER, low_s
from signer.cms import sign_digest
from tests.unit.signer.chain import Chain, TestStamper, make_chain
from tests.unit.signer.conftest import NOW

KEY = ec.generate_private_key(ec.SECP256R1())


class Recorded:
    """Signs once and remembers, so that two assemblers can be given the same signature."""

    def __init__(self, chain: Chain) -> None:
        self.chain, self.signature, self.token = chain, b"", b""

    def sign(self, data: bytes) -> bytes:
        signature = self.chain.report.sign(data)
        self.signature = (
            low_s(signature) if isinstance(self.chain.report.key, ec.EllipticCurvePrivateKey) else signature
        )
        return signature

    def stamp(self, message_imprint: bytes, nonce: int, now: datetime) -> bytes:
        self.token = TestStamper(self.chain).stamp(message_imprint, nonce, now)
        return self.token


class Replaying(Signer):
    """pyHanko's assembler over the recorded signature and token."""

    def __init__(self, recorded: Recorded, *, stamped: bool) -> None:
        store = SimpleCertificateStore()
        store.register(asn1_x509.Certificate.load(recorded.chain.issuing.der))
        super().__init__(
            signing_cert=asn1_x509.Certificate.load(recorded.chain.report.der), cert_registry=store
        )
        self.recorded = recorded
        if stamped:
            self.unsigned_attr_prov_spec = Spec(recorded.token)

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return self.recorded.signature


class Token(CMSAttributeProvider):
    attribute_type = "signature_time_stamp_token"

    def __init__(self, token: bytes) -> None:
        self.token = token

    async def build_attr_value(self, dry_run: bool = False) -> cms.ContentInfo:
        return cms.ContentInfo.load(self.token)


class Spec(UnsignedAttributeProviderSpec):
    def __init__(self, token: bytes) -> None:
        self.token = token

    def unsigned_attr_providers(self, signature, signed_attrs, digest_algorithm):  # type: ignore[no-untyped-def]
        yield Token(self.token)


@pytest.mark.parametrize("stamped", [True, False])
@pytest.mark.parametrize("rsa_leaves", [True, False])
def test_pyhanko_assembles_the_same_bytes(stamped: bool, rsa_leaves: bool) -> None:
    chain = make_chain(NOW, rsa_leaves=rsa_leaves)
    recorded = Recorded(chain)
    digest = hashlib.sha256(b"document").digest()
    ours = sign_digest(
        digest, chain=(chain.report.der, chain.issuing.der), handle=recorded,
        stamper=recorded if stamped else None, now=NOW, on_intent=lambda d: None,
    )  # fmt: skip
    theirs = asyncio.run(
        Replaying(recorded, stamped=stamped).async_sign(digest, "sha256", use_pades=True)
    ).dump()
    if rsa_leaves:
        # pyHanko names the bare algorithm (rsaEncryption); RFC 3370 3.2 allows both, ours says the hash too.
        assert len(ours.der) == len(theirs)
    else:
        assert ours.der == theirs
    assert (ours.token_time is not None) is stamped


def test_a_token_over_something_else_is_refused(chain: Chain) -> None:
    class Wrong(TestStamper):
        def stamp(self, message_imprint: bytes, nonce: int, now: datetime) -> bytes:
            return super().stamp(bytes(32), nonce, now)

    with pytest.raises(InvariantBroken, match="token_of_another_signature"):
        sign_digest(
            bytes(32), chain=(chain.report.der, chain.issuing.der), handle=chain.report, stamper=Wrong(chain),
            now=NOW, on_intent=lambda d: None,
        )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=64))
def test_low_s_still_verifies_and_is_low(data: bytes) -> None:
    signature = low_s(KEY.sign(data, ec.ECDSA(hashes.SHA256())))
    assert decode_dss_signature(signature)[1] <= P256_ORDER // 2
    KEY.public_key().verify(signature, data, ec.ECDSA(hashes.SHA256()))
    assert low_s(signature) == signature
