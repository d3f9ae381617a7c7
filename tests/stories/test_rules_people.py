"""R5 to R7: who may have a report, what is sealed, and no certificate number anywhere."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pikepdf
import pytest

from scripts.demo_data.codes import uscc
from tests.world.clerk import Clerk, codes, fine, firm, table

pytestmark = pytest.mark.slow
UNIT = "市场监管数源单位（演示）"
COURT, POLICE = "法院执行数源单位（演示）", "公安数源单位（演示）"
PASSPORT, OLD_FORM = "E12345678", "150302800101123"


def _number(birthday: str) -> str:
    body = f"150302{birthday}017"
    return body + "10X98765432"[sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(body)) % 11]


ADULT, MINOR = _number("19850312"), _number("20100312")


def _person(name: str, number: str, kind: str = "身份证") -> dict[str, str]:
    row = {"主体名称": name, "主体类型": "自然人", "证件类型": kind, "证件号码": number}
    return row | {"住所": "太原市小店区", "登记状态": "存续"}


@pytest.fixture(scope="module")
def shanxi(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk.found(tmp_path_factory.mktemp("people"), "140000")
    clerk.register("甲", 法定代表人="赵一")
    clerk.register_rows(_person("张三", ADULT), _person("李四", MINOR), _person("钱六", PASSPORT, "护照"))
    return clerk


class Everything:
    """All that a house kept, printed and handed out, searched for numbers."""

    def __init__(self, clerk: Clerk) -> None:
        self.clerk = clerk
        self.used = [ADULT, MINOR, PASSPORT, OLD_FORM]
        self.said = ""

    def number(self) -> str:
        """A number that nothing may repeat."""
        self.used.append(self.clerk.person())
        return self.used[-1]

    def run(self, *words: str) -> None:
        """A command as a person types it, remembered."""
        self.said += self.clerk.commands.show(*words)[1]
        self.said += self.clerk.commands.show(*words, "--json")[1]

    def found_in(self, data: bytes | str) -> list[str]:
        """The numbers that stand in plain text in ``data``."""
        text = data.encode() if isinstance(data, str) else data
        return [number for number in self.used if number.encode() in text]


def _rows(all_: Everything) -> list[dict[str, str]]:
    n, code, name = all_.number, all_.clerk.firms["甲"], all_.clerk.name("甲")

    def row(number: str, uscc_: str = code, who: str = name, **more: str) -> dict[str, str]:
        return fine(number, uscc_, who, 处罚机关=UNIT, 数据来源单位=UNIT) | more

    person = {"行政相对人类别": "自然人", "证件类型(自然人)": "身份证"}
    return [
        row(
            "号1",
            违法事实=f"当事人(身份证{n()})驾驶晋A12345,护照{PASSPORT}",
            处罚内容=f"罚款2000元,责任人{n()}",
        ),
        row("号2 " + n(), 备注=n(), 法定代表人证件号码=n(), 自定义=n(), 修复渠道=n(), 变更文号=n()),
        row("号3", "", "张三", **person, **{"证件号码(自然人)": ADULT}),
        row("号4", "", "李四", **person, **{"证件号码(自然人)": MINOR}),
        row("号5", n(), "张三"),
        row("号6", PASSPORT, "钱六"),
        row("号7", OLD_FORM, "老人"),
        row("号8", "", "店一", **{"行政相对人代码_2(工商注册号)": n(), "行政相对人代码_4(税务登记号)": n()}),
        row(
            "号9",
            "",
            "店二",
            **{"行政相对人代码_5(事业单位证书号)": n(), "行政相对人代码_3(组织机构代码)": n()},
        ),
        row("号10", 处罚决定日期=n()),
        row("号11", 处罚机关="某局" + n()),
        row("号12", 处罚程序=n(), 处罚类别="罚款 " + n(), 修复状态=n(), 领域=n(), **{"罚款金额(万元)": n()}),
    ]


@pytest.fixture(scope="module")
def everything(shanxi: Clerk) -> Everything:
    all_ = Everything(shanxi)
    rows = _rows(all_)
    header = tuple(dict.fromkeys(key for row in rows for key in row))
    path = shanxi.file(table(header, rows), f"张三{all_.number()}.csv")
    back = str(shanxi.home.parent / "back.xlsx")
    by = "张三" + all_.number()
    all_.run("ingest", path, "--unit", UNIT, "--by", by, "--returned", back)
    all_.run("units", "unknown")
    strange = firm(
        "丙公司", all_.number(), 法定代表人="赵" + all_.number(), 住所=all_.number(), 工商注册号=OLD_FORM
    )
    odd = firm("丁公司", uscc(Random(3), "140105", "91"), 法定代表人="赵" + all_.number(), 住所=all_.number())
    register = tuple(strange)
    all_.run(
        "subjects", "import", shanxi.file(table(register, [strange, odd | {"工商注册号": all_.number()}]))
    )
    for word in (ADULT, PASSPORT):
        all_.run("issue", word, "--out", back + ".pdf")
    all_.run("show", ADULT)
    for option in ("--domains", "--as-of", "--variant"):
        all_.run("issue", shanxi.firms["甲"], option, ADULT, "--out", back + ".pdf")
    all_.run("ingest", path, "--unit", ADULT, "--by", by)
    return all_


def test_no_number_is_printed_or_kept_in_plain_text(everything: Everything) -> None:
    assert everything.found_in(everything.said) == []
    kept = [path for path in everything.clerk.home.rglob("*") if path.is_file()]
    assert {path.name: everything.found_in(path.read_bytes()) for path in kept} == {p.name: [] for p in kept}


def test_no_number_stands_in_a_report_or_its_attachments(everything: Everything) -> None:
    clerk = everything.clerk
    subjects = (clerk.firms["甲"], clerk.subject_id("张三"), clerk.subject_id("钱六"))
    for subject in subjects:
        report = clerk.issue(subject, "--purpose", f"为张三{ADULT}办理")
        assert everything.found_in(report.text) == []
        with pikepdf.open(report.path) as opened:
            for name, attached in opened.attachments.items():
                assert (name, everything.found_in(attached.get_file().read_bytes())) == (name, [])


def test_the_returned_sheet_is_masked_and_the_mended_one_is_understood_all_the_same(
    everything: Everything, tmp_path: Path
) -> None:
    clerk = everything.clerk
    number = everything.number()
    clerk.register_rows(_person("孙七", number))
    row = fine("还1号", "", "孙七", 处罚机关=UNIT, 行政相对人类别="自然人", 处罚决定日期="某日")
    row |= {"证件类型(自然人)": "身份证", "证件号码(自然人)": number, "违法事实": f"身份证号{number}"}
    back = tmp_path / "back.xlsx"
    path = clerk.file(table(tuple(row), [row]))
    assert codes(clerk.send_file(path, "--returned", str(back), unit=UNIT)) == [(2, "date_unreadable")]
    book = openpyxl.load_workbook(back)
    sheet = book.active
    assert sheet is not None
    shown = [str(cell.value) for line in sheet.iter_rows() for cell in line]
    assert everything.found_in("\n".join(shown)) == []
    place = next(cell.column for cell in sheet[1] if cell.value == "处罚决定日期")
    sheet.cell(2, place).value = "2024-03-05"
    book.save(tmp_path / "mended.xlsx")
    mended = clerk.send_file(str(tmp_path / "mended.xlsx"), unit=UNIT)
    assert (mended["accepted"], mended["cleared"], mended["unmatched"]) == (1, 1, 0)
    assert clerk.issue(clerk.subject_id("孙七")).totals["records"] == 1


def test_what_is_sealed_is_on_no_page_and_in_no_total(shanxi: Clerk, everything: Everything) -> None:
    coercion = {
        "主体名称": shanxi.name("甲"), "统一社会信用代码": shanxi.firms["甲"], "决定书文号": "晋公强〔2024〕1号",
        "强制措施种类": "扣押", "决定机关": POLICE, "决定日期": "2024-01-01", "依据": "《治安管理处罚法》", "内容": "扣押",
    }  # fmt: skip
    assert shanxi.send(coercion, kind="coercion", unit=POLICE)["accepted"] == 1
    law = "《中华人民共和国治安管理处罚法》第十条"
    row = shanxi.penalty("甲", "治1号", 处罚机关=POLICE, 处罚依据=law, 违法行为类型="扰乱秩序")
    assert shanxi.send(row, unit=POLICE)["accepted"] == 1
    report = shanxi.issue("甲")
    assert "public_security" not in {
        d for item in report.content["records"]["items"] for d in item["domains"]
    }
    assert "治1号" not in report.text + str(report.content)


def test_a_minor_gets_no_report_and_no_other_kind_of_record_shows_one(shanxi: Clerk) -> None:
    answer = shanxi.refused(shanxi.subject_id("李四"))
    assert answer["error"] == "not_eligible"
    assert "十八周岁" in answer["message"] or "under 18" in answer["message"]
    judgment = {
        "主体名称": "少年", "统一社会信用代码": _number("20090101"), "案号": "（2024）刑1号", "罪名": "盗窃罪",
        "审理法院": COURT, "判决日期": "2024-01-05", "生效日期": "2024-02-01", "判决结果": "拘役",
    }  # fmt: skip
    grown = _person("少年", _number("20060101"))
    shanxi.register_rows(grown)
    judgment["统一社会信用代码"] = grown["证件号码"]
    young = judgment | {"判决日期": "2023-06-01", "生效日期": "2023-07-01", "案号": "（2023）刑2号"}
    assert shanxi.send(judgment, young, kind="judgment", unit=COURT)["accepted"] == 2
    assert list(shanxi.issue(shanxi.subject_id("少年")).marks) == ["（2024）刑1号"]


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"住所": "石家庄市长安区1号", "登记机关": "石家庄市行政审批局"}, "registered_elsewhere"),
        ({"住所": "", "登记机关": ""}, "registration_unknown"),
    ],
)
def test_registration_decides_and_not_the_digits_of_the_code(
    shanxi: Clerk, more: dict[str, str], word: str
) -> None:
    inside, outside = (uscc(Random(word + kind), kind, "91") for kind in ("130102", "140105"))
    shanxi.register_rows(
        firm(f"晋籍{len(word)}公司", inside, **shanxi.place), firm(f"外籍{len(word)}公司", outside) | more
    )
    assert shanxi.issue(inside).content["region"]["territory"] == "山西省行政区域内"
    answer: dict[str, Any] = shanxi.refused(outside)
    assert answer["error"] == "not_eligible"
    assert word not in answer["message"], "the reason stands as a sentence, not as a word of ours"
