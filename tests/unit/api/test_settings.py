"""A house's settings, its passphrase, and what does not open it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from api import container
from api.services.house.founding import Founding, found
from api.settings import HouseSettings, TimeStampSettings, read_house, read_passphrase, write_house
from domain.errors import Conflict, CreditDocError, MalformedInput, NotFound, Refused
from domain.report import Environment
from tests.unit.api.house_kit import PASSPHRASE, START, HouseKit


def test_settings_are_read_as_they_were_written(tmp_path: Path) -> None:
    said = HouseSettings(
        region="150300", host="dz.example", environment="test", root_dir=tmp_path / 'a "root"',
        time_stamp=TimeStampSettings(
            url="http://127.0.0.1:9/tsa", chain=tmp_path / "chain.pem", crls=Path("crls.pem")
        ),
    )  # fmt: skip
    write_house(tmp_path, said)
    assert read_house(tmp_path) == said


@pytest.mark.parametrize("text", ["region = 1", "not toml at all [", 'region = "1"\nunknown = 2', "\udcff"])
def test_a_wrong_settings_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "house.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(MalformedInput, match="house_file"):
        read_house(tmp_path)


def test_there_is_no_default_passphrase(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="passphrase_missing"):
        read_passphrase(None, None, "demo")
    with pytest.raises(NotFound, match="file_missing"):
        read_passphrase(tmp_path / "none", None, "demo")
    with pytest.raises(Refused, match="passphrase_placeholder"):
        read_passphrase(None, "demo-passphrase", "production")
    (tmp_path / "secret").write_text("a secret\n")
    assert read_passphrase(tmp_path / "secret", None, "production") == b"a secret"


def test_a_house_is_founded_once_and_only_with_a_host_that_fits(tmp_path: Path, template: Path) -> None:
    def plan(home: Path, host: str) -> Founding:
        return Founding(
            home=home, root_dir=home / "root", database_url=container.database_url(home), region="150300",
            host=host, environment=Environment.TEST, issuer=None, operator="王操作",
        )  # fmt: skip

    def attempt(home: Path, host: str) -> CreditDocError:
        with pytest.raises(CreditDocError) as caught:
            found(
                plan(home, host), passphrase=PASSPHRASE, root_passphrase=None, now=START, entropy=os.urandom
            )
        return caught.value

    assert attempt(template, "dz.example").code == "house_exists"
    assert attempt(tmp_path / "h", "a-host-of-23-chars.test").code == "host_form"
    assert not (tmp_path / "h").exists()


def test_a_house_opens_only_with_its_own_settings_and_passphrase(kit: HouseKit, tmp_path: Path) -> None:
    home = kit.context.home
    wrong = tmp_path / "wrong"
    wrong.write_text("another passphrase")
    with pytest.raises(Refused, match="passphrase_wrong"):
        container.open_house(home, passphrase_file=wrong)
    write_house(home, HouseSettings(region="140000", host="dz.example", environment="test"))
    with pytest.raises(Conflict, match="house_differs"):
        container.open_house(home, passphrase_file=wrong)


def test_the_first_operator_is_made_by_founding(kit: HouseKit) -> None:
    with kit.context.store.reading() as work:
        assert work.house.operator_role("王操作") == "system_administrator"
        assert work.house.operator_role("路人") is None
        assert work.house.events()[0].act == "house_founded"
