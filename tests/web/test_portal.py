"""The verifier's pages as a browser without scripts meets them, and what hostile input gets there."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from random import Random
from typing import Any

import pytest
from fastapi.testclient import TestClient

from scripts.demo_data.codes import uscc
from tests.unit.api.house_kit import SUBJECT_HEADER, firm, table
from tests.web.paper import check_code, codes
from tests.web.photographs import photograph, printed_page
from tests.world.world import World

HERE = {"Origin": "http://127.0.0.1:8000"}


def send(client: TestClient, *files: tuple[str, bytes], path: str = "/verify", **fields: str) -> Any:
    return client.post(
        path, files=[("files", (name, data)) for name, data in files] or None, data=fields, headers=HERE
    )


def answer(html: str) -> tuple[str, str]:
    found = re.search(r'data-status="([^"]+)" data-code="([^"]+)"', html)
    assert found is not None, html[:2000]
    return found[1], found[2]


@pytest.fixture(scope="session")
def report(house: World) -> bytes:
    return house.report("records").read_bytes()


@pytest.fixture(scope="session")
def number(house: World) -> str:
    found = house.content(house.report("records"))["number"]
    assert isinstance(found, str)
    return found


def test_the_first_page_is_small_and_asks_for_no_sign_in(client: TestClient) -> None:
    page = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert page.status_code == 200
    parts = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    got = [client.get(part, headers={"Accept-Encoding": "gzip"}) for part in parts]
    sent = sum(int(one.headers["content-length"]) for one in got) + len(page.content)
    assert sent < 150_000
    assert client.get("/verify").status_code == 200


def test_a_genuine_file_shows_two_lines_facts_and_folds(
    client: TestClient, report: bytes, number: str
) -> None:
    page = send(client, (f"{number}.pdf", report))
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert answer(page.text) == ("VALID", "ok")
    assert "真实有效" in page.text and "有记录 3 条" in page.text and "300,100.00 元" in page.text
    assert (
        page.text.index('id="line-1"') < page.text.index('id="line-2"') < page.text.index('class="compare"')
    )
    for fold in ("domains", "checks", "sources", "mishaps"):
        assert f'id="{fold}"' in page.text
    assert "dz.example" in page.text
    assert page.text.count("<tr>") == 32


def test_english_by_a_switch(client: TestClient, report: bytes) -> None:
    page = client.post("/verify?lang=en", files=[("files", ("a.pdf", report))], headers=HERE)
    assert "Genuine and in force" in page.text and "portal_" not in re.sub(r"/static/\S+", "", page.text)
    # Closed words follow the page; names and what was filed stay as they are.
    table = page.text.split('id="domains"')[1].split("</table>")[0]
    assert "Housing and construction" in table and re.search("[\u4e00-\u9fff]", table) is None
    assert "In business" in page.text


def test_a_changed_copy_is_not_genuine_and_repeats_nothing(
    client: TestClient, report: bytes, house: World
) -> None:
    changed = report[:5000] + bytes([report[5000] ^ 1]) + report[5001:]
    page = send(client, ("a.pdf", changed))
    assert answer(page.text)[0] == "INVALID"
    assert "不是原件" in page.text
    assert house.subject("records").name not in page.text


def test_handles_open_pages_and_the_very_bytes(client: TestClient, report: bytes) -> None:
    page = send(client, ("a.pdf", report))
    handle = re.findall(r'name="handle" value="([^"]+)"', page.text)[0]
    same = client.post("/verify/original", data={"handle": handle}, headers=HERE)
    assert same.content == report and same.headers["cache-control"] == "no-store"
    drawn = client.post("/verify/pages", data={"handle": handle}, headers=HERE)
    assert drawn.text.count("data:image/png;base64,") >= 3
    assert "纸质件与原件请逐项核对" in drawn.text
    closed = client.post("/verify/original", data={"handle": handle[:-4] + "AAAA"}, headers=HERE)
    assert closed.status_code == 403 and "original_closed" in closed.text


def test_a_hash_alone_gets_the_same_verdict(client: TestClient, report: bytes) -> None:
    import hashlib

    page = send(client, sha256=hashlib.sha256(report).hexdigest())
    assert answer(page.text) == ("VALID", "ok")
    assert "只核对了文件哈希" in page.text and "没有核对的是" in page.text
    absent = send(client, sha256="0" * 64)
    assert answer(absent.text) == ("INVALID", "not_logged")
    assert "请提交文件本身" in absent.text
    wrong = send(client, sha256="zz")
    assert wrong.status_code == 400 and "sha256_form" in wrong.text


def test_number_and_code_show_the_original_beside_the_photograph(
    client: TestClient, report: bytes, number: str
) -> None:
    taken = photograph(printed_page(report), 1)
    page = send(client, ("shot.jpg", taken.data), number=number.lower(), code=check_code(report))
    assert answer(page.text) == ("STANDS", "claim_stands")
    assert "纸质件与原件请逐项核对" in page.text
    assert page.text.count("data:image/png;base64,") >= 3 and "data:image/jpeg;base64," in page.text
    assert "有记录 3 条" in page.text and 'action="/verify/original"' in page.text


def test_unknown_number_and_wrong_code_are_one_page(client: TestClient, number: str) -> None:
    client.app.state.web.limiter._window.storage.reset()  # type: ignore[attr-defined]
    unknown = number[:14] + "0000BEEF"
    pages = [send(client, number=asked, code="0000 0000 0000") for asked in (number, unknown)]
    # A ticket is sealed anew each time; what it seals names no report here.
    plain = [
        re.sub(
            r"""(?<=name="ticket" value=")[^"]+|(?i:nonce)[-=":]*[A-Za-z0-9+/=]+|\d\d:\d\d:\d\d""",
            "",
            page.text.replace(unknown, number),
        )
        for page in pages
    ]
    assert [page.status_code for page in pages] == [200, 200]
    assert plain[0] == plain[1]
    assert answer(pages[0].text) == ("REFUTED", "code_unknown")


