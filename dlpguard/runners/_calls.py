"""The system calls of a worker: a list of what is allowed; everything else fails with EPERM.

A worker computes, gets memory, reads its programs' files and talks on one socket.  The list is
what glibc, Python and the parsers were seen to call while they read the samples, the hostile
files and several hundred files of other projects (strace), and what their neighbours on other
architectures and C libraries are called.  Calls that are not on it fail and do not kill: the worst
that a forgotten one can do is a gap.
"""

from __future__ import annotations

import errno
import os
import termios
from typing import Any

from dlpguard.runners import _confine

_ALLOWED = (
    # memory
    *("brk", "mmap", "mmap2", "munmap", "mremap", "mprotect", "madvise"),
    # files that are open, and looking for others
    *("read", "readv", "pread64", "preadv", "lseek", "_llseek", "close", "close_range"),
    *("dup", "dup2", "dup3", "fcntl", "fcntl64", "getdents", "getdents64", "getcwd"),
    *("stat", "stat64", "lstat", "lstat64", "fstat", "fstat64", "fstatat64", "newfstatat"),
    *("statx", "statfs", "fstatfs", "access", "faccessat", "faccessat2", "readlink"),
    *("readlinkat", "poll", "ppoll", "select", "_newselect", "pselect6", "fadvise64"),
    # the channel
    *("write", "writev", "recvfrom", "recv", "sendto", "send", "getsockname", "getsockopt"),
    *("shutdown"),
    # time, chance, itself
    *("clock_gettime", "clock_gettime64", "clock_getres", "gettimeofday", "time", "times"),
    *("nanosleep", "clock_nanosleep", "getrandom", "getrusage", "getrlimit", "ugetrlimit"),
    *("getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getpgrp"),
    *("uname", "sysinfo", "getcpu", "sched_yield", "sched_getaffinity", "arch_prctl"),
    *("futex", "futex_time64", "set_robust_list", "set_tid_address", "membarrier"),
    # signals, and the end
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "sigaltstack", "pause"),
    *("rt_sigpending", "rt_sigsuspend", "rt_sigtimedwait", "setitimer", "getitimer", "alarm"),
    *("restart_syscall", "exit", "exit_group"),
)

_UNKNOWN = ("clone3", "openat2", "rseq")
"""Answered as on a kernel that does not have them: libraries then fall back on what is checked."""

_CHANGING = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC
"""What opens a file for more than reading."""


def allow_only(pyseccomp: Any) -> str:
    """Have all other calls fail with EPERM from now on.  "" where kernel or library are missing.

    `pyseccomp` is what `_confine.load_filter` gave.
    """
    if pyseccomp is None:
        return ""
    equal = pyseccomp.EQ
    calls = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in _ALLOWED:
        _add(pyseccomp, calls, pyseccomp.ALLOW, name)
    for name in _UNKNOWN:
        _add(pyseccomp, calls, pyseccomp.ERRNO(errno.ENOSYS), name)
    for name, flags in (("open", 1), ("openat", 2)):
        reading = pyseccomp.Arg(flags, pyseccomp.MASKED_EQ, _CHANGING, os.O_RDONLY)
        _add(pyseccomp, calls, pyseccomp.ALLOW, name, reading)
    itself = pyseccomp.Arg(0, equal, os.getpid())
    for name in ("kill", "tgkill"):  # abort() signals itself
        _add(pyseccomp, calls, pyseccomp.ALLOW, name, itself)
    # Its own limits: the part that comes next may have its share of CPU.
    _add(pyseccomp, calls, pyseccomp.ALLOW, "prlimit64", pyseccomp.Arg(0, equal, 0))
    _add(pyseccomp, calls, pyseccomp.ALLOW, "setrlimit")
    # Whoever opens a file asks whether it is a terminal.
    _add(pyseccomp, calls, pyseccomp.ALLOW, "ioctl", pyseccomp.Arg(1, equal, termios.TCGETS))
    try:
        calls.load()
    except OSError:
        return ""
    return _confine.SECCOMP


def _add(pyseccomp: Any, calls: Any, action: int, name: str, *conditions: Any) -> None:
    try:
        number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    except ValueError:  # this machine's kind or library does not know the call
        return
    if number >= 0:
        calls.add_rule(action, number, *conditions)
