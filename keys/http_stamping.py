"""An outside RFC 3161 authority, asked over HTTP (RFC 3161, 3.4) and believed only by its pin.

The answer is checked whole before it enters a file: status, imprint, nonce, time, signed
attributes, and the signature under the pinned certificate.  Then it is written anew with
exactly the pinned chain (:mod:`keys.token_shape`), since the envelope it came in is signed
by nobody and a verifier accepts one envelope only.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from asn1crypto import cms, tsp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from domain.der import SET, tlv
from domain.errors import DependencyUnavailable, MalformedInput, Refused
from keys import token_shape
from keys.token_shape import StampingChain, TokenParts

MAX_ANSWER_BYTES: Final = 65_536
"""Room for an RSA chain of four; more is not a token."""
CLOCK_TOLERANCE: Final = timedelta(seconds=10)
"""Authority and house may differ by this much; self-verification asks the same."""
_QUERY_TYPE: Final = "application/timestamp-query"
_REPLY_TYPE: Final = "application/timestamp-reply"
_GRANTED: Final = ("granted", "granted_with_mods")


class HttpStamper:
    """Asks one authority at one address; follows no redirect and keeps no state."""

    def __init__(self, url: str, timeout: float, chain: Sequence[bytes]) -> None:
        """Ask ``url``; ``chain`` is DER, its own certificate first.

        ``timeout``: seconds for the connection, and as many for the whole answer.
        Raises Refused ``tsa_address`` for an address that is not http or https,
        ``key_kind`` for a certificate whose key is neither P-256 nor RSA of 3,072 bits or more.
        """
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise Refused("tsa_address", url=url)
        public = StampingChain.load(chain, elliptic=True).certificate.public_key()
        elliptic = isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1)
        if not elliptic and not (isinstance(public, rsa.RSAPublicKey) and public.key_size >= 3072):
            raise Refused("key_kind", kind=type(public).__name__)
        self._url = url
        self._timeout = timeout
        self._chain = StampingChain.load(chain, elliptic=elliptic)
        self._opener = urllib.request.build_opener(_NoRedirect(), _InTime(), _InTimeTls())

    def stamp(self, message_imprint: bytes, nonce: int | None, now: datetime) -> bytes:
        """A checked token; MalformedInput ``imprint_length``, DependencyUnavailable ``tsa_unavailable``."""
        if len(message_imprint) != hashlib.sha256().digest_size:
            raise MalformedInput("imprint_length", length=len(message_imprint))
        return self.take(self._ask(_request(message_imprint, nonce)), message_imprint, nonce, now)

    def take(self, answer: bytes, message_imprint: bytes, nonce: int | None, now: datetime) -> bytes:
        """The token in a TimeStampResp, when it is what was asked, in the one encoding.

        Raises DependencyUnavailable ``tsa_unavailable`` with the cause.
        """
        try:
            parts = _read_answer(answer)
            _require_statement(parts.tst_info, message_imprint, nonce, now)
            _require_attributes(parts, self._chain)
            self._require_signature(parts)
            return token_shape.encode(parts, self._chain)
        except _Unfit as error:
            self._fail(str(error), error)
        except (
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            RecursionError,
            MalformedInput,
        ) as error:
            # asn1crypto parses lazily and lets all of these out on hostile bytes.
            self._fail("structure", error)

    def _ask(self, body: bytes) -> bytes:
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked above
            self._url, data=body, headers={"Content-Type": _QUERY_TYPE, "Accept": _REPLY_TYPE}, method="POST"
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                if response.status != 200 or response.headers.get_content_type() != _REPLY_TYPE:
                    self._fail("answer_kind", None)
                return self._read(response)
        except (urllib.error.URLError, OSError, http.client.HTTPException, ValueError) as error:
            self._fail("no_answer", error)

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        answer = response.read(MAX_ANSWER_BYTES + 1)
        if len(answer) > MAX_ANSWER_BYTES:
            self._fail("answer_length", None)
        return answer

    def _require_signature(self, parts: TokenParts) -> None:
        public = self._chain.certificate.public_key()
        try:
            if isinstance(public, ec.EllipticCurvePublicKey):
                public.verify(parts.signature, parts.signed_attributes, ec.ECDSA(hashes.SHA256()))
            else:
                assert isinstance(public, rsa.RSAPublicKey)  # __init__ has refused other kinds
                public.verify(parts.signature, parts.signed_attributes, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature as error:
            raise _Unfit("signature") from error

    def _fail(self, cause: str, error: BaseException | None) -> NoReturn:
        raise DependencyUnavailable("tsa_unavailable", source=self._url, cause=cause) from error


class _Unfit(Exception):
    """The answer came, but is not what was asked for; its text is the cause."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The operator named one address; an answer may not send the request to another."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """No request is made to the new address; the redirect counts as no answer."""


