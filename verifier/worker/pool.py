"""A pool of persistent, sandboxed worker processes that read hostile files for us.

A process is kept warm, because a new one for each file costs twice a verification.  It is
replaced after ``jobs_per_worker`` jobs and after any fault: a crash, a broken answer, too
much time.  A fault never reaches the caller as an exception: it is an answer with a reason.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, LifoQueue
from signal import SIGXCPU
from types import TracebackType
from typing import IO, Any, Final, Self

from domain.errors import DependencyUnavailable, MalformedInput
from verifier.limits import DEFAULT_LIMITS, VerifierLimits
from verifier.worker import wire

_START: Final = (
    "import sys; sys.path[:] = sys.argv[1:]; sys.dont_write_bytecode = True; "
    "from verifier.worker.no_http_client import leave_out; leave_out(); "
    "from verifier.pdf.inside import main; raise SystemExit(main())"
)


Early = Callable[[Mapping[str, Any]], None]
"""Takes the first part of an answer that comes in two, while the worker is at the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a worker said, or why it could not: exactly one of the two is set."""

    result: Mapping[str, Any] | None
    reason: str | None
    """A word of the closed reason list."""


class _Process:
    """One worker process; used by one thread at a time."""

    def __init__(
        self, anchors: Sequence[bytes], limits: VerifierLimits, *, sandboxed: bool, writes_reports: bool
    ) -> None:
        self._limits = limits
        self.jobs = 0
        paths = [entry or str(Path.cwd()) for entry in sys.path]
        self._child = subprocess.Popen(  # noqa: S603 -- our own interpreter and module, no shell
            [sys.executable, "-I", "-c", _START, *paths],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8", "TZ": "UTC"},
            close_fds=True,
        )
        setup = {
            "limits": asdict(limits),
            "anchors": [wire.pack(der) for der in anchors],
            "sandbox": sandboxed,
            "writes_reports": writes_reports,
        }
        ready = self._exchange(setup, b"", limits.start_seconds, _ignore)
        if ready is None or not ready.get("ready"):
            self.end()
            raise DependencyUnavailable("sandbox_unavailable", part=str((ready or {}).get("part", "start")))
        self.sandbox: object = ready.get("sandbox")

    @property
    def alive(self) -> bool:
        """Tell whether the process is still there."""
        return self._child.poll() is None

    def ask(self, question: Mapping[str, object], data: bytes, early: Early) -> Mapping[str, Any] | None:
        """Return the answer, None after a fault; then the process is dead."""
        self.jobs += 1
        return self._exchange(question, data, self._limits.wall_seconds, early)

    def _exchange(
        self, question: Mapping[str, object], data: bytes, seconds: float, early: Early
    ) -> Mapping[str, Any] | None:
        source, sink = self._child.stdout, self._child.stdin
        if source is None or sink is None:
            return None
        late = threading.Timer(seconds, self._child.kill)
        late.start()
        try:
            wire.send(sink, question, data)  # type: ignore[arg-type]
            frame = self._receive(source)
            if frame is not None and frame.get("more") is True:
                # At most once: a worker that was taken over cannot keep us with ever more first parts.
                early(frame)
                frame = self._receive(source)
        except (OSError, ValueError, MalformedInput):
            frame = None
        finally:
            late.cancel()
        if frame is None:
            self.end()
            return None
        return frame

    def _receive(self, source: IO[bytes]) -> Mapping[str, Any] | None:
        frame = wire.receive(source, max_bytes=self._limits.max_result_bytes)  # type: ignore[arg-type]
        return None if frame is None else frame[0]

    def fault(self) -> str:
        """Return the reason word for how this dead process ended."""
        # A kill comes from our own timer, XCPU from the kernel's CPU limit; both mean: too slow.
        return "too_slow" if self._child.returncode in (-9, -SIGXCPU) else "reader_failed"

    def end(self) -> None:
        """End the process and wait for it."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
        if self._child.poll() is None:
            try:
                self._child.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                self._child.kill()
        self._child.wait()


class WorkerPool:
    """Up to ``size`` warm workers; safe to share between threads.

    Args:
        anchors: DER root certificates that pyHanko may trust.
        limits: what one file may cost.
        size: processes at most; a caller beyond that waits.
        allow_unsandboxed: start although the kernel gives no sandbox; for development only.
        writes_reports: the processes can write ETSI reports too; they take longer to start.

    Raises:
        DependencyUnavailable: ``sandbox_unavailable``, at the first start.
    """

    def __init__(
        self,
        anchors: Sequence[bytes],
        limits: VerifierLimits = DEFAULT_LIMITS,
        *,
        size: int = 1,
        allow_unsandboxed: bool = False,
        writes_reports: bool = False,
    ) -> None:
        self._anchors, self._limits, self._sandboxed = tuple(anchors), limits, not allow_unsandboxed
        self._writes_reports = writes_reports
        self._idle: LifoQueue[_Process] = LifoQueue()
        self._places = threading.BoundedSemaphore(size)
        self._closed = False

    @property
    def anchors(self) -> tuple[bytes, ...]:
        """The anchors its processes trust."""
        return self._anchors

    @property
    def sandboxed(self) -> bool:
        """Tell whether its processes must have a sandbox."""
        return self._sandboxed

    def warm(self) -> object:
        """Start one worker if none is idle and return what its sandbox holds."""
        process = self._take()
        self._idle.put(process)
        self._places.release()
        return process.sandbox

    def ask(self, question: Mapping[str, object], data: bytes, early: Early | None = None) -> Answer:
        """Return what a worker says about ``data``; its faults come back as reasons.

        ``early`` is called with the first part of an answer in two parts; what it made of
        it counts only if the answer then has a result.
        """
        process = self._take()
        try:
            result = process.ask(question, data, early or _ignore)
        except BaseException:
            process.end()
            self._places.release()
            raise
        answer = _read(result, process)
        if result is None or process.jobs >= self._limits.jobs_per_worker or self._closed:
            process.end()
        else:
            self._idle.put(process)
        self._places.release()
        return answer

    def close(self) -> None:
        """End every idle worker; those at work end with their job."""
        self._closed = True
        while True:
            try:
                self._idle.get_nowait().end()
            except Empty:
                return

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the pool."""
        self.close()

    def _take(self) -> _Process:
        self._places.acquire()
        while not self._idle.empty():
            with contextlib.suppress(Empty):
                process = self._idle.get_nowait()
                if process.alive:
                    return process
                process.end()  # ended from outside while idle: not the fault of the next file
        try:
            return _Process(
                self._anchors,
                self._limits,
                sandboxed=self._sandboxed,
                writes_reports=self._writes_reports,
            )
        except BaseException:
            self._places.release()
            raise


def _ignore(_part: Mapping[str, Any]) -> None:
    """Take a first part that nobody waits for."""


def _read(result: Mapping[str, Any] | None, process: _Process) -> Answer:
    if result is None:
        return Answer(result=None, reason=process.fault())
    if result.get("ok") is True:
        return Answer(result=result, reason=None)
    reason = result.get("reason")
    return Answer(result=None, reason=reason if isinstance(reason, str) else "reader_failed")
