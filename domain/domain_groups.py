"""Domains in groups, so that a person can find one among forty; the groups mean nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

GROUPS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    (
        "economy",
        frozenset(
            "development_reform market_regulation commerce statistics public_finance taxation audit "
            "financial_regulation intellectual_property industry_information science_technology energy "
            "communications postal customs foreign_exchange securities state_assets tobacco big_data "
            "drug_regulation cyberspace".split()
        ),
    ),
    (
        "safety",
        frozenset(
            "public_security justice court_enforcement emergency_management fire_safety mine_safety "
            "national_defence_duty civil_air_defence secrecy archives veterans_affairs".split()
        ),
    ),
    (
        "building",
        frozenset(
            "natural_resources ecology_environment housing_construction urban_management transport "
            "water_resources agriculture_rural forestry landscape meteorology earthquake grain_reserves "
            "maritime marine_fishery railways civil_aviation".split()
        ),
    ),
    (
        "people",
        frozenset(
            "human_resources housing_fund healthcare_security health education culture_tourism sports "
            "civil_affairs cultural_relics press_publishing radio_television ethnic_religious_affairs".split()
        ),
    ),
)
"""Slug of each group and its domains; every domain of the dictionary stands in exactly one."""


def grouped(ids: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Give the groups that hold any of ``ids``, each with its own of them in the given order."""
    wanted = tuple(ids)
    parts = ((name, tuple(id_ for id_ in wanted if id_ in members)) for name, members in GROUPS)
    return tuple((name, members) for name, members in parts if members)
