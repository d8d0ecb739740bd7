"""A program behind a filter of system calls, as systemd makes one.

python _behind_filter.py FORBIDDEN_NAMESPACES ALLOWED,CALLS PROGRAM ARGUMENTS…
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from typing import Any

import pyseccomp  # type: ignore[import-untyped]  # it has no types

_PR_SET_MDWE, _REFUSE_EXEC_GAIN = 65, 1  # linux/prctl.h, since 6.3


def main(forbidden: int, allowed: list[str], program: list[str]) -> None:
    """Become that program."""
    ctypes.CDLL(None).prctl(_PR_SET_MDWE, _REFUSE_EXEC_GAIN, 0, 0, 0)
    calls: Any = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in allowed:
        try:
            number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
        except ValueError:
            number = -1
        if number < 0:  # of another kind of machine
            continue
        if name == "unshare":
            none = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, forbidden, 0)
            calls.add_rule(pyseccomp.ALLOW, number, none)
        else:
            calls.add_rule(pyseccomp.ALLOW, number)
    calls.load()
    os.execvp(program[0], program)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2].split(","), sys.argv[3:])
