"""Uploaded files as the checking room takes them, and the room itself as of now."""

from __future__ import annotations

from fastapi import UploadFile

from api.http.pages.portal.asked import Asked
from api.http.request_log import count_verdict
from api.http.web import Web
from api.services.checking.checker import Checker
from api.services.checking.inputs import Given, shown_name
from api.services.checking.purpose import purpose_of
from verifier.limits import DEFAULT_LIMITS


def given(upload: UploadFile) -> Given:
    """Give one uploaded file, to be read when its turn comes and only as far as the limit."""

    def read() -> bytes:
        upload.file.seek(0)
        return upload.file.read(DEFAULT_LIMITS.max_file_bytes + 1)

    return Given(name=shown_name(upload.filename), read=read)


def checker(web: Web, asked: Asked | None = None, purpose: str = "") -> Checker:
    """Give the room that judges, as of now: as ``asked``, or for a ``purpose`` that was kept as text.

    Its verdicts are counted.  Raises MalformedInput ``policy_*``, ``at_*``, ``rule_days``.
    """
    now = web.context.clock()
    verifier = web.verifier.at(now)
    chosen = asked.purpose(web) if asked else purpose_of(purpose, verifier.trust.bundle)
    at = asked.moment(now) if asked else None
    return Checker(web.context, verifier, now, chosen, told=count_verdict, at=at)
