"""What a receiver is told, in the form of Standard Webhooks: number, status word, time, link; no detail.

Headers ``webhook-id`` (the same at every try), ``webhook-timestamp`` (of the try) and
``webhook-signature``: one ``v1,`` for each secret in force, divided by blanks, over
``id.timestamp.body``.  docs/formats/watch-message.md says the same to receivers.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from standardwebhooks import Webhook

from api.services.context import Context
from domain.times import rfc3339

CHANGED: Final = "report.changed"
CHALLENGE: Final = "endpoint.challenge"
SECRET_BYTES: Final = 32
PREFIX: Final = "whsec_"
TYPE: Final = "application/json"


def changed_body(*, number: str, word: str, at: datetime, link: str) -> str:
    """Give the body of the message about one change."""
    data = {"number": number, "status": word, "changed_at": rfc3339(at), "link": link}
    return _dumped(CHANGED, at, data)


def challenge_body(challenge: str, now: datetime) -> str:
    """Give the body that asks an endpoint to answer with ``{"challenge": ...}``."""
    return _dumped(CHALLENGE, now, {"challenge": challenge})


def answers_challenge(body: bytes, challenge: str) -> bool:
    """Say whether an endpoint's answer is the JSON object that was asked for."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("challenge") == challenge


def new_secret(context: Context) -> str:
    """Give a new secret as it is shown once: ``whsec_`` and 32 bytes in base64."""
    return PREFIX + base64.b64encode(context.entropy(SECRET_BYTES)).decode("ascii")


def headers(id_: str, body: str, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """Give the headers of one try; signed by every secret, the newest first."""
    whole = now.replace(microsecond=0)
    signatures = [Webhook(secret).sign(id_, whole, body) for secret in secrets]
    return {
        "Content-Type": TYPE,
        "User-Agent": "daizheng",
        "webhook-id": id_,
        "webhook-timestamp": str(int(whole.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _dumped(kind: str, at: datetime, data: dict[str, str]) -> str:
    said = {"type": kind, "timestamp": rfc3339(at), "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
