"""What the tables of forgeries share: how a refusal is read, and another text in the signature gap."""

from __future__ import annotations

import re
from collections.abc import Callable

from domain import der
from domain.verdict import Authenticity, Status, Verdict
from keys.roles import Role
from tests.unit.verifier.house import House


def told(verdict: Verdict) -> tuple[str, str | None]:
    """Code and reason; a refused file repeats nothing of its content."""
    assert verdict.status is not Status.VALID
    if verdict.authenticity is not Authenticity.GENUINE:
        assert verdict.report is None
        assert verdict.content is None
    return str(verdict.code), verdict.reason


def gap_of(data: bytes) -> tuple[int, int]:
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+)", data)
    assert found
    return int(found[1]), int(found[2])


def with_gap(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    start, end = gap_of(data)
    text = change(data[start + 1 : end - 1])
    assert len(text) == end - start - 2
    return data[: start + 1] + text + data[end - 1 :]


def edited(
    text: bytes,
    *,
    info: Callable[[list[bytes]], list[bytes]] = list,
    certs: Callable[[list[bytes]], list[bytes]] = list,
) -> bytes:
    """The gap's text with another SignerInfo or certificate set, strict DER again, padded to the same length."""
    outer, _ = der.read(bytes.fromhex(text.decode()))
    kind, wrapped = der.children(outer.body)
    version, digests, content, held, infos = der.children(der.children(wrapped.body)[0].body)
    (one,) = der.children(infos.body)
    members = info([item.raw for item in der.children(one.body)])
    kept = certs([item.raw for item in der.children(held.body)])
    signed = der.tlv(
        der.SEQUENCE, version.raw, digests.raw, content.raw, der.set_of(der.CONTEXT_0, *kept),
        der.tlv(der.SET, der.tlv(der.SEQUENCE, *members)),
    )  # fmt: skip
    whole = der.tlv(der.SEQUENCE, kind.raw, der.tlv(der.CONTEXT_0, signed))
    return whole.hex().upper().encode().ljust(len(text), b"0")


def with_root(house: House) -> Callable[[bytes], bytes]:
    """The issuing certificate gives way to that house's root."""

    def change(text: bytes) -> bytes:
        root = house.keys.certificate(Role.ROOT)
        return edited(text, certs=lambda held: [root, *(c for c in held if b"Report Signing" in c)])

    return change
