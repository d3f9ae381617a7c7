"""``daizheng trust``, ``region``, ``units`` and ``keys``: what operators do a few times a year."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.command import in_house, spoken
from api.cli.house import opened, read_file, write_file
from api.cli.output import Home, Passphrase, Printer
from api.cli.parameters import listed

if TYPE_CHECKING:
    from api.services.context import Context
    from api.services.house.regions import RegionSummary
    from keys.revocations import RevocationReason

trust = typer.Typer(help="信任包 / trust bundle", no_args_is_help=True)
region = typer.Typer(help="地区文件 / region files", no_args_is_help=True)
units = typer.Typer(help="数源单位 / units", no_args_is_help=True)
keys = typer.Typer(help="密钥 / keys", no_args_is_help=True)

By = Annotated[str | None, typer.Option("--by", help="操作员 / operator")]


@trust.command("export")
@in_house
def trust_export(
    printer: Printer,
    context: Context,
    out: Annotated[Path, typer.Option("--out", help="信任包保存到 / write the bundle to")],
) -> None:
    """导出离线核验所需的信任包 / export what a stranger needs to verify offline."""
    from api.services.house.trust import export
    from domain.times import rfc3339, shanghai_text

    done = export(context, context.clock())
    write_file(out, done.data)
    bundle = done.opened.bundle
    facts = {
        "file": str(out),
        "anchor_sha256": done.opened.anchor_sha256,
        "sequence": bundle.sequence,
        "made_at": rfc3339(bundle.made_at),
        "expires_at": rfc3339(bundle.expires_at),
        "sha256": done.opened.sha256,
    }
    told = {**facts, "expires_at": shanghai_text(bundle.expires_at)}
    printer.result(facts, [printer.say("trust_exported", **told), printer.say("trust_anchor", **told)])


@region.command("check")
@spoken
def region_check(
    out: Printer,
    file: Annotated[Path, typer.Argument(help="地区文件 / region file (TOML)")],
) -> None:
    """检查地区文件 / check a region file."""
    from api.services.house.regions import check

    _say_region(out, "region_checked", check(read_file(file)))


@region.command("add")
@in_house
def region_add(
    out: Printer,
    context: Context,
    file: Annotated[Path, typer.Argument(help="地区文件 / region file (TOML)")],
    by: By = None,
) -> None:
    """安装本地区新版本或伙伴地区的文件 / install a version of one's own or a partner's file."""
    from api.services.house.regions import add

    done = add(context, read_file(file), by=by or getpass.getuser(), now=context.clock())
    _say_region(out, "region_added", done)


def _say_region(out: Printer, code: str, summary: RegionSummary) -> None:
    facts = asdict(summary)
    out.result(facts, [out.say(code, **{("region" if k == "code" else k): v for k, v in facts.items()})])


@units.command("add")
@in_house
def units_add(
    out: Printer,
    context: Context,
    file: Annotated[Path, typer.Argument(help="单位文件 / units (TOML, [[units]] as in a region file)")],
    by: By = None,
) -> None:
    """增加数源单位 / add units."""
    from api.services.intake.assigning import add_units

    done = add_units(context, read_file(file), by=by or getpass.getuser(), now=context.clock())
    out.result({"units": [unit.id for unit in done]}, [out.say("units_added", count=len(done))])


@units.command("unknown")
@in_house
def units_unknown(out: Printer, context: Context) -> None:
    """列出等待认定的单位名称 / list unit names that wait to be assigned."""
    from api.services.intake.assigning import unknown_names

    names = unknown_names(context)
    lines = [out.say("unit_waits", name=name, rows=rows) for name, rows in sorted(names.items())]
    out.result({"unknown": dict(names)}, lines or [out.say("no_unit_waits")])


@units.command("assign")
@in_house
def units_assign(
    out: Printer,
    context: Context,
    name: Annotated[str, typer.Argument(help="文件中的单位名称 / the name as it stands in the files")],
    to: Annotated[str | None, typer.Option("--to", help="已有单位 / a known unit")] = None,
    new: Annotated[str | None, typer.Option("--new", help="新单位编号 / id of a new unit")] = None,
    domains: Annotated[str | None, typer.Option("--domains", help="新单位的领域 / its domains")] = None,
    parent: Annotated[str | None, typer.Option("--parent", help="上级单位 / parent unit")] = None,
    district: Annotated[str | None, typer.Option("--district", help="所在区县 / district")] = None,
    uscc: Annotated[str | None, typer.Option("--uscc", help="单位代码 / its USCC")] = None,
    by: By = None,
) -> None:
    """认定一个单位名称，等待的行随即处理 / say which unit a name is; its waiting rows go through."""
    from api.services.intake.assigning import NewUnit, assign

    fresh = None
    if new is not None:
        fresh = NewUnit(id=new, domains=listed(domains) or (), parent=parent, district=district)
    done = assign(context, name, to=to, new=fresh, uscc=uscc, by=by or getpass.getuser())
    facts: dict[str, Any] = asdict(done)
    out.result(facts, [out.say("unit_assigned", name=name, **facts)])


@keys.command("ceremony")
@spoken
def keys_ceremony(
    out: Printer,
    renew_issuing: Annotated[
        bool, typer.Option("--renew-issuing", help="更换签发密钥 / make a new issuing key")
    ] = False,
    revoke_issuing: Annotated[
        str | None,
        typer.Option("--revoke-issuing", help="吊销签发证书的原因 / keyCompromise | superseded ..."),
    ] = None,
    root_passphrase_file: Annotated[
        Path | None, typer.Option("--root-passphrase-file", help="根密钥口令文件 / the root's passphrase")
    ] = None,
    by: By = None,
    home: Home = None,
    passphrase_file: Passphrase = None,
) -> None:
    """根密钥仪式：新的根吊销列表 / the root signs its list for another 13 months."""
    with opened(home, passphrase_file) as context:
        from api import container
        from api.services.house.keyroom import hold_ceremony

        done = hold_ceremony(
            context,
            container.root_passphrase(root_passphrase_file, passphrase_file, context.house.environment),
            by=by or getpass.getuser(),
            now=context.clock(),
            renew_issuing=renew_issuing,
            revoke_issuing=None if revoke_issuing is None else revocation_reason(revoke_issuing),
        )
        facts: dict[str, Any] = asdict(done)
        facts["root_crl_until"] = done.root_crl_until.isoformat()
        out.result(facts, [out.say("ceremony_done", **facts), out.say("trust_anchor", **facts)])


def revocation_reason(text: str) -> RevocationReason:
    """Give the reason by its name in RFC 5280, 5.3.1; MalformedInput ``reason_unknown``."""
    from domain.errors import MalformedInput
    from keys.revocations import RevocationReason as Known

    try:
        return Known(text)
    except ValueError as error:
        raise MalformedInput("reason_unknown", reason=text[:40], known=", ".join(Known)) from error


@keys.command("list")
@in_house
def keys_list(out: Printer, context: Context) -> None:
    """列出密钥 / list the keys of the house."""
    from api.services.house.keyroom import key_list

    rows = [
        {
            "role": entry.role.value,
            "key_id": entry.key_id,
            "kind": entry.algorithm.value,
            "current": entry.current,
            "use_until": entry.use_until,
        }
        for entry in key_list(context)
    ]
    lines = [f"{row['role']:<12}{row['key_id']}  {row['kind']:<9}{row['use_until'] or '-'}" for row in rows]
    out.result({"keys": rows}, lines)


@spoken
def migrate(
    out: Printer,
    home: Home = None,
) -> None:
    """把数据库升级到当前版本 / bring the database to this program's schema."""
    from api import container

    version = container.migrate(container.home_of(home))
    out.result({"version": version}, [out.say("migrate_done", version=version)])
