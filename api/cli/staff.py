"""``daizheng staff``: who works in the house (R25)."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.command import in_house
from api.cli.output import Printer

if TYPE_CHECKING:
    from api.services.context import Context

staff = typer.Typer(help="本机构人员 / people who work here", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="姓名 / name")]
By = Annotated[str | None, typer.Option("--by", help="操作员 / operator")]


@staff.command("add")
@in_house
def add(
    out: Printer,
    context: Context,
    name: Name,
    role: Annotated[
        str,
        typer.Option(
            "--role",
            help="岗位 / operator | window | auditor | security_administrator | system_administrator",
        ),
    ],
    login: Annotated[
        str | None, typer.Option("--login", help="统一身份认证中的账号标识 / sub at the sign-in provider")
    ] = None,
    territory: Annotated[
        str | None, typer.Option("--territory", help="管辖范围，如太原市 / place the person is limited to")
    ] = None,
    by: By = None,
) -> None:
    """登记一名工作人员 / admit somebody; three administrative roles are separate people."""
    from api.services.access.staff import Admission, admit

    given = Admission(name=name, role=role, login=login, territory=territory)
    done = admit(context, given, by=by or getpass.getuser())
    facts = {"name": done.name, "role": done.role, "login": done.login, "territory": done.territory}
    out.result(facts, [out.say("staff_added", name=done.name, role=done.role)])


@staff.command("leave")
@in_house
def leave(
    out: Printer,
    context: Context,
    name: Name,
    by: By = None,
) -> None:
    """办理离岗，其登录立即失效 / somebody leaves and is shut out at once."""
    from api.services.access.staff import leave as shut_out

    done = shut_out(context, name, by=by or getpass.getuser())
    out.result({"name": done.name, "role": done.role}, [out.say("staff_gone", name=done.name)])


@staff.command("list")
@in_house
def list_staff(out: Printer, context: Context) -> None:
    """列出工作人员 / list the people who work here, leavers too."""
    from api.services.access.staff import staff_list
    from domain.times import rfc3339

    with context.store.reading() as work:
        found = staff_list(work)
    rows = [
        {
            "name": one.name,
            "role": one.role,
            "login": one.login,
            "territory": one.territory,
            "added_at": rfc3339(one.added_at),
            "left_at": None if one.left_at is None else rfc3339(one.left_at),
        }
        for one in found
    ]
    lines = [f"{row['role']:<24}{row['left_at'] or '-':<28}{row['name']}" for row in rows]
    out.result({"staff": rows}, lines)
