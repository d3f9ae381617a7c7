"""Matching in the order of rule R13, and whom a doubtful row may concern (rule R3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from records.matching import Matched, Unmatched, match, normalise_name
from records.model import SubjectKeys
from tests.unit.records_intake.making import FIRM, OTHER_FIRM, PERSON

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


@dataclass
class Register:
    """A small register in memory."""

    usccs: dict[str, list[UUID]] = field(default_factory=dict)
    organisations: dict[str, list[UUID]] = field(default_factory=dict)
    registrations: dict[str, list[UUID]] = field(default_factory=dict)
    persons: dict[str, list[UUID]] = field(default_factory=dict)
    names: dict[str, list[UUID]] = field(default_factory=dict)

    def by_uscc(self, uscc: str) -> Sequence[UUID]:
        return self.usccs.get(uscc, [])

    def by_person_number(self, number: str) -> Sequence[UUID]:
        return self.persons.get(number, [])

    def by_organisation_code(self, code: str) -> Sequence[UUID]:
        return self.organisations.get(code, [])

    def by_registration_number(self, number: str) -> Sequence[UUID]:
        return self.registrations.get(number, [])

    def by_name(self, name: str) -> Sequence[UUID]:
        return self.names.get(name, [])


REGISTER = Register(
    usccs={FIRM: [A]},
    organisations={FIRM[8:17]: [A], "123456789": [B, C]},
    registrations={"150300000012345": [B]},
    persons={PERSON: [C]},
    names={"甲公司": [A], "乙公司": [B], "王示范": [C]},
)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (SubjectKeys(name="甲公司", uscc=FIRM), Matched(subject_id=A, by="uscc", name_differs=False)),
        (SubjectKeys(name="旧名公司", uscc=FIRM), Matched(subject_id=A, by="uscc", name_differs=True)),
        (SubjectKeys(name="甲公司", organisation_code=FIRM[8:17]),
         Matched(subject_id=A, by="organisation_code", name_differs=False)),
        (SubjectKeys(name="乙公司", registration_number="150300000012345"),
         Matched(subject_id=B, by="registration_number", name_differs=False)),
        (SubjectKeys(name="王示范", person_number=PERSON), Matched(subject_id=C, by="person_number", name_differs=False)),
        (SubjectKeys(name="丙公司", registration_number="150300000012345"),
         Unmatched(candidates=(), why="subject_unmatched")),
        (SubjectKeys(name="甲公司"), Unmatched(candidates=(A,), why="subject_unmatched")),
        (SubjectKeys(name="乙公司", uscc=OTHER_FIRM, registration_number="150300000012345"),
         Unmatched(candidates=(B,), why="subject_unmatched")),
        (SubjectKeys(name="甲公司", organisation_code="123456789"),
         Unmatched(candidates=(B, C, A), why="subject_ambiguous")),
        (SubjectKeys(name="王示范", person_number=PERSON[:17] + "0"),
         Unmatched(candidates=(C,), why="subject_unmatched")),
    ],
)  # fmt: skip
def test_the_order_of_matching(keys: SubjectKeys, found: object) -> None:
    assert match(keys, REGISTER) == found


def test_names_are_one_in_every_width_and_bracket() -> None:
    assert (
        len({normalise_name(n) for n in ("甲（乌海）ＡＢ公司", "甲(乌海)ab公司", "甲 〔乌海〕 AB 公司")}) == 1
    )
    assert normalise_name("甲公司") != normalise_name("甲公司分公司")
