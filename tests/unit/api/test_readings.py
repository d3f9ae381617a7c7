"""A kept reading saves reading, never judging: every verdict is made of what holds now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from api.services.checking import originals
from api.services.checking.checker import Checker
from api.services.readings import keep
from api.services.verifying import HouseRegister
from api.store.entries import Registered
from domain.errors import InvariantBroken
from domain.trust_format import RegionFile
from domain.verdict import Authenticity, Code, Status
from tests.unit.api.house_kit import FIRM, HouseKit, shared_workers
from verifier.evidence.reading import read_under
from verifier.policies.policy import builtin
from verifier.service import Verifier
from verifier.worker.pool import Answer, Early, WorkerPool


class Counting(WorkerPool):
    """A pool that counts what it is asked and hands it to the real one."""

    def __init__(self, real: WorkerPool) -> None:
        super().__init__(real.anchors)
        self.real, self.asked = real, 0

    def ask(self, question: Mapping[str, object], data: bytes, early: Early | None = None) -> Answer:
        self.asked += 1
        return self.real.ask(question, data, early)


class Room:
    """The checking room of a house with one report, and what it asked of the workers."""

    def __init__(self, kit: HouseKit) -> None:
        self.kit, self.context = kit, kit.context
        self.workers = Counting(shared_workers(kit.context))

    def at(self, now: datetime) -> Verifier:
        trust = self.kit.verifier.at(self.kit.tick()).trust
        register = HouseRegister(self.context.store, self.context)
        return Verifier(trust, register, worker=self.workers)

    def verdict(self, now: datetime | None = None) -> Any:
        moment = now or self.kit.tick()
        checker = Checker(self.context, self.at(moment), moment)
        found = checker.sha256(self.line.file_sha256, "a.pdf").verdict
        assert found is not None
        return found

    @property
    def line(self) -> Registered:
        with self.context.store.reading() as work:
            subject = work.subjects.by_uscc(FIRM)
            assert subject is not None
            (line,) = work.reports.of_subject(subject.id)
        return line

    def write(self, statement: str, **values: object) -> None:
        with self.context.store.engine.begin() as connection:
            connection.execute(text(statement), values)


@pytest.fixture
def room(issued_kit: HouseKit) -> Room:
    return Room(issued_kit)


def test_a_released_file_is_looked_up_without_being_read_again(room: Room) -> None:
    verdict = room.verdict()
    assert room.workers.asked == 0
    now = room.kit.tick()
    data = originals.original(room.context, room.line.number)
    whole = room.at(now).verify(data, "a.pdf", policy=builtin(), now=verdict.verified_at)
    assert room.workers.asked == 1
    assert verdict == whole
    assert (verdict.status, verdict.code) == (Status.VALID, Code.OK)


def test_a_day_in_the_past_is_judged_by_the_lists_in_the_file(room: Room) -> None:
    now = room.kit.tick()
    verifier = room.at(now)
    checker = Checker(room.context, verifier, now, at=now)
    by_hash, _, _ = checker.verdict_on(room.line.file_sha256)
    assert room.workers.asked == 0
    data = originals.original(room.context, room.line.number)
    assert by_hash == verifier.verify(data, "", policy=builtin(), now=now, at=now)
    assert (by_hash.status, by_hash.code) == (Status.VALID, Code.OK)


def test_a_revocation_shows_at_once(room: Room) -> None:
    assert room.verdict().code == Code.OK
    with room.context.store.writing() as work:
        work.reports.set_status(room.line.number, "revoked", "keyboard", room.kit.tick())
        work.commit()
    verdict = room.verdict()
    assert (verdict.status, verdict.code) == (Status.INVALID, Code.REVOKED)
    assert room.workers.asked == 0


def test_lists_that_grew_old_show_at_once(room: Room) -> None:
    late = room.kit.tick() + timedelta(days=400)
    verdict = room.verdict(late)
    assert (verdict.status, verdict.code) == (Status.INDETERMINATE, Code.STATUS_STALE)
    assert room.workers.asked == 0


def test_a_report_from_before_is_read_once_and_then_kept(room: Room) -> None:
    room.write("DELETE FROM readings")
    first = room.verdict()
    assert room.workers.asked == 1
    assert room.verdict().checks == first.checks
    assert room.workers.asked == 1


def test_a_reading_by_another_program_or_trust_is_not_used(room: Room) -> None:
    room.write("UPDATE readings SET under = 'another'")
    assert room.verdict().code == Code.OK
    assert room.workers.asked == 1


def test_a_reading_that_was_changed_in_the_database_is_not_used(room: Room) -> None:
    with room.context.store.engine.connect() as connection:
        sealed = connection.execute(text("SELECT sealed FROM readings")).scalar_one()
    changed = bytearray(sealed)
    changed[-1] ^= 1
    room.write("UPDATE readings SET sealed = :sealed", sealed=bytes(changed))
    assert room.verdict().code == Code.OK
    assert room.workers.asked == 1


def test_a_reading_of_one_file_opens_for_no_other(room: Room) -> None:
    # Whoever writes the database cannot lend one file's good reading to another's bytes.
    other = replace(room.line, file_sha256="0" * 64)
    with pytest.raises(InvariantBroken) as caught:
        originals.reading_of(room.context, room.at(room.kit.tick()), other)
    assert caught.value.code == "file_differs"


def test_only_a_reading_without_fault_is_kept(room: Room) -> None:
    room.write("DELETE FROM readings")
    verifier = room.at(room.kit.tick())
    good = originals.original(room.context, room.line.number)
    bad = bytearray(good)
    bad[len(bad) // 2] ^= 1
    with room.context.store.writing() as work:
        assert not keep(room.context, work, verifier, room.line.number, verifier.read(bytes(bad)))
        assert not keep(room.context, work, verifier, room.line.number, verifier.read(b"%PDF-1.7\n"))
        work.commit()
    with room.context.store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM readings")).scalar_one() == 0
    verdict = verifier.judge_read(verifier.read(bytes(bad)), "x", policy=builtin(), now=room.kit.tick())
    assert verdict.authenticity is Authenticity.NOT_GENUINE


def test_fresh_lists_leave_readings_in_use_and_other_keys_do_not(room: Room) -> None:
    bundle = room.kit.verifier.at(room.kit.tick()).trust.bundle
    under = read_under(bundle)
    later = bundle.made_at + timedelta(days=1)
    renewed = replace(bundle, sequence=bundle.sequence + 1, crls=(b"newer",), made_at=later)
    assert read_under(renewed) == under
    services = tuple(service for service in bundle.services if service.role != "timestamp")
    region = RegionFile(code="990100", version="9", sha256="0" * 64, toml="")
    for changed in (
        replace(bundle, services=services),
        replace(bundle, hosts=("other.example",)),
        replace(bundle, log=replace(bundle.log, vkeys=())),
        replace(bundle, anchors=(*bundle.anchors, b"root")),
        replace(bundle, region_files=(*bundle.region_files, region)),
    ):
        assert read_under(changed) != under
