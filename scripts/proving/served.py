"""`daizheng serve` killed at drawn instants while reports are asked for over HTTP."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from time import monotonic, sleep

import httpx2

from api.cli.main import run
from api.services.access.demo_sign_in import DemoPerson, write_people
from api.services.access.roles import Role
from api.services.issuing.showing import file_of
from domain.errors import NotFound
from scripts.commands import Commands
from scripts.proving import nursery
from scripts.proving.prover import Prover

PERSON = "enterprise"
AT_ONCE = 3
"""Forms sent at the same moment; the desk carries them out one after the other."""
_PACE = 1.5
"""Seconds that a form takes, until one was timed."""
_NUMBER = re.compile(r"/desk/reports/([0-9A-F]{22})")


class ServedProver(Prover):
    """A demo house behind `daizheng serve`; forms are sent from outside like a browser sends them."""

    environment = "demo"

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, seed)
        owner = DemoPerson(id=PERSON, name="证明人", role=Role.ENTERPRISE, organisation=self.uscc)
        write_people(self.home, (owner,))
        self._pace = _PACE
        self._kept = folder / "answers.json"
        self.answers: dict[str, str] = json.loads(self._kept.read_text()) if self._kept.exists() else {}
        """Key of a form that was answered: number of the report it was answered with."""

    def round(self) -> None:
        """One service started, asked and killed; what it left answered; one audit."""
        number = self.state.rounds
        draw = Random(f"{self.state.seed}/served/{number}")
        earlier = {key: said for key, said in self.answers.items() if key.startswith(f"{number - 1}-")}
        with self._serving() as (process, address), ThreadPoolExecutor(AT_ONCE) as senders:
            for key, before in earlier.items():
                again = self._ask(address, key)
                if again != before:
                    self._breach(f"form {key} was answered with {before} and then with {again}")
            keys = [f"{number}-{place}-{draw.randbytes(6).hex()}" for place in range(AT_ONCE)]
            sent = {key: senders.submit(self._ask, address, key) for key in keys}
            self._wait(list(sent.values()), draw)
            process.kill()
            process.join()
            answered = {key: said for key, one in sent.items() if (said := _result(one)) is not None}
        self._note(answered)
        self.settle(number)

    def _wait(self, sent: list[Future[str | None]], draw: Random) -> None:
        """Until a drawn number of forms is answered, and then a drawn part of the time that one takes.

        By time alone a busy machine would be killed before its first answer, or a quick one after its last.
        """
        wanted, began = draw.randrange(AT_ONCE), monotonic()
        for done, _ in enumerate(as_completed(sent), start=1) if wanted else ():
            self._pace = (monotonic() - began) / done
            if done == wanted:
                break
        sleep(draw.uniform(0.0, self._pace))

    def beside(self) -> dict[str, int]:
        """Forms that were answered before the kill, each asked again of the next service."""
        return {"forms answered before the kill": len(self.answers)}

    def _note(self, answered: dict[str, str]) -> None:
        self.answers |= answered
        self._kept.write_text(json.dumps(self.answers))
        word = f"{len(answered)} of {AT_ONCE} forms answered"
        self.state.deaths[word] = self.state.deaths.get(word, 0) + 1
        for number in answered.values():
            try:
                (self.folder / "out" / f"{number}.pdf").write_bytes(file_of(self.context, number))
            except NotFound:
                self._breach(f"{number} was answered and is not released")

    def _breach(self, words: str) -> None:
        self.state.breaches.append(f"round {self.state.rounds}: {words}")

    @contextmanager
    def _serving(self) -> Iterator[tuple[BaseProcess, str]]:
        answers = self.folder / "served.json"
        answers.unlink(missing_ok=True)
        words = ["serve", "--port", "0", "--json", "--demo-sign-in"]
        variables = os.environ | Commands(self.home).variables
        process = nursery.start(run, words, self.said, answers=answers, variables=variables)
        try:
            address = _address(process, answers)
            assert httpx2.get(f"{address}/readyz", timeout=60, trust_env=False).is_success
            yield process, address
        finally:
            process.kill()
            process.join()

    def _ask(self, address: str, key: str) -> str | None:
        """Number of the report that the form with ``key`` is answered with, None for no answer yet."""
        with httpx2.Client(
            base_url=address, timeout=60, trust_env=False, headers={"Origin": address}
        ) as browser:
            assert browser.post("/sign-in/demo", data={"person": PERSON}).status_code == 303
            answer = browser.post("/desk/reports", data={"purpose": "证明", "key": key})
        found = _NUMBER.search(answer.headers.get("location", ""))
        return None if found is None else found[1]


def _address(process: BaseProcess, answers: Path) -> str:
    """Where the service listens, once it has said so."""
    until = monotonic() + 60
    while process.exitcode is None and monotonic() < until:
        with suppress(FileNotFoundError):
            said = answers.read_text()
            if said.endswith("\n"):
                return str(json.loads(said.splitlines()[0])["address"])
        sleep(0.01)
    raise AssertionError(f"the service did not start: {process.exitcode}")


def _result(one: Future[str | None]) -> str | None:
    try:
        return one.result()
    except httpx2.TransportError:
        return None  # the service died first
