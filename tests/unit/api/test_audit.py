"""The audit of a whole log: silent on a clean one, and it names the entry whatever was done to the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api.services.auditing.any_log import Audited, audit
from api.services.auditing.keeping import mirror, read_kept, write_kept
from api.services.auditing.own_log import own_keys
from api.services.auditing.sources import FolderSource, HouseSource, UrlSource
from api.services.log.outgoing import Answer
from api.services.log.witnessing import cosign_due
from domain.errors import DependencyUnavailable, Refused
from domain.leaf import Leaf, LeafType, decode
from domain.log_replay import Problem
from domain.merkle import leaf_hash
from domain.tiles import entries_path, tile_path
from tests.unit.api.audit_kit import audited, index_of, past_the_triggers
from tests.unit.api.house_kit import HouseKit
from tests.unit.api.log_kit import grow, introduce


def _first(found: Audited) -> tuple[int | None, Problem]:
    return found.findings[0].index, found.findings[0].problem


def test_an_untouched_house_is_clean(issued_kit: HouseKit) -> None:
    found = audited(issued_kit)
    assert found.findings == ()
    assert found.replay.counts[LeafType.SIGNED_FILE] == 1
    assert found.replay.counts[LeafType.KEY_EVENT] == len(issued_kit.context.keys.entries)


def _changed_leaf(kit: HouseKit) -> int:
    index = index_of(kit, LeafType.COMMITMENT)
    with kit.context.store.reading() as work:
        (data,) = work.log.entries(index, 1)
    forged = data[:18] + bytes(32)
    past_the_triggers(kit, 'UPDATE log_leaves SET leaf = :leaf WHERE "index" = :i', leaf=forged, i=index)
    return index


def _changed_leaf_and_hashes(kit: HouseKit) -> int:
    """Everything below the signed heads is made to fit."""
    index = index_of(kit, LeafType.SIGNED_FILE)
    with kit.context.store.reading() as work:
        (data,) = work.log.entries(index, 1)
    forged = data[:18] + bytes(32)
    values = {"leaf": forged, "hash": leaf_hash(forged), "i": index}
    past_the_triggers(
        kit, 'UPDATE log_leaves SET leaf = :leaf, leaf_hash = :hash WHERE "index" = :i', **values
    )
    past_the_triggers(kit, 'UPDATE log_nodes SET hash = :hash WHERE level = 0 AND "index" = :i', **values)
    return index


def _deleted_leaf(kit: HouseKit) -> int:
    index = index_of(kit, LeafType.COMMITMENT)
    past_the_triggers(kit, 'DELETE FROM log_leaves WHERE "index" = :i', i=index)
    return index


def _deleted_report(kit: HouseKit) -> int:
    past_the_triggers(kit, "DELETE FROM reports")
    return index_of(kit, LeafType.SIGNED_FILE)


def _changed_report(kit: HouseKit) -> int:
    past_the_triggers(kit, "UPDATE reports SET file_sha256 = :x", x="0" * 64)
    return index_of(kit, LeafType.SIGNED_FILE)


def _deleted_intent(kit: HouseKit) -> int:
    past_the_triggers(kit, "DELETE FROM intents")
    return index_of(kit, LeafType.SIGNED_FILE)


def _changed_draft(kit: HouseKit) -> int:
    past_the_triggers(kit, "UPDATE drafts SET b0_sha256 = :x", x=bytes(32))
    return index_of(kit, LeafType.COMMITMENT)


def _deleted_checkpoint(kit: HouseKit) -> int:
    past_the_triggers(kit, "DELETE FROM checkpoints WHERE size = 5")
    return 4


def _later_look(kit: HouseKit) -> int:
    _look(kit)
    past_the_triggers(kit, "UPDATE looks SET viewer_name = '别人'")
    return index_of(kit, LeafType.VIEW)


def _deleted_look(kit: HouseKit) -> int:
    _look(kit)
    past_the_triggers(kit, "DELETE FROM looks")
    return index_of(kit, LeafType.VIEW)


def _changed_fact(kit: HouseKit) -> int:
    _look(kit)
    past_the_triggers(kit, "UPDATE log_facts SET sealed = :x", x=bytes(80))
    return index_of(kit, LeafType.VIEW)


def _look(kit: HouseKit) -> None:
    from api.services.access.looks import record_look
    from api.store.entries_access import Look
    from domain.identifiers import uuid7
    from tests.unit.api.house_kit import FIRM

    with kit.context.store.writing() as work:
        subject, now = work.subjects.by_uscc(FIRM), kit.tick()
        assert subject is not None
        look = Look(
            id=uuid7(now, kit.context.entropy), at=now, subject=subject.id, viewer_name="李经办",
            viewer_role="enterprise", act="view", purpose="贷款 150302199001011234",
        )  # fmt: skip
        record_look(kit.context, work, look)
        work.commit()


DEEDS: tuple[Callable[[HouseKit], int], ...] = (
    _changed_leaf,
    _changed_leaf_and_hashes,
    _deleted_leaf,
    _deleted_report,
    _changed_report,
    _deleted_intent,
    _changed_draft,
    _deleted_checkpoint,
    _later_look,
    _deleted_look,
    _changed_fact,
)


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_whatever_an_administrator_does_the_entry_is_named(
    issued_kit: HouseKit, deed: Callable[[HouseKit], int]
) -> None:
    index = deed(issued_kit)
    found = audited(issued_kit)
    assert not found.clean
    assert found.findings[0].index == index


def test_a_log_rewritten_from_one_entry_on_is_found_by_what_was_kept(kit: HouseKit, tmp_path: Path) -> None:
    grow(kit, 300)
    write_kept(tmp_path / "head", audited(kit))
    kept = read_kept(tmp_path / "head")
    size = _rewrite(kit, 123)
    found = audited(kit, kept)
    # What grew the log has no rows, which is said of earlier entries; the history breaks where it was made anew.
    history = [each.index for each in found.findings if each.problem is Problem.HISTORY]
    assert history[:1] == [123]
    with pytest.raises(Refused) as caught:
        grow(kit, 1)
    assert caught.value.code == "log_forked"
    assert caught.value.fields["size"] == size


def test_an_older_database_fits_itself_and_not_what_the_house_remembers(issued_kit: HouseKit) -> None:
    with issued_kit.context.store.reading() as work:
        entries = work.log.entries(0, 1 << 20)
    state = _state(issued_kit)
    grow(issued_kit, 3)
    size = len(entries)
    past_the_triggers(issued_kit, 'DELETE FROM log_leaves WHERE "index" >= :size', size=size)
    past_the_triggers(issued_kit, 'DELETE FROM log_nodes WHERE ("index" + 1) << level > :size', size=size)
    past_the_triggers(issued_kit, "DELETE FROM checkpoints WHERE size > :size", size=size)
    columns = ", ".join(f"{name} = :{name}" for name in state)
    past_the_triggers(issued_kit, f"UPDATE log_state SET {columns}", **state)
    found = audited(issued_kit)
    assert [(each.index, each.problem, each.facts["kept"]) for each in found.findings] == [
        (size, Problem.SHORTER, size + 3)
    ]


def _state(kit: HouseKit) -> dict[str, object]:
    with kit.context.store.engine.connect() as connection:
        return dict(connection.execute(text("SELECT * FROM log_state")).mappings().one())


def _rewrite(kit: HouseKit, index: int) -> int:
    """An insider with every key makes the log anew from ``index`` on, signed heads and all."""
    from api.services.issuing import log as logbook

    with kit.context.store.reading() as work:
        entries = work.log.entries(0, 1 << 20)
    for table in ("log_leaves", "log_nodes", "checkpoints", "log_state"):
        past_the_triggers(kit, f"DELETE FROM {table}")
    with kit.context.store.writing() as work:
        work.log.found()
        for place, data in enumerate(entries):
            old = decode(data)
            new = replace(old, digest=bytes(32)) if place == index else old
            elsewhere = logbook.Book(
                origin=kit.context.house.log_origin,
                key=kit.context.keys.private(_log_role()),
                home=kit.context.home / "issuing" / "..",
            )
            _write_past_memory(elsewhere, work, new)
        work.commit()
    return len(entries)


def _log_role() -> Any:
    from keys.roles import Role

    return Role.LOG


def _write_past_memory(book: Any, work: Any, leaf: Leaf) -> None:
    from domain.checkpoint import Checkpoint
    from domain.checkpoint import encode as encode_head
    from keys.note_signing import sign_note

    def sign(size: int, root: bytes) -> bytes:
        head = Checkpoint(origin=book.origin, size=size, root=root)
        return sign_note(encode_head(head), book.origin, book.key)

    work.log.append(lambda _moment: leaf, now=leaf.time, number="", sign=sign)


@pytest.fixture
def mirrored(kit: HouseKit, tmp_path: Path) -> tuple[HouseKit, Path]:
    """A log of 600 entries and its mirror."""
    grow(kit, 600)
    assert mirror(HouseSource(kit.context), tmp_path / "mirror") > 600
    return kit, tmp_path / "mirror"


def _folder(kit: HouseKit, folder: Path) -> Audited:
    return audit(FolderSource(folder), own_keys(kit.context), kit.tick())


def test_a_mirror_is_clean_and_grows_by_what_is_new(mirrored: tuple[HouseKit, Path]) -> None:
    kit, folder = mirrored
    assert _folder(kit, folder).clean
    grow(kit, 300)
    mirror(HouseSource(kit.context), folder)
    found = _folder(kit, folder)
    assert found.clean
    assert found.head is not None
    assert found.head.size == found.replay.size > 900


@pytest.mark.parametrize("entry", [0, 255, 256, 599])
def test_one_changed_bit_in_a_mirror_is_named(mirrored: tuple[HouseKit, Path], entry: int) -> None:
    kit, folder = mirrored
    index, place = divmod(entry, 256)
    width = next(iter(folder.glob("tile/entries/002.p/*"))).name
    file = folder / entries_path(index, 256 if index < 2 else int(width))
    data = bytearray(file.read_bytes())
    data[place * 52 + 30] ^= 1
    file.write_bytes(data)
    assert _first(_folder(kit, folder)) == (entry, Problem.ENTRY_HASH)


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda f: (f / "checkpoint").unlink(), Problem.HEAD_SIGNATURE),
        (lambda f: _turn(f / "checkpoint", -12), Problem.HEAD_SIGNATURE),
        (lambda f: (f / entries_path(1)).unlink(), Problem.ENTRY_MISSING),
        (lambda f: (f / tile_path(0, 1)).unlink(), Problem.TILE_HASH),
        (lambda f: _turn(f / tile_path(1, 0, 2), 33), Problem.TILE_HASH),
        (lambda f: _cut(f / entries_path(0)), Problem.ENTRY_MISSING),
    ],
)
def test_a_spoilt_mirror_is_told(
    mirrored: tuple[HouseKit, Path], spoil: Callable[[Path], None], problem: Problem
) -> None:
    kit, folder = mirrored
    spoil(folder)
    assert problem in {each.problem for each in _folder(kit, folder).findings}


def _turn(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def test_promises_are_kept_within_ten_minutes_or_named(kit: HouseKit) -> None:
    key_id = kit.context.keys.private(_report_role()).key_id
    from api.services.issuing import log as logbook

    def put(kind: LeafType, digest: bytes) -> int:
        with kit.context.store.writing() as work:
            logged = logbook.append(
                kit.context, work, lambda moment: Leaf(kind, key_id, moment, digest), now=kit.tick()
            )
            work.commit()
        return logged.index

    index = put(LeafType.COMMITMENT, bytes(32))
    public = lambda now: audit(HouseSource(kit.context), own_keys(kit.context), now)  # noqa: E731
    assert public(kit.now + timedelta(minutes=9)).clean
    assert _first(public(kit.now + timedelta(minutes=11))) == (index, Problem.UNANSWERED)
    put(LeafType.SIGNED_FILE, b"\1" * 32)
    assert public(kit.now + timedelta(minutes=11)).clean
    again = put(LeafType.SIGNED_FILE, b"\1" * 32)
    problems = {(each.index, each.problem) for each in public(kit.now).findings}
    assert problems == {(again, Problem.FILE_TWICE), (again, Problem.FILE_UNPROMISED)}
    foreign = put(LeafType.VOID_COMMITMENT, b"\2" * 32)
    assert (foreign, Problem.VOID_FOREIGN) in {(f.index, f.problem) for f in public(kit.now).findings}


def _report_role() -> Any:
    from keys.roles import Role

    return Role.REPORT


def test_a_false_cosignature_is_told(open_kit: Callable[..., HouseKit]) -> None:
    log, witness = open_kit("log"), open_kit("witness")
    wire = introduce(log, witness)
    grow(log, 3)
    cosign_due(log.context, log.tick(), wire)
    from api.services.log.serving import checkpoint

    shown = checkpoint(log.context, log.tick()).data

    class Shown(HouseSource):
        """The head as strangers see it."""

        def checkpoint(self) -> bytes | None:
            return shown

    found = audit(Shown(log.context), own_keys(log.context), log.tick())
    assert found.clean
    assert set(found.cosigners) == {"dz.example/witness"}
    place = shown.rindex(b" ") + 40
    shown = shown[:place] + (b"A" if shown[place : place + 1] != b"A" else b"B") + shown[place + 1 :]
    assert Problem.COSIGNATURE in {
        each.problem for each in audit(Shown(log.context), own_keys(log.context), log.tick()).findings
    }


def test_a_log_that_cannot_be_reached_is_neither_clean_nor_not(kit: HouseKit) -> None:
    class Away:
        def get(self, url: str) -> Answer:
            raise DependencyUnavailable("log_unreachable", url=url, cause="ConnectError")

        def post(self, url: str, body: bytes) -> Answer:
            raise AssertionError(url, body)

    with pytest.raises(DependencyUnavailable):
        audit(UrlSource("https://dz.example/log", Away()), own_keys(kit.context), kit.tick())
