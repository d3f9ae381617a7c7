"""Labels and closed words of opened records follow the language of the page; what was filed stays as filed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from domain.catalogue import (
    CODED_FIELDS,
    HEADER_NAMES,
    PENALTY_CATEGORIES,
    PROCEDURES,
    Name,
    domain_label,
    registered_state,
)
from records.leaf_fields import _FIELDS
from records.model import Kind
from verifier.answers.details_words import field_label, field_value

OUTCOME = ("修复日期", "修复渠道", "变更日期", "变更文号")


@pytest.mark.parametrize("kind", list(_FIELDS))
def test_every_field_of_a_record_has_an_english_label(kind: Kind) -> None:
    for field in _FIELDS[kind]:
        assert field_label(field, "en").isascii(), field
        assert not field_label(field, "zh").isascii(), field


def test_what_happened_later_has_english_labels_and_none_is_left_over() -> None:
    known = {field for fields in _FIELDS.values() for field in fields if not field.isascii()} | set(OUTCOME)
    assert set(HEADER_NAMES) == known


@pytest.mark.parametrize(("field", "names"), [("处罚程序", PROCEDURES), ("CF_CFLB", PENALTY_CATEGORIES)])
def test_closed_words_are_translated_and_chinese_stays(field: str, names: Mapping[str, Name]) -> None:
    assert CODED_FIELDS[field] is names
    for name in CODED_FIELDS[field].values():
        assert field_value(field, name.zh, "en") == name.en
        assert field_value(field, name.zh, "zh") == name.zh


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("CF_CFLB", "警告、罚款", "Warning, Fine"),
        ("CF_CFLB", "警告、另有说法", "警告、另有说法"),
        ("CF_SY", "警告", "警告"),
        ("CF_CFLB", "", ""),
    ],
)
def test_anything_else_is_text_as_it_was_filed(field: str, value: str, shown: str) -> None:
    assert field_value(field, value, "en") == shown


def test_a_domain_is_called_as_the_region_prints_it_and_in_english_by_the_catalogue() -> None:
    assert domain_label("housing_construction", "住建", "zh") == "住建"
    assert domain_label("housing_construction", "住建", "en") == "Housing and construction"
    assert domain_label("housing_construction", None, "zh") == "住房城乡建设"
    assert domain_label("of_this_region_alone", "本地领域", "en") == "本地领域"


@pytest.mark.parametrize(("said", "english"), [("存续", "In business"), ("另有说法", "另有说法")])
def test_a_register_s_state_is_english_where_the_list_knows_it(said: str, english: str) -> None:
    assert (registered_state(said, "en"), registered_state(said, "zh")) == (english, said)
