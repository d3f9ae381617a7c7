"""The shipped region files carry the two plans in full; a broken file is refused with its place."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.catalogue import PENALTY_CATEGORIES, RECORD_KINDS, subject_kind_of
from domain.errors import MalformedInput, NotFound, Refused
from records.model import Category, Kind
from records.region_model import Region
from records.regions import MAX_BYTES, load_region, shipped_region, shipped_regions
from records.units import Mapped, UnitIndex
from tests.unit.records.making import SHANXI, THIRD, TODAY, WUHAI

ROOT = Path(__file__).parents[3]
THIRD_BYTES = (Path(__file__).parent / "990100-2026.toml").read_bytes()

# 附表《数据归集责任清单》, row by row: 领域, 数据范围, 名单, 责任单位 (三区 apart).
ANNEX = """
法院失信执行|L|失信被执行人|市法院|3
发展改革|P||市发展改革委|3
教育|P||市教育局|3
科技|P||市科技局|3
工业和信息化|P||市工信局|3
档案管理|P||市委办公室|3
公安|PL|电信网络诈骗严重失信主体名单、网络信用黑名单|市公安局|3
民政|PL|社会组织严重违法失信名单、危害残疾儿童康复救助权益严重失信主体名单、社会救助领域信用黑名单、养老服务领域失信联合惩戒对象名单|市民政局|3
司法|P||市司法局|3
财政|PL|政府采购严重违法失信行为记录名单、注册会计师行业严重失信主体名单|市财政局|3
人力资源和社会保障|PL|拖欠农民工工资黑名单、社会保险领域严重失信黑名单、职称申报评审失信黑名单|市人社局|3
自然资源|PL|矿业权人严重失信名单、地质勘察单位黑名单|市自然资源局|3
生态环境|P||市生态环境局|3
住建|PL|建筑经营主体黑名单、工程建设领域黑名单、物业服务企业黑名单、保障性住房使用领域信用黑名单、城市轨道交通领域黑名单|市住建局|3
交通运输|PL|严重违法超限超载运输当事人名单、运输物流行业严重失信黑名单、工程建设领域黑名单|市交通运输局|3
水利|P||市水务局|3
农业农村|P||市农牧局|3
商贸流通|P||市商务局|3
文化旅游|PL|文化和旅游市场严重失信主体名单|市文体旅游广电局|3
卫生健康|P||市卫生健康委|3
安全生产|PL|安全生产严重失信主体名单、社会救助领域信用黑名单|市应急管理局|3
退役军人事务|P||市退役军人事务局|3
市场监管|PAL|市场监督管理严重违法失信名单、食品安全严重违法生产者黑名单、价格失信主体名单、知识产权领域严重违法失信名单、经营主体被依法纳入或移出经营异常名录|市市场监管局|3
统计|PL|统计严重失信企业名单|市统计局|3
能源|P||市能源局|3
医疗保障|PL|医疗保障领域失信联合惩戒名单、社会救助领域信用黑名单、社会保险领域严重失信黑名单|市医保局|3
金融|P||人民银行乌海市分行、国家金融监管总局乌海市监管分局|
税务|PL|重大税收违法失信主体名单|市税务局|3
消防安全|PL|消防安全领域黑名单|市消防救援支队、市住建局|3
气象|P||市气象局|3
邮政|PL|快递领域黑名单|市邮政管理局|3
""".strip().splitlines()
LETTERS = {"P": "penalty", "L": "dishonest-list", "A": "abnormal-list"}
FORTY = (
    "发展改革、城市管理、自然资源、人力社保、生态环境、市场监管、卫生健康、文化和旅游、应急管理（安全生产）、住房城乡建设、科技、"
    "交通运输、税务、知识产权、水利、消防救援、通信管理、教育、工业信息化、公安、民政、司法行政、财政、公积金、农业农村、商务、审计、"
    "体育、统计、金融监管、能源、医疗保障、粮食和物资储备、林业、气象、邮政、地震、法院执行、档案管理、国防义务"
).split("、")


def test_wuhai_carries_the_whole_annex():
    index = UnitIndex(WUHAI)
    assert len(ANNEX) == len(WUHAI.domains) == 31
    for row, entry in zip(ANNEX, WUHAI.domains, strict=True):
        name, kinds, lists, units, districts = row.split("|")
        assert entry.name == name
        assert set(entry.kinds) == {LETTERS[letter] for letter in kinds}
        assert list(entry.lists) == [item for item in lists.split("、") if item]
        responsible = [index.find(unit) for unit in units.split("、")]
        assert None not in responsible
        expected = {unit.id for unit in responsible if unit} | (
            {"haibowan", "hainan", "wuda"} if districts else set()
        )
        assert set(entry.units) == expected, name


def test_each_list_of_the_annex_maps_and_knows_all_its_domains():
    index = UnitIndex(WUHAI)
    assert len(WUHAI.lists) == 33
    assert WUHAI.lists["社会救助领域信用黑名单"].domains == (
        "civil_affairs",
        "emergency_management",
        "healthcare_security",
    )
    assert WUHAI.lists["工程建设领域黑名单"].domains == ("housing_construction", "transport")
    for row in ANNEX:
        name, _, lists, units, _ = row.split("|")
        for item in filter(None, lists.split("、")):
            found = index.map_row(unit_name=units.split("、")[0], kind="dishonest-list", list_name=item)
            assert isinstance(found, Mapped)
            assert found.domains == (WUHAI.domain_of(name),)


def test_shanxi_has_its_forty_domains_and_no_units():
    assert [entry.name for entry in SHANXI.domains] == FORTY
    assert SHANXI.units == ()
    assert not any(entry.units for entry in SHANXI.domains)


def test_what_the_plans_say_stands_as_settings():
    wuhai, shanxi = WUHAI.settings_at(date(2026, 3, 1)), SHANXI.settings_at(TODAY)
    assert WUHAI.status == "draft"
    assert WUHAI.settings_at(TODAY).basis[0].draft
    assert (wuhai.look_back, shanxi.look_back) == ("2021-01-01", "2022-08-01")
    assert wuhai.title == "专用信用信息报告（无违法违规记录证明版）"
    assert shanxi.title == "专项信用报告"
    assert (wuhai.choice_allowed, shanxi.choice_allowed) == (False, True)
    assert (wuhai.objection_days, shanxi.objection_days) == (5, None)
    assert (wuhai.validity_days, shanxi.validity_days) == (None, None)
    assert wuhai.equal_force is None
    assert "同等效力" in (shanxi.equal_force or "")
    assert set(shanxi.kinds_counted) == {"penalty", "coercion", "dishonest-list", "judgment"}
    assert "simple" not in wuhai.procedures
    assert "simple" in shanxi.procedures
    assert shanxi.commitments_allowed


def test_settings_go_by_their_day():
    assert not WUHAI.settings_at(date(2025, 12, 31)).sealing.public_security_persons
    assert WUHAI.settings_at(date(2026, 1, 1)).sealing.public_security_persons
    assert WUHAI.settings_at(date(2026, 3, 31)).repair_regime == "show_marked"
    assert WUHAI.settings_at(date(2026, 4, 1)).repair_regime == "hide"
    assert [SHANXI.phase_at(date(2025, month, 1)) for month in (9, 10, 11)] == ["trial", "trial", "full"]
    assert WUHAI.phase_at(TODAY) == "trial"
    with pytest.raises(Refused, match="phase_not_started"):
        SHANXI.phase_at(date(2025, 8, 31))
    with pytest.raises(Refused, match="settings_not_in_force"):
        SHANXI.settings_at(date(2022, 7, 31))


@pytest.mark.parametrize("region", [WUHAI, SHANXI], ids=["wuhai", "shanxi"])
def test_each_changed_setting_says_so_in_a_sentence(region: Region):
    for _, now in region.history:
        said = "".join(now.rules)
        for days in now.sharing_days.values():
            assert f"{days}日" in said
        if now.repair_regime == "hide":
            assert "不再列示" in said
        if now.objection_days:
            assert f"{now.objection_days}个工作日" in "".join(now.notes)


def test_the_newest_shipped_version_is_found_and_an_unknown_region_is_not():
    assert shipped_region("150300") is load_region(shipped_regions()["150300-2024"])
    with pytest.raises(NotFound):
        shipped_region("999999")


def test_the_hash_is_over_the_file_bytes():
    changed = load_region(THIRD_BYTES + b"\n# a comment\n")
    assert changed.sha256 != THIRD.sha256
    assert changed.ref.code == THIRD.ref.code


def test_the_schema_is_a_schema_and_takes_the_shipped_files():
    schema = json.loads((ROOT / "templates/schemas/region-1.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for data in shipped_regions().values():
        tree = json.loads(json.dumps(tomllib.loads(data.decode("utf-8")), default=str))
        jsonschema.validate(tree, schema)


def test_the_catalogue_names_each_kind_and_category():
    assert set(PENALTY_CATEGORIES) == {category.value for category in Category}
    assert set(RECORD_KINDS) == {kind.value for kind in Kind}
    assert subject_kind_of(" 有限责任公司") == "company"
    assert subject_kind_of("火星公司") is None


def broken(old: str, new: str) -> bytes:
    text = THIRD_BYTES.decode("utf-8")
    assert old in text
    return text.replace(old, new, 1).encode("utf-8")


@pytest.mark.parametrize(
    ("data", "code", "path"),
    [
        (broken('code = "990100"', 'code = "99010"'), "region_shape", "code"),
        (broken('level = "city"', ""), "region_shape", "(file)"),
        (broken('review = "person"', 'review = "perhaps"'), "region_shape", "service[0].review"),
        (
            broken('procedures = ["ordinary", "unstated"]', 'procedures = ["ordinary"]'),
            "region_shape",
            "counting[0].procedures",
        ),
        (broken('look_back = "P5Y"', 'look_back = "five years"'), "region_shape", "counting[0].look_back"),
        (broken('look_back = "P5Y"', 'look_back = "2024-02-30"'), "region_shape", "counting[0].look_back"),
        (broken('look_back = "P5Y"', 'look_back = "P9999Y"'), "look_back_malformed", None),
        (broken('id = "tobacco"', 'id = "space_travel"'), "region_unknown_reference", "domains"),
        (broken('id = "tobacco"', 'id = "customs"'), "region_duplicate", "domains"),
        (
            broken('names = ["甲乙市中级人民法院"]', 'names = ["甲乙市市场监督管理局"]'),
            "region_duplicate",
            "units",
        ),
        (
            broken('domains = ["court_enforcement"]', 'domains = ["archives"]'),
            "region_unknown_reference",
            "units[1].domains",
        ),
        (broken('"institution"]', '"martian"]'), "region_unknown_reference", "eligibility[0]"),
        (
            broken("[[repair]]", '[[repair]]\nfrom = 2026-05-01\nregime = "hide"\n[[repair]]'),
            "region_order",
            "repair",
        ),
        (broken("# An", "= An"), "region_not_toml", None),
        (b"\xff\xfe", "region_not_toml", None),
        (b" " * (MAX_BYTES + 1), "region_too_large", None),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_broken_file_is_refused_with_its_place(data: bytes, code: str, path: str | None):
    with pytest.raises(MalformedInput) as caught:
        load_region(data)
    assert caught.value.code == code
    assert path is None or caught.value.fields["path"] == path


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda at, old, new: THIRD_BYTES[:at] + new + THIRD_BYTES[at + old :],
            st.integers(0, len(THIRD_BYTES)),
            st.integers(0, 40),
            st.binary(max_size=8),
        ),
    )
)
@example(b"a = " + b"[" * 5000)
@example(THIRD_BYTES.replace(b"from = 2026-01-01", b"from = 2026-01-01T00:00:00Z", 1))
def test_any_bytes_give_a_region_or_malformed_input(data: bytes):
    try:
        assert isinstance(load_region.__wrapped__(data), Region)
    except MalformedInput as error:
        assert error.code.startswith(("region_", "look_back_"))
