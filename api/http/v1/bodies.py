"""Bodies of requests, read strictly: their kind, their JSON, their one file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from api.http.guard import DEFAULT_BYTES
from api.http.v1.verdict_schemas import CheckIn, ClaimIn, HashIn, NumberIn
from domain import canonical
from domain.errors import MalformedInput
from domain.verdict import JsonValue

JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
FIELD: Final = "file"
_WISHES: Final = frozenset(CheckIn.model_fields)
_M = TypeVar("_M", bound=BaseModel)
_BY_FIELD: Final[tuple[tuple[str, type[HashIn | NumberIn | ClaimIn]], ...]] = (
    ("sha256", HashIn),
    ("claim", ClaimIn),
    ("number", NumberIn),
    ("code", NumberIn),
)


@dataclass(frozen=True, slots=True)
class Body(Generic[_M]):
    """What a write said, and the very bytes, by which a repeat is told from another write."""

    said: _M
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file as it was handed in."""

    name: str | None
    data: bytes
    wishes: CheckIn = field(default_factory=CheckIn)


Submission = Upload | HashIn | NumberIn | ClaimIn


def json_body(model: type[_M]) -> Callable[[Request], Awaitable[Body[_M]]]:
    """Give a dependency that reads a JSON object of that shape."""

    async def read(request: Request) -> Body[_M]:
        require_kind(request, JSON)
        raw = await request.body()
        decoded(raw)
        return Body(shaped(model, raw), raw)

    return read


async def submission(request: Request) -> Submission:
    """Give what is handed in for a verdict: a file, or a JSON object that names something."""
    if kind_of(request) == FORM:
        return await _upload(request)
    require_kind(request, JSON, FORM)
    raw = await request.body()
    value = decoded(raw)
    names = value if isinstance(value, dict) else {}
    model = next((model for field, model in _BY_FIELD if field in names), HashIn)
    return shaped(model, raw)


def kind_of(request: Request) -> str:
    """Give the media type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def require_kind(request: Request, *kinds: str) -> None:
    """Return for a body of one of ``kinds``; MalformedInput ``media_type_unsupported`` for another."""
    if kind_of(request) not in kinds:
        raise MalformedInput("media_type_unsupported", takes=", ".join(kinds))


def decoded(raw: bytes) -> JsonValue:
    """Give the JSON value; MalformedInput ``json_*``, and ``text_not_storable`` for U+0000."""
    value = canonical.decode(raw, max_bytes=DEFAULT_BYTES)
    if b"\\u0000" in raw or b"\x00" in raw:
        raise MalformedInput("text_not_storable")
    return value


def shaped(model: type[_M], raw: bytes) -> _M:
    """Give ``raw`` as that shape; of what does not fit the answer names the place, never the words."""
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        found = [{"loc": ("body", *each["loc"]), "type": each["type"]} for each in error.errors()]
        raise RequestValidationError(found) from error


async def _upload(request: Request) -> Upload:
    try:
        async with request.form(max_files=1, max_fields=len(_WISHES) + 1, max_part_size=20_000) as form:
            given = form.get(FIELD)
            if not isinstance(given, UploadFile) or len(form.multi_items()) != len(form):
                raise RequestValidationError([{"loc": ("body", FIELD), "type": "missing"}])
            texts = {name: value for name, value in form.items() if name != FIELD}
            return Upload(name=given.filename, data=await given.read(), wishes=_wishes(texts))
    except (HTTPException, LookupError, UnicodeError) as error:
        raise MalformedInput("form_malformed") from error


def _wishes(texts: Mapping[str, object]) -> CheckIn:
    """Give what the fields beside the file wish for; a form knows only texts."""
    unknown = sorted(set(texts) - _WISHES)
    if unknown or not all(isinstance(value, str) for value in texts.values()):
        raise RequestValidationError([{"loc": ("body", FIELD), "type": "extra_forbidden"}])
    said: dict[str, JsonValue] = {name: str(value) for name, value in texts.items()}
    if "receipt" in said:
        words = {"true": True, "false": False}
        said["receipt"] = words.get(str(said["receipt"]), said["receipt"])
    return shaped(CheckIn, canonical.encode(said))
