"""``daizheng keys renew`` and ``keys revoke``: a new key for one role, and an old one that counts no more."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from api.cli.administration import By, revocation_reason
from api.cli.house import opened
from api.cli.output import Home, Json, Lang, Passphrase, Verbose, speaking


def renew(
    role: Annotated[str, typer.Argument(help="用途，见 keys list / role, see keys list")],
    by: By = None,
    home: Home = None,
    passphrase_file: Passphrase = None,
    json: Json = False,
    lang: Lang = None,
    verbose: Verbose = False,
) -> None:
    """为一种用途换一把新密钥 / a new key for one role; the old one stays readable."""
    with speaking(as_json=json, lang=lang, verbose=verbose) as out, opened(home, passphrase_file) as context:
        from api.services.house.keyroom import renew_key

        made = renew_key(context, role, by=by or getpass.getuser(), now=context.clock())
        facts = {"role": made.role.value, "key_id": made.key_id, "use_until": made.use_until}
        out.result(facts, [out.say("key_renewed", **facts)])


def revoke(
    key_id: Annotated[str, typer.Argument(help="密钥编号，见 keys list / key id, see keys list")],
    reason: Annotated[str, typer.Option("--reason", help="keyCompromise | superseded ...")],
    since: Annotated[
        str | None, typer.Option("--since", help="可能从此时起已失密 / thought lost since, RFC 3339 or a day")
    ] = None,
    by: By = None,
    confirmed_by: Annotated[
        str | None,
        typer.Option(
            "--confirmed-by", help="第二名操作员，用 --since 时必填 / second operator, with --since"
        ),
    ] = None,
    home: Home = None,
    passphrase_file: Passphrase = None,
    json: Json = False,
    lang: Lang = None,
    verbose: Verbose = False,
) -> None:
    """吊销一把密钥的证书；现用的先换新 / revoke a key's certificate; a current one is renewed first."""
    with speaking(as_json=json, lang=lang, verbose=verbose) as out, opened(home, passphrase_file) as context:
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
            confirmed_by=confirmed_by,
        )
        facts = {"role": current.role.value, "revoked": key_id, "key_id": current.key_id}
        out.result(facts, [out.say("key_revoked", **facts)])
