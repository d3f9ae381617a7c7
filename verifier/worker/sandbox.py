"""Closes a worker process around itself, before it sees the first hostile byte.

Required: no new privileges, a seccomp filter, resource limits.  Taken where the kernel
gives them: own namespaces (no network, no other process in sight) and Landlock with no
rule at all, so that no file can be opened.  Everything a job needs is imported before.
Linux only; elsewhere :func:`close_sandbox` says what is missing and nothing starts.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from domain.errors import DependencyUnavailable
from verifier.limits import VerifierLimits

_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38
_NEW_NAMESPACES: Final = 0x10000000 | 0x40000000 | 0x08000000 | 0x04000000 | 0x00020000
"""CLONE_NEWUSER, NEWNET, NEWIPC, NEWUTS, NEWNS."""
_LANDLOCK_CREATE: Final = 444
_LANDLOCK_RESTRICT: Final = 446
_LANDLOCK_FS: Final = (0, 13, 14, 15, 15, 16, 16, 16)
"""Number of file access bits each Landlock ABI knows, by ABI version."""

DENIED: Final = (
    # network and local sockets
    "socket",
    "socketpair",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "recvfrom",
    "recvmsg",
    "recvmmsg",
    # new programs and processes
    "execve",
    "execveat",
    "fork",
    "vfork",
    "clone",
    "clone3",
    # other processes
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "kill",
    "tkill",
    "tgkill",
    "pidfd_open",
    "pidfd_getfd",
    "pidfd_send_signal",
    "rt_sigqueueinfo",
    "rt_tgsigqueueinfo",
    "kcmp",
    "process_madvise",
    # kernel doors with a history
    "bpf",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "userfaultfd",
    "perf_event_open",
    "keyctl",
    "add_key",
    "request_key",
    "memfd_secret",
    # files: all that is needed was opened before
    "open",
    "openat",
    "openat2",
    "creat",
    "open_by_handle_at",
    "name_to_handle_at",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "mknod",
    "mknodat",
    "chmod",
    "fchmod",
    "fchmodat",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "truncate",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "utimensat",
    "memfd_create",
    # the machine
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "fsopen",
    "fsconfig",
    "fsmount",
    "move_mount",
    "open_tree",
    "unshare",
    "setns",
    "reboot",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "swapon",
    "swapoff",
    "settimeofday",
    "clock_settime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "acct",
    "quotactl",
    "syslog",
    "iopl",
    "ioperm",
    "modify_ldt",
    "personality",
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setgroups",
    "capset",
)
"""System calls that answer EPERM inside a worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxReport:
    """What holds for this process from now on."""

    seccomp: bool
    landlock_abi: int
    """0: the kernel has none."""
    namespaces: bool
    limits: bool


def close_sandbox(limits: VerifierLimits) -> SandboxReport:
    """Close the sandbox around this process for good; DependencyUnavailable ``sandbox_unavailable``."""
    filters = _seccomp_library()
    libc = ctypes.CDLL(None, use_errno=True)
    _limit(limits)
    namespaces = libc.unshare(_NEW_NAMESPACES) == 0
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise DependencyUnavailable("sandbox_unavailable", part="no_new_privs")
    landlock = _landlock(libc)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    _seccomp(filters)
    _require_closed()
    return SandboxReport(seccomp=True, landlock_abi=landlock, namespaces=namespaces, limits=True)


def _limit(limits: VerifierLimits) -> None:
    space = limits.address_space_bytes
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


def allow_cpu(seconds: int) -> None:
    """Allow this process so many more seconds of CPU time, counted from now.

    The limit counts over a process's life, so each job raises the soft limit; past it the
    kernel ends the process and the pool starts another.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, hard))


def _seccomp_library() -> ModuleType:
    """Return pyseccomp, loaded while files can still be opened."""
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise DependencyUnavailable("sandbox_unavailable", part="libseccomp") from error
    library: ModuleType = pyseccomp
    return library


def _seccomp(pyseccomp: ModuleType) -> None:
    syscalls = pyseccomp.SyscallFilter(defaction=pyseccomp.ALLOW)
    for name in DENIED:
        try:
            syscalls.add_rule(pyseccomp.ERRNO(1), name)
        except (OSError, ValueError, RuntimeError):
            continue  # this kernel or machine has no such call
    try:
        syscalls.load()
    except (OSError, RuntimeError) as error:
        raise DependencyUnavailable("sandbox_unavailable", part="seccomp") from error


def _require_closed() -> None:
    """Try what must not work: a filter that was silently not loaded must not pass for one."""
    try:
        descriptor = os.open("/proc/self/status", os.O_RDONLY)
    except PermissionError:
        return
    os.close(descriptor)
    raise DependencyUnavailable("sandbox_unavailable", part="filter")


def _landlock(libc: ctypes.CDLL) -> int:
    """Forbid every file and every network access Landlock knows; return its ABI, 0 where there is none."""
    abi = int(libc.syscall(_LANDLOCK_CREATE, None, 0, 1))
    if abi < 1:
        return 0
    files = (1 << _LANDLOCK_FS[min(abi, len(_LANDLOCK_FS) - 1)]) - 1
    parts = [files]
    if abi >= 4:
        parts.append(0b11)  # TCP bind and connect
    if abi >= 6:
        parts.append(0b11)  # abstract sockets and signals of others
    attribute = ctypes.create_string_buffer(struct.pack(f"<{len(parts)}Q", *parts))
    ruleset = int(libc.syscall(_LANDLOCK_CREATE, attribute, ctypes.c_size_t(8 * len(parts)), 0))
    if ruleset < 0:
        return 0
    restricted = int(libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0)) == 0
    os.close(ruleset)
    return abi if restricted else 0
