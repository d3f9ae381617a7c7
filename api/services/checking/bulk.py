"""A batch of files: each is judged as it comes, its verdict is kept sealed for an hour, the file never."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from api.services.checking.archive import unpacked
from api.services.checking.checker import Checked, Checker
from api.services.checking.inputs import MAX_FILES, Given, Kind, kind_of
from api.services.checking.rule import Rule
from api.services.context import Context
from api.store.entries_bulk import Bulk
from domain.errors import MalformedInput, NotFound
from domain.identifiers import uuid7
from domain.wording import LANGUAGES, Wording
from verifier.answers.verdict_json import to_json
from verifier.answers.words import lines

LIFE: Final = timedelta(hours=1)
TOKEN_BYTES: Final = 32
_HASHED: Final = "bulk-token"
_SEALED: Final = "bulk-verdict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A new batch and the token by which its maker finds it."""

    bulk: Bulk
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One file of a batch as it was kept."""

    name: str
    size: int
    sha256: str | None
    verdict: Mapping[str, Any] | None
    """The verdict contract's JSON."""
    problem: str | None
    mishap: str | None
    told: Mapping[str, Mapping[str, Any]]
    """By language the sentences of :class:`verifier.answers.words.Lines`."""
    ticket: str | None = None
    """With this the row's receipt may be asked for."""

    @property
    def number(self) -> str | None:
        """The report's number, or that of the first code in a picture."""
        if self.verdict is None:
            return None
        report = self.verdict.get("report") or {}
        others = [each.get("number") for each in self.verdict.get("others", ())]
        found = [report.get("number"), *others]
        return next((str(each) for each in found if each), None)


def open_bulk(context: Context, total: int, rule: Rule, now: datetime, purpose: str = "") -> Opened:
    """Keep a new batch of ``total`` files for ``purpose``; MalformedInput ``portal_too_many_files``."""
    if not 0 < total <= MAX_FILES:
        raise MalformedInput("portal_too_many_files", limit=MAX_FILES)
    token = base64.urlsafe_b64encode(context.entropy(TOKEN_BYTES)).decode("ascii").rstrip("=")
    bulk = Bulk(
        id=uuid7(now, context.entropy),
        token_hash=_hash(context, token),
        made_at=now,
        expires_at=now + LIFE,
        total=total,
        rule=rule.to_json(),
        purpose=purpose,
    )
    with context.store.writing() as work:
        work.bulk.sweep(now)
        work.bulk.add(bulk)
        work.commit()
    return Opened(bulk=bulk, token=token)


def find(context: Context, token: str | None, now: datetime) -> Bulk:
    """Give the batch of a token; NotFound ``batch_gone``."""
    if token:
        with context.store.reading() as work:
            bulk = work.bulk.by_token(_hash(context, token), now)
        if bulk is not None:
            return bulk
    raise NotFound("batch_gone")


def expanded(given: Sequence[Given]) -> tuple[Given, ...]:
    """Give the files to judge: a ZIP gives those in it; raises ``zip_*``, ``portal_too_many_files``."""
    files: list[Given] = []
    for each in given:
        data = each.read()
        files.extend(unpacked(data) if kind_of(data) is Kind.ZIP else (each,))
        if len(files) > MAX_FILES:
            raise MalformedInput("portal_too_many_files", limit=MAX_FILES)
    return tuple(files)


def judge_all(context: Context, bulk: Bulk, checker: Checker, files: Sequence[Given], threads: int) -> None:
    """Judge ``files`` with so many threads and keep each verdict as soon as it is there."""
    with ThreadPoolExecutor(threads) as pool:
        for checked in pool.map(checker.given, files):
            keep(context, bulk.id, checked)


def keep(context: Context, bulk: UUID, checked: Checked) -> int:
    """Keep one answer and give how many there are; Conflict-free: each has the next place."""
    sealed = context.vault.pack(json.dumps(_stored(checked), ensure_ascii=False).encode(), _purpose(bulk))
    with context.store.writing() as work:
        if work.bulk.count(bulk) >= MAX_FILES:
            raise MalformedInput("portal_too_many_files", limit=MAX_FILES)
        done = work.bulk.append(bulk, checked.sha256 or "", sealed)
        work.commit()
    return done


def grow(context: Context, bulk: Bulk, more: int) -> None:
    """A ZIP among the files held ``more`` than the one file it was counted as."""
    with context.store.writing() as work:
        work.bulk.change(bulk.id, total=min(MAX_FILES, bulk.total + more))
        work.commit()


def set_rule(context: Context, bulk: Bulk, rule: Rule) -> None:
    """The batch is read under ``rule`` from now on."""
    with context.store.writing() as work:
        work.bulk.change(bulk.id, rule=rule.to_json())
        work.commit()


def done(context: Context, bulk: Bulk) -> int:
    """Give how many files have been judged."""
    with context.store.reading() as work:
        return work.bulk.count(bulk.id)


def read(context: Context, bulk: Bulk) -> tuple[Line, ...]:
    """Give what the batch holds so far."""
    with context.store.reading() as work:
        items = work.bulk.items(bulk.id)
    return tuple(
        Line(**json.loads(context.vault.unpack(item.verdict_sealed, _purpose(bulk.id)))) for item in items
    )


def _stored(checked: Checked) -> dict[str, Any]:
    verdict = checked.verdict
    told = {} if verdict is None else {lang: asdict(lines(verdict, Wording.load(lang))) for lang in LANGUAGES}
    return {
        "name": checked.name,
        "size": checked.size,
        "sha256": checked.sha256,
        "verdict": None if verdict is None else to_json(verdict),
        "problem": checked.problem,
        "mishap": checked.mishap,
        "told": told,
        "ticket": checked.ticket,
    }


def _purpose(bulk: UUID) -> str:
    return f"{_SEALED}:{bulk}"


def _hash(context: Context, token: str) -> bytes:
    return context.keys.keyed_hash(token.encode(), purpose=_HASHED)
