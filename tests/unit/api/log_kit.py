"""Entries by the dozen, and a witness reached without a network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from api.services.issuing import log as logbook
from api.services.log.outgoing import Answer
from api.services.log.plan import LogPlan, WatchedLog, Witness
from api.services.log.witness import add_checkpoint, vkey_of
from domain.errors import DependencyUnavailable
from domain.leaf import Leaf, LeafType
from domain.note import VerifierKey
from keys.bundle_signing import log_vkeys
from keys.roles import Role
from tests.unit.api.house_kit import HouseKit

URL = "https://witness.example/witness"


def grow(kit: HouseKit, count: int, kind: LeafType = LeafType.RECEIPT) -> int:
    """Append ``count`` entries by the way every entry takes; gives the size."""
    key_id = kit.context.keys.private(Role.RECEIPT).key_id
    size = 0
    for _ in range(count):
        with kit.context.store.writing() as work:
            digest = kit.context.entropy(32)
            logged = logbook.append(
                kit.context, work, lambda moment, d=digest: Leaf(kind, key_id, moment, d), now=kit.tick()
            )
            work.commit()
            size = logged.size
    return size


@dataclass
class Wire:
    """Hands requests for one address to a house in this process; can be cut or made to lie."""

    house: HouseKit
    cut: bool = False
    instead: Answer | None = None
    asked: list[str] = field(default_factory=list)

    def get(self, url: str) -> Answer:
        """Witnesses are only posted to."""
        raise AssertionError(url)

    def post(self, url: str, body: bytes) -> Answer:
        """Give what the witness house answers."""
        self.asked.append(url)
        if self.cut:
            raise DependencyUnavailable("log_unreachable", url=url, cause="ConnectError")
        if self.instead is not None:
            return self.instead
        reply = add_checkpoint(self.house.context, body, self.house.tick())
        return Answer(status=reply.status, kind=reply.kind.partition(";")[0], body=reply.body)


def introduce(log: HouseKit, witness: HouseKit) -> Wire:
    """``witness`` cosigns the log of ``log`` from now on."""
    origin = log.context.house.log_origin
    vkeys = log_vkeys(log.context.keys, origin)
    watched = LogPlan(watched=(WatchedLog(origin=origin, vkeys=vkeys),))
    witness.context = replace(witness.context, log_plan=watched)
    key = VerifierKey.parse(vkey_of(witness.context))
    plan = LogPlan(witnesses=(Witness(name="邻市", key=key, url=URL),), quorum=1)
    log.context = replace(log.context, log_plan=plan)
    return Wire(witness)
