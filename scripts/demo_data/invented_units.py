"""A region file with invented units, for a region whose annex of units was not supplied.

Each unit says in its name and by ``invented = true`` that it is made up (演示); a few domains
stay without one, so that 未归集 can be seen beside the others.
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


def with_invented_units(data: bytes) -> bytes:
    """The region file with one invented unit for each domain but four; its version ends in ``-demo``."""
    region, draw = load_region(data), Random(data)
    text = re.sub(r'^version = "([^"]+)"', r'version = "\1-demo"', data.decode(), count=1, flags=re.M)
    for domain in region.domains:
        if domain.id in UNCOLLECTED:
            continue
        names = json.dumps([invented_name(domain)], ensure_ascii=False)
        text += (
            f'\n[[units]]\nid = "demo_{domain.id}"\nnames = {names}\n'
            f'uscc = "{uscc(draw, region.code, "11")}"\ndomains = ["{domain.id}"]\ninvented = true\n'
        )
    return text.encode()