class _Hurried(io.RawIOBase):
    """Reads from a socket for as long as its time-out says; TimeoutError then, however the bytes come."""

    def __init__(self, wire: socket.socket) -> None:
        super().__init__()
        self._wire, self._raw = wire, wire.makefile("rb", buffering=0)
        self._until = time.monotonic() + (wire.gettimeout() or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        # The socket's own time-out starts anew with each packet; a slow drip must not hold a desk.
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("whole answer")
        self._wire.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer whose head and body come within the socket's time-out, both together."""

    def __init__(self, wire: socket.socket, *given: Any, **named: Any) -> None:
        super().__init__(wire, *given, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_Hurried(wire))


class _Plain(http.client.HTTPConnection):
    response_class = _Answer


class _Tls(http.client.HTTPSConnection):
    response_class = _Answer


class _InTime(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Plain, request)


class _InTimeTls(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Tls, request, context=ssl.create_default_context())


def _request(imprint: bytes, nonce: int | None) -> bytes:
    fields: dict[str, object] = {
        "version": "v1",
        "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": imprint},
        "cert_req": True,
    }
    if nonce is not None:
        fields["nonce"] = nonce
    der: bytes = tsp.TimeStampReq(fields).dump()
    return der


def _read_answer(answer: bytes) -> TokenParts:
    response = tsp.TimeStampResp.load(answer, strict=True)
    status = response["status"]["status"].native
    if status not in _GRANTED:
        raise _Unfit("refused")
    data = response["time_stamp_token"]["content"]
    encapsulated = data["encap_content_info"]
    infos = data["signer_infos"]
    if encapsulated["content_type"].native != "tst_info" or len(infos) != 1:
        raise _Unfit("structure")
    info = infos[0]
    if info["digest_algorithm"]["algorithm"].native != "sha256":
        raise _Unfit("algorithm")
    return TokenParts(
        tst_info=bytes(encapsulated["content"].contents),
        signed_attributes=tlv(SET, info["signed_attrs"].contents),
        signature=bytes(info["signature"].native),
    )


def _require_statement(tst_info: bytes, imprint: bytes, nonce: int | None, now: datetime) -> None:
    info = tsp.TSTInfo.load(tst_info, strict=True)
    asked = info["message_imprint"]
    if asked["hash_algorithm"]["algorithm"].native != "sha256" or asked["hashed_message"].native != imprint:
        raise _Unfit("imprint")
    if info["nonce"].native != nonce:
        # SECURITY: without this an old answer could be played back (RFC 3161, 2.4.2).
        raise _Unfit("nonce")
    if abs(info["gen_time"].native - now) > CLOCK_TOLERANCE:
        raise _Unfit("clock")


def _require_attributes(parts: TokenParts, chain: StampingChain) -> None:
    attributes = cms.CMSAttributes.load(parts.signed_attributes, strict=True)
    values = {attribute["type"].native: attribute["values"] for attribute in attributes}
    if len(values) != len(attributes) or any(len(each) != 1 for each in values.values()):
        raise _Unfit("attributes")
    if values["content_type"][0].native != "tst_info":
        raise _Unfit("attributes")
    if values["message_digest"][0].native != hashlib.sha256(parts.tst_info).digest():
        raise _Unfit("attributes")
    named = values["signing_certificate_v2"][0]["certs"][0]
    fingerprint = chain.certificate.fingerprint(hashes.SHA256())
    if named["hash_algorithm"]["algorithm"].native != "sha256" or named["cert_hash"].native != fingerprint:
        raise _Unfit("certificate")
