"""``daizheng keys renew`` and ``keys revoke``: a new key for one role, and an old one that counts no more."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.account import account
from api.cli.administration import By, revocation_reason
from api.cli.command import in_house
from api.cli.output import WAITING, Printer

if TYPE_CHECKING:
    from api.services.context import Context


@in_house
def renew(
    out: Printer,
    context: Context,
    role: Annotated[str, typer.Argument(help="用途，见 keys list / role, see keys list")],
    by: By = None,
) -> None:
    """为一种用途换一把新密钥 / a new key for one role; the old one stays readable."""
    from api.services.house.keyroom import renew_key

    made = renew_key(context, role, by=by or getpass.getuser(), now=context.clock())
    facts = {"role": made.role.value, "key_id": made.key_id, "use_until": made.use_until}
    out.result(facts, [out.say("key_renewed", **facts)])


@in_house
def revoke(
    out: Printer,
    context: Context,
    key_id: Annotated[str, typer.Argument(help="密钥编号，见 keys list / key id, see keys list")],
    reason: Annotated[str, typer.Option("--reason", help="keyCompromise | superseded ...")],
    since: Annotated[
        str | None, typer.Option("--since", help="可能从此时起已失密 / thought lost since, RFC 3339 or a day")
    ] = None,
    by: By = None,
) -> None:
    """吊销一把密钥的证书；现用的先换新 / revoke a key's certificate, a current one renewed first.

    用 --since 的须由两名操作员各执行一次相同的命令 / with --since two operators run the same command.
    """
    from api.cli.parameters import instant
    from api.services.house.keyroom import revoke_key

    # A bare day counts from its beginning: what was signed on the day of the loss is not believed.
    whole = f"{since}T00:00:00+08:00" if since is not None and len(since) == len("2026-01-01") else since
    now = context.clock()
    current = revoke_key(
        context,
        key_id,
        revocation_reason(reason),
        by=by or getpass.getuser(),
        now=now,
        since=instant(whole, "--since"),
        account=account(),
    )
    if current is None:
        out.result({"waiting": key_id}, [out.say("key_revocation_waits", key=key_id)])
        raise typer.Exit(WAITING)
    facts = {"role": current.role.value, "revoked": key_id, "key_id": current.key_id}
    alone = [] if since is None else [out.say("second_not_signed_in", account=account())]
    out.result(facts, [out.say("key_revoked", **facts), *alone])
