"""What a process that reads hostile files may not do, even when a file takes it over.

Limits on what it uses and no new privileges are had everywhere.  Landlock (no file but the
programs' own, none of them for writing) and seccomp (no network, no other program or process, no
file written) are had where kernel and libraries have them; each function says whether it worked,
and `doctor` shows it.  The list of forbidden calls is for this worker kind, which computes and
talks on one socket; it is a list of what is forbidden, not of what is allowed, because lxml,
pdfium and their C libraries may call what they like among harmless things.
"""

from __future__ import annotations

import ctypes
import errno
import importlib
import os
import resource
import signal
import struct
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Any

LIMITS = "rlimits"
PRIVATE_TMP = "private-tmp"
NO_NEW_PRIVILEGES = "no-new-privileges"
LANDLOCK = "landlock"
SECCOMP = "seccomp"
EVERYTHING = (LIMITS, NO_NEW_PRIVILEGES, LANDLOCK, SECCOMP)
"""The protections there are, weakest first."""

OPEN_FILES = 64
"""Descriptors of one worker: its channel, and shared libraries and tables while they are read."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
"""Where a parser that is first used by a message may still find its shared libraries."""

_FORBIDDEN = (
    # network, and sockets other than the one it has
    *("socket", "socketpair", "connect", "bind", "listen", "accept", "accept4"),
    # other programs and processes
    *("execve", "execveat", "fork", "vfork", "clone", "ptrace", "process_vm_readv"),
    *("process_vm_writev", "process_madvise", "pidfd_open", "pidfd_getfd", "pidfd_send_signal"),
    *("tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "setpriority", "sched_setaffinity"),
    # files, beyond reading them
    *("creat", "truncate", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir"),
    *("mkdirat", "rmdir", "link", "linkat", "symlink", "symlinkat", "mknod", "mknodat", "chmod"),
    *("fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "utime"),
    *("utimes", "utimensat", "futimesat", "setxattr", "lsetxattr", "fsetxattr", "removexattr"),
    *("lremovexattr", "fremovexattr", "memfd_create", "open_by_handle_at", "name_to_handle_at"),
    # namespaces, mounts, identities
    *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "move_mount", "open_tree"),
    *("fsopen", "fsconfig", "fsmount", "setuid", "setgid", "setreuid", "setregid", "setresuid"),
    *("setresgid", "setgroups", "setfsuid", "setfsgid", "capset", "personality"),
    # the kernel's large or old attack surfaces
    *("bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "quotactl"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "kexec_load", "kexec_file_load"),
    *("init_module", "finit_module", "delete_module", "reboot", "swapon", "swapoff", "acct"),
    *("syslog", "settimeofday", "clock_settime", "adjtimex", "sethostname", "setdomainname"),
    *("ioperm", "iopl", "modify_ldt", "lookup_dcookie", "vmsplice", "fanotify_init", "msgget"),
    *("shmget", "semget", "mq_open", "inotify_init", "inotify_init1"),
)

_OF_ITS_OWN = frozenset({
    "clone", "truncate", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir",
    "mkdirat", "rmdir", "chmod", "fchmod", "fchmodat", "utimensat",
})  # fmt: skip
"""Calls of `_FORBIDDEN` that a process with threads and a /tmp of its own needs."""

_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000  # linux/sched.h
_CLONE_NEWIPC, _CLONE_NEWNET, _CLONE_THREAD = 0x08000000, 0x40000000, 0x00010000

_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 2, 4, 8  # linux/mount.h
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID = 1, 2

_CAPABILITIES_3 = 0x20080522  # linux/capability.h

TMP = Path("/tmp")  # noqa: S108 - nobody else sees the one that `own_tmp` makes
"""Where a process that may write files writes them."""

_UNKNOWN = ("clone3", "openat2")
"""Answered as on a kernel that does not have them: libraries then fall back on what is checked."""


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends.  Exits when it already has."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def limit(memory: int) -> str:
    """Limits that hold from now on; `memory` is all the address space there may be, in bytes.

    The CPU limit is raised part by part: `allow_cpu`.
    """
    _set_limits(
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    )
    return LIMITS


def limit_data(memory: int, file_size: int) -> str:
    """The same for a process that reserves address space it never uses, and writes files.

    `memory` is all that may be writable and private, in bytes.
    """
    _set_limits(
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_NOFILE, 4 * OPEN_FILES),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    )
    return LIMITS


def _set_limits(*limits: tuple[int, int]) -> None:
    for kind, most in limits:
        hard = resource.getrlimit(kind)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (value, value))


def allow_cpu(used: float, seconds: float) -> None:
    """Let this process, which has used so much CPU, use so much more; then SIGXCPU ends it."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 1, hard))


