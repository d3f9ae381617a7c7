"""``daizheng init``: founds a house."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.command import spoken
from api.cli.output import Home, Passphrase, Printer

if TYPE_CHECKING:
    from api.services.house.founding import Founded

RegionOption = Annotated[str, typer.Option("--region", help="六位区划代码 / six-digit region code")]
HostOption = Annotated[
    str, typer.Option("--host", help="核验域名，最长 22 字符 / host, at most 22 characters")
]
EnvironmentOption = Annotated[str, typer.Option("--environment", help="demo | test | production")]
RegionFileOption = Annotated[
    Path | None, typer.Option("--region-file", help="不随软件提供的地区文件 / region file of your own")
]
IssuerOption = Annotated[str | None, typer.Option("--issuer", help="出具单位 / issuing body")]
OperatorOption = Annotated[
    str | None, typer.Option("--operator", help="第一位操作员 / name of the first operator")
]
RootDirOption = Annotated[
    Path | None, typer.Option("--root-dir", help="根密钥目录，应另行保管 / where the root key goes")
]
RootPassphraseOption = Annotated[
    Path | None, typer.Option("--root-passphrase-file", help="根密钥口令文件 / the root's own passphrase")
]


@spoken
def init(
    out: Printer,
    region: RegionOption,
    host: HostOption,
    environment: EnvironmentOption,
    home: Home = None,
    region_file: RegionFileOption = None,
    issuer: IssuerOption = None,
    operator: OperatorOption = None,
    root_dir: RootDirOption = None,
    root_passphrase_file: RootPassphraseOption = None,
    passphrase_file: Passphrase = None,
) -> None:
    """新建机构：密钥、证书、数据库、设置 / make a house: keys, certificates, database, settings."""
    from api import container

    founded = container.found_house(
        container.home_of(home),
        region=region,
        host=host,
        environment=environment,
        issuer=issuer,
        operator=operator or getpass.getuser(),
        region_file=region_file,
        root_dir=root_dir,
        passphrase_file=passphrase_file,
        root_passphrase_file=root_passphrase_file,
    )
    _say(out, founded)


def _say(out: Printer, founded: Founded) -> None:
    facts = {
        "region": founded.house.region,
        "region_version": founded.region_version,
        "host": founded.house.host,
        "environment": founded.house.environment,
        "issuer": founded.house.issuer_name,
        "log_origin": founded.house.log_origin,
        "anchor_sha256": founded.anchor_sha256,
        "root_dir": str(founded.root_dir),
    }
    lines = [out.say(code, **facts) for code in ("init_done", "init_anchor", "init_root")]
    if founded.house.environment == "production":
        lines.append(out.say("production_needs_chain"))
    out.result(facts, lines)
