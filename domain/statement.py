"""The refresh statement: "nothing new since" or "changed", and nothing more (rule R21).

The payload is canonical JSON (RFC 8785), signed as a compact JWS by the house's ``receipt`` key::

    {type, version, id, number, environment, region, host, since, domains[], watermark?, answer, made_at}

It says: between the report's ``as_of`` (``since``) and ``made_at``, for ``domains``, the records that
count are the very same (``no_new_record``), or they are not, or cannot be said to be (``changed``).
``watermark`` is the day up to which every unit that answers for these domains attested its data,
null while one of them attested nothing: of what happened after it nothing is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain import canonical
from domain.json_fields import Fields
from domain.report import Environment
from domain.times import rfc3339

TYPE: Final = "urn:daizheng:schema:refresh-statement:1"
VERSION: Final = 1
TYP: Final = "daizheng-statement+jws"
MAX_BYTES: Final = 16 * 1024


class Answer(StrEnum):
    """What is said, and no more than that."""

    NO_NEW_RECORD = "no_new_record"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is signed."""

    id: UUID
    number: str
    environment: Environment
    region: str
    host: str
    since: datetime
    """``as_of`` of the report."""
    domains: tuple[str, ...]
    watermark: date | None
    answer: Answer
    made_at: datetime
    type: str = TYPE
    version: int = VERSION


def encode(statement: Statement) -> bytes:
    """The payload's canonical JSON."""
    return canonical.encode(
        {
            "type": statement.type,
            "version": statement.version,
            "id": str(statement.id),
            "number": statement.number,
            "environment": statement.environment.value,
            "region": statement.region,
            "host": statement.host,
            "since": rfc3339(statement.since),
            "domains": list(statement.domains),
            "watermark": None if statement.watermark is None else statement.watermark.isoformat(),
            "answer": statement.answer.value,
            "made_at": rfc3339(statement.made_at),
        }
    )


def decode(data: bytes) -> Statement:
    """The statement a payload holds; MalformedInput ``json_*`` for anything else."""
    top = Fields(canonical.decode_canonical(data, max_bytes=MAX_BYTES), "")
    top.constant("type", TYPE)
    top.constant("version", VERSION)
    statement = Statement(
        id=top.uuid("id"),
        number=top.text("number"),
        environment=top.enum("environment", Environment),
        region=top.text("region"),
        host=top.text("host"),
        since=top.instant("since"),
        domains=top.texts("domains"),
        watermark=top.optional("watermark", top.day),
        answer=top.enum("answer", Answer),
        made_at=top.instant("made_at"),
    )
    top.close()
    return statement
