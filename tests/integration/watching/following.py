"""A receiver who follows a report, and the house that tells it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.services.grants.making import Made
from api.services.status.changing import set_status
from api.services.watching import endpoints, letters, sending, telling
from api.services.watching.following import Wanted, follow
from api.services.watching.posting import Reach, poster
from api.store.entries_watches import Watch, WatchMessage
from domain.errors import CreditDocError
from tests.unit.api.grants.people import CLERK, granted, number_of
from tests.unit.api.house_kit import HouseKit
from tests.world.receiver import Receiver

BY = "王操作"
WATCHING = frozenset({"view", "watch"})


def reach(receiver: Receiver, **more: object) -> Reach:
    given: dict[str, object] = {"private": True, "ca_pem": receiver.ca_pem, "seconds": 10.0} | more
    return Reach(**given)  # type: ignore[arg-type]


def named(kit: HouseKit, **more: object) -> Made:
    return granted(kit, receiver=CLERK.organisation, factor="sign_in", allows=WATCHING, **more)


def watching(kit: HouseKit, **more: object) -> Watch:
    made = named(kit)
    return follow(kit.context, CLERK, Wanted(grant=made.grant.id, **more), longest_days=366)  # type: ignore[arg-type]


def proved(kit: HouseKit, receiver: Receiver) -> str:
    """The secret of an endpoint that has answered the challenge."""
    made = endpoints.register(kit.context, CLERK, receiver.url, reach(receiver))
    endpoints.prove(kit.context, CLERK, poster(reach(receiver)))
    return made.secret


def tell(kit: HouseKit, word: str = "suspended") -> None:
    set_status(kit.context, number_of(kit), word, "核查", by=BY)
    telling.gather(kit.context, kit.tick())


def round_(kit: HouseKit, receiver: Receiver, **more: object) -> list[str | None]:
    """Everything due is tried once."""
    post = poster(reach(receiver, **more))
    handed = sending.claim_due(kit.context, kit.tick())
    return [sending.send(kit.context, post, each, kit.tick) for each in handed]


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(CreditDocError) as error:
        act()
    return error.value.code


def only(kit: HouseKit) -> WatchMessage:
    (found,) = letters.messages_of(kit.context, CLERK)
    return found.message
