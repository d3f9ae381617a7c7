"""The yearly ceremony and the state of the keys, with an entry for the auditor."""

from __future__ import annotations

from datetime import datetime

from api.services.context import Context
from api.services.house.trust import FILE
from api.services.log.key_events import bring_up_to_date
from api.store.entries import Event
from domain.verdict import JsonValue
from keys.authority import Ceremony, ceremony
from keys.custody import KeyEntry
from keys.revocations import RevocationReason


def hold_ceremony(
    context: Context,
    root_passphrase: bytes,
    *,
    by: str,
    now: datetime,
    renew_issuing: bool = False,
    revoke_issuing: RevocationReason | None = None,
) -> Ceremony:
    """The root signs a new list (and, if asked, a new issuing key); the kept trust bundle is dropped.

    What happened to keys stands in the log; a death before that is mended by the next ceremony or cosigning.
    """
    done = ceremony(
        context.root_dir,
        root_passphrase,
        context.keys,
        identity=context.identity,
        now=now,
        renew_issuing=renew_issuing,
        revoke_issuing=revoke_issuing,
        entropy=context.entropy,
    )
    (context.home / FILE).unlink(missing_ok=True)
    with context.store.writing() as work:
        fields: dict[str, JsonValue] = {
            "anchor_sha256": done.anchor_sha256,
            "crl_number": done.root_crl_number,
        }
        work.house.record(Event(at=now, actor=by, act="key_ceremony", fields=fields))
        work.commit()
    bring_up_to_date(context, now)
    return done


def key_list(context: Context) -> tuple[KeyEntry, ...]:
    """Give every key of the house, current and retired."""
    return context.keys.entries
