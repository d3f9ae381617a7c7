"""Other people's programs read a report as we say it is."""

from __future__ import annotations

import json
import subprocess
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from tests.world.world import World

pytestmark = pytest.mark.judge


def run(*words: str | Path, codes: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run([str(w) for w in words], capture_output=True, timeout=120, check=False)
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode in codes, f"{words[0]} ended with {done.returncode}: {text[:2000]}"
    return text


@pytest.mark.tool("pdfsig")
def test_pdfsig_calls_the_signature_valid_and_the_whole_document_signed(world: World) -> None:
    text = run("pdfsig", "-nocert", world.report())
    assert text.count("Signature #") == 1
    assert "Signature is Valid" in text
    assert "Total document signed" in text


@pytest.mark.tool("mutool")
def test_mutool_sees_no_change_since_signing(world: World) -> None:
    # Its exit code speaks of the certificate, which no viewer knows: the root is our own.
    text = run("mutool", "sign", "-v", world.report(), codes=(0, 1))
    assert "unchanged since signing" in text or "has not been changed" in text


@pytest.mark.tool("qpdf")
def test_qpdf_finds_nothing_wrong(world: World) -> None:
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", world.report())


def _pem(der: str) -> str:
    lines = [der[at : at + 64] for at in range(0, len(der), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def test_pyhankos_own_validation_calls_it_valid(world: World, tmp_path: Path) -> None:
    from pyhanko.keys import load_cert_from_pemder
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    root = tmp_path / "root.pem"
    root.write_text(_pem(world.trust["anchors"][0]))
    with world.report().open("rb") as file:
        signature = PdfFileReader(file).embedded_signatures[0]
        context = ValidationContext(trust_roots=[load_cert_from_pemder(str(root))], allow_fetching=False)
        status = validate_pdf_signature(signature, context)
    assert (status.intact, status.valid, status.trusted, status.bottom_line) == (True, True, True, True)
    assert status.coverage.name == "ENTIRE_FILE"
    stamp = status.timestamp_validity
    assert (stamp.intact, stamp.valid, stamp.trusted) == (True, True, True)


@pytest.mark.tool("pdftotext")
@pytest.mark.parametrize("role", ["clean", "records", "trader"])
def test_pdftotext_gives_the_chinese_text_of_the_page(world: World, role: str) -> None:
    text = run("pdftotext", "-layout", world.report(role), "-").replace(" ", "").replace("\n", "")
    subject = world.subject(role)
    assert subject.name in text
    assert subject.uscc in text
    assert "演示样本" in text
    assert "\ufffd" not in text


@pytest.mark.tool("pdftotext")
@pytest.mark.parametrize("role", ["clean", "records"])
def test_pdfdetach_gives_the_data_and_it_fits_the_published_schema(
    world: World, role: str, tmp_path: Path
) -> None:
    listing = run("pdfdetach", "-list", world.report(role))
    assert all(name in listing for name in ("report.json", "claim.cose", "log.tlog-proof"))
    run("pdfdetach", "-saveall", "-o", tmp_path, world.report(role))
    content = json.loads((tmp_path / "report.json").read_bytes())
    schema = json.loads(
        (resources.files("templates") / "schemas" / "report-1.schema.json").read_text("utf-8")
    )
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(content)
    assert content["subject"]["uscc"] == world.subject(role).uscc


def test_a_report_is_at_most_200_kilobytes(world: World) -> None:
    assert world.report().stat().st_size <= 200 * 1024
