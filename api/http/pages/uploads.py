"""Uploaded files as the checking room takes them, and the room itself as of now."""

from __future__ import annotations

from fastapi import UploadFile

from api.http.request_log import count_verdict
from api.http.web import Web
from api.services.checking.checker import Checker
from api.services.checking.inputs import Given, shown_name
from verifier.limits import DEFAULT_LIMITS


def given(upload: UploadFile) -> Given:
    """Give one uploaded file, to be read when its turn comes and only as far as the limit."""

    def read() -> bytes:
        upload.file.seek(0)
        return upload.file.read(DEFAULT_LIMITS.max_file_bytes + 1)

    return Given(name=shown_name(upload.filename), read=read)


def checker(web: Web) -> Checker:
    """Give the room that judges, as of now; its verdicts are counted."""
    now = web.context.clock()
    return Checker(web.context, web.verifier.at(now), now, told=count_verdict)
