"""The checking room: kinds from bytes, names fit to show, archives within bounds, rules and exports."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
import zlib
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from api.services.checking import bulk, originals
from api.services.checking.archive import MAX_MEMBERS, unpacked
from api.services.checking.bulk import Line
from api.services.checking.checker import Checker, hosts_named
from api.services.checking.export import COLUMNS, command, defused, to_csv, to_xlsx
from api.services.checking.inputs import MAX_NAME, Given, Kind, kind_of, shown_name
from api.services.checking.matrix import matrix
from api.services.checking.mishaps import MISHAPS
from api.services.checking.rule import Rule, judged, rule_from
from api.services.issuing.codes import MAX_WRONG_TRIES
from api.services.verifying import HouseRegister
from domain.errors import MalformedInput, NotFound, Refused
from domain.verdict import Authenticity, ClaimStatus, Status
from domain.wording import LANGUAGES, Wording
from tests.unit.api.house_kit import START, HouseKit, shared_workers
from verifier.service import Verifier


def packed(**files: bytes) -> bytes:
    """A ZIP of these files."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_pdf", ".pdf"), data)
    return out.getvalue()


def code_of(action: Any) -> str:
    with pytest.raises(MalformedInput) as error:
        action()
    return error.value.code


# --- what was handed in


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", Kind.PDF),
        (b"\xef\xbb\xbf%PDF-1.7", Kind.PDF),
        (b"\x89PNG\r\n\x1a\n", Kind.PICTURE),
        (b"\xff\xd8\xff\xe0", Kind.PICTURE),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", Kind.PICTURE),
        (b"\x00\x00\x00\x18ftypheic", Kind.PHONE_PICTURE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OFFICE),
        (packed(a_pdf=b"x"), Kind.ZIP),
        (packed(**{"[Content_Types].xml": b"<x/>"}), Kind.OFFICE),
        (packed(**{"OFD.xml": b"<x/>"}), Kind.OFFICE),
        (b"", Kind.OTHER),
        (b"hello", Kind.OTHER),
    ],
)
def test_the_kind_is_found_from_the_bytes(data: bytes, kind: Kind) -> None:
    assert kind_of(data) is kind


@given(st.text(max_size=400))
def test_a_shown_name_hides_and_turns_nothing(name: str) -> None:
    shown = shown_name(name)
    assert len(shown) <= MAX_NAME
    assert not any(ord(char) < 32 or char in "\u202e\u2066\u200b\u2028\ufeff/\\" for char in shown)


def test_names_lose_folders_and_direction_marks() -> None:
    assert shown_name("C:\\users\\a\\信用\u202efdp.exe") == "信用fdp.exe"
    assert shown_name("../../etc/passwd\x00\x1b[31m") == "passwd[31m"
    assert shown_name("长" * 300 + ".pdf").endswith("….pdf")


# --- archives


def test_members_come_in_order_and_notes_of_the_packer_do_not() -> None:
    files = unpacked(packed(b_pdf=b"2", a_pdf=b"1", **{"__MACOSX/x": b"", ".DS_Store": b""}))
    assert [(each.name, each.read()) for each in files] == [("b.pdf", b"2"), ("a.pdf", b"1")]


def test_a_name_in_gb18030_without_the_mark_is_read() -> None:
    plain = packed(aaaa_pdf=b"1")
    name = "报告".encode("gb18030")
    assert unpacked(plain.replace(b"aaaa", name))[0].name == "报告.pdf"


def test_what_an_archive_may_not_be() -> None:
    assert code_of(lambda: unpacked(b"PK\x03\x04 no more")) == "zip_unreadable"
    assert code_of(lambda: unpacked(packed())) == "zip_empty"
    assert code_of(lambda: unpacked(packed(**{f"{n}_pdf": b"" for n in range(201)}))) == "zip_too_many"
    many = packed(**{f"d{n}/": b"" for n in range(MAX_MEMBERS + 1)})
    assert code_of(lambda: unpacked(many)) == "zip_too_many"


def test_what_a_member_may_not_be() -> None:
    locked = bytearray(packed(a_pdf=b"data"))
    locked[6] |= 1
    place = locked.index(b"PK\x01\x02")
    locked[place + 8] |= 1
    assert code_of(unpacked(bytes(locked))[0].read) == "zip_encrypted"
    assert code_of(unpacked(packed(a_zip=packed(b_pdf=b"1")))[0].read) == "zip_nested"
    broken = bytearray(packed(a_pdf=b"data" * 50))
    broken[36] ^= 0xFF
    assert code_of(unpacked(bytes(broken))[0].read) == "zip_member_unreadable"


