"""What a process has beyond its files, given up: root's capabilities, TCP, other processes.

Beside `_confine`, which is about files and calls: each protection here holds without the others,
so that one that is missing, or broken, does not open a worker.
"""

from __future__ import annotations

import ctypes
import os
import struct

CAPABILITIES = "no-capabilities"
LANDLOCK_SCOPES = "landlock-scopes"

_PR_CAPBSET_READ, _PR_CAPBSET_DROP = 23, 24  # linux/prctl.h
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_VERSION_3 = 0x20080522  # linux/capability.h: two words of each set

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same numbers on every architecture
_ASK_VERSION = 1
_BIND_TCP, _CONNECT_TCP = 1, 2  # linux/landlock.h, since version 4
_ABSTRACT_SOCKET, _SIGNAL = 1, 2  # since version 6
_FIRST_WITH_SCOPES = 6


def drop_capabilities() -> str:
    """Root is nobody in particular from now on.  Always works: without any there are none to drop.

    Files that only their owner may read stay closed to root, too, when it is not the owner.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    for capability in range(64):
        if libc.prctl(_PR_CAPBSET_READ, capability, 0, 0, 0) < 0:
            break  # the kernel knows no more
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break  # who may not drop them has no way to gain them, either
    ctypes.set_errno(0)  # what was expected to fail must not look like somebody else's failure
    header, none = struct.pack("Ii", _VERSION_3, 0), bytes(24)
    if libc.capset(header, none) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    return CAPABILITIES


def forbid_others() -> str:
    """Landlock: no TCP, no abstract socket of others, no signal to who is not confined like this.

    "" where the kernel (before 6.12) does not know how.  Needs `_confine.forbid_privileges`.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    if version < _FIRST_WITH_SCOPES:
        return ""
    # struct landlock_ruleset_attr: files, network, scopes.
    wanted = struct.pack("QQQ", 0, _BIND_TCP | _CONNECT_TCP, _ABSTRACT_SOCKET | _SIGNAL)
    rules = libc.syscall(_CREATE_RULESET, wanted, ctypes.c_size_t(len(wanted)), 0)
    if rules < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    try:
        if libc.syscall(_RESTRICT_SELF, rules, 0) != 0:
            raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    finally:
        os.close(rules)
    return LANDLOCK_SCOPES
