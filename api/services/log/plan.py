"""Who witnesses this house's log, and whose logs this house witnesses."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import MalformedInput
from domain.note import ED25519, ED25519_COSIGNATURE, VerifierKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Somebody who cosigns our heads."""

    name: str
    """What operators call it."""
    key: VerifierKey
    url: str
    """Submission prefix: ``add-checkpoint`` stands below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedLog:
    """A log whose heads this house cosigns."""

    origin: str
    vkeys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPlan:
    """Both directions of witnessing, as ``house.toml`` says."""

    witnesses: tuple[Witness, ...] = ()
    quorum: int = 0
    watched: tuple[WatchedLog, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could never work or counts one key twice: ``quorum_impossible``, ``vkey_form``."""
        keys = {witness.key.public_key for witness in self.witnesses}
        if len(keys) != len(self.witnesses) or not 0 <= self.quorum <= len(keys):
            raise MalformedInput("quorum_impossible", quorum=self.quorum, witnesses=len(keys))
        if any(witness.key.kind != ED25519_COSIGNATURE for witness in self.witnesses):
            raise MalformedInput("vkey_form")
        keys_of_logs = [VerifierKey.parse(text) for log in self.watched for text in log.vkeys]
        if any(key.kind != ED25519 for key in keys_of_logs):
            raise MalformedInput("vkey_form")

    @property
    def vkeys(self) -> tuple[str, ...]:
        """The witnesses' keys as the trust bundle names them."""
        return tuple(str(witness.key) for witness in self.witnesses)

    def log(self, origin: str) -> WatchedLog | None:
        """The log of that origin, if this house witnesses it."""
        return next((log for log in self.watched if log.origin == origin), None)


NOBODY = LogPlan()
"""No witness, and nobody's witness."""
