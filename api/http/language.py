"""Which language a page speaks: Chinese, unless the person switched."""

from __future__ import annotations

from typing import Final

from fastapi import Request, Response

COOKIE: Final = "lang"
LANGUAGES: Final = ("zh", "en")
_YEAR: Final = 365 * 24 * 3600


def language_of(request: Request) -> str:
    """Give ``zh`` or ``en``: what ``?lang=`` says, else the cookie, else Chinese."""
    for wanted in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if wanted in LANGUAGES:
            return wanted
    return LANGUAGES[0]


def machine_language(request: Request) -> str:
    """Give the language of a machine's answer: English unless Accept-Language begins with Chinese."""
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


def remember(request: Request, response: Response) -> None:
    """A switch by ``?lang=`` holds for the next pages."""
    wanted = request.query_params.get("lang")
    if wanted in LANGUAGES:
        response.set_cookie(COOKIE, wanted, max_age=_YEAR, samesite="lax", httponly=True)
