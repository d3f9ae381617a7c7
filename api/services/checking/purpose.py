"""For which purpose somebody checks: one of the scenarios, or a policy of their own, as one text.

The text is a name (``bidding``, ``bidding@2``), or a whole policy: whatever holds a line end is TOML.
It is what a batch keeps, what a form carries on and what programs send.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.errors import MalformedInput
from domain.trust_format import TrustBundle
from verifier.policies import purposes
from verifier.policies.policy import DEFAULT, MAX_BYTES, VerificationPolicy, load

MAX_AGE_DAYS: Final = 3660


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """A policy and the text by which it is chosen again."""

    policy: VerificationPolicy
    text: str

    @property
    def toml(self) -> str | None:
        """The text of a policy of one's own; None for one that the bundle or the product names."""
        return self.text if "\n" in self.text else None


def purpose_of(text: str, bundle: TrustBundle) -> Purpose:
    """Give the purpose that ``text`` names; nothing is the usual one.

    Raises MalformedInput ``policy_unknown``, ``policy_malformed``, ``policy_too_weak``.
    """
    if "\n" in text:
        if len(text) > MAX_BYTES:
            raise MalformedInput("policy_malformed", path="")
        return Purpose(policy=load(text.encode("utf-8", "surrogatepass")), text=text)
    name = text.strip() or DEFAULT
    return Purpose(policy=purposes.named(name, bundle), text=name)


def wished(age: str, domains: tuple[str, ...], *, whole: bool = False) -> Purpose:
    """Give the purpose 自定义 made of a small form: how old at most, which domains, nothing left out.

    Raises MalformedInput ``rule_days`` and ``policy_malformed``.
    """
    days = None
    if age.strip():
        if not age.strip().isascii() or not age.strip().isdigit() or not 0 < int(age) <= MAX_AGE_DAYS:
            raise MalformedInput("rule_days", limit=MAX_AGE_DAYS)
        days = int(age)
    policy, toml = purposes.wished(max_age_days=days, domains=domains, allow_narrowed=not whole)
    return Purpose(policy=policy, text=toml)


def offered(bundle: TrustBundle) -> tuple[VerificationPolicy, ...]:
    """Give what a visitor may choose from by name."""
    return purposes.offered(bundle)