def test_ten_codes_a_minute(client: TestClient, number: str) -> None:
    client.app.state.web.limiter._window.storage.reset()  # type: ignore[attr-defined]
    last = [send(client, number=number, code="000000000000").status_code for _ in range(11)]
    assert last == [200] * 10 + [429]
    client.app.state.web.limiter._window.storage.reset()  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["P", "C"])
def test_both_codes_open_and_check(client: TestClient, report: bytes, number: str, kind: str) -> None:
    link = codes(report)[kind]
    address, _, fragment = link.partition("#")
    opened = client.get(address.removeprefix("HTTPS://DZ.EXAMPLE"))
    assert opened.status_code == 200 and number in opened.text and 'name="code"' in opened.text
    part = client.post("/q/check", data={"number": number, "fragment": fragment}, headers=HERE)
    assert answer(part.text) == ("STANDS", "claim_stands")
    assert "有记录 3 条" in part.text and "<html" not in part.text
    wrong = fragment[:-2] + ("AA" if not fragment.endswith("AA") else "BA")
    refused = client.post("/q/check", data={"number": number, "fragment": wrong}, headers=HERE)
    assert answer(refused.text)[0] in {"REFUTED", "UNKNOWN"}


def test_the_page_of_a_number_tells_nothing_about_it(client: TestClient, number: str) -> None:
    pages = [client.get(f"/q/{asked}").text for asked in (number, number[:14] + "0000BEEF")]
    shown = [
        re.sub(r'nonce="[^"]+"|[0-9A-F]{22}|content="[^"]+"|content=\'[^\']+\'', "", page) for page in pages
    ]
    assert shown[0] == shown[1]
    assert client.get("/q/short").status_code == 404


def test_keys_for_the_page_are_the_claims_keys(client: TestClient) -> None:
    found = client.get("/q-keys.json").json()
    assert found["host"] == "dz.example" and len(found["keys"]) >= 1
    assert set(found["keys"][0]) == {"kid", "spki", "number_prefix", "state"}


def test_a_code_of_a_look_alike_host_is_named(client: TestClient, report: bytes) -> None:
    text = codes(report)["P"].replace("DZ.EXAMPLE", "DZ-EXAMPLE.CN")
    page = client.post("/verify/code", data={"text": text}, headers=HERE)
    assert "dz-example.cn" in page.text and "可能是仿冒网站" in page.text
    assert answer(page.text)[1] == "code_unreadable"


def test_many_files_become_a_table_with_exports(client: TestClient, report: bytes, house: World) -> None:
    clean = house.report("clean").read_bytes()
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("甲/一.pdf", report)
        archive.writestr("二.pdf", clean)
    sent = send(
        client,
        ("a.pdf", report),
        ("b.zip", out.getvalue()),
        ("c.txt", b"hello"),
        path="/batch",
        steps="10000",
    )
    assert sent.status_code == 303 and sent.headers["location"] == "/batch/result"
    assert "HttpOnly" in sent.headers["set-cookie"]
    shown = client.get("/batch/result")
    assert shown.text.count("<tr data-status=") == 4
    assert "与第 1 行是同一个文件" in shown.text and "罚款合计到第 1 档" in shown.text
    assert "使用方自定规则" in shown.text and "非报告结论" in shown.text
    csv = client.get("/batch/export.csv")
    assert csv.content.startswith(b"\xef\xbb\xbf") and "daizheng verify a.pdf" in csv.text
    assert client.get("/batch/export.xlsx").content.startswith(b"PK")
    assert client.get("/batch/export.pdf").status_code == 404
    assert client.get("/trust.jws").content.count(b".") == 2
    changed = client.post("/batch/rule", data={"steps": "9000000"}, headers=HERE)
    assert changed.status_code == 303
    assert "罚款合计到第" not in client.get("/batch/result").text
    client.cookies.clear()
    gone = client.get("/batch/result")
    assert gone.status_code == 404 and "batch_gone" in gone.text


