"""Paper: the registered bytes of a report go to a CUPS queue, and each copy is counted (R27).

Only the signed PDF is printed, never a page made anew; CUPS is spoken to by its own
programs with argument lists, so that no word of ours is ever read by a shell.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from api.services.access.looks import look_by, record_look
from api.services.access.principal import Principal
from api.services.context import Context
from api.services.issuing.showing import file_of
from api.store.entries import Registered
from api.store.entries_desk import Print
from domain.errors import DependencyUnavailable, MalformedInput, Refused
from domain.identifiers import uuid7

MAX_COPIES: Final = 20
_QUEUE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}")
_JOB: Final = re.compile(r"request id is (\S+-[0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One CUPS queue and how it is reached."""

    name: str
    server: str | None
    """``host:port`` or the path of a socket; None: as the machine is set up."""
    seconds: float = 20.0
    """How long the printing system may take to answer."""

    def __post_init__(self) -> None:
        """A queue's name is one of CUPS's own, never an option."""
        if not _QUEUE.fullmatch(self.name):
            raise MalformedInput("printer_name", queue=self.name[:40])


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """What CUPS says about a queue."""

    ready: bool
    words: str
    """The queue's own line, as ``lpstat`` gives it."""
    waiting: int
    """Jobs that are not printed yet."""


def print_report(
    context: Context,
    queue: Queue,
    principal: Principal,
    line: Registered,
    *,
    copies: int,
    channel: str,
    purpose: str,
    visit: UUID | None = None,
) -> Print:
    """The signed file is in the queue and its copies are counted and shown to the subject.

    Raises Refused ``report_not_valid`` for a report that was withdrawn, MalformedInput
    ``print_copies``, DependencyUnavailable ``printer_unavailable``; nothing is counted then.
    """
    if line.status in ("revoked", "superseded"):
        raise Refused("report_not_valid", number=line.number)
    if not 1 <= copies <= MAX_COPIES:
        raise MalformedInput("print_copies", limit=MAX_COPIES)
    if principal.person is None:
        raise Refused("sign_in_needed")
    job = _submit(queue, file_of(context, line.number), line.number, copies)
    now = context.clock()
    done = Print(
        id=uuid7(now, context.entropy),
        number=line.number,
        at=now,
        by=principal.person,
        channel=channel,
        queue=queue.name,
        job=job,
        copies=copies,
        visit=visit,
    )
    with context.store.writing() as work:
        work.desk.printed(done)
        look = look_by(
            context, principal, act="print", subject=line.subject, purpose=purpose, number=line.number
        )
        record_look(context, work, look)
        work.commit()
    return done


def state_of(queue: Queue) -> QueueState:
    """Give what the queue is doing; DependencyUnavailable ``printer_unavailable``."""
    words = _run(queue, ["lpstat", *_at(queue), "-p", queue.name], b"").strip()
    waiting = _run(queue, ["lpstat", *_at(queue), "-o", queue.name], b"")
    first = words.splitlines()[0] if words else ""
    return QueueState(
        ready="disabled" not in first,
        words=first,
        waiting=sum(1 for row in waiting.splitlines() if row.startswith(f"{queue.name}-")),
    )


def finished(queue: Queue, job: str) -> bool:
    """Say whether ``job`` has left the queue."""
    waiting = _run(queue, ["lpstat", *_at(queue), "-o", queue.name], b"")
    return not any(row.split()[:1] == [job] for row in waiting.splitlines())


def _submit(queue: Queue, pdf: bytes, title: str, copies: int) -> str:
    """Hand the bytes over and give the job's id; the title is the number, never a name (R7)."""
    arguments = ["lp", *_at(queue), "-d", queue.name, "-n", str(copies), "-t", title, "-o", "media=A4"]
    # Not scaled: the codes keep the size they were tried at.
    said = _run(queue, [*arguments, "-o", "print-scaling=none", "-"], pdf)
    found = _JOB.search(said)
    if found is None:
        raise DependencyUnavailable("printer_unavailable", queue=queue.name)
    return found[1]


def _at(queue: Queue) -> list[str]:
    return [] if queue.server is None else ["-h", queue.server]


def _run(queue: Queue, arguments: list[str], data: bytes) -> str:
    # A fixed locale: the answer is read by this module, not by a person.
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program with an argument list
            arguments, input=data, capture_output=True, env=environment, timeout=queue.seconds, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise DependencyUnavailable("printer_unavailable", queue=queue.name) from error
    return done.stdout.decode("utf-8", "replace")