def test_a_bomb_is_stopped_while_it_unpacks() -> None:
    bomb = packed(a_pdf=bytes(30 * 2**20))
    assert len(bomb) < 100_000
    assert code_of(unpacked(bomb)[0].read) == "zip_too_large"


def test_a_lie_about_the_size_changes_nothing() -> None:
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = body.compress(bytes(30 * 2**20)) + body.flush()
    crc = zlib.crc32(bytes(30 * 2**20))
    head = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(data), 10, 5, 0) + b"a.pdf"
    entry = struct.pack(
        "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(data), 10, 5, 0, 0, 0, 0, 0, 0
    )
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(entry) + 5, len(head) + len(data), 0)
    lying = head + data + entry + b"a.pdf" + end
    assert code_of(unpacked(lying)[0].read) in {"zip_too_large", "zip_member_unreadable"}


def test_many_members_share_one_budget() -> None:
    files = unpacked(packed(**{f"{n}_pdf": bytes(19 * 2**20) for n in range(12)}))
    codes = []
    for each in files:
        try:
            each.read()
        except MalformedInput as error:
            codes.append(error.code)
    assert codes == ["zip_too_large"] * 2  # 200 MiB hold ten of them


# --- judging in a house with one report


def room(kit: HouseKit) -> Checker:
    now = kit.tick()
    trust = kit.verifier.at(now).trust
    register = HouseRegister(kit.context.store, kit.context)
    return Checker(kit.context, Verifier(trust, register, worker=shared_workers(kit.context)), now)


def only_number(kit: HouseKit) -> str:
    with kit.context.store.reading() as work:
        subject = work.subjects.by_uscc(next(iter(_codes())))
        assert subject is not None
        (line,) = work.reports.of_subject(subject.id)
    return line.number


def _codes() -> tuple[str, ...]:
    from tests.unit.api.house_kit import FIRM

    return (FIRM,)


def test_a_hash_that_the_register_holds_is_judged_by_its_own_copy(issued_kit: HouseKit) -> None:
    number = only_number(issued_kit)
    data = originals.original(issued_kit.context, number)
    judge = room(issued_kit)
    whole = judge.file(data, "a.pdf")
    assert whole.verdict is not None and whole.sha256 is not None
    by_hash = judge.sha256(whole.sha256.upper(), "")
    assert by_hash.verdict is not None
    assert by_hash.hash_only and by_hash.handle
    assert (by_hash.verdict.status, by_hash.verdict.code) == (Status.VALID, "ok")
    assert by_hash.verdict.checks == whole.verdict.checks
    assert by_hash.verdict.content == whole.verdict.content


def test_a_hash_that_the_register_does_not_hold_is_no_report(issued_kit: HouseKit) -> None:
    answer = room(issued_kit).sha256("0" * 64, "")
    assert answer.verdict is not None
    assert (answer.verdict.status, answer.verdict.code) == (Status.INVALID, "not_logged")
    assert answer.verdict.authenticity is Authenticity.NOT_GENUINE
    assert answer.verdict.report is None and answer.handle is None
    assert code_of(lambda: room(issued_kit).sha256("xyz", "")) == "sha256_form"


def test_unknown_wrong_and_locked_codes_answer_alike_and_cost_the_same_writes(issued_kit: HouseKit) -> None:
    number = only_number(issued_kit)
    unknown = number[:14] + "0000DEAD"
    judge = room(issued_kit)
    answers = []
    for asked in (number, unknown):
        answer = judge.number(asked, "000000000000")
        assert answer.verdict is not None and answer.original is None and answer.handle is None
        answers.append(
            (answer.verdict.status, answer.verdict.code, answer.verdict.reason, answer.verdict.report)
        )
    with issued_kit.context.store.writing() as work:
        for _ in range(MAX_WRONG_TRIES):
            work.reports.count_wrong_try(number)
        work.commit()
    locked = judge.number(number, "000000000000").verdict
    assert locked is not None
    answers.append((locked.status, locked.code, locked.reason, locked.report))
    assert set(answers) == {(ClaimStatus.REFUTED, "code_unknown", "code_not_known", None)}
    with issued_kit.context.store.reading() as work:
        counted, nobody = work.reports.codes(number), work.reports.codes("-")
    assert counted is not None and nobody is not None
    # The unknown number and the locked one each cost a write too, on a line that belongs to nobody.
    assert (counted.wrong_tries, nobody.wrong_tries) == (MAX_WRONG_TRIES + 1, 2)