def test_files_one_by_one_with_progress(client: TestClient, report: bytes) -> None:
    assert client.post("/batch/open", data={"total": "2"}, headers=HERE).json() == {"done": 0, "total": 2}
    one = client.post("/batch/file", files={"file": ("a.pdf", report)}, headers=HERE)
    assert one.json() == {"done": 1, "total": 2}
    assert client.post("/batch/hash", data={"sha256": "0" * 64}, headers=HERE).json()["done"] == 2
    assert client.get("/batch/progress").json() == {"done": 2, "total": 2}
    assert client.get("/batch/result").text.count("<tr data-status=") == 2


def test_each_verdict_of_a_batch_is_counted(client: TestClient, report: bytes) -> None:
    def counted(code: str) -> float:
        said = client.get("/metrics").text
        found = re.search(rf'daizheng_verdicts_total{{code="{code}",kind="document"}} ([0-9.]+)', said)
        return float(found[1]) if found else 0.0

    before = counted("ok"), counted("not_logged")
    client.post("/batch/open", data={"total": "2"}, headers=HERE)
    client.post("/batch/file", files={"file": ("a.pdf", report)}, headers=HERE)
    client.post("/batch/hash", data={"sha256": "0" * 64}, headers=HERE)
    assert (counted("ok"), counted("not_logged")) == (before[0] + 1, before[1] + 1)


def bomb() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.pdf", bytes(25 * 2**20))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        ("empty.pdf", b" ", 200, "unreadable"),
        ("text.pdf", b"hello", 200, "unreadable"),
        ("a.docx", b"PK\x03\x04" + b"\x00" * 26 + b"[Content_Types].xml", 200, "office_not_read"),
        ("a.heic", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 50, 200, "phone_picture_not_read"),
        ("a.zip", b"PK\x03\x04 broken", 400, "zip_unreadable"),
        ("a.png", b"\x89PNG\r\n\x1a\n broken", 200, "unreadable"),
    ],
)
def test_hostile_files_get_a_clear_page_and_a_code(
    client: TestClient, name: str, data: bytes, status: int, code: str
) -> None:
    page = send(client, (name, data))
    assert page.status_code == status
    assert code in page.text
    assert "下一步" in page.text or 'id="error"' in page.text


def test_a_bomb_in_an_archive_is_a_row_that_says_so(client: TestClient) -> None:
    assert send(client, ("a.zip", bomb())).status_code == 303
    assert "解开后太大" in client.get("/batch/result").text


def test_nothing_given_and_too_much_given(client: TestClient) -> None:
    nothing = send(client)
    assert nothing.status_code == 400 and "portal_nothing_given" in nothing.text
    many = send(client, *[(f"{n}.pdf", b"%PDF-") for n in range(201)])
    assert many.status_code == 400 and "portal_too_many_files" in many.text
    huge = client.post("/verify", content=b"x", headers={**HERE, "Content-Length": str(65 * 2**20)})
    assert huge.status_code == 413 and "body_too_large" in huge.text
    malformed = send(client, number="123", code="1")
    assert malformed.status_code == 400 and "number_form" in malformed.text


def test_a_file_over_the_limit_is_said_to_be(client: TestClient) -> None:
    page = send(client, ("a.pdf", b"%PDF-1.7\n" + bytes(20 * 2**20)))
    assert page.status_code == 200
    assert answer(page.text) == ("INDETERMINATE", "limits_exceeded")


def test_markup_in_a_subjects_name_is_shown_as_text(client: TestClient, house: World) -> None:
    name, code = '<img src=x onerror="alert(1)">商贸公司', uscc(Random(5), "150302", "91")
    house.import_subjects(table(SUBJECT_HEADER, [firm(name, code)]))
    out = house.home.parent / "markup.pdf"
    house.commands.call("issue", code, "--purpose", "银行贷款", "--out", str(out))
    page = send(client, ("a.pdf", out.read_bytes()))
    assert answer(page.text) == ("VALID", "ok")
    assert "<img src=x" not in page.text and "&lt;img src=x onerror=" in page.text


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>.pdf", "信用\u202efdp.exe", 'a" onload="x.pdf', "\x07bell.pdf", "{{7*7}}.pdf"],
)
def test_names_are_shown_as_text(client: TestClient, report: bytes, name: str) -> None:
    page = send(client, (name, report))
    assert answer(page.text)[0] == "VALID"
    assert "<script>alert" not in page.text and 'onload="x' not in page.text
    assert "\u202e" not in page.text and "\x07" not in page.text and ">49.pdf" not in page.text


def test_cross_site_uploads_do_nothing(client: TestClient, report: bytes) -> None:
    page = client.post(
        "/verify", files=[("files", ("a.pdf", report))], headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert page.status_code == 403 and "cross_site" in page.text
