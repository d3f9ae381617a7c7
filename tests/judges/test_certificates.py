"""OpenSSL accepts our certificates, revocation lists and time stamps."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from asn1crypto import cms

from tests.forgeries.original import Original
from tests.judges.test_pdf_programs import _pem, run
from tests.world.world import World

pytestmark = [pytest.mark.judge, pytest.mark.tool("openssl")]


def _write(path: Path, ders: list[str]) -> Path:
    path.write_text("".join(_pem(der) for der in ders))
    return path


def _crls(world: World, folder: Path) -> Path:
    out = folder / "crls.pem"
    text = ""
    for number, crl in enumerate(world.trust["crls"]):
        der = folder / f"{number}.crl"
        der.write_bytes(base64.b64decode(crl))
        text += run("openssl", "crl", "-inform", "DER", "-in", der)
    out.write_text(text)
    return out


def _services(world: World, role: str) -> list[dict[str, object]]:
    return [service for service in world.trust["services"] if service["role"] == role]


@pytest.mark.parametrize("role", ["report", "timestamp", "ocsp", "qr", "status", "receipt", "trust"])
def test_openssl_verifies_each_certificate_against_its_list(world: World, role: str, tmp_path: Path) -> None:
    anchors = _write(tmp_path / "root.pem", world.trust["anchors"])
    for service in _services(world, role):
        leaf = _write(tmp_path / "leaf.pem", [str(service["cert"])])
        chain = _write(tmp_path / "chain.pem", [str(der) for der in service["chain"]])  # type: ignore[attr-defined]
        text = run(
            "openssl", "verify", "-x509_strict", "-crl_check_all", "-CAfile", anchors, "-untrusted", chain,
            "-CRLfile", _crls(world, tmp_path), leaf,
        )  # fmt: skip
        assert text.strip().endswith("OK")
    assert role in ("receipt", "status", "ocsp") or _services(world, role)


def test_openssl_verifies_the_embedded_time_stamp(world: World, tmp_path: Path) -> None:
    info = cms.ContentInfo.load(Original(world.report().read_bytes()).cms)
    signer = info["content"]["signer_infos"][0]
    token = signer["unsigned_attrs"][0]["values"][0].dump()
    (tmp_path / "token.der").write_bytes(token)
    (tmp_path / "signature.bin").write_bytes(signer["signature"].native)
    service = _services(world, "timestamp")[0]
    anchors = _write(tmp_path / "root.pem", world.trust["anchors"])
    chain = _write(tmp_path / "chain.pem", [str(service["cert"]), *map(str, service["chain"])])  # type: ignore[call-overload]
    text = run(
        "openssl", "ts", "-verify", "-data", tmp_path / "signature.bin", "-in", tmp_path / "token.der",
        "-token_in", "-CAfile", anchors, "-untrusted", chain,
    )  # fmt: skip
    assert "Verification: OK" in text
