"""Runs the application on a socket; the command ``daizheng serve`` is its one caller."""

from __future__ import annotations

import gc
import socket
from typing import Final

import structlog
import uvicorn

from api import container
from api.http.app import create_app
from api.http.rate import RateLimiter
from api.http.strict_http import StrictHttp
from api.http.web import Issuing, Web
from api.process_log import configure_logging
from api.services.context import Context
from api.services.log.outgoing import HttpOutgoing
from api.services.log.witnessing import cosign_due
from api.settings import read_house
from domain.errors import Refused

STARTING_SECONDS: Final = 3.0
"""How long the start waits for one witness."""
_log = structlog.get_logger("daizheng.log")


def open_web(context: Context, *, loopback: bool, demo: bool) -> Web:
    """Give the opened house as it is served: one warm verifier, one issuing desk, nothing counted yet."""
    settings = read_house(context.home)
    return Web(
        context=context,
        verifier=container.house_verifier(context, size=settings.service.workers),
        issuing=Issuing(container.issuing_desk(context)),
        settings=settings,
        limiter=RateLimiter(context.clock),
        loopback=loopback,
        access=container.access(context, settings, loopback=loopback, demo=demo),
        demo=demo,
    )


def listening(host: str, port: int) -> socket.socket:
    """Give a socket bound to ``host`` and ``port`` (0: any free one); Refused ``address_taken``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family)
        # asyncio sets this itself only where the listening socket names its protocol; without it each
        # second small answer on a connection waits 40 ms for an acknowledgement.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return bound
    except OSError as error:
        raise Refused("address_taken", host=host, port=port, cause=error.strerror or "") from error


def address_of(host: str, bound: socket.socket) -> str:
    """Give the address to open in a browser."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{bound.getsockname()[1]}"


def run(context: Context, bound: socket.socket, *, loopback: bool, demo: bool) -> None:
    """Serve until the process is told to stop."""
    configure_logging()
    ask_witnesses(context)
    serve(open_web(context, loopback=loopback, demo=demo), bound)


def ask_witnesses(context: Context) -> None:
    """Before anything can be signed the witnesses say whether this is the newest database.

    One that is away stops nothing; one that has seen more stops every append, not the verifying.
    """
    if not context.log_plan.witnesses:
        return
    with HttpOutgoing(STARTING_SECONDS) as outgoing:
        for asked in cosign_due(context, context.clock(), outgoing):
            _log.info("witness", name=asked.witness, outcome=asked.outcome, size=asked.size, code=asked.cause)


def serve(web: Web, bound: socket.socket) -> None:
    """Serve ``web`` on a bound socket until the process is told to stop."""
    proxies = list(web.settings.service.trusted_proxies)
    config = uvicorn.Config(
        create_app(web),
        access_log=False,
        # Its own lines would be no JSON; unsettled, they reach the process's log like any library's.
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_keep_alive=15,
        limit_concurrency=400,
        http=StrictHttp,
        loop="uvloop",
    )
    # What the start has made stays: no answer waits while it is all looked through for garbage.
    gc.collect()
    gc.freeze()
    uvicorn.Server(config).run(sockets=[bound])
