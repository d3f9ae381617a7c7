"""The composition root: reads clock, entropy and the house's files, and joins the parts."""

from __future__ import annotations

from api.container.clock import entropy, now
from api.container.founding import found_house
from api.container.judging import house_parts, house_verifier, issuing_desk
from api.container.opening import migrate, open_house, open_store
from api.container.places import database_url, home_of, root_passphrase
from api.container.visitors import access, public_url, reach

__all__ = [
    "access",
    "database_url",
    "entropy",
    "found_house",
    "home_of",
    "house_parts",
    "house_verifier",
    "issuing_desk",
    "migrate",
    "now",
    "open_house",
    "open_store",
    "public_url",
    "reach",
    "root_passphrase",
]
