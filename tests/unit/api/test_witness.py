"""Two houses: one signs, one witnesses; no second history passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from api.services.log import heads, serving
from api.services.log.outgoing import Answer
from api.services.log.witness import add_checkpoint
from api.services.log.witnessing import cosign_due
from domain import note, tree_proofs, witness_request
from domain.checkpoint import Checkpoint, encode
from domain.errors import Refused
from domain.witness_request import AddCheckpoint
from keys.note_signing import sign_note
from keys.roles import Role
from keys.trust.signatures import cosigners
from tests.unit.api.house_kit import HouseKit
from tests.unit.api.log_kit import URL, Wire, grow, introduce

Opener = Callable[..., HouseKit]


@pytest.fixture
def pair(open_kit: Opener) -> tuple[HouseKit, HouseKit, Wire]:
    """A log, its witness, and the wire between them."""
    log, witness = open_kit("log"), open_kit("witness")
    return log, witness, introduce(log, witness)


def _head(kit: HouseKit, size: int, root: bytes, *, role: Role = Role.LOG) -> bytes:
    origin = kit.context.house.log_origin
    text = encode(Checkpoint(origin=origin, size=size, root=root))
    return sign_note(text, origin, kit.context.keys.private(role))


def _signed(kit: HouseKit) -> bytes:
    with kit.context.store.reading() as work:
        return serving.newest_checkpoint(work)


def _body(kit: HouseKit, old: int) -> bytes:
    with kit.context.store.reading() as work:
        proof = tree_proofs.consistency_proof(old, work.log.size(), work.log.nodes)
        return witness_request.encode(
            AddCheckpoint(old=old, proof=proof, note=serving.newest_checkpoint(work))
        )


def test_each_head_is_cosigned_once_and_shown_with_the_cosignature(
    pair: tuple[HouseKit, HouseKit, Wire],
) -> None:
    log, _, wire = pair
    for count in (1, 3, 300):
        size = grow(log, count)
        (asked,) = cosign_due(log.context, log.tick(), wire)
        assert (asked.outcome, asked.size) == ("cosigned", size)
        shown = serving.checkpoint(log.context, log.tick())
        assert shown.head.size == size
        assert set(cosigners(note.decode(shown.data), log.context.log_plan.vkeys)) == {"dz.example/witness"}
    assert cosign_due(log.context, log.tick(), wire)[0].outcome == "current"
    assert wire.asked == [f"{URL}/add-checkpoint"] * 3


def test_a_log_that_forgot_what_was_cosigned_goes_on_from_what_the_witness_says(
    pair: tuple[HouseKit, HouseKit, Wire],
) -> None:
    log, witness, wire = pair
    grow(log, 5)
    reply = add_checkpoint(witness.context, _body(log, 0), witness.tick())
    assert reply.status == 200
    grow(log, 5)
    assert cosign_due(log.context, log.tick(), wire)[0].outcome == "cosigned"
    assert len(wire.asked) == 2


@pytest.mark.parametrize(
    ("case", "status"),
    [
        ("garbage", 400),
        ("old_above", 400),
        ("unknown_origin", 404),
        ("other_key", 403),
        ("wrong_old", 409),
        ("bad_proof", 422),
        ("second_root", 409),
        ("fine", 200),
    ],
)
def test_the_witness_answers_with_the_status_of_the_specification(
    pair: tuple[HouseKit, HouseKit, Wire], open_kit: Opener, case: str, status: int
) -> None:
    log, witness, wire = pair
    grow(log, 5)
    cosign_due(log.context, log.tick(), wire)
    old = grow(log, 0) or _size(log)
    grow(log, 4)
    body = _body(log, old)
    match case:
        case "garbage":
            body = b"old 1\n\nnothing"
        case "old_above":
            body = body.replace(b"old %d" % old, b"old %d" % (old + 99))
        case "unknown_origin":
            stranger = open_kit("stranger")
            text = encode(Checkpoint(origin="elsewhere.example/log", size=3, root=bytes(32)))
            signed = sign_note(text, "elsewhere.example/log", stranger.context.keys.private(Role.LOG))
            body = witness_request.encode(AddCheckpoint(old=0, proof=(), note=signed))
        case "other_key":
            forged = note.decode(_signed(log))
            line = note.NoteSignature(name="dz.example/log", key_hash=bytes(4), signature=bytes(64))
            body = witness_request.encode(
                AddCheckpoint(old=old, proof=(), note=note.encode(forged.text, [line]))
            )
        case "wrong_old":
            body = _body(log, old - 1)
        case "bad_proof":
            asked = witness_request.decode(body)
            body = witness_request.encode(
                AddCheckpoint(old=old, proof=(*asked.proof[:-1], bytes(32)), note=asked.note)
            )
        case "second_root":
            body = witness_request.encode(AddCheckpoint(old=old, proof=(), note=_head(log, old, bytes(32))))
    reply = add_checkpoint(witness.context, body, witness.tick())
    assert reply.status == status
    if status == 409:
        assert (reply.kind, reply.body) == ("text/x.tlog.size", b"%d\n" % old)


def _size(kit: HouseKit) -> int:
    with kit.context.store.reading() as work:
        return work.log.size()


def test_two_heads_of_one_size_are_kept_as_evidence_and_the_first_stands(
    pair: tuple[HouseKit, HouseKit, Wire],
) -> None:
    log, witness, wire = pair
    size = grow(log, 5)
    cosign_due(log.context, log.tick(), wire)
    second = _head(log, size, b"\1" * 32)
    body = witness_request.encode(AddCheckpoint(old=size, proof=(), note=second))
    assert add_checkpoint(witness.context, body, witness.tick()).status == 409
    assert add_checkpoint(witness.context, body, witness.tick()).status == 409
    grow(log, 3)
    assert cosign_due(log.context, log.tick(), wire)[0].outcome == "cosigned"
    # The same lie about a head that is no longer the newest is found all the same.
    assert add_checkpoint(witness.context, body, witness.tick()).status == 409
    with witness.context.store.reading() as work:
        (alarm,) = work.witnesses.alarms()
        head = work.witnesses.newest_head(log.context.house.log_origin)
    assert (alarm.kind, alarm.size, alarm.second) == ("split_view", size, second)
    assert note.decode(alarm.first).text != note.decode(alarm.second).text
    assert head is not None
    assert head.size == size + 3


def test_another_branch_of_the_log_is_refused_and_both_sides_raise_an_alarm(
    pair: tuple[HouseKit, HouseKit, Wire], open_kit: Opener
) -> None:
    log, witness, wire = pair
    branch = open_kit("branch")  # the same keys and the same beginning, then another history
    branch.context = _plan_of(branch, log)
    grow(log, 6)
    cosign_due(log.context, log.tick(), wire)
    grow(branch, 9)
    (asked,) = cosign_due(branch.context, branch.tick(), wire)
    assert (asked.outcome, asked.cause) == ("refused", "status_422")
    with witness.context.store.reading() as work:
        assert [alarm.kind for alarm in work.witnesses.alarms()] == ["unproven"]
    with branch.context.store.reading() as work:
        assert [alarm.kind for alarm in work.witnesses.alarms()] == ["refused_by_witness"]


def _plan_of(kit: HouseKit, other: HouseKit) -> object:
    return replace(kit.context, log_plan=other.context.log_plan)


def test_a_restored_database_is_refused_by_its_own_memory(kit: HouseKit) -> None:
    grow(kit, 3)
    backup = _yesterday(kit)
    size = grow(kit, 4)
    _restore(kit, backup)
    with pytest.raises(Refused) as caught:
        grow(kit, 1)
    assert caught.value.code == "log_behind_witness"
    assert (caught.value.fields["size"], caught.value.fields["seen"]) == (size - 4, size)


def test_a_house_that_lost_its_memory_too_is_stopped_by_the_witness(
    pair: tuple[HouseKit, HouseKit, Wire],
) -> None:
    log, _, wire = pair
    grow(log, 3)
    backup = _yesterday(log)
    grow(log, 4)
    cosign_due(log.context, log.tick(), wire)
    _restore(log, backup)
    (log.context.home / heads.HEAD).unlink()
    (asked,) = cosign_due(log.context, log.tick(), wire)
    assert asked.outcome == "behind"
    with pytest.raises(Refused) as caught:
        grow(log, 1)
    assert caught.value.code == "log_behind_witness"
    with log.context.store.reading() as work:
        assert [alarm.kind for alarm in work.witnesses.alarms()] == ["behind_witness"]


def test_a_witness_that_cannot_be_used_stops_nothing(pair: tuple[HouseKit, HouseKit, Wire]) -> None:
    log, _, wire = pair
    grow(log, 2)
    wire.cut = True
    assert cosign_due(log.context, log.tick(), wire)[0].outcome == "unreachable"
    wire.cut = False
    for answer in (
        Answer(status=200, kind="text/plain", body=b""),
        Answer(status=200, kind="text/plain", body="— other.example/w AAAAAAAA\n".encode()),
        Answer(status=409, kind="text/x.tlog.size", body=b"x\n"),
    ):
        wire.instead = answer
        assert cosign_due(log.context, log.tick(), wire)[0].outcome == "unusable"
    for status in (302, 403, 404, 500):
        wire.instead = Answer(status=status, kind="text/html", body=b"<p>")
        assert cosign_due(log.context, log.tick(), wire)[0].outcome == "refused"
    with log.context.store.reading() as work:
        assert work.witnesses.alarms() == ()
    grow(log, 1)


def test_an_entry_waits_for_the_witness_a_minute_at_most(pair: tuple[HouseKit, HouseKit, Wire]) -> None:
    log, _, wire = pair
    cosigned = grow(log, 3)
    cosign_due(log.context, log.tick(), wire)
    size = grow(log, 2)
    assert serving.checkpoint(log.context, log.now + timedelta(seconds=59)).head.size == cosigned
    late = serving.checkpoint(log.context, log.now + timedelta(seconds=61))
    assert (late.head.size, late.cosigners) == (size, ())


def _yesterday(kit: HouseKit) -> HouseKit:
    """The house as a backup holds it now."""
    kit.context.store.close()
    return HouseKit.copy(kit.context.home, kit.context.home.parent / "yesterday")


def _restore(kit: HouseKit, backup: HouseKit) -> None:
    """The database is the backup's; everything beside it stays as it is."""
    kit.context.store.close()
    kit.context = replace(kit.context, store=backup.context.store)
