"""The signed content: published schema, verdict fields, strict reading."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import canonical, report_json
from domain.errors import MalformedInput
from domain.report import ReportContent
from tests.unit.domain.strategies import contents, quick

SCHEMA = json.loads(resources.files("templates").joinpath("schemas/report-1.schema.json").read_bytes())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
SAMPLE = json.loads((resources.files("tests") / "vectors/formats/report.json").read_bytes())


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every object key and array place in a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, item in pairs for path in ((*at, key), *_paths(item, (*at, key)))]


def _parent(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        value = value[key]
    return value


def test_the_schema_is_a_schema_and_closed() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == report_json.TYPE
    objects = [item for item in _walk(SCHEMA) if item.get("type") == "object" and "properties" in item]
    assert len(objects) > 12
    for item in objects:
        assert item["additionalProperties"] is False
        assert item["required"] == list(item["properties"])


def _walk(value: Any) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return ([value] if isinstance(value, dict) else []) + [found for item in inner for found in _walk(item)]


@quick
@given(content=contents)
def test_what_the_encoder_writes_fits_the_published_schema(content: ReportContent) -> None:
    VALIDATOR.validate(json.loads(report_json.encode(content)))


def test_the_sample_is_read_whole_and_written_again() -> None:
    data = canonical.encode(SAMPLE)
    content = report_json.decode(data)
    assert report_json.encode(content) == data
    assert content.subject.name == "乌海市示例商贸有限公司"
    VALIDATOR.validate(SAMPLE)


def test_the_verdict_takes_its_fields_unchanged() -> None:
    report = report_json.verdict_report(SAMPLE)
    assert list(report) == list(report_json.VERDICT_FIELDS)
    assert all(report[name] == SAMPLE[name] for name in report)
    with pytest.raises(MalformedInput, match="json_field"):
        report_json.verdict_report(dict.fromkeys(report_json.VERDICT_FIELDS[1:], 1))


@pytest.mark.parametrize("path", _paths(SAMPLE), ids=lambda path: "/".join(map(str, path)))
def test_each_place_is_needed_and_typed(path: tuple[Any, ...]) -> None:
    """Schema and decoder agree on every single place: missing, of another type, with a stranger beside it."""
    for change in ("missing", "float", "stranger"):
        value = json.loads(json.dumps(SAMPLE))
        parent = _parent(value, path)
        if change == "missing" and isinstance(parent, dict):
            del parent[path[-1]]
        elif change == "float":
            parent[path[-1]] = {"unexpected": []}
        elif change == "stranger" and isinstance(parent, dict):
            parent["zz_unknown!"] = "x"
        else:
            continue
        counts = path[-2:-1] and path[-2] in ("by_kind", "by_category")
        if counts and change == "missing":
            report_json.from_json(value)
            continue
        with pytest.raises(MalformedInput, match="json_field"):
            report_json.from_json(value)
        assert not VALIDATOR.is_valid(value)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("environment", "live"),
        ("as_of", "2026-03-01T00:00:00Z"),
        ("as_of", "2026-03-01T08:00:00.000000+08:00"),
        ("reserved_at", "2026-02-30T00:00:00.000000Z"),
        ("variant", "short"),
        ("type", "urn:daizheng:schema:report:2"),
    ],
)
def test_words_outside_the_lists_are_refused_and_named(place: str, value: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        report_json.from_json({**SAMPLE, place: value})
    assert caught.value.fields["path"] == f"/{place}"


def test_the_number_is_a_report_number() -> None:
    with pytest.raises(MalformedInput, match="number_form"):
        report_json.from_json({**SAMPLE, "number": "15030020260301abcdef01"})


@pytest.mark.parametrize("value", [None, [], "text", 3, True])
def test_only_an_object_is_a_report(value: Any) -> None:
    with pytest.raises(MalformedInput, match="json_field"):
        report_json.decode(canonical.encode(value))


@quick
@given(flag=st.sampled_from(["narrowed", "includes_branches"]), value=st.sampled_from([0, 1, "true", None]))
def test_a_flag_is_a_boolean(flag: str, value: Any) -> None:
    with pytest.raises(MalformedInput):
        report_json.from_json({**SAMPLE, "scope": {**SAMPLE["scope"], flag: value}})


def test_counts_stand_in_an_object() -> None:
    for value in ([], None, 1):
        with pytest.raises(MalformedInput, match="json_field"):
            report_json.from_json({**SAMPLE, "totals": {**SAMPLE["totals"], "by_kind": value}})


def test_a_count_is_no_boolean_and_not_below_zero() -> None:
    for value in (True, -1, "1"):
        with pytest.raises(MalformedInput):
            report_json.from_json({**SAMPLE, "status": {**SAMPLE["status"], "idx": value}})
