"""``daizheng serve``: the house over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.command import in_house
from api.cli.output import Printer

if TYPE_CHECKING:
    from api.services.context import Context


@in_house
def serve(
    printer: Printer,
    context: Context,
    host: Annotated[str, typer.Option("--host", help="监听地址 / address to listen on")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="端口，0 为任选 / port, 0 takes a free one")
    ] = 8000,
    demo_sign_in: Annotated[
        bool,
        typer.Option("--demo-sign-in", help="演示登录，仅限本机 / sample people, loopback only"),
    ] = False,
) -> None:
    """启动网页和接口服务，按 Ctrl-C 停止 / serve the pages and the interface until Ctrl-C."""
    from domain.hosts import is_loopback

    loopback = is_loopback(host)
    _require_demo(context, loopback=loopback, wanted=demo_sign_in)
    from api.http import serving

    with serving.listening(host, port) as socket:
        address = serving.address_of(host, socket)
        printer.result({"address": address}, [printer.say("serving", address=address)])
        serving.run(context, socket, loopback=loopback, demo=demo_sign_in)


def _require_demo(context: Context, *, loopback: bool, wanted: bool) -> None:
    """Anybody may be anybody at the demo sign-in: so a demo house, and this machine alone."""
    from domain.errors import Refused
    from domain.report import Environment

    if wanted and (not loopback or context.house.environment != Environment.DEMO.value):
        raise Refused("demo_sign_in_refused")
