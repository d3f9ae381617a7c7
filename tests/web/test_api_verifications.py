"""POST /api/v1/verifications: whatever is handed in gets the same verdict as the command gives."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.web.api import own_limits, typed_code, visitor, without_limits
from tests.world.world import World

PATH = "/api/v1/verifications"


def essence(verdict: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on the moment or on what the file is called."""
    return {
        key: verdict[key] for key in ("kind", "status", "code", "reason", "authenticity", "content", "report")
    }


@pytest.fixture
def pdf(house: World) -> Path:
    return house.report("records")


def test_file_hash_and_command_agree(client: TestClient, house: World, pdf: Path) -> None:
    data = pdf.read_bytes()
    by_file = visitor(client).verify_file(data, "某某.pdf")
    by_hash = visitor(client).verify_sha256(hashlib.sha256(data).hexdigest())
    by_command = house.verify(str(pdf))
    assert by_file["status"] == "VALID" and by_file["file"] == "某某.pdf"
    assert essence(by_file) == essence(by_hash)
    assert by_file.keys() == {key for key in by_command if key in by_file} and essence(by_file) == essence(
        by_command
    )


def test_number_with_its_code_and_with_another(client: TestClient, house: World, pdf: Path) -> None:
    report = house.content(pdf)
    with without_limits(client):
        stands = visitor(client).verify_number(report["number"], typed_code(pdf))
        refuted = visitor(client).verify_number(report["number"], "000000000000")
    assert (stands["kind"], stands["status"]) == ("claim", "STANDS")
    assert refuted["status"] == "REFUTED" and refuted["report"] is None


@pytest.mark.parametrize(
    "data",
    [b"", b"no report at all", b"PK\x03\x04" + b"\0" * 40, b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\0" * 5000],
    ids=["empty", "text", "zip", "pdf head", "png head", "zeros"],
)
def test_a_bad_document_is_an_answer(client: TestClient, data: bytes) -> None:
    verdict = visitor(client).verify_file(data, "x")
    assert verdict["status"] in ("INDETERMINATE", "INVALID", "UNKNOWN")
    assert verdict["authenticity"] != "genuine"


def test_a_changed_byte_is_not_genuine(client: TestClient, pdf: Path) -> None:
    data = bytearray(pdf.read_bytes())
    data[len(data) // 2] ^= 1
    assert visitor(client).verify_file(bytes(data))["authenticity"] == "not_genuine"


def test_nothing_that_was_handed_in_is_in_the_answer_to_an_error(client: TestClient) -> None:
    answer = client.post(PATH, json={"sha256": "canary" * 3})
    assert answer.status_code == 422
    assert "canary" not in answer.text and answer.json()["code"] == "field_malformed"


def test_problems_speak_the_language_that_was_asked_for(client: TestClient) -> None:
    english = client.post(PATH, content=b"x", headers={"Content-Type": "text/plain"}).json()
    chinese = client.post(
        PATH, content=b"x", headers={"Content-Type": "text/plain", "Accept-Language": "zh-CN,zh;q=0.9"}
    ).json()
    assert english["code"] == chinese["code"] == "media_type_unsupported"
    assert "This address takes" in english["detail"] and "此地址只接受" in chinese["detail"]


def test_unknown_number_wrong_code_and_locked_code_answer_alike(
    client: TestClient, house: World, pdf: Path
) -> None:
    fresh = house.issue("clean")
    number, code = house.content(fresh)["number"], typed_code(fresh)
    unknown = number[:-8] + "0" * 8
    with without_limits(client):
        visitor_ = visitor(client)
        for _ in range(100):
            wrong = visitor_.verify_number(number, "111111111111")
        locked = visitor_.verify_number(number, code)
        absent = visitor_.verify_number(unknown, code)
    assert {**wrong, "verified_at": ""} == {**locked, "verified_at": ""}
    assert json.loads(json.dumps({**absent, "verified_at": ""}).replace(unknown, number)) == {
        **wrong,
        "verified_at": "",
    }


def test_the_eleventh_typed_code_of_a_minute_waits(client: TestClient, pdf: Path, house: World) -> None:
    number = house.content(pdf)["number"]
    with own_limits(client):
        answers = [client.post(PATH, json={"number": number, "code": f"{n:012d}"}) for n in range(11)]
    last = answers[-1]
    assert last.status_code == 429 and last.json()["code"] == "too_many_requests"
    assert 1 <= int(last.headers["retry-after"]) <= 60
