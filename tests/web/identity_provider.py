"""A real OpenID provider (npm oidc-provider) as a process, and a person who types into its pages."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import secrets
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2

HERE = Path(__file__).parent / "provider"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
API = "urn:daizheng:api"
PROGRAM_BACK = "http://127.0.0.1:1/back"


@dataclass
class RealProvider:
    """The running provider."""

    issuer: str
    secret: str

    def settings(self, **more: Any) -> dict[str, Any]:
        """What stands under [sign_in] in house.toml."""
        return {
            "issuer": self.issuer,
            "client_id": "daizheng",
            "client_secret_file": "sign-in.secret",
            "api_audience": API,
            "claims": {"person_number": "person_number"},
            "roles": {"法定代表人": "enterprise", "经办": "agent", "银行": "receiver"},
            **more,
        }

    def access_token(self, sub: str, scope: str = "openid daizheng") -> str:
        """An access token for the house's interface, as another program of that person gets it."""
        verifier = secrets.token_urlsafe(48)
        challenge = hashlib.sha256(verifier.encode()).digest()
        query = {
            "client_id": "program", "response_type": "code", "scope": scope, "redirect_uri": PROGRAM_BACK,
            "resource": API, "code_challenge": _b64(challenge), "code_challenge_method": "S256", "state": "s",
        }  # fmt: skip
        back = Person(sub).walk(f"{self.issuer}/auth?{urlencode(query)}", PROGRAM_BACK)
        form = {
            "grant_type": "authorization_code", "code": parse_qs(urlsplit(back).query)["code"][0],
            "redirect_uri": PROGRAM_BACK, "code_verifier": verifier, "resource": API,
        }  # fmt: skip
        auth = ("program", self.secret)
        answer = httpx2.post(f"{self.issuer}/token", data=form, auth=auth, trust_env=False)
        token: str = answer.json()["access_token"]
        return token


class Person:
    """Somebody with a browser of their own at the provider's pages."""

    def __init__(self, sub: str) -> None:
        self.sub = sub
        self.browser = httpx2.Client(trust_env=False)
        self.asked = 0

    def walk(self, url: str, until: str) -> str:
        """The address back at the house, after logging in wherever the provider asks for it."""
        for _ in range(20):
            if url.startswith(until):
                return url
            answer = self.browser.get(url)
            if answer.is_redirect:
                url = urljoin(url, answer.headers["location"])
                continue
            assert answer.status_code == 200, answer.text
            action = re.findall(r'<form[^>]*action="([^"]+)"', answer.text)[0]
            form = dict(_HIDDEN.findall(answer.text))
            # Without a field to fill in it is the page that signs out who was there before; a browser sends it by itself.
            if 'name="login"' in answer.text:
                self.asked += 1
                form |= {"prompt": "login", "login": self.sub, "password": "x"}
            answer = self.browser.post(urljoin(url, action), data=form)
            url = urljoin(url, answer.headers["location"])
        raise AssertionError("the provider never came back")


@contextmanager
def real_provider(people: Mapping[str, Mapping[str, str]], redirect: str) -> Iterator[RealProvider]:
    """The provider with those people, on a free port."""
    _install()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    provider = RealProvider(issuer=f"http://127.0.0.1:{port}", secret=secrets.token_hex(16))
    given = {"issuer": provider.issuer, "secret": provider.secret, "redirect": redirect, "people": people}
    process = subprocess.Popen(
        ["node", "--no-warnings", "server.mjs"],
        cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(given).encode())
        process.stdin.close()
        assert process.stdout.readline() == b"ready\n"
        yield provider
    finally:
        process.terminate()
        process.wait(10)


def _install() -> None:
    """The packages of the lock lie in ``node_modules``; a stamp makes a second call return at once."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    (HERE / "node_modules").mkdir(exist_ok=True)
    with (HERE / "node_modules.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = HERE / "node_modules" / ".stamp"
        if stamp.exists() and stamp.read_text() == wanted:
            return
        subprocess.run(["npm", "ci", "--loglevel=error"], cwd=HERE, check=True, timeout=300)
        stamp.write_text(wanted)


def _b64(data: bytes) -> str:
    import base64

    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
