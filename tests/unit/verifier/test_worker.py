"""The sandbox holds, faults come back as reasons, and a bad file never hurts the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import Thread

import pikepdf
import pyseccomp
import pytest

from domain.errors import DependencyUnavailable
from keys.trust import OpenedBundle
from tests import warm
from tests.unit.verifier.house import NOW
from verifier.limits import DEFAULT_LIMITS
from verifier.worker import pool as starting
from verifier.worker.pool import WorkerPool

ROOT = str(Path(__file__).parents[3])


@pytest.fixture(autouse=True)
def _each_pool_starts_its_own() -> Iterator[None]:
    """What these tests are about is the start, the end and the share of a process."""
    with warm.each_its_own():
        yield


def inside(code: str) -> str:
    """What a process says that closes the sandbox and then tries something."""
    program = f"""
    import sys
    sys.path.insert(0, {ROOT!r})
    import os, socket, subprocess, signal, ctypes, threading
    from verifier.worker import sandbox
    from verifier.limits import DEFAULT_LIMITS
    report = sandbox.close_sandbox(DEFAULT_LIMITS)
    try:
        {code}
        print("done")
    except BaseException as error:
        print(type(error).__name__)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=120
    )
    return done.stdout.strip() or f"ended {done.returncode}"


@pytest.mark.parametrize(
    "code",
    [
        "open('/etc/passwd')",
        f"open({__file__!r})",
        "open('/proc/1/environ')",
        "os.listdir('/')",
        "open('/tmp/x', 'w')",
        "os.unlink('/tmp/nothing-there')",
        "socket.socket()",
        "socket.socketpair()",
        "socket.create_connection(('127.0.0.1', 80))",
        "os.execv('/bin/true', ['true'])",
        "os.fork()",
        "subprocess.run(['true'])",
        "os.kill(os.getppid(), 0)",
        "os.memfd_create('x')",
        "threading.Thread(target=print).start()",
        "bytearray(900 << 20)",
    ],
)
def test_what_a_worker_cannot_do(code: str) -> None:
    assert inside(code) in {"PermissionError", "MemoryError", "RuntimeError"}


@pytest.mark.parametrize(
    "call", ["ptrace", "bpf", "io_uring_setup", "connect", "execve", "process_vm_readv", "mount"]
)
def test_system_calls_by_number(call: str) -> None:
    """Straight through the C library, past Python's own checks."""
    number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, call)
    tried = (
        f"libc = ctypes.CDLL(None, use_errno=True); out = libc.syscall({number}, 0, 0, 0, 0, 0); "
        "raise PermissionError if (out, ctypes.get_errno()) == (-1, 1) else ValueError"
    )
    assert inside(tried) == "PermissionError"


def test_a_worker_has_no_http_client() -> None:
    program = starting._START.replace("raise SystemExit(main())", "_warm(()); ") + (
        "print([name for name in sys.modules if name.startswith(('aiohttp.', 'requests.', 'urllib3.'))])"
    )
    program = program.replace("import main", "import _warm")
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, *sys.path], capture_output=True, text=True, timeout=120
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_processor_time_is_counted_by_job() -> None:
    """Each job raises the soft limit; a job that uses up its share is ended by the kernel."""
    spin = "sandbox.allow_cpu(1); any(iter(int, 1))"
    assert inside(spin) == f"ended {-signal.SIGXCPU}"


def test_the_report_says_what_holds(workers: WorkerPool) -> None:
    report = workers.warm()
    assert isinstance(report, dict)
    assert report["seccomp"] is True
    assert report["limits"] is True


@pytest.fixture
def pool(opened: OpenedBundle) -> Iterator[WorkerPool]:
    limits = replace(DEFAULT_LIMITS, jobs_per_worker=3, wall_seconds=20.0, cpu_seconds=2)
    with WorkerPool(opened.bundle.anchors, limits) as made:
        yield made


def question() -> dict[str, object]:
    return {"job": "document", "at": NOW.isoformat(), "stamped": True}


def test_a_worker_is_replaced_after_its_share(pool: WorkerPool, genuine: bytes) -> None:
    for _ in range(7):
        assert pool.ask(question(), genuine).reason is None


def test_a_fault_is_a_reason_and_the_next_file_is_read(pool: WorkerPool, genuine: bytes) -> None:
    assert pool.ask({"job": "nothing of the kind"}, b"x").reason == "reader_failed"
    assert pool.ask({"job": "document", "at": "no time", "stamped": True}, genuine).reason == "reader_failed"
    assert pool.ask(question(), genuine).reason is None


def test_hostile_bytes_are_reasons(pool: WorkerPool, genuine: bytes) -> None:
    for data in (
        b"",
        b"%PDF-",
        genuine[:5000],
        genuine[5000:],
        b"\x00" * 100_000,
        b"<<" * 50_000,
        b"[" * 200_000,
    ):
        for job in ("document", "triage", "picture"):
            answer = pool.ask({**question(), "job": job}, data)
            assert answer.reason in {"damaged", "bomb", "too_slow", "encrypted", "reader_failed"}, (
                job,
                data[:10],
            )


def flate_chain(levels: int) -> bytes:
    """A stream packed over and over: a few kilobytes that unpack to gigabytes."""
    packed = bytes(120_000_000)
    for _ in range(levels):
        packed = zlib.compress(packed, 9)
    out = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        stream = pikepdf.Stream(pdf, packed)
        stream.Filter = pikepdf.Array([pikepdf.Name.FlateDecode] * levels)
        pdf.pages[0].obj.Contents = pdf.make_indirect(stream)
        pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_bombs(pool: WorkerPool, levels: int) -> None:
    assert pool.ask({"job": "triage"}, flate_chain(levels)).reason == "bomb"


def test_a_job_past_its_time_is_ended_and_the_next_one_runs(opened: OpenedBundle, genuine: bytes) -> None:
    limits = replace(DEFAULT_LIMITS, wall_seconds=0.001)
    with WorkerPool(opened.bundle.anchors, limits) as pool:
        assert [pool.ask(question(), genuine).reason for _ in range(2)] == ["too_slow", "too_slow"]


def test_a_worker_outlives_the_thread_that_started_it(pool: WorkerPool, genuine: bytes) -> None:
    starter = Thread(target=pool.warm)
    starter.start()
    starter.join()
    assert pool.ask(question(), genuine).reason is None


def test_a_worker_killed_while_idle_costs_no_file(pool: WorkerPool, genuine: bytes) -> None:
    pool.warm()
    children = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True
    ).stdout
    for line in children.splitlines():
        pid, arguments = line.split(maxsplit=1)
        if "verifier.pdf.inside" in arguments:
            os.kill(int(pid), signal.SIGKILL)
    time.sleep(0.3)
    assert pool.ask(question(), genuine).reason is None


def test_two_threads_share_one_worker(pool: WorkerPool, genuine: bytes) -> None:
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: pool.ask(question(), genuine).reason, range(6)))
    assert answers == [None] * 6


def test_a_worker_that_does_not_start_is_a_fault_of_ours(opened: OpenedBundle) -> None:
    limits = replace(DEFAULT_LIMITS, start_seconds=0.01)
    with WorkerPool(opened.bundle.anchors, limits) as pool, pytest.raises(DependencyUnavailable) as error:
        pool.warm()
    assert error.value.code == "sandbox_unavailable"


def test_unsandboxed_only_by_a_setting(opened: OpenedBundle, genuine: bytes) -> None:
    with WorkerPool(opened.bundle.anchors, allow_unsandboxed=True) as pool:
        assert pool.warm() is None
        assert pool.ask(question(), genuine).reason is None
