"""A house's settings, its passphrase, and what does not open it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from api import container
from api.container.stamping import stamping
from api.services.house.founding import Founding, found
from api.settings import HouseSettings, TimeStampSettings, read_house, read_passphrase, write_house
from api.store.database_url import without_password
from domain.errors import Conflict, CreditDocError, MalformedInput, NotFound, Refused
from domain.report import Environment
from domain.wording import LANGUAGES, Wording
from tests import databases
from tests.unit.api.house_kit import PASSPHRASE, START, HouseKit, found_template

HEAD = 'region = "150300"\nhost = "dz.example"\nenvironment = "test"\n'


def test_settings_are_read_as_they_were_written(tmp_path: Path) -> None:
    said = HouseSettings(
        region="150300", host="dz.example", environment="test", root_dir=tmp_path / 'a "root"', require_sandbox=False,
        time_stamp=TimeStampSettings(
            url="http://127.0.0.1:9/tsa", chain=tmp_path / "chain.pem", crls=Path("crls.pem")
        ),
    )  # fmt: skip
    write_house(tmp_path, said)
    assert read_house(tmp_path) == said


@pytest.mark.parametrize(
    "text", [HEAD.replace('"150300"', "1"), "not toml [", HEAD + "unknown = 2", "\udcff"]
)
def test_a_wrong_settings_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "house.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(MalformedInput, match="house_file"):
        read_house(tmp_path)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("text", "setting"),
    [
        (HEAD.split("\n", 1)[1], "region"),
        (HEAD + '[time_stamp]\nurl = "http://127.0.0.1:9/tsa"\n', "time_stamp.chain"),
    ],
)
def test_a_missing_setting_is_said_to_be_missing(
    tmp_path: Path, kit: HouseKit, text: str, setting: str, lang: str
) -> None:
    (tmp_path / "house.toml").write_text(text)
    with pytest.raises(MalformedInput, match="house_setting_missing") as caught:
        stamping(tmp_path, read_house(tmp_path), kit.context.keys)
    said = Wording.load(lang).text(caught.value.code, **caught.value.fields)
    assert setting in said
    assert {"zh": "缺少", "en": "lacks"}[lang] in said


@pytest.mark.parametrize("strict", [True, False])
def test_the_house_decides_whether_its_workers_need_a_sandbox(kit: HouseKit, strict: bool) -> None:
    written = read_house(kit.context.home)
    write_house(kit.context.home, written.model_copy(update={"require_sandbox": strict}))
    with closing(container.issuing_desk(kit.context).verifier) as own:
        own.at(kit.context.clock())
        assert own._pool is not None
        assert (own._pool.warm() is not None) is strict


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
    write_house(home, read_house(home).model_copy(update={"region": "140000"}))
    with pytest.raises(Conflict, match="house_differs"):
        container.open_house(home, passphrase_file=wrong)


def test_the_first_operator_is_made_by_founding(kit: HouseKit) -> None:
    with kit.context.store.reading() as work:
        assert work.house.operator_role("王操作") == "system_administrator"
        assert work.house.operator_role("路人") is None
        assert work.house.events()[0].act == "house_founded"


def test_the_environment_names_the_database_and_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = HouseSettings(
        region="150300", host="dz.example", environment="test", database_url="postgresql://h/file"
    )
    assert container.database_url(tmp_path, said) == "postgresql://h/file"
    monkeypatch.setenv("DAIZHENG_DATABASE_URL", "postgresql://u:p@h/env")
    assert container.database_url(tmp_path, said) == "postgresql://u:p@h/env"
    monkeypatch.delenv("DAIZHENG_DATABASE_URL")
    assert container.database_url(tmp_path).startswith("sqlite:///")


@pytest.mark.parametrize(
    "url", ["postgresql://u:s3cret@h/x", "postgresql://u@h/x?password=s3cret", "mysql://u:s3cret@h/x"]
)
def test_a_password_never_lies_in_the_settings_file(tmp_path: Path, url: str) -> None:
    text = f'{HEAD}database_url = "{url}"\n'
    (tmp_path / "house.toml").write_text(text)
    with pytest.raises(MalformedInput, match="house_file") as caught:
        read_house(tmp_path)
    assert "s3cret" not in f"{caught.value} {caught.value.__cause__}"


def test_what_may_be_written_of_a_url_is_all_but_its_password() -> None:
    said = "postgresql://u:s3cret@h:5433/x?sslmode=require&password=s3cret"
    assert without_password(said) == "postgresql+psycopg://u@h:5433/x?sslmode=require"
    assert without_password("sqlite:////a/b.db") == "sqlite:////a/b.db"


def test_a_house_is_founded_where_the_environment_says_and_nowhere_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = databases.fresh(tmp_path / "a") or f"sqlite:///{tmp_path / 'elsewhere.db'}"
    monkeypatch.setenv("DAIZHENG_DATABASE_URL", url)
    monkeypatch.setenv("DAIZHENG_PASSPHRASE", PASSPHRASE.decode())
    words = {
        "region": "150300",
        "host": "dz.example",
        "environment": "test",
        "issuer": None,
        "operator": "王",
    }
    container.found_house(tmp_path / "a", **words)  # type: ignore[arg-type]
    assert read_house(tmp_path / "a").database_url == url
    assert not (tmp_path / "a" / "daizheng.db").exists()
    with pytest.raises(Conflict, match="database_taken"):
        container.found_house(tmp_path / "b", **words)  # type: ignore[arg-type]
    assert not (tmp_path / "b").exists()
    monkeypatch.delenv("DAIZHENG_DATABASE_URL")
    container.open_house(tmp_path / "a").store.close()


def test_another_houses_database_does_not_open_under_our_keys(
    open_kit: Callable[[str], HouseKit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = open_kit("ours").context.home
    stranger = found_template(tmp_path / "stranger")
    monkeypatch.setenv("DAIZHENG_DATABASE_URL", container.database_url(stranger, read_house(stranger)))
    with pytest.raises(Conflict, match="house_differs"):
        container.open_house(ours, passphrase_file=tmp_path / "ours.passphrase")
