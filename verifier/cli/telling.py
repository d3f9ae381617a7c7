"""What the commands print about a file or a print, and the exit code that goes with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from domain.disclosure import Details
from domain.times import parse_rfc3339, shanghai_text
from domain.verdict import UNMET, ClaimStatus, Outcome, Status, Verdict
from domain.wording import Wording, clean
from verifier import receipt_verdict
from verifier.answers.details_words import details_lines
from verifier.answers.paper_words import paper_json, paper_lines
from verifier.answers.words import check_line, lines
from verifier.cli.exits import INVALID, UNSURE, VALID
from verifier.cli.screen import coloured, labelled, print_line
from verifier.paper.prints import Paper

EXIT_OF: Final = {
    Status.VALID: VALID,
    Status.INVALID: INVALID,
    Status.INDETERMINATE: UNSURE,
    # A code is never a valid file, so nothing about it exits 0.
    ClaimStatus.STANDS: UNSURE,
    ClaimStatus.REFUTED: INVALID,
    ClaimStatus.UNKNOWN: UNSURE,
}
SIGN_OF: Final = {VALID: ("✓", "green"), INVALID: ("✗", "red"), UNSURE: ("?", "yellow")}
_UNMET_SIGN: Final = ("≠", "magenta")
"""Of a genuine file that the purpose does not take: never the red cross of one that is not genuine."""
_MARK: Final = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.UNKNOWN: "?", Outcome.NOT_RUN: "-"}


def verdict_lines(
    verdict: Verdict, words: Wording, opened: Details | None, *, every_check: bool
) -> Iterable[str]:
    """Yield what a screen shows of one file; ``opened`` are details that were proven to belong to it."""
    told = lines(verdict, words)
    sign, colour = _UNMET_SIGN if verdict.code in UNMET else SIGN_OF[EXIT_OF[verdict.status]]
    yield clean(verdict.file)
    label = {"claim": "code", receipt_verdict.KIND: "receipt"}.get(verdict.kind, "document")
    yield from labelled(words, label, coloured(f"{sign} {told.document}", colour))
    if told.content is not None:
        yield from labelled(words, "content", told.content)
    for scope in told.scope:
        yield from labelled(words, "scope", coloured(scope, "yellow"))
    if told.caution is not None:
        yield from labelled(words, "caution", coloured(told.caution, "yellow"))
    if told.reason is not None:
        yield from labelled(words, "reason", told.reason)
    yield from _ways_on(verdict, told.next, words)
    for item in verdict.overlay or ():
        yield from labelled(words, "later", words.text(f"overlay.{item.code}", count=item.count))
    yield from _about_report(verdict, words)
    if told.environment is not None:
        yield f"  {coloured(told.environment, 'yellow')}"
    if opened is not None:
        yield from labelled(words, "details", words.text("details.belong", number=opened.number))
        yield from details_lines(opened, words)
    for result in verdict.checks if every_check else ():
        name, outcome, sentence = check_line(result, words)
        yield f"  {_MARK[result.outcome]} {name} {outcome}: {sentence}"


def _ways_on(verdict: Verdict, next_step: str, words: Wording) -> Iterable[str]:
    yield from labelled(words, "next", next_step)
    if verdict.kind == receipt_verdict.KIND:
        yield from labelled(words, "receipt", f"{words.text('receipt_shown.command')} {clean(verdict.file)}")
    if verdict.refresh is not None:
        yield from labelled(words, "refresh", verdict.refresh)


def _about_report(verdict: Verdict, words: Wording) -> Iterable[str]:
    """Yield number, subject and data time, which a person compares with what lies before him."""
    report = verdict.report or {}
    subject = report.get("subject")
    name = subject.get("name") if isinstance(subject, dict) else None
    facts = [clean(part) for part in (report.get("number"), name) if isinstance(part, str)]
    if facts:
        yield from labelled(words, "report", "  ".join(facts))
    as_of = report.get("as_of")
    if isinstance(as_of, str):
        yield from labelled(words, "as_of", shanghai_text(parse_rfc3339(as_of)))


def show_paper(paper: Paper, words: Wording, *, as_json: bool) -> None:
    """Print the answer on the pages of one print."""
    if as_json:
        print_line(paper_json(paper))
        return
    for label, text in paper_lines(paper, words):
        for line in [f"  {text}"] if label is None else labelled(words, label, text):
            print_line(line)
