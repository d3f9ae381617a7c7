"""The purposes a receiver may choose from, and where each policy's text comes from.

The basic policies are the product's own.  A scenario (投标, 贷款, 上市 ...) is taken from the
trust bundle, whose signature covers it, in its newest version; ``id@version`` names one exactly.
What the bundle does not hold is taken from those that ship.  A receiver's own policy is a file
of its own, or a few wishes put into the same form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from typing import Final

from domain.errors import MalformedInput
from domain.trust_format import ScenarioPolicy, TrustBundle
from verifier.policies import policy as policies
from verifier.policies.policy import BASIC, VerificationPolicy, builtin, builtin_names, load

CUSTOM: Final = "custom"
"""Id of a policy made of a receiver's wishes (自定义); no house may use it."""
RESERVED: Final = frozenset({*BASIC, CUSTOM})


def shipped() -> tuple[ScenarioPolicy, ...]:
    """Return the scenarios that come with the product, as a trust bundle carries them."""
    return tuple(_scenario(_text(name)) for name in builtin_names() if name not in BASIC)


def scenario(toml: str) -> ScenarioPolicy:
    """Return a house's policy as a bundle carries it; MalformedInput ``policy_*`` for a text that is none.

    It must have a name in Chinese and a version, and may not take a reserved id.
    """
    made, loaded = _scenario(toml), load(toml.encode("utf-8"))
    if made.id in RESERVED:
        raise MalformedInput("policy_malformed", path="id")
    if "zh" not in loaded.name:
        raise MalformedInput("policy_malformed", path="name.zh")
    return made


def offered(bundle: TrustBundle) -> tuple[VerificationPolicy, ...]:
    """Return what a receiver may choose by name: the basic ones, then the newest of each scenario."""
    newest = {item.id: _loaded(item) for item in _known(bundle)}
    return (*(builtin(name) for name in BASIC), *(newest[name] for name in sorted(newest, key=_place)))


def named(name: str, bundle: TrustBundle) -> VerificationPolicy:
    """Return the policy called ``name`` (``id`` or ``id@version``); MalformedInput ``policy_unknown``."""
    if name in BASIC:
        return builtin(name)
    wanted, _, version = name.partition("@")
    fitting = [
        item for item in _known(bundle) if item.id == wanted and (not version or version == str(item.version))
    ]
    if not fitting:
        known = ", ".join(item.id for item in offered(bundle))
        raise MalformedInput("policy_unknown", name=name[:40], known=known)
    return _loaded(fitting[-1])


def wished(
    *,
    max_age_days: int | None = None,
    domains: Sequence[str] = (),
    window_days: int | None = None,
    allow_narrowed: bool = True,
) -> tuple[VerificationPolicy, str]:
    """Return the policy ``custom`` made of a receiver's wishes, and its text, which a receipt repeats.

    Raises MalformedInput ``policy_malformed`` with the path of a wish that cannot be.
    """
    text = _text(policies.DEFAULT)
    levels = text[text.index("[levels]") :]
    lines = [f'id = "{CUSTOM}"', "version = 1", ""]
    if max_age_days is not None:
        lines += ["[freshness]", f"max_age_days = {max_age_days:d}", ""]
    lines += ["[scope]", f"allow_narrowed = {'true' if allow_narrowed else 'false'}"]
    if domains:
        # SECURITY: names are put into the text only after each was found in the catalogue.
        names = ", ".join(f'"{name}"' for name in policies.known_domains(domains))
        lines.append(f"domains = [{names}]")
    if window_days is not None:
        lines.append(f"window_days = {window_days:d}")
    toml = "\n".join([*lines, "", levels])
    return load(toml.encode("utf-8")), toml


def _known(bundle: TrustBundle) -> Iterator[ScenarioPolicy]:
    """Give every scenario, of each id the versions in rising order; the bundle's word goes first."""
    held = {(item.id, item.version): item for item in shipped()}
    held |= {(item.id, item.version): item for item in bundle.policies}
    yield from (held[key] for key in sorted(held))


@lru_cache(maxsize=256)
def _loaded(item: ScenarioPolicy) -> VerificationPolicy:
    loaded = load(item.toml.encode("utf-8"))
    if (loaded.id, loaded.version, loaded.sha256) != (item.id, item.version, item.sha256):
        raise MalformedInput("policy_malformed", path="id")
    return loaded


def _scenario(toml: str) -> ScenarioPolicy:
    data = toml.encode("utf-8")
    loaded = load(data)
    return ScenarioPolicy(id=loaded.id, version=loaded.version, sha256=sha256(data).hexdigest(), toml=toml)


_ORDER: Final = ("bidding", "lending", "listing")


def _place(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def _text(name: str) -> str:
    return resources.files("verifier").joinpath("policies", f"{name}.toml").read_text("utf-8")
