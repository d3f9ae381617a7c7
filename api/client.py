"""A small client of a served house: verify, issue, list, download, grant, redeem, withdraw, watch.

    with Client("https://dz.example", key="dzk_...") as house:
        verdict = house.verify_file(Path("report.pdf").read_bytes(), "report.pdf")

Needs the extra ``client`` alone and nothing of the rest of this package.  What is safe to repeat is
tried again when the network or the service fails for a moment: reading, verifying, and writes, which
carry an Idempotency-Key of their own.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import httpx2
import stamina

PROBLEM: Final = "application/problem+json"
OPENING: Final = "X-Daizheng-Grant"
_TRIES: Final = 4
_PASSING: Final = frozenset({429, 503})
"""Statuses after which the same request may succeed."""
_LONGEST_WAIT: Final = 60.0
_AT_WORK: Final = "idempotency_at_work"


@dataclass(eq=False, kw_only=True)
class Problem(Exception):
    """What the service answered in place of what was asked (RFC 9457)."""

    status: int
    code: str
    """Stable: decide by this, never by the sentence."""
    detail: str
    """What happened and what to do next."""
    request_id: str | None
    retry_after: float | None

    def __str__(self) -> str:
        """Give code and sentence."""
        return f"{self.code}: {self.detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One use of a grant."""

    token: str
    number: str
    allows: tuple[str, ...]
    until: str