def test_a_handle_opens_the_original_for_a_while(issued_kit: HouseKit) -> None:
    context, number = issued_kit.context, only_number(issued_kit)
    now = issued_kit.tick()
    given = originals.handle(context, number, now)
    assert originals.number_of(context, given, now) == number
    for wrong, moment in [
        (given, now + originals.LIFE + timedelta(seconds=1)),
        (given[:-3] + "AAA", now),
        ("", now),
        ("!!", now),
        ("é" * 20, now),
    ]:
        with pytest.raises(Refused) as error:
            originals.number_of(context, wrong, moment)
        assert error.value.code == "original_closed"


def test_a_renamed_genuine_file_says_that_names_do_not_matter(issued_kit: HouseKit) -> None:
    number = only_number(issued_kit)
    data = originals.original(issued_kit.context, number)
    judge = room(issued_kit)
    assert judge.file(data, "mmexport(1).pdf").mishap == "renamed"
    assert judge.file(data, f"{number}.pdf").mishap is None
    assert judge.file(data + b"\n", "x.pdf").mishap == "padded"
    assert hosts_named(judge.file(data, "x.pdf"), "dz.example") == ("dz.example",)


def test_pages_and_photographs_are_drawn_anew(issued_kit: HouseKit) -> None:
    judge = room(issued_kit)
    drawn = judge.pages(only_number(issued_kit))
    assert 1 <= len(drawn) <= 12
    assert Image.open(BytesIO(drawn[0])).size[0] == 860
    out = BytesIO()
    picture = Image.new("RGB", (3000, 2000), "white")
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    picture.save(out, "JPEG", exif=exif)
    anew = judge.photograph(out.getvalue())
    assert anew is not None and b"where it was" not in anew
    assert max(Image.open(BytesIO(anew)).size) == 1200
    assert judge.photograph(b"%PDF-1.7") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_mishap_and_problem_has_its_own_sentences(language: str) -> None:
    words = Wording.load(language)
    parts = [
        words.text(f"portal_mishap_{name}.{part}") for name in MISHAPS for part in ("title", "means", "do")
    ]
    assert not any(part.startswith("portal_mishap") for part in parts)
    means = [words.text(f"portal_mishap_{name}.means") for name in MISHAPS]
    assert len(set(means)) == len(means)
    problems = ["office_not_read", "phone_picture_not_read", "zip_encrypted", "zip_nested", "zip_too_large"]
    assert all(words.has(f"{code}.{part}") for code in problems for part in ("line", "next"))


# --- batches


def judged_line(name: str, **more: Any) -> Line:
    report = {
        "number": "15030020261122AAAAAAAA",
        "subject": {"name": "甲", "uscc": "X"},
        "as_of": "2026-06-01T00:00:00.000000Z",
        "scope": {"narrowed": False, "chosen": ["a"], "omitted": [], "window_from": "2021-01-01", "window_to": "2026-06-01"},
        "totals": {"records": 2, "fine_fen": 12_345_00, "latest_date": "2025-05-01", "by_category": {"fine": 2}},
    } | more.pop("report", {})  # fmt: skip
    verdict = {"status": "VALID", "report": report} | more.pop("verdict", {})
    values = {
        "name": name,
        "size": 1,
        "sha256": name,
        "verdict": verdict,
        "problem": None,
        "mishap": None,
        "told": {},
    }
    return Line(**(values | more))


def test_copies_are_told_and_counted_once() -> None:
    lines = [judged_line("a"), judged_line("a"), judged_line("b"), judged_line("c", verdict={"report": None})]
    table = matrix(lines, Rule(), START)
    assert [row.same_file for row in table.rows] == [None, 1, None, None]
    assert [row.same_number for row in table.rows] == [None, None, 1, None]
    assert (table.records, table.fine_fen) == (2, 12_345_00)


def test_two_pictures_of_one_code_are_one_number() -> None:
    other = {"kind": "cover", "host": "dz.example", "number": "15030020261122AAAAAAAA"}
    picture = {"status": "STANDS", "report": None, "others": [other]}
    lines = [judged_line("p1", verdict=picture), judged_line("p2", verdict=picture)]
    assert matrix(lines, Rule(), START).rows[1].same_number == 1


