"""A region file with invented units, for a region whose annex of units was not supplied.

Each unit says in its name and by ``invented = true`` that it is made up (演示).  The units of a
few domains send rows and attest nothing, so that 未归集 can be seen beside the others.
"""

from __future__ import annotations

import json
import re
from random import Random
from typing import Final

from records.regions import load_region
from scripts.demo_data.bureaus import invented_name
from scripts.demo_data.codes import uscc

UNCOLLECTED: Final = frozenset({"national_defence_duty", "earthquake", "archives", "sports"})
"""Domains whose invented units have not attested anything yet."""


def invented_id(domain: str) -> str:
    """The id of the invented unit of a domain."""
    return f"demo_{domain}"


def with_invented_units(data: bytes) -> bytes:
    """The region file with one invented unit for each domain; its version ends in ``-demo``."""
    region, draw = load_region(data), Random(data)
    text = re.sub(r'^version = "([^"]+)"', r'version = "\1-demo"', data.decode(), count=1, flags=re.M)
    for domain in region.domains:
        names = json.dumps([invented_name(domain)], ensure_ascii=False)
        text += (
            f'\n[[units]]\nid = "{invented_id(domain.id)}"\nnames = {names}\n'
            f'uscc = "{uscc(draw, region.code, "11")}"\ndomains = ["{domain.id}"]\ninvented = true\n'
        )
    return text.encode()
