"""Runs `daizheng` commands on one house inside this process and gives back what they print as JSON."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keys.vault import Kdf, Vault

PASSPHRASE = "demo-passphrase"  # opens houses of invented data alone; a production house refuses it


class CommandFailed(Exception):
    """A command ended with a code that its caller did not expect."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one command said."""

    code: int
    lines: tuple[dict[str, Any], ...]
    """One JSON object a line."""
    text: str
    """Everything on standard error."""

    @property
    def only(self) -> dict[str, Any]:
        """The one object of a command that prints one."""
        (line,) = self.lines
        return line


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Inside the block the process's environment has these values too."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@dataclass(frozen=True, slots=True)
class Commands:
    """The commands of one house."""

    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """The environment in which this house's commands run."""
        return {
            "DAIZHENG_HOME": str(self.home),
            "DAIZHENG_PASSPHRASE": PASSPHRASE,
            "DAIZHENG_ROOT_PASSPHRASE": PASSPHRASE,
            **self.environment,
        }

    def found(self, *words: str) -> Answer:
        """What ``daizheng init WORDS`` answered; the new house then opens at the lowest cost allowed.

        A house of invented data is opened hundreds of times in a row, and its passphrase is printed above.
        """
        answer = self.call("init", *words)
        secret = PASSPHRASE.encode()
        vault = Vault.open(self.home / "keys", secret, entropy=os.urandom)
        vault.change_passphrase(secret, kdf=Kdf(log2_n=14))
        return answer

    def call(self, *words: str, codes: tuple[int, ...] = (0,)) -> Answer:
        """What ``daizheng WORDS --json`` answered; CommandFailed for any other exit code than ``codes``."""
        code, out, err = self._run([*words, "--json"])
        if code not in codes:
            raise CommandFailed(f"daizheng {' '.join(words)} ended with {code}: {err.strip() or out.strip()}")
        return Answer(code, tuple(json.loads(line) for line in out.splitlines() if line.startswith("{")), err)

    def show(self, *words: str) -> tuple[int, str]:
        """Exit code and what a person sees of ``daizheng WORDS``."""
        code, out, err = self._run(list(words))
        return code, out + err

    def _run(self, words: list[str]) -> tuple[int, str, str]:
        from api.cli.main import run

        raw_out, raw_err = io.BytesIO(), io.BytesIO()
        out = io.TextIOWrapper(raw_out, encoding="utf-8", write_through=True)
        err = io.TextIOWrapper(raw_err, encoding="utf-8", write_through=True)
        with environment(self.variables), redirect_stdout(out), redirect_stderr(err):
            try:
                code = run(words)
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
        return code, raw_out.getvalue().decode(), raw_err.getvalue().decode()