def test_the_receivers_rule() -> None:
    verdict = judged_line("a").verdict
    assert verdict is not None
    assert judged(Rule(), verdict, START) is None
    assert judged(rule_from("20000", (), "", ""), verdict, START).outcome == "meets"  # type: ignore[union-attr]
    steps = judged(rule_from("10000, 50000", (), "", ""), verdict, START)
    assert steps is not None and (steps.outcome, steps.step) == ("fails", 1)
    assert judged(rule_from("", ("fine",), "", ""), verdict, START).outcome == "fails"  # type: ignore[union-attr]
    assert judged(rule_from("", ("detention",), "365", "30"), verdict, START).outcome == "meets"  # type: ignore[union-attr]
    assert judged(rule_from("", (), "1095", ""), verdict, START).outcome == "fails"  # type: ignore[union-attr]
    assert judged(rule_from("", (), "", "10"), verdict, START).outcome == "fails"  # type: ignore[union-attr]
    narrowed = judged_line("n", report={"scope": {**verdict["report"]["scope"], "narrowed": True}}).verdict
    assert narrowed is not None
    assert judged(rule_from("", ("detention",), "", ""), narrowed, START).outcome == "open"  # type: ignore[union-attr]
    late = {**verdict, "content": {"state": "no_record_in_scope", "records": 0, "not_current": ["a"]}}
    assert judged(rule_from("20000", (), "", ""), late, START).outcome == "open"  # type: ignore[union-attr]
    assert judged(rule_from("1", (), "", ""), {**verdict, "status": "INVALID"}, START) is None


@pytest.mark.parametrize(
    ("steps", "days", "code"),
    [("5,3", "", "rule_steps"), ("1,1", "", "rule_steps"), ("1,2,3,4,5,6", "", "rule_steps"), ("", "0", "rule_days"),
     ("", "a", "rule_days"), ("", "99999", "rule_days"), ("x", "", "money_form")],
)  # fmt: skip
def test_a_rule_typed_wrong_is_said(steps: str, days: str, code: str) -> None:
    assert code_of(lambda: rule_from(steps, (), days, "")) == code


def test_a_batch_is_found_by_its_token_alone_and_gone_after_an_hour(issued_kit: HouseKit) -> None:
    context, now = issued_kit.context, issued_kit.tick()
    opened = bulk.open_bulk(context, 2, Rule(), now)
    data = originals.original(context, only_number(issued_kit))
    files = [Given(name="a.pdf", read=lambda: data), Given(name="b.txt", read=lambda: b"hello")]
    bulk.judge_all(context, opened.bulk, room(issued_kit), files, 1)
    found = bulk.find(context, opened.token, now)
    lines = bulk.read(context, found)
    assert [line.name for line in lines] == ["a.pdf", "b.txt"]
    assert lines[0].told["zh"]["document"] == "真实有效"
    with context.store.reading() as work:
        assert all(b"91150302" not in item.verdict_sealed for item in work.bulk.items(found.id))
    for token, moment in [("", now), ("x" * 43, now), (opened.token, now + bulk.LIFE)]:
        with pytest.raises(NotFound) as error:
            bulk.find(context, token, moment)
        assert error.value.code == "batch_gone"
    bulk.open_bulk(context, 1, Rule(), now + bulk.LIFE)
    with context.store.reading() as work:
        assert work.bulk.count(found.id) == 0


# --- exports


@given(st.text(max_size=30))
def test_no_cell_becomes_a_formula(text: str) -> None:
    assert not defused(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_exports_hold_text_for_text_and_what_a_second_check_needs() -> None:
    nasty = '=HYPERLINK("http://x","y")'
    lines = [judged_line(nasty, report={"subject": {"name": "@SUM(1)", "uscc": "X"}}), judged_line("-x.pdf")]
    table = matrix(lines, Rule(), START)
    words = Wording.load("zh")
    data = to_csv(table, words)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows[1][1] == "'" + nasty and rows[1][COLUMNS.index("subject")] == "'@SUM(1)"
    assert "'./-x.pdf'" in command(table.rows[1]) or " ./-x.pdf " in command(table.rows[1])
    book = openpyxl.load_workbook(BytesIO(to_xlsx(table, words, START)))
    sheet = book.worksheets[0]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert sheet.cell(2, COLUMNS.index("fine") + 1).value == 12345
    assert "使用方自行设定" in str(book.worksheets[1].cell(3, 1).value)
    assert sheet.cell(1, 1).value == "序号"


def test_the_command_of_a_row_runs_in_a_shell_as_one_file() -> None:
    import shlex

    line = judged_line("a b; rm -rf $(x) '.pdf")
    words = shlex.split(command(matrix([line], Rule(), START).rows[0]))
    assert words[:2] == ["daizheng", "verify"] and words[2] == "a b; rm -rf $(x) '.pdf"
    assert Path(words[4]).name == "trust.jws"
