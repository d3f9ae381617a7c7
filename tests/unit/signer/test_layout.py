"""Laid-out reports: same input same bytes, all facts on the page, text stays text, codes read."""

from __future__ import annotations

import re
import subprocess
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from domain import report_json
from domain.errors import InvariantBroken, Refused
from domain.report import ReportContent
from signer.layout import render
from tests.unit.signer import samples

FORBIDDEN = (
    b"/ByteRange", b"/Sig", b"/AcroForm", b"/Annots", b"/Prev", b"/DSS", b"/Perms", b"/Encrypt", b"/JavaScript",
    b"/JS", b"/OpenAction", b"/AA", b"/Launch", b"/URI", b"/ObjStm", b"/XRef", b"/RichMedia", b"/EmbeddedGoTo",
)  # fmt: skip


def lay_out(content: ReportContent, **extras: object) -> bytes:
    return render(content, report_json.encode(content), samples.extras(content, **extras))


@pytest.fixture(scope="module")
def laid_out() -> dict[str, bytes]:
    return {name: lay_out(make()) for name, make in samples.ALL.items()}


def text_of(pdf: bytes, tmp_path: Path, *, first: int = 1, last: int = 99) -> str:
    path = tmp_path / "text.pdf"
    path.write_bytes(pdf)
    command = ["pdftotext", "-f", str(first), "-l", str(last), str(path), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def uncompressed(pdf: bytes) -> bytes:
    """The file without the bodies of its streams, which is what a byte gate reads."""
    return re.sub(rb"stream\n.*?\nendstream", b"", pdf, flags=re.DOTALL)


def test_the_same_input_gives_the_same_bytes(laid_out: dict[str, bytes]) -> None:
    assert lay_out(samples.clean()) == laid_out["clean"]
    assert laid_out["clean"].endswith(b"%%EOF\n")


@pytest.mark.parametrize("name", samples.ALL)
def test_nothing_that_belongs_to_a_signature_or_to_a_script_stands_outside_streams(
    laid_out: dict[str, bytes], name: str
) -> None:
    plain = uncompressed(laid_out[name])
    assert [word for word in FORBIDDEN if re.search(re.escape(word) + rb"\b", plain)] == []


@pytest.mark.parametrize("name", samples.ALL)
def test_no_text_of_a_record_or_a_subject_stands_uncompressed(laid_out: dict[str, bytes], name: str) -> None:
    content = samples.ALL[name]()
    plain = uncompressed(laid_out[name])
    secrets = [
        content.subject.name,
        content.subject.uscc or "-",
        content.subject.residence or "-",
        "罚款",
        "未明码标价",
    ]
    for secret in secrets:
        for encoded in (
            secret.encode(),
            secret.encode("utf-16-be"),
            secret.encode("utf-16-be").hex().upper().encode(),
        ):
            assert encoded not in plain


@pytest.mark.parametrize("name", samples.ALL)
def test_structure_attachments_and_standards(laid_out: dict[str, bytes], name: str) -> None:
    content = samples.ALL[name]()
    with pikepdf.open(BytesIO(laid_out[name])) as pdf:
        assert pdf.pdf_version == "1.7"
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "zh-CN"
        assert {str(spec.UF): str(spec.AFRelationship) for spec in pdf.Root.AF} == {
            "report.json": "/Data", "claim.cose": "/Supplement",
        }  # fmt: skip
        assert pdf.attachments["report.json"].get_file().read_bytes() == report_json.encode(content)
        assert pdf.attachments["claim.cose"].get_file().read_bytes() == samples.extras(content).claim_cose
        metadata = bytes(pdf.Root.Metadata.read_bytes()).decode()
        assert "<pdfaid:part>3</pdfaid:part>" in metadata
        assert "<pdfaid:conformance>B</pdfaid:conformance>" in metadata
        assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
        assert all("/Annots" not in page for page in pdf.pages)


@pytest.mark.judge
@pytest.mark.tool("pdftotext")
def test_the_cover_answers_who_what_until_when_found_and_how_to_check(
    laid_out: dict[str, bytes], tmp_path: Path
) -> None:
    cover = text_of(laid_out["narrowed"], tmp_path, last=1)
    squeezed = re.sub(r"\s", "", cover)
    for said in (
        "专项信用报告", "山西恒岳建设工程有限公司", "91140100MA0K7H2R4T", "登记状态存续", "招标投标", "仅涵盖3/40领域（主体自选）",
        "2024年1月1日至2026年11月20日", "山西省行政区域内", "2026年11月20日09:30:07（北京时间）", "所选范围内无记录",
        "482913370562", "140000202611200A1B2C3D", "山西省公共信用信息中心(演示)", "生成时间", "同等效力", "不含分支机构",
        "演示样本非正式文件", "《关于推行经营主体以专项信用报告替代有无违法违规记录证明实施方案》",
    ):  # fmt: skip
        assert said in squeezed, said
    assert "依据" in cover


@pytest.mark.judge
@pytest.mark.tool("pdftotext")
@pytest.mark.parametrize("name", samples.ALL)
def test_every_page_says_number_fingerprint_and_place(
    laid_out: dict[str, bytes], name: str, tmp_path: Path
) -> None:
    content = samples.ALL[name]()
    with pikepdf.open(BytesIO(laid_out[name])) as pdf:
        pages = len(pdf.pages)
    for number in range(1, pages + 1):
        squeezed = re.sub(r"\s", "", text_of(laid_out[name], tmp_path, first=number, last=number))
        assert content.number in squeezed
        assert f"内容指纹{content.tree.root[:16]}" in squeezed
        assert f"第{number}页共{pages}页" in squeezed
        assert "演示样本非正式文件" in squeezed


@pytest.mark.judge
@pytest.mark.tool("pdftotext")
def test_the_cover_is_one_page_whatever_it_holds(laid_out: dict[str, bytes], tmp_path: Path) -> None:
    for name, pdf in laid_out.items():
        second = re.sub(r"\s", "", text_of(pdf, tmp_path, first=2, last=2))
        assert "各领域查询结果" in second, name
        assert "生成时间" in re.sub(r"\s", "", text_of(pdf, tmp_path, last=1)), name


@pytest.mark.judge
@pytest.mark.tool("pdftotext")
def test_rare_characters_are_on_the_page(laid_out: dict[str, bytes], tmp_path: Path) -> None:
    assert "海南区㙟口䶮记五金店(𬭎)" in text_of(laid_out["trader"], tmp_path, last=1)


@pytest.mark.judge
@pytest.mark.tool("pdftotext")
def test_a_table_repeats_its_head_on_each_page(laid_out: dict[str, bytes], tmp_path: Path) -> None:
    assert text_of(laid_out["uncollected"], tmp_path).count("结论\n") >= 2
    assert "种类与领域" in text_of(laid_out["with_records"], tmp_path, first=3, last=3)


@pytest.mark.judge
@pytest.mark.tool("pdftotext")
def test_hostile_text_stays_text(laid_out: dict[str, bytes], tmp_path: Path) -> None:
    squeezed = re.sub(r"[\s\u200b]", "", text_of(laid_out["hostile"], tmp_path))
    for piece in (
        ")Tj<</JS#eval(read)$x$`raw`*b*_i_@ref<label>",
        "#panic()",
        "#letx=[公司]",
        "fdp.exe",
        "W" * 400,
    ):
        assert re.sub(r"\s", "", piece) in squeezed, piece
    assert "\u202e" not in squeezed


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1, max_size=30))
def test_any_name_prints_or_is_refused_with_the_character(name: str) -> None:
    base = samples.clean()
    content = samples.clean(subject=samples.replace(base.subject, name=name))
    try:
        pdf = lay_out(content)
    except Refused as refused:
        assert refused.code == "glyph_missing"
        assert str(refused.fields["character"]) in name
    else:
        assert pdf.startswith(b"%PDF-1.7\n")


