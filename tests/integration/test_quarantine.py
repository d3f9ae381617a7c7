"""Rows that wait: listed with what to do, sent back as a sheet, gone when the mended sheet comes in (R3, R20)."""

from __future__ import annotations

from pathlib import Path

from records.intake import read_table
from tests.integration.test_commands import Shell
from tests.integration.test_commands import shell as shell  # the same house
from tests.unit.api.house_kit import PENALTY_HEADER, SUBJECT_HEADER, fine, firm, table

MARKET = "乌海市市场监督管理局"


def _ingest(shell: Shell, file: Path, *words: str) -> dict[str, object]:
    code, said = shell.json(
        "ingest", str(file), "--kind", "penalty", "--unit", MARKET, "--by", "张三", *words
    )
    assert code == 0, said
    return said


def _mended(sheet: bytes, column: str, value: str) -> bytes:
    """The returned sheet as a clerk sends it in again, one column mended in every row."""
    read = read_table(sheet, "back.xlsx")
    header = tuple(column.header for column in read.columns)
    rows = [dict(zip(header, row.values, strict=False)) | {column: value} for row in read.rows]
    return table(header, rows)


def test_open_rows_are_listed_until_the_mended_sheet_clears_them(shell: Shell, tmp_path: Path) -> None:
    assert shell.json("quarantine") == (0, {"rows": 0, "quarantine": []})
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    bad = [fine("乌市监罚〔2024〕2号", 处罚决定日期="2024/02/30"), fine("乌市监罚〔2024〕1号")]
    first.write_bytes(table(PENALTY_HEADER, bad))
    second.write_bytes(table(PENALTY_HEADER, [fine("乌市监罚〔2024〕3号", 处罚决定日期="前年")]))
    batch = str(_ingest(shell, first)["batch"])
    _ingest(shell, second)
    code, said = shell.json("quarantine", "--unit", MARKET)
    assert (code, said["rows"]) == (0, 2)
    line = said["quarantine"][0]
    assert (line["file"], line["row"], line["column"]) == ("a.csv", 2, "处罚决定日期")
    assert (line["code"], line["kind"], line["unit"]) == ("date_unreadable", "penalty", "market_regulation")
    assert line["message"]
    assert line["todo"]
    code, text, _ = shell.run("quarantine", "--lang", "zh", "--batch", batch)
    assert code == 0
    assert "第 2 行 处罚决定日期" in text
    assert "共 1 行" in text
    assert "b.csv" not in text
    back = tmp_path / "back.xlsx"
    assert shell.json("quarantine", "--returned", str(back))[1]["error"] == "batch_needed"
    assert shell.json("quarantine", "--batch", batch, "--returned", str(back))[0] == 0
    mended = tmp_path / "mended.csv"
    mended.write_bytes(_mended(back.read_bytes(), "处罚决定日期", "2024/02/29"))
    said = _ingest(shell, mended)
    assert (said["accepted"], said["cleared"]) == (1, 1)
    code, said = shell.json("quarantine")
    assert [line["file"] for line in said["quarantine"]] == ["b.csv"]
    assert shell.json("quarantine", "--kind", "repair")[1]["rows"] == 0


def test_a_register_goes_back_and_comes_in_mended(shell: Shell, tmp_path: Path) -> None:
    file, back, mended = tmp_path / "s.csv", tmp_path / "back.xlsx", tmp_path / "mended.csv"
    wrong = firm("乌海市丙物流有限公司", "91150304MA0N0A03AA")
    file.write_bytes(table(SUBJECT_HEADER, [wrong]))
    code, said = shell.json("subjects", "import", str(file), "--returned", str(back))
    assert (code, said["quarantined"], said["accepted"]) == (0, 1, 0)
    from tests.unit.api.house_kit import THIRD_FIRM

    mended.write_bytes(_mended(back.read_bytes(), "统一社会信用代码", THIRD_FIRM))
    code, said = shell.json("subjects", "import", str(mended))
    assert (code, said["accepted"], said["cleared"]) == (0, 1, 1)
    assert shell.json("quarantine")[1]["rows"] == 0


def test_a_sheet_that_somebody_works_on_is_not_overwritten(shell: Shell, tmp_path: Path) -> None:
    file, back = tmp_path / "p.csv", tmp_path / "back.xlsx"
    file.write_bytes(table(PENALTY_HEADER, [fine("乌市监罚〔2024〕2号", 处罚决定日期="2024/02/30")]))
    back.write_bytes(b"half mended")
    for words in (
        ("ingest", str(file), "--kind", "penalty", "--unit", MARKET, "--by", "张三"),
        ("subjects", "import", str(file)),
        ("quarantine",),
    ):
        code, said = shell.json(*words, "--returned", str(back))
        assert (code, said["error"], back.read_bytes()) == (1, "file_exists", b"half mended")
    assert shell.json("quarantine")[1]["rows"] == 0
