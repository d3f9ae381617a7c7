"""An opened house with its verifier and its issuing desk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from api.container.opening import open_house, open_store, stored_house
from api.container.places import home_of
from api.services.context import Context
from api.settings import FILE, Environment, read_house
from domain.errors import Refused

if TYPE_CHECKING:
    from api.services.issuing.issue import IssuingDesk
    from api.services.verifying import OwnVerifier
    from verifier.cli.trust import HouseParts


def house_parts(home: Path | None) -> HouseParts | None:
    """Give the house's trust and register for ``daizheng verify``; None where no house is named.

    Without a key passphrase the trust bundle kept in the house is used as it is, and
    typed codes cannot be asked.
    """
    from api.services.checking.receipts import receipt_maker
    from api.services.house.trust import kept_bundle, own_bundle
    from api.services.verifying import HouseMemory, HouseRegister
    from verifier.cli.trust import HouseParts

    environment = Environment()
    named = home or environment.home
    if named is None or not (home_of(named) / FILE).is_file():
        return None
    settings = read_house(home_of(named))
    strict = settings.require_sandbox
    if environment.passphrase:
        context = open_house(home_of(named))
        trust = own_bundle(context, context.clock())
        register = HouseRegister(context.store, context)
        return HouseParts(
            trust=trust,
            register=register,
            memory=HouseMemory(context.store),
            require_sandbox=strict,
            receipt=receipt_maker(context),
        )
    store = open_store(home_of(named), settings)
    kept = kept_bundle(home_of(named), stored_house(store, home_of(named)).anchor_sha256)
    if kept is None:
        raise Refused("passphrase_missing")
    return HouseParts(
        trust=kept, register=HouseRegister(store, None), memory=HouseMemory(store), require_sandbox=strict
    )


def house_verifier(context: Context, *, size: int) -> OwnVerifier:
    """Give the verifier that asks the house's register, with up to ``size`` workers."""
    from api.services.verifying import HouseRegister, OwnVerifier

    register = HouseRegister(context.store, context)
    strict = read_house(context.home).require_sandbox
    return OwnVerifier(context, register, size=size, require_sandbox=strict)


def issuing_desk(context: Context) -> IssuingDesk:
    """Give the desk that issues for ``context``, with a verifier of its own."""
    from api.services.issuing.issue import IssuingDesk
    from api.services.verifying import OwnVerifier

    strict = read_house(context.home).require_sandbox
    return IssuingDesk(context, OwnVerifier(context, None, require_sandbox=strict))
