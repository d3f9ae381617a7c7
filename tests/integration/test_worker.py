"""The timetable, those who keep it, and the real process: stopped, killed, doubled."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from api.services.house import trust
from api.services.issuing.issue import Issued
from api.services.issuing.orders import Order
from api.services.timing import timetable, workers
from api.services.timing.timetable import CLAIM, RETRY, TASKS, Desk, Task, carry_out, claim_due, prepare
from api.services.timing.workers import SILENT
from api.worker import running
from domain.errors import DependencyUnavailable
from keys.custody import KeyEntry
from keys.roles import Role
from tests.unit.api.house_kit import FIRM, PASSPHRASE, HouseKit
from tests.world.working import until, working

ROOT = Path(__file__).resolve().parents[2]


def _desk(kit: HouseKit) -> Desk:
    return Desk(context=kit.context, issuing=lambda: kit.desk)


def _variables() -> dict[str, str]:
    return {"DAIZHENG_PASSPHRASE": PASSPHRASE.decode()}


def _subject(kit: HouseKit) -> UUID:
    with kit.context.store.reading() as work:
        subject = work.subjects.by_uscc(FIRM)
        assert subject is not None
        return subject.id


def test_a_new_house_has_every_task_due_and_one_worker_gets_each(kit: HouseKit) -> None:
    prepare(kit.context, kit.tick())
    first = claim_due(kit.context, kit.tick())
    assert [claimed.name for claimed in first] == [task.name for task in TASKS]
    assert claim_due(kit.context, kit.tick()) == ()


def test_a_done_task_is_due_after_its_period_and_not_before(kit: HouseKit) -> None:
    prepare(kit.context, kit.tick())
    for claimed in claim_due(kit.context, kit.tick()):
        assert carry_out(_desk(kit), claimed, kit.tick()).failure is None
    assert claim_due(kit.context, kit.tick()) == ()
    kit.now += TASKS[0].every
    assert TASKS[0].name in [claimed.name for claimed in claim_due(kit.context, kit.tick())]
    assert not any(line.late for line in timetable.health(kit.context, kit.now))
    kit.now += timedelta(days=10)
    assert all(line.late for line in timetable.health(kit.context, kit.now))


def test_the_claim_of_a_worker_that_died_lapses(kit: HouseKit) -> None:
    prepare(kit.context, kit.tick())
    lost = claim_due(kit.context, kit.tick())
    kit.now += CLAIM
    again = claim_due(kit.context, kit.tick())
    assert [claimed.handed for claimed in again] == [claimed.handed + 1 for claimed in lost]
    # The one who was thought dead comes late and finds that it is no longer his.
    before = timetable.health(kit.context, kit.now)
    carry_out(_desk(kit), lost[0], kit.tick())
    assert timetable.health(kit.context, kit.now) == before


@pytest.mark.parametrize("error", (DependencyUnavailable("tsa_unavailable", cause="x"), ZeroDivisionError()))
def test_a_task_that_fails_is_said_with_its_code_and_comes_again(
    kit: HouseKit, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(_desk: Desk, _now: object) -> None:
        raise error

    broken = Task(name="recovery", every=timedelta(minutes=5), do=fail)
    monkeypatch.setattr(timetable, "TASKS", (broken,))
    prepare(kit.context, kit.tick())
    (claimed,) = claim_due(kit.context, kit.tick())
    done = carry_out(_desk(kit), claimed, kit.tick())
    assert done.failure == getattr(error, "code", "fault_here")
    (line,) = timetable.health(kit.context, kit.now)
    assert (line.failure, line.failures, line.late) == (done.failure, 1, True)
    assert claim_due(kit.context, kit.tick()) == ()
    kit.now += RETRY
    assert claim_due(kit.context, kit.tick()) != ()


def test_revocation_lists_stay_younger_than_an_hour(kit: HouseKit) -> None:
    prepare(kit.context, kit.tick())
    ages = []
    for _ in range(40):
        kit.now += timedelta(minutes=5)
        for claimed in claim_due(kit.context, kit.tick()):
            carry_out(_desk(kit), claimed, kit.tick())
        kept = trust.kept_bundle(kit.context.home, kit.context.house.anchor_sha256)
        assert kept is not None
        ages.append(kit.now - kept.bundle.made_at)
    assert max(ages) < timedelta(minutes=56)
    assert sum(age < timedelta(minutes=1) for age in ages) in (3, 4, 5)


def test_what_a_dead_process_left_half_issued_is_finished(kit: HouseKit) -> None:
    class Killed(BaseException):
        pass

    def die(name: str) -> None:
        if name == "committed":
            raise Killed

    from api.services.issuing.issue import IssuingDesk

    with pytest.raises(Killed):
        IssuingDesk(replace(kit.context, step=die), kit.verifier).issue(Order(subject=FIRM))
    prepare(kit.context, kit.tick())
    for claimed in claim_due(kit.context, kit.tick()):
        assert carry_out(_desk(kit), claimed, kit.tick()).failure is None
    with kit.context.store.reading() as work:
        assert work.drafts.unanswered(or_owed=True) == ()
        assert [line.status for line in work.reports.of_subject(_subject(kit))] == ["valid"]


def test_silent_workers_and_those_that_stopped_are_taken_over_once(kit: HouseKit) -> None:
    context = kit.context
    workers.begin(context, "old", "h", kit.tick())
    workers.begin(context, "stopped", "h", kit.tick())
    workers.begin(context, "new", "h", kit.tick())
    assert workers.dead(context, "new", kit.tick()) == ()
    workers.end(context, "stopped", kit.tick())
    assert workers.dead(context, "new", kit.tick()) == ("stopped",)
    workers.taken_over(context, "stopped", kit.tick())
    kit.now += SILENT + timedelta(seconds=1)
    workers.beat(context, "new", kit.now)
    assert workers.dead(context, "new", kit.tick()) == ("old",)
    assert [worker.executor for worker in workers.living(context, kit.tick())] == ["new"]


def test_once_does_everything_due_and_leaves_nothing_due(kit: HouseKit) -> None:
    assert [done.name for done in running.once(kit.context).tasks] == [task.name for task in TASKS]
    assert running.once(kit.context).tasks == []


def test_the_table_in_the_docs_is_the_one_in_the_code() -> None:
    text = (ROOT / "docs" / "service.md").read_text()
    said = re.findall(r"^\| `(\w+)` \| ([0-9]+) (s|min) \|", text, re.M)
    seconds = {"s": 1, "min": 60}
    assert [(name, int(count) * seconds[unit]) for name, count, unit in said] == [
        (task.name, int(task.every.total_seconds())) for task in TASKS
    ]


@pytest.mark.slow
def test_the_process_works_stops_when_told_and_opens_no_port(kit: HouseKit) -> None:
    with working(kit.context.home, _variables()) as worker:
        until(lambda: all(worker.said("task", task=task.name) for task in TASKS), worker)
        assert _listening(worker.process.pid) == set()
        assert _elsewhere(worker.process.pid) == set()
        assert worker.stop() == 0
    assert worker.said("worker_ended")
    assert {line["event"] for line in worker.lines()} == {"worker_began", "task", "worker_ended"}


@pytest.mark.slow
def test_two_workers_do_each_thing_once_and_a_killed_ones_work_is_taken_over(kit: HouseKit) -> None:
    home = kit.context.home
    with working(home, _variables(), "one") as one, working(home, _variables(), "two") as two:
        both = (one, two)
        until(lambda: all(any(w.said("task", task=t.name) for w in both) for t in TASKS), two)
        with kit.context.store.reading() as work:
            # A hand-over that two had carried out would be settled twice.
            assert all(0 <= task.handed - task.runs <= 1 for task in work.work.tasks())
            names = {worker.executor for worker in work.work.workers()}
        assert len(names) == 2
        one.kill()
        (dead,) = (line["executor"] for line in one.lines() if line["event"] == "worker_began")
        until(lambda: two.said("took_over", executor=dead), two)
        assert two.stop() == 0


@pytest.mark.slow
def test_keys_changed_beside_a_running_worker_are_followed(kit: HouseKit) -> None:
    number = _issued(kit)
    old = {role: kit.context.keys.entry(role).key_id for role in (Role.STATUS, Role.REPORT)}
    with working(kit.context.home, _variables()) as worker:
        until(lambda: worker.said("task", task="status_lists"), worker)
        assert _signer_of_list(kit) == old[Role.STATUS]
        _do(kit, "keys", "renew", "status")
        _do(kit, "keys", "revoke", old[Role.STATUS], "--reason", "superseded")
        _do(kit, "keys", "revoke", old[Role.REPORT], "--reason", "superseded")
        _do(kit, "status", "set", number, "suspended", "--reason", "核对中", "--by", "王操作")
        until(lambda: _signer_of_list(kit) != old[Role.STATUS], worker)
        assert worker.stop() == 0
    (made,) = (each for each in HouseKit.open(kit.context.home).context.keys.entries if _signs_lists(each))
    assert _signer_of_list(kit) == made.key_id
    assert not any(line["event"] == "task_failed" for line in worker.lines())
    began = [line for line in worker.lines() if line["event"] == "worker_began"]
    assert len(began) == 1, "it was not started anew"


def _issued(kit: HouseKit) -> str:
    made = kit.desk.issue(Order(subject=FIRM))
    assert isinstance(made, Issued)
    return made.number


def _signs_lists(each: KeyEntry) -> bool:
    return each.role is Role.STATUS and each.current


def _signer_of_list(kit: HouseKit) -> str:
    """Key id in the head of the newest list that is out; nothing is published by asking."""
    with kit.context.store.reading() as work:
        kept = work.status.published(1)
    assert kept is not None
    head = zlib.decompress(kept.token_gzip, 31).split(b".")[0]
    kid: str = json.loads(base64.urlsafe_b64decode(head + b"=" * (-len(head) % 4)))["kid"]
    return kid


def _do(kit: HouseKit, *words: str) -> None:
    """Run a command as a process of its own."""
    command = [sys.executable, "-m", "api.cli.main", *words, "--home", str(kit.context.home)]
    subprocess.run(command, env=os.environ | _variables(), check=True, capture_output=True, timeout=120)


def _sockets(pid: int) -> list[list[str]]:
    held = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        found = re.fullmatch(r"socket:\[(\d+)\]", str(fd.readlink()))
        if found:
            held.add(found[1])
    rows = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        lines = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        rows += [line.split() for line in lines if line.split()[9] in held]
    return rows


def _listening(pid: int) -> set[str]:
    return {row[1] for row in _sockets(pid) if row[3] == "0A"}


def _elsewhere(pid: int) -> set[str]:
    """Connections to anything but this machine."""
    loopback = {socket.inet_aton("127.0.0.1")[::-1].hex().upper(), "0" * 8, "0" * 32}
    return {row[2] for row in _sockets(pid) if row[2].partition(":")[0] not in loopback}


def test_the_command_says_what_it_did(kit: HouseKit, capfd: pytest.CaptureFixture[str]) -> None:
    from api.cli.main import run
    from scripts.commands import environment

    with environment(_variables()):
        assert run(["worker", "--once", "--json", "--home", str(kit.context.home)]) == 0
    said = json.loads(capfd.readouterr().out)
    assert [line["failure"] for line in said["tasks"]] == [None] * len(TASKS)
