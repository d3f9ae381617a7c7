"""What every request may use: the opened house, its verifier and its issuing desk."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from fastapi import Request

from api.http.rate import RateLimiter
from api.http.request_log import ISSUED
from api.services.access.sign_in import Access
from api.services.context import Context
from api.services.issuing.issue import Issued, IssuingDesk
from api.services.issuing.orders import Order
from api.services.issuing.review import Waiting
from api.services.verifying import OwnVerifier
from api.settings import HouseSettings


class Issuing:
    """The issuing desk shared between threads: one report at a time, as the log has one end."""

    def __init__(self, desk: IssuingDesk) -> None:
        """Share ``desk``."""
        self.desk = desk
        self._turn = Lock()

    def issue(self, order: Order) -> Issued | Waiting:
        """Do as :meth:`IssuingDesk.issue` does, after those who came before; a released report is counted."""
        with self._turn:
            done = self.desk.issue(order)
        if isinstance(done, Issued):
            ISSUED.labels(order.channel).inc()
        return done


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """One house as it is served."""

    context: Context
    verifier: OwnVerifier
    """With the house's register; shared between threads."""
    issuing: Issuing
    settings: HouseSettings
    limiter: RateLimiter
    loopback: bool
    """Bound to this machine alone: cookies go without TLS."""
    access: Access
    """Ways to sign in and how long that lasts."""
    demo: bool
    """The demo sign-in is open: a demo house on loopback."""


async def web_of(request: Request) -> Web:  # waits for nothing, so it needs no thread
    """Give the served house; a dependency of every endpoint that needs it."""
    web: Web = request.app.state.web
    return web
