"""Problems and warnings in a reader's language, from ``templates/messages/intake.*.toml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.wording import Wording
from records.intake.model import Notice, Problem


def reason(problems: Iterable[Problem], wording: Wording) -> str:
    """Why a row was not taken: one line per problem, each with its column."""
    return "\n".join(
        f"【{problem.column}】{_words(problem.code, problem.column, problem.fields, wording)}"
        if problem.column
        else _words(problem.code, None, problem.fields, wording)
        for problem in problems
    )


def advice(problems: Iterable[Problem], wording: Wording) -> str:
    """What to do about it (处理建议), each piece of advice once."""
    lines = (_words(f"{problem.code}.todo", problem.column, problem.fields, wording) for problem in problems)
    return "\n".join(dict.fromkeys(lines))


def warning(notice: Notice, wording: Wording) -> str:
    """A warning as one line."""
    return _words(notice.code, notice.column, notice.fields, wording)


def _words(code: str, column: str | None, fields: Mapping[str, object], wording: Wording) -> str:
    return wording.text(code, **{"column": column or "", **fields})