def test_a_character_without_a_glyph_is_refused_with_its_field() -> None:
    base = samples.clean()
    with pytest.raises(Refused) as caught:
        lay_out(samples.clean(subject=samples.replace(base.subject, name="乌海\U000323af公司")))
    assert caught.value.fields["field"] == "subject.name"
    assert caught.value.fields["codepoint"] == "U+323AF"


@pytest.mark.judge
@pytest.mark.tool("pdftoppm")
@pytest.mark.parametrize("name", ["clean", "narrowed", "with_records"])
def test_both_codes_read_from_a_grey_page_at_200_dpi(
    laid_out: dict[str, bytes], name: str, tmp_path: Path
) -> None:
    links = samples.extras(samples.ALL[name]())
    path = tmp_path / "page.pdf"
    path.write_bytes(laid_out[name])
    subprocess.run(["pdftoppm", "-r", "200", "-gray", path, tmp_path / "p"], check=True, timeout=120)
    pages = [Image.open(page) for page in sorted(tmp_path.glob("p-*.pgm"))]
    read = [[code.text for code in zxingcpp.read_barcodes(page)] for page in pages]
    assert [text for text in read[0] if "#M" not in text] == [links.cover_link.text]
    assert [text for text in read[-1] if "#M" not in text] == [links.claim_link.text]
    assert all(sum("#M" in text for text in texts) == 1 for texts in read)
    small = pages[0].resize((1080, 1527), Image.Resampling.LANCZOS)
    assert links.cover_link.text in [code.text for code in zxingcpp.read_barcodes(small)]


def test_a_summary_of_three_pages_stays_small(laid_out: dict[str, bytes]) -> None:
    # 200 KB for the signed file; the revision adds about 14 KB.
    for name in ("clean", "repaired", "narrowed", "pending", "trader"):
        assert len(laid_out[name]) <= 186_000, name


def test_a_seal_prints_only_when_supplied() -> None:
    seal = BytesIO()
    Image.new("RGBA", (80, 80), (200, 0, 0, 120)).save(seal, format="PNG")
    with_seal = lay_out(samples.clean(), seal_png=seal.getvalue())
    with pikepdf.open(BytesIO(with_seal)) as sealed, pikepdf.open(BytesIO(lay_out(samples.clean()))) as plain:
        assert len(sealed.pages[0].get_images()) == len(plain.pages[0].get_images()) + 1
        assert len(sealed.pages) == len(plain.pages)


def test_bytes_that_are_not_the_content_are_refused() -> None:
    content = samples.clean()
    with pytest.raises(InvariantBroken, match="content_bytes_differ"):
        render(content, report_json.encode(samples.narrowed()), samples.extras(content))


@pytest.mark.parametrize("template", ["report-0", "../report-1", "", "report-1/main"])
def test_an_unknown_template_is_refused(template: str) -> None:
    with pytest.raises(InvariantBroken, match="template_unknown"):
        lay_out(samples.clean(template=template))
