"""The command line on a real house: what it prints, what it exits with, and that it says one line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from api import container
from api.cli.main import run
from api.services.auditing.keeping import mirror
from api.services.auditing.sources import HouseSource
from domain.errors import CreditDocError
from domain.times import parse_rfc3339, shanghai_text
from tests.unit.api.house_kit import (
    FIRM,
    PASSPHRASE,
    PENALTY_HEADER,
    SUBJECT_HEADER,
    HouseKit,
    fine,
    firm,
    table,
)
from tests.world.world import payload


class Shell:
    """Runs commands in one house and keeps what they print."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self._capsys = home, capsys

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        self._capsys.readouterr()
        code = run(list(words))
        out, err = self._capsys.readouterr()
        return code, out, err

    def json(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Exit code and the one object of ``--json``."""
        code, out, err = self.run(*words, "--json")
        (line,) = out.splitlines()
        assert err == ""
        return code, json.loads(line)


@pytest.fixture
def shell(
    template: Path, kit: HouseKit, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("DAIZHENG_HOME", str(kit.context.home))
    monkeypatch.setenv("DAIZHENG_PASSPHRASE", PASSPHRASE.decode())
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return Shell(kit.context.home, capsys)


def test_file_in_report_out_verdict(shell: Shell, tmp_path: Path) -> None:
    subjects, penalties, report = tmp_path / "s.csv", tmp_path / "p.csv", tmp_path / "r.pdf"
    subjects.write_bytes(table(SUBJECT_HEADER, [firm("乌海市甲商贸有限公司", FIRM)]))
    penalties.write_bytes(
        table(
            PENALTY_HEADER,
            [fine("乌市监罚〔2024〕1号"), fine("乌市监罚〔2024〕2号", 处罚决定日期="2024/02/30")],
        )
    )
    code, said = shell.json("subjects", "import", str(subjects))
    assert (code, said["unchanged"]) == (0, 1)
    code, said = shell.json(
        "ingest", str(penalties), "--kind", "penalty", "--unit", "乌海市市场监督管理局", "--by", "张三"
    )  # fmt: skip
    assert code == 0
    assert [said[key] for key in ("rows", "accepted", "unchanged", "quarantined", "skipped")] == [
        3,
        1,
        0,
        1,
        1,
    ]
    (held,) = said["quarantine"]
    assert (held["row"], held["column"], held["code"]) == (3, "处罚决定日期", "date_unreadable")
    assert held["message"]
    code, said = shell.json("issue", FIRM, "--purpose", "银行贷款", "--out", str(report))
    assert code == 0
    assert set(said) >= {"number", "sha256", "content_sha256", "fresh_until"}
    code, verdict = shell.json("verify", str(report))
    assert (code, verdict["status"], verdict["code"]) == (0, "VALID", "ok")
    assert verdict["content"]["state"] == "records"
    code, shown = shell.json("show", said["number"])
    assert (code, shown["state"], shown["sha256"]) == (0, "valid", said["sha256"])


def test_a_report_is_found_again_by_its_number(shell: Shell, tmp_path: Path) -> None:
    first, second = tmp_path / "a.pdf", tmp_path / "b.pdf"
    _, said = shell.json("issue", FIRM, "--out", str(first))
    spaced = f"{said['number'][:6]} {said['number'][6:14]} {said['number'][14:].lower()}"
    assert shell.json("show", spaced, "--out", str(second))[0] == 0
    assert first.read_bytes() == second.read_bytes()


def test_a_person_reads_china_time_and_a_program_utc(shell: Shell, tmp_path: Path) -> None:
    bundle = tmp_path / "b.jws"
    code, said, _ = shell.run("trust", "export", "--out", str(bundle), "--lang", "zh")
    until = payload(bundle.read_bytes())["expires_at"]
    assert (code, f"北京时间 {shanghai_text(parse_rfc3339(until))} 前有效" in said) == (0, True)
    assert until not in said
    _, facts = shell.json("trust", "export", "--out", str(bundle))
    assert facts["expires_at"] == payload(bundle.read_bytes())["expires_at"]


def test_a_file_is_not_overwritten_by_a_new_report_unless_forced(shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "r.pdf"
    _, first = shell.json("issue", FIRM, "--out", str(report))
    data = report.read_bytes()
    code, said = shell.json("issue", FIRM, "--out", str(report))
    assert (code, said["error"]) == (1, "out_exists")
    assert report.read_bytes() == data
    code, second = shell.json("issue", FIRM, "--out", str(report), "--force")
    assert code == 0
    assert report.read_bytes() != data
    again = tmp_path / "again.pdf"
    assert shell.json("show", first["number"], "--out", str(again))[0] == 0
    assert again.read_bytes() == data
    again.write_bytes(b"mine")
    code, said = shell.json("show", first["number"], "--out", str(again))
    assert (code, said["error"], again.read_bytes()) == (1, "file_exists", b"mine")
    assert shell.json("show", first["number"], "--out", str(again), "--force")[0] == 0
    assert again.read_bytes() == data
    code, said = shell.json("issue", FIRM, "--out", str(tmp_path / "nowhere" / "r.pdf"))
    assert (code, said["error"]) == (1, "report_not_written")
    assert second["number"] not in said["message"]


def test_a_matter_fills_in_purpose_and_choice(shell: Shell, tmp_path: Path) -> None:
    code, said = shell.json("issue", FIRM, "--matter", "bidding", "--out", str(tmp_path / "r.pdf"))
    assert code == 0
    _, shown = shell.json("show", said["number"])
    assert shown["purpose"] == "参与招标投标"
    words = ("issue", FIRM, "--matter", "bidding", "--purpose", "银行贷款", "--out", str(tmp_path / "s.pdf"))
    code, said = shell.json(*words)
    assert (code, said["error"]) == (2, "matter_names_purpose")


@pytest.mark.parametrize(("lang", "label"), [("zh", "报告编号"), ("en", "number")])
def test_show_names_its_facts_in_the_language_asked_for(
    shell: Shell, tmp_path: Path, lang: str, label: str
) -> None:
    _, said = shell.json("issue", FIRM, "--out", str(tmp_path / "r.pdf"))
    code, out, _ = shell.run("show", said["number"], "--lang", lang)
    assert code == 0
    assert out.splitlines()[0].split() == [label, said["number"]]
    named = [line.split()[0] for line in out.splitlines()]
    if lang == "zh":
        assert not any(name.isascii() for name in named)


def test_a_stranger_with_the_bundle_needs_no_house(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, bundle = tmp_path / "r.pdf", tmp_path / "b.jws"
    shell.json("issue", FIRM, "--out", str(report))
    code, said = shell.json("trust", "export", "--out", str(bundle))
    assert code == 0
    monkeypatch.delenv("DAIZHENG_HOME")
    monkeypatch.delenv("DAIZHENG_PASSPHRASE")
    code, verdict = shell.json("verify", str(report), "--trust", str(bundle))
    assert (code, verdict["code"], verdict["authenticity"]) == (3, "status_unavailable", "genuine")
    words = ("verify", str(report), "--trust", str(bundle), "--policy", "authenticity")
    assert shell.json(*words, "--anchor", said["anchor_sha256"])[0] == 0
    assert shell.run("verify", str(report))[0] == 2


def test_a_clerk_verifies_in_the_house_without_the_passphrase(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "r.pdf"
    shell.json("issue", FIRM, "--out", str(report))
    monkeypatch.delenv("DAIZHENG_PASSPHRASE")
    code, verdict = shell.json("verify", str(report))
    assert (code, verdict["code"]) == (0, "ok")


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("issue", "911503000000000000", "--out", "x.pdf"), 2, "subject_unknown"),
        (("issue", FIRM, "--domains", "fire_safety", "--out", "x.pdf"), 1, "choice_not_allowed"),
        (("issue", FIRM, "--purpose", "长" * 61, "--out", "x.pdf"), 2, "purpose_too_long"),
        (("issue", FIRM, "--from", "yesterday", "--out", "x.pdf"), 2, "option_day"),
        (("issue", FIRM, "--variant", "long", "--out", "x.pdf"), 2, "variant_unknown"),
        (("issue", FIRM, "--as-of", "2020-01-01", "--out", "x.pdf"), 1, "as_of_needs_reason"),
        (("ingest", "nowhere.csv", "--unit", "x", "--by", "y"), 2, "file_missing"),
        (("ingest", "--kind", "gossip", "--nil", "--unit", "x", "--by", "y"), 2, "kind_unknown"),
        (("ingest", "--kind", "penalty", "--unit", "x", "--by", "y"), 2, "file_or_nil"),
        (("ingest", "--nil", "--kind", "penalty", "--by", "y"), 2, "option_missing"),
        (("show", "15030020260615AAAAAAAA"), 2, "number_unknown_here"),
        (("show", "not a number"), 2, "number_form"),
        (("quarantine", "--batch", "7"), 2, "batch_unknown"),
        (("quarantine", "--unit", "某局"), 2, "unit_not_found"),
        (("quarantine", "--returned", "back.xlsx"), 2, "nothing_open"),
        (("issue", FIRM, "--matter", "gossip", "--out", "x.pdf"), 1, "matter_not_in_force"),
        (("region", "check", "nowhere.toml"), 2, "file_missing"),
        (("units", "assign", "某局"), 2, "unit_choice"),
        (("keys", "ceremony", "--revoke-issuing", "boredom"), 2, "reason_unknown"),
    ],
)
def test_every_failure_is_one_line_with_its_code(
    shell: Shell, words: tuple[str, ...], code: int, error: str
) -> None:
    for language, word in (("zh", "错误"), ("en", "error")):
        exit_code, out, err = shell.run(*words, "--lang", language)
        assert (exit_code, out) == (code, "")
        assert err.startswith(f"{word} [{error}] ")
        assert err.count("\n") == 1
        assert "Traceback" not in err
    exit_code, said = shell.json(*words)
    assert (exit_code, said["error"]) == (code, error)


def test_a_wrong_command_line_is_one_line_too(shell: Shell) -> None:
    for words in (("frobnicate",), ("issue",), ("issue", FIRM, "--nonsense")):
        code, out, err = shell.run(*words)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("error [usage] ")


def test_a_fault_of_ours_is_one_line_and_four(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    import api.services.house.regions

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(api.services.house.regions, "check", broken)
    file = str(Path(__file__))
    code, _, err = shell.run("region", "check", file, "--lang", "en")
    assert (code, err.count("\n")) == (4, 1)
    assert "RuntimeError" in err
    code, _, err = shell.run("region", "check", file, "--verbose")
    assert code == 4
    assert "Traceback" in err


@pytest.mark.parametrize(
    "command",
    ["", "init", "ingest", "quarantine", "issue", "verify", "show", "recover", "migrate", "retention"],
)
def test_every_command_has_help(shell: Shell, command: str) -> None:
    code, out, _ = shell.run(*([command] if command else []), "--help")
    assert code == 0
    assert "--help" in out


def test_a_region_file_is_checked_and_added(shell: Shell, tmp_path: Path) -> None:
    from records.regions import shipped_regions

    file = tmp_path / "partner.toml"
    file.write_bytes(next(data for name, data in shipped_regions().items() if name.startswith("140000")))
    code, said = shell.json("region", "check", str(file))
    assert (code, said["domains"]) == (0, 40)
    assert shell.json("region", "add", str(file))[0] == 0
    code, said = shell.json("region", "add", str(file))
    assert (code, said["error"]) == (1, "region_known")


def test_the_ceremony_gives_a_new_root_list(shell: Shell) -> None:
    code, first = shell.json("keys", "ceremony")
    again = shell.json("keys", "ceremony")[1]
    assert code == 0
    assert again["root_crl_number"] >= first["root_crl_number"]
    assert {row["role"] for row in shell.json("keys", "list")[1]["keys"]} >= {"report", "log", "trust"}


def test_a_lost_report_key_is_revoked_and_another_signs(shell: Shell, kit: HouseKit, tmp_path: Path) -> None:
    before = next(row for row in shell.json("keys", "list")[1]["keys"] if row["role"] == "report")
    old = tmp_path / "old.pdf"
    assert shell.json("issue", FIRM, "--out", str(old))[0] == 0
    words = ("keys", "revoke", before["key_id"], "--reason", "keyCompromise", "--since", "2020-01-01")
    # It takes back every report of the key, so one person is not enough, in however many spellings.
    assert shell.json("staff", "add", "李复核", "--role", "operator", "--by", "王操作")[0] == 0
    for by in ("王操作", "王操作"):
        code, said = shell.json(*words, "--by", by)
        assert (code, said) == (3, {"waiting": before["key_id"]})
    assert shell.json(*words, "--by", "过路人")[1]["error"] == "not_an_operator"
    # Another day is another wish, and waits for itself.
    assert shell.json(*words[:-1], "2020-01-02", "--by", "李复核")[0] == 3
    code, said = shell.json(*words, "--by", "李复核")
    assert (code, said["role"], said["revoked"]) == (0, "report", before["key_id"])
    with kit.context.store.reading() as work:
        (told,) = work.house.events_of("second_person_unproven")
    assert (told.actor, told.fields["first"], told.fields["one_account"]) == ("李复核", "王操作", True)
    assert str(os.getuid()) in str(told.fields["account"])
    current = [
        row["key_id"]
        for row in shell.json("keys", "list")[1]["keys"]
        if row["role"] == "report" and row["current"]
    ]
    assert current == [said["key_id"]] != [before["key_id"]]
    new = tmp_path / "new.pdf"
    assert shell.json("issue", FIRM, "--out", str(new))[0] == 0
    assert shell.json("verify", str(new), "--policy", "authenticity")[0] == 0
    assert shell.json("verify", str(old), "--policy", "authenticity")[0] == 1
    assert (
        shell.json("keys", "revoke", before["key_id"], "--reason", "superseded")[1]["error"]
        == "certificate_revoked_already"
    )


def test_a_role_gets_a_new_key(shell: Shell) -> None:
    code, said = shell.json("keys", "renew", "status")
    rows = shell.json("keys", "list")[1]["keys"]
    assert code == 0
    assert [row["key_id"] for row in rows if row["role"] == "status" and row["current"]] == [said["key_id"]]
    for words in (("renew", "log"), ("renew", "issuing"), ("revoke", "00", "--reason", "superseded")):
        assert shell.json("keys", *words)[1]["error"] == "key_unknown"


def test_person_mode_answers_with_three(shell: Shell, tmp_path: Path) -> None:
    from records.regions import shipped_regions

    data = next(data for name, data in shipped_regions().items() if name.startswith("150300"))
    file, bad = tmp_path / "person.toml", tmp_path / "p.csv"
    file.write_bytes(
        data.replace(b'"automatic"', b'"person"').replace(b'version = "2024"', b'version = "2024-person"')
    )
    bad.write_bytes(table(PENALTY_HEADER, [fine("乌市监罚〔2024〕2号", 处罚决定日期="2024/02/30")]))
    assert shell.json("region", "add", str(file))[0] == 0
    shell.json("ingest", str(bad), "--unit", "market_regulation", "--by", "张三")
    out = tmp_path / "r.pdf"
    code, said = shell.json("issue", FIRM, "--out", str(out))
    assert (code, said["reasons"]) == (3, ["pending:market_regulation"])
    assert not out.exists()
    by = ("--by", "王操作", "--reason", "已核实")
    code, _ = shell.json("issue", FIRM, "--out", str(out), *by)
    assert (code, out.exists()) == (1, False)  # nothing is approved unseen
    (line,) = shell.json("review", "list")[1]["waiting"]
    assert line["reasons"] == ["pending:market_regulation"]
    code, draft = shell.json("review", "show", line["application"], "--by", "王操作")
    assert (code, draft["subject"]) == (0, line["subject"])
    code, done = shell.json("review", "approve", line["application"], *by, "--out", str(out))
    assert (code, out.exists()) == (0, True)
    assert shell.json("show", done["number"])[0] == 0
    assert shell.json("review", "list")[1]["waiting"] == []
    assert shell.json("review", "refuse", line["application"], *by)[0] == 1


def test_errors_of_ours_are_sorted_into_exit_codes() -> None:
    from api.cli.output import exit_code
    from domain import errors

    by_code = {
        errors.MalformedInput: 2, errors.NotFound: 2, errors.Refused: 1, errors.Conflict: 1,
        errors.DependencyUnavailable: 4, errors.InvariantBroken: 4,
    }  # fmt: skip
    assert set(by_code) == set(CreditDocError.__subclasses__())
    assert all(exit_code(kind("x")) == code for kind, code in by_code.items())


def test_a_database_out_of_reach_is_one_line_and_four_without_the_password(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAIZHENG_DATABASE_URL", "postgresql://clerk:s3cret-word@127.0.0.1:9/house")
    new = ("init", "--region", "150300", "--host", "dz.example", "--environment", "test")
    for words in (
        (*new, "--home", str(tmp_path / "new")),
        ("issue", FIRM, "--out", "x.pdf"),
        ("show", "15030020260615AAAAAAAA"),
        ("migrate",),
    ):
        code, out, err = shell.run(*words, "--lang", "zh", "--verbose")
        assert (code, out) == (4, "")
        assert "错误 [database_unreachable] 数据库 127.0.0.1:9/house 没有应答" in err.splitlines()[-1]
        assert "s3cret-word" not in err
    assert not (tmp_path / "new").exists()


def test_an_audit_says_with_what_the_root_was_compared(shell: Shell, tmp_path: Path) -> None:
    bundle, log = tmp_path / "b.trust", tmp_path / "log"
    exported = shell.json("trust", "export", "--out", str(bundle))[1]
    mirror(HouseSource(container.open_house(shell.home)), log)
    words = ("audit", "log", str(log), "--trust", str(bundle))
    code, said = shell.json(*words)
    assert (code, said["clean"], said["anchor_compared_with"]) == (0, True, None)
    assert said["anchor_sha256"] == exported["anchor_sha256"]
    told = shell.run(*words, "--lang", "en")[1]
    assert "compared with nothing" in told and exported["anchor_sha256"] in told and "--anchor" in told
    pinned = shell.json(*words, "--anchor", exported["anchor_sha256"])
    assert (pinned[0], pinned[1]["anchor_compared_with"]) == (0, "anchor")
    assert (
        "compared with nothing"
        not in shell.run(*words, "--anchor", exported["anchor_sha256"], "--lang", "en")[1]
    )
    assert shell.json("audit", "log")[1]["anchor_compared_with"] == "house"


def test_a_pack_beside_another_pdf_says_so_first(shell: Shell, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.pdf", "other.pdf")]
    numbers = [shell.json("issue", FIRM, "--out", str(file))[1]["number"] for file in files]
    pack = tmp_path / "life.pack"
    anchor = shell.json("audit", "pack", numbers[0], "--out", str(pack))[1]["anchor_sha256"]
    words = ("audit", "check", str(pack), "--anchor", anchor, "--report")
    for lang, first in (("zh", "所给 PDF 不是报告"), ("en", "The PDF given is not the file")):
        code, out, _ = shell.run(*words, str(files[1]), "--lang", lang)
        assert (code, out.startswith(first)) == (1, True)
        code, out, _ = shell.run(*words, str(files[0]), "--lang", lang)
        assert (code, first in out) == (0, False)
    assert shell.json(*words, str(files[1]))[1]["same_file"] is False


def test_a_name_that_is_no_operators_is_told_the_next_step(shell: Shell, tmp_path: Path) -> None:
    number = shell.json("issue", FIRM, "--out", str(tmp_path / "r.pdf"))[1]["number"]
    words = ("status", "set", number, "revoked", "--reason", "数据有误", "--by", "王芳")
    code, _, err = shell.run(*words, "--lang", "zh")
    assert code == 1
    assert "王芳" in err and "daizheng staff list" in err and "daizheng staff add" in err
