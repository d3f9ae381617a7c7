"""The faces are the pinned ones and have the characters that names need."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from domain.errors import InvariantBroken, Refused
from signer.fonts import load_fonts, read_fonts
from signer.glyphs import require_glyphs

FONTS = Path(str(resources.files("templates") / "fonts"))


@pytest.mark.parametrize("character", "𬭎㙟䶮〔〕①○●△—·“”《》%m²")
def test_rare_characters_and_signs_are_covered(character: str) -> None:
    assert ord(character) in load_fonts().covered


def test_recorded_coverage_is_that_of_the_files() -> None:
    points = [
        set(TTFont(path, lazy=True).getBestCmap())
        for path in sorted(FONTS.glob("Noto*SC-*.otf"))
        if "Mono" not in path.name
    ]
    assert len(points) == 2
    assert load_fonts().covered == set.intersection(*points)


def test_every_table_of_common_characters_is_covered() -> None:
    gb2312 = {
        bytes((high, low)).decode("gb2312", "ignore")
        for high in range(0xB0, 0xF8)
        for low in range(0xA1, 0xFF)
    }
    assert not {char for char in gb2312 if char and ord(char) not in load_fonts().covered}


def test_a_changed_or_missing_face_is_refused(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(FONTS, tmp_path / "fonts"))
    target = copy / "NotoSansMonoSC-Regular.otf"
    target.write_bytes(target.read_bytes() + b"\0")
    with pytest.raises(InvariantBroken, match="font_changed"):
        read_fonts(copy)
    target.unlink()
    with pytest.raises(InvariantBroken, match="font_missing"):
        read_fonts(copy)


def test_a_missing_glyph_is_named_with_its_place() -> None:
    with pytest.raises(Refused) as caught:
        require_glyphs(
            {"subject": {"name": "好", "facts": [["法定代表人", "张\U000323af"]]}}, load_fonts().covered
        )
    assert caught.value.code == "glyph_missing"
    assert caught.value.fields["character"] == "\U000323af"
    assert caught.value.fields["codepoint"] == "U+323AF"
    assert caught.value.fields["field"] == "subject.facts[0][1]"


def test_the_licence_comes_with_the_faces() -> None:
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text(encoding="utf-8")
