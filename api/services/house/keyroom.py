"""The yearly ceremony, new keys and revoked ones, with an entry for the auditor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from api.services.context import Context
from api.services.house.trust import FILE
from api.services.house.two_people import note_second
from api.services.issuing.review import require_operator
from api.services.log.key_events import bring_up_to_date
from api.store.entries import Event
from domain.errors import NotFound
from domain.identifiers import spelling
from domain.times import rfc3339
from domain.verdict import JsonValue
from keys.authority import Ceremony, ceremony, renew, revoke
from keys.custody import KeyEntry
from keys.revocations import RevocationReason
from keys.roles import LEAF_ROLES, Role

WANTED: Final = "key_revocation_wanted"
WITHIN: Final = timedelta(days=1)
"""How long one operator's wish to revoke a key waits for another's."""


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
    _tell(
        context, now, by, "key_ceremony",
        {"anchor_sha256": done.anchor_sha256, "crl_number": done.root_crl_number},
    )  # fmt: skip
    return done


def renew_key(context: Context, role: str, *, by: str, now: datetime) -> KeyEntry:
    """``role`` signs with a new key of the same kind; gives its line. The kept trust bundle is dropped.

    Raises NotFound ``key_unknown`` for a role without a certificate below the issuing CA: the issuing key
    needs the root (:func:`hold_ceremony`), and the log's is the log.
    """
    made = _renewed(context, _leaf_role(role), now)
    _tell(context, now, by, "key_renewed", {"role": made.role.value, "key_id": made.key_id})
    return made


def revoke_key(
    context: Context,
    key_id: str,
    reason: RevocationReason,
    *,
    by: str,
    now: datetime,
    since: datetime | None = None,
    account: str | None = None,
) -> KeyEntry | None:
    """The key's certificate is on the issuing CA's list; gives the line of its role's current key.

    A current key is renewed first, so that nothing more is signed by it. With ``since`` nothing
    signed from then on counts (invalidityDate, RFC 5280 5.3.2): that takes back every report signed
    since, so two operators must want the very same within a day.  The first gets None, and nothing
    has happened yet; the second of another name has it done, and ``account``, the system's account the
    name came from, is told to the auditor. Raises NotFound ``key_unknown``, Conflict
    ``certificate_revoked_already``, Refused ``not_an_operator``.
    """
    known = next((each for each in context.keys.entries if each.key_id == key_id), None)
    if known is None or known.role not in LEAF_ROLES:
        raise NotFound("key_unknown", role="-" if known is None else known.role.value, key_id=key_id[:40])
    first = None
    if since is not None:
        wish = {"key_id": key_id, "reason": reason.value, "since": rfc3339(since)}
        first = _first_to_want(context, wish, by=by, account=account, now=now)
        if first is None:
            return None
    certificate = context.keys.certificate(known.role, key_id)
    current = _renewed(context, known.role, now) if known.current else context.keys.entry(known.role)
    revoke(context.keys, certificate, reason, at=now, invalid_since=since)
    _tell(
        context, now, by if first is None else first, "key_revoked",
        {"role": known.role.value, "key_id": key_id, "reason": reason.value,
         "second": None if first is None else by},
    )  # fmt: skip
    return current


def _first_to_want(
    context: Context, wish: Mapping[str, str], *, by: str, account: str | None, now: datetime
) -> str | None:
    """Give who else wanted this within a day; where nobody did, it is kept that ``by`` wants it."""
    with context.store.writing() as work:
        require_operator(work, by)
        for each in reversed(work.house.events_of(WANTED)):
            same = wish.items() <= each.fields.items() and now - each.at <= WITHIN
            here = work.house.operator_role(each.actor) is not None
            if same and here and spelling(each.actor) != spelling(by):
                note_second(work, each, second=by, account=account, about=f"key:{wish['key_id']}", now=now)
                work.commit()
                return each.actor
        work.house.record(Event(at=now, actor=by, act=WANTED, fields={**wish, "account": account}))
        work.commit()
    return None


def _renewed(context: Context, role: Role, now: datetime) -> KeyEntry:
    kind = context.keys.entry(role).algorithm
    renew(context.keys, role, identity=context.identity, now=now, algorithm=kind)
    return context.keys.entry(role)


def _leaf_role(name: str) -> Role:
    role = next((each for each in LEAF_ROLES if each.value == name), None)
    if role is None:
        raise NotFound("key_unknown", role=name[:40], key_id="-")
    return role


def _tell(context: Context, now: datetime, by: str, act: str, fields: dict[str, JsonValue]) -> None:
    """The kept bundle, made under the keys of before, is gone; event and log say what happened."""
    (context.home / FILE).unlink(missing_ok=True)
    with context.store.writing() as work:
        work.house.record(Event(at=now, actor=by, act=act, fields=fields))
        work.commit()
    bring_up_to_date(context, now)


def key_list(context: Context) -> tuple[KeyEntry, ...]:
    """Give every key of the house, current and retired."""
    return context.keys.entries