class Client:
    """Speaks to one house; safe to share between threads."""

    def __init__(
        self,
        address: str,
        *,
        key: str | None = None,
        language: str = "en",
        timeout: float = 30.0,
        http: httpx2.Client | None = None,
    ) -> None:
        """Speak to the house at ``address``; ``key`` is an API key or a bearer token, None for a visitor.

        ``http`` lends a client that somebody else closes (proxies, client certificates).
        """
        self._lent = http is not None
        self._http = http or httpx2.Client(base_url=address, timeout=timeout, follow_redirects=False)
        self._headers = {"Accept-Language": language}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"

    def __enter__(self) -> Self:
        """Give the client; its connections end with the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the connections."""
        self.close()

    def close(self) -> None:
        """End the connections, unless the HTTP client was lent."""
        if not self._lent:
            self._http.close()

    def house(self) -> dict[str, Any]:
        """Give region, environment, keys and endpoints of the house."""
        return self._json("GET", "/.well-known/daizheng.json")

    def trust_bundle(self) -> bytes:
        """Give the signed trust bundle; compare its anchor with what the authority published."""
        return self._send("GET", "/.well-known/daizheng.trust").content

    def verify_file(self, data: bytes, name: str = "report.pdf") -> dict[str, Any]:
        """Give the verdict on a PDF or picture."""
        return self._json("POST", "/api/v1/verifications", files={"file": (name, data)})

    def verify_sha256(self, sha256: str) -> dict[str, Any]:
        """Give the verdict on a file that stays where it is."""
        return self._json("POST", "/api/v1/verifications", json={"sha256": sha256})

    def verify_number(self, number: str, code: str) -> dict[str, Any]:
        """Give what stands behind the number and 核验码 of a paper."""
        return self._json("POST", "/api/v1/verifications", json={"number": number, "code": code})

    def verify_claim(self, claim: str) -> dict[str, Any]:
        """Give what the text of a scanned code says."""
        return self._json("POST", "/api/v1/verifications", json={"claim": claim})

    def reports(self, *, page: int = 50) -> Iterator[dict[str, Any]]:
        """Give one's own reports, newest first, asking for ``page`` at a time."""
        yield from self._pages("/api/v1/reports", page)

    def report(self, number: str) -> dict[str, Any]:
        """Give one of one's own reports as the register has it now."""
        return self._json("GET", f"/api/v1/reports/{number}")

    def issue(self, *, key: str | None = None, **order: Any) -> dict[str, Any]:
        """Have a report issued; an answer with ``application`` waits for a person.

        ``key`` repeats a write of before whose answer was lost; None makes a fresh one.
        """
        return self._write("/api/v1/reports", order, key)

    def application(self, id_: str) -> dict[str, Any]:
        """Give what became of an application that waited."""
        return self._json("GET", f"/api/v1/applications/{id_}")

    def download(self, number: str, opening: Opening | None = None) -> bytes:
        """Give the signed PDF of one's own report, or of the one that a grant opened."""
        return self._send("GET", f"/api/v1/reports/{number}/file", headers=_opened(opening)).content

    def details(self, opening: Opening) -> bytes:
        """Give the fields that a grant opened, for ``daizheng verify FILE --details``."""
        path = f"/api/v1/reports/{opening.number}/details"
        return self._send("GET", path, headers=_opened(opening)).content

    def grant(self, number: str, *, key: str | None = None, **wish: Any) -> dict[str, Any]:
        """Let somebody see a report; the answer alone holds the secret ``token``."""
        return self._write(f"/api/v1/reports/{number}/grants", wish, key)

    def redeem(self, token: str, factor_code: str | None = None, *, key: str | None = None) -> Opening:
        """Use a grant once."""
        said = self._write("/api/v1/grants/redeem", {"token": token, "factor_code": factor_code}, key)
        return Opening(
            token=said["opening"], number=said["number"], allows=tuple(said["allows"]), until=said["until"]
        )

    def changes(self, opening: Opening) -> dict[str, Any]:
        """Give one signed word about the time since the opened report; needs ``query``."""
        path = f"/api/v1/reports/{opening.number}/changes"
        return self._json("POST", path, headers=_opened(opening))

    def fresh_report(self, opening: Opening, *, key: str | None = None) -> dict[str, Any]:
        """Have a fresh report issued on the subject's behalf, where the grant allows ``query``."""
        headers = _opened(opening) | {"Idempotency-Key": key or secrets.token_hex(16)}
        return self._json("POST", "/api/v1/grants/fresh-report", headers=headers)

    def withdraw(self, grant: str) -> int:
        """Take a grant back with all made from it; gives how many ended."""
        return int(self._json("DELETE", f"/api/v1/grants/{grant}")["ended"])

    def uses(self, grant: str, *, page: int = 50) -> Iterator[dict[str, Any]]:
        """Give every use and refusal of a grant, newest first."""
        yield from self._pages(f"/api/v1/grants/{grant}/uses", page)

    def watch(
        self,
        *,
        grant: str | None = None,
        opening: Opening | None = None,
        until: str | None = None,
        key: str | None = None,
    ) -> dict[str, Any]:
        """Follow a report under a grant that names the organisation, or under an opened one."""
        headers = _opened(opening) | {"Idempotency-Key": key or secrets.token_hex(16)}
        said = {"grant": grant, "until": until}
        return self._json("POST", "/api/v1/watches", json=said, headers=headers)

    def watches(self, *, page: int = 50) -> Iterator[dict[str, Any]]:
        """Give the organisation's watches, newest first."""
        yield from self._pages("/api/v1/watches", page)

    def end_watch(self, watch: str) -> dict[str, Any]:
        """Follow no more."""
        return self._json("DELETE", f"/api/v1/watches/{watch}")

    def _pages(self, path: str, size: int) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            params = {"limit": str(size)} | ({} if cursor is None else {"cursor": cursor})
            found = self._json("GET", path, params=params)
            yield from found["items"]
            cursor = found["next"]
            if cursor is None:
                return

    def _write(self, path: str, body: Mapping[str, Any], key: str | None) -> dict[str, Any]:
        headers = {"Idempotency-Key": key or secrets.token_hex(16)}
        return self._json("POST", path, json=dict(body), headers=headers)

    def _json(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        said: dict[str, Any] = self._send(method, path, **more).json()
        return said

    def _send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        # Every request here may be repeated: writes carry a key, withdrawing twice withdraws once.
        headers = self._headers | dict(more.pop("headers", {}))
        for attempt in stamina.retry_context(on=_wait, attempts=_TRIES, timeout=_LONGEST_WAIT):
            with attempt:
                return _held(self._http.request(method, path, headers=headers, **more))
        raise AssertionError("unreachable")


def _opened(opening: Opening | None) -> dict[str, str]:
    return {} if opening is None else {OPENING: opening.token}


def _wait(error: Exception) -> bool | float:
    """Say whether to try again, or after how many seconds the service asks to."""
    if isinstance(error, Problem):
        passing = error.status in _PASSING or error.code == _AT_WORK
        return (error.retry_after or True) if passing else False
    return isinstance(error, httpx2.TransportError)


def _held(answer: httpx2.Response) -> httpx2.Response:
    """Give the answer if it is what was asked for; raises Problem otherwise."""
    if answer.is_success:
        return answer
    kind = answer.headers.get("content-type", "").partition(";")[0]
    said: dict[str, Any] = answer.json() if kind == PROBLEM else {}
    raise Problem(
        status=answer.status_code,
        code=str(said.get("code", "http_status")),
        detail=str(said.get("detail", answer.reason_phrase)),
        request_id=said.get("request_id"),
        retry_after=said.get("retry_after"),
    )
