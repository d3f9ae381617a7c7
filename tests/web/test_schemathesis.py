"""Requests drawn from the OpenAPI document: no 500, no answer that is not documented."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from schemathesis.transport.asgi import ASGI_TRANSPORT

from scripts.api_document import document
from tests.web.api import api_key, without_limits
from tests.web.service import sign_in
from tests.world.world import World

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
FEW = settings(
    max_examples=6,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
HOST = {"Host": "127.0.0.1:8000"}


SCHEMA = schemathesis.openapi.from_dict(json.loads(document()))


def _standing(app: Any) -> Any:
    """The application, whose life is not each request's."""

    async def standing(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await app(scope, receive, send)

    return standing


@pytest.fixture(scope="module")
def callers(client_of_house: TestClient, house: World) -> Iterator[dict[str, dict[str, str]]]:
    """Headers of a visitor, of a bank's program and of an enterprise's session."""
    client = client_of_house
    house.report("records")
    key = api_key(client)
    sign_in(client, "enterprise-records")
    session = {"Cookie": f"session={client.cookies['session']}", "Origin": "http://127.0.0.1:8000"}
    client.cookies.clear()
    with without_limits(client):
        yield {
            "visitor": dict(HOST),
            "program": HOST | {"Authorization": f"Bearer {key}"},
            "enterprise": HOST | session,
        }


@SCHEMA.parametrize()
@FEW
def test_every_answer_is_documented(
    case: schemathesis.Case, callers: dict[str, dict[str, str]], client_of_house: TestClient
) -> None:
    app = _standing(client_of_house.app)
    for headers in callers.values():
        # Each is drawn once and asked thrice: drawing costs more than asking.
        case.validate_response(ASGI_TRANSPORT.send(case, app=app, headers=headers), checks=CHECKS)