def forbid_privileges() -> str:
    """No program run from here gains rights, and no other process may look into this one."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)
    return NO_NEW_PRIVILEGES


def own_tmp(size: int, keep: Iterable[Path] = ()) -> str:
    """A /tmp that only this process sees, of so many bytes; all other files become read-only.

    In namespaces of its own, without a network, and without any capability afterwards.  What is
    installed in folders below /tmp stays there if it is in `keep`.  OSError where the machine
    does not allow it.
    """
    user, group = os.getuid(), os.getgid()
    namespaces = _CLONE_NEWNS | _CLONE_NEWNET | _CLONE_NEWIPC
    try:
        _libc("unshare", namespaces | _CLONE_NEWUSER)
    except OSError:  # an administrator may have switched off those of users
        _libc("unshare", namespaces)
    else:
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", "ascii")
    _libc("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
    # struct mount_attr: attributes to set, to clear, propagation, user namespace.
    wanted = struct.pack("4Q", _MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID, 0, 0, 0)
    _libc("syscall", _MOUNT_SETATTR, _AT_FDCWD, b"/", _AT_RECURSIVE, wanted, len(wanted))
    # Opened in the new namespace: only what is in one's own can be mounted again.
    kept = [(str(p), os.open(p, os.O_PATH)) for p in keep if TMP in p.parents]
    options = f"size={size},mode=700,nr_inodes=1000".encode("ascii")
    _libc("mount", b"tmpfs", bytes(TMP), b"tmpfs", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, options)
    for path, descriptor in kept:
        os.makedirs(path, exist_ok=True)
        source = f"/proc/self/fd/{descriptor}".encode("ascii")
        _libc("mount", source, os.fsencode(path), None, _MS_BIND | _MS_REC, None)
        os.close(descriptor)
    _libc("capset", struct.pack("II", _CAPABILITIES_3, 0), bytes(24))
    return PRIVATE_TMP


def forbid_files(
    packages: Iterable[Path], readable_too: Iterable[Path] = (), writable: Iterable[Path] = ()
) -> str:
    """Landlock: nothing can be read but Python, shared libraries and these packages.

    `readable_too`, and folders that are `writable`, only for a process that needs them.

    "" where the kernel or the library is missing.
    """
    ctypes.set_errno(0)  # landlock takes what another call left there for its own failure
    try:
        landlock: Any = importlib.import_module("landlock")
        rules = landlock.Ruleset()
    except (ImportError, OSError):
        return ""
    readable = landlock.FSAccess.READ_FILE | landlock.FSAccess.READ_DIR
    python = map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib"))
    paths = [*readable_too, *(Path(p) for p in (*python, *_LIBRARIES))]
    for path in {p.resolve() for p in (*paths, *packages) if p.exists()}:
        rules.allow(path, rules=readable if path.is_dir() else landlock.FSAccess.READ_FILE)
    for path in writable:
        rules.allow(path, rules=landlock.FSAccess.all())
    rules.apply()
    return LANDLOCK


def load_filter() -> Any:
    """The module that builds seccomp filters, None without libseccomp.

    Finding the library starts other programs: do it before they are forbidden.
    """
    try:
        return importlib.import_module("pyseccomp")
    except (ImportError, RuntimeError, OSError):
        return None


def forbid_calls(pyseccomp: Any, *, own_tmp: bool = False) -> str:
    """Seccomp: no network, programs, processes, written files, nor signals to others.

    With `own_tmp`, files may be written where there are any that can be, and threads started.
    Forbidden calls fail with EPERM.  "" where kernel or library are missing.
    """
    if pyseccomp is None:
        return ""
    denied = pyseccomp.ERRNO(errno.EPERM)
    calls = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in _FORBIDDEN:
        if own_tmp and name in _OF_ITS_OWN:
            continue
        _add(pyseccomp, calls, denied, name)
    for name in _UNKNOWN:
        _add(pyseccomp, calls, pyseccomp.ERRNO(errno.ENOSYS), name)
    for name in ("kill", "tgkill"):  # abort() signals itself
        _add(pyseccomp, calls, denied, name, pyseccomp.Arg(0, pyseccomp.NE, os.getpid()))
    if own_tmp:
        no_thread = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _CLONE_THREAD, 0)
        _add(pyseccomp, calls, denied, "clone", no_thread)
    for name, flags in () if own_tmp else (("open", 1), ("openat", 2)):
        for bits, value in (
            (os.O_ACCMODE, os.O_WRONLY),
            (os.O_ACCMODE, os.O_RDWR),
            (os.O_CREAT, os.O_CREAT),
            (os.O_TRUNC, os.O_TRUNC),
        ):
            wanted = pyseccomp.Arg(flags, pyseccomp.MASKED_EQ, bits, value)
            _add(pyseccomp, calls, denied, name, wanted)
    try:
        calls.load()
    except OSError:
        return ""
    return SECCOMP


def _add(pyseccomp: Any, calls: Any, action: int, name: str, *conditions: Any) -> None:
    try:
        number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    except ValueError:  # this machine's kind or library does not know the call
        return
    calls.add_rule(action, number, *conditions)


def _prctl(option: int, value: int) -> None:
    _libc("prctl", option, value, 0, 0, 0)


def _libc(name: str, *arguments: int | bytes | None) -> None:
    """Call a function of the C library that answers 0.  OSError when it does not."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), name)
