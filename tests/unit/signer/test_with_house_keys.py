"""The signer works with the house's own keys, lists and time-stamp authority as they come."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from keys import authority
from keys.certificates import HouseIdentity
from keys.roles import Role
from keys.stamping import LocalTimeStamper
from keys.vault import Kdf
from signer.evidence import Evidence
from signer.pdf_signature import ReportSigner
from tests.unit.signer.conftest import NOW, PROOF

IDENTITY = HouseIdentity(region="150300", environment="test", organisation="乌海市公共信用信息中心(演示)")


@pytest.mark.judge
@pytest.mark.tool("pdfsig")
def test_a_report_signed_with_house_keys_is_valid_for_pdfsig(b0: bytes, tmp_path: Path) -> None:
    house = authority.init_house(
        tmp_path / "keys", tmp_path / "root", passphrase=b"a passphrase for tests", identity=IDENTITY, now=NOW,
        kdf=Kdf(log2_n=14),
    )  # fmt: skip
    *chain, root = house.chain(Role.REPORT)
    *stamping, _ = house.chain(Role.TIMESTAMP)
    evidence = Evidence(
        signing_chain=tuple(chain), stamping_chain=tuple(stamping), root=root,
        crls=tuple(dict.fromkeys(authority.crls(house, now=NOW, role=Role.REPORT))),
    )  # fmt: skip
    signer = ReportSigner(
        house.private(Role.REPORT),
        evidence,
        LocalTimeStamper(house.private(Role.TIMESTAMP), house.chain(Role.TIMESTAMP)),
    )
    signed = signer.sign(b0, PROOF, now=NOW, on_intent=lambda digest: None)
    assert (signed.level, signed.token_time) == ("B-LT", NOW.replace(microsecond=0))
    path = tmp_path / "report.pdf"
    path.write_bytes(signed.pdf)
    said = subprocess.run(
        ["pdfsig", str(path)], capture_output=True, text=True, check=False, timeout=60
    ).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
