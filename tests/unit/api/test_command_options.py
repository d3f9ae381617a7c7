"""Every command has the same options, defined once, and Chinese words have Chinese punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from api.cli.main import build, run

HALF_WIDTH = re.compile(r"[\u4e00-\u9fff）》”][,:;!?(]|[,:;!?)][\u4e00-\u9fff]")
OUTSIDE = {"verify", "verify-receipt", "verify-statement"}
"""Commands of the verifier, which knows no house unless one is named."""


def commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in getattr(group, "commands", {}).items():
        whole = f"{path} {name}".strip()
        if hasattr(command, "commands"):
            yield from commands(command, whole)
        else:
            yield whole, command


ALL = dict(commands(typer.main.get_command(build(with_verify=True))))


def test_there_are_as_many_commands_as_the_operator_knows() -> None:
    assert len(ALL) > 45


@pytest.mark.parametrize("name", sorted(ALL))
def test_it_speaks_to_people_and_machines_in_both_languages(name: str) -> None:
    options = [word for parameter in ALL[name].params for word in parameter.opts]
    assert {"--json", "--lang"} <= set(options)
    assert len(options) == len(set(options))
    if name not in OUTSIDE:
        assert options[-1] == "--verbose"


@pytest.mark.parametrize("name", sorted(ALL))
def test_its_chinese_words_have_chinese_punctuation(name: str) -> None:
    said = [ALL[name].help, *(getattr(each, "help", None) for each in ALL[name].params)]
    for text in filter(None, said):
        assert not HALF_WIDTH.search(text), text


def test_the_options_open_the_house_that_they_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["keys", "list", "--home", str(tmp_path), "--json", "--lang", "en"]) == 2
    assert '"error":"no_house"' in capsys.readouterr().out
    assert run(["keys", "list", "--lang", "fr"]) == 2
    assert "zh | en" in capsys.readouterr().err
    assert run(["region", "check", "--home", "x"]) == 2
    assert "--home" in capsys.readouterr().err
