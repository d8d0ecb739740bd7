"""The unit of systemd, and a program behind the same protections without systemd."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.deploy._compose import ROOT

FILE = ROOT / "deploy/systemd/dlpguard.service"

_USER = "10001"
"""Nobody in particular: mapping root again takes a right that is given up here."""

_LAUNCHER = Path(__file__).with_name("_behind_filter.py")

_NAMESPACES = {
    "mnt": 0x00020000,
    "cgroup": 0x02000000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}
"""Flags of `unshare` (linux/sched.h), by the names that systemd gives them."""


def values(key: str) -> list[str]:
    """The values of a setting, in order."""
    lines = (line.partition("=") for line in FILE.read_text("utf-8").splitlines())
    return [value for name, equals, value in lines if equals and name == key]


def allowed_calls() -> list[str]:
    """The names of the system calls that its filter allows: its sets, and what always is."""
    words = [word for value in values("SystemCallFilter") for word in value.split()]
    assert not [word for word in words if word.startswith("~")], "a list of what is allowed"
    return sorted({call for word in ["@default", *words] for call in _calls(word)})


def forbidden_namespaces() -> int:
    """The flags that `unshare` may not be called with."""
    allowed = values("RestrictNamespaces")[0].split()
    return sum(flag for name, flag in _NAMESPACES.items() if name not in allowed)


def behind(command: Sequence[str]) -> list[str]:
    """A command that runs another as the unit has it run: without capabilities, in a namespace of
    users, without memory that can be both written and run, with only those calls."""
    for key in ("NoNewPrivileges", "PrivateUsers", "MemoryDenyWriteExecute"):
        assert ["yes"] == values(key)
    assert [""] == values("CapabilityBoundingSet")
    return [
        *("unshare", "--user", f"--map-user={_USER}", f"--map-group={_USER}"),
        *("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"),
        *(sys.executable, str(_LAUNCHER), str(forbidden_namespaces()), ",".join(allowed_calls())),
        *command,
    ]


def is_here() -> bool:
    """Whether this machine has the programs for it."""
    return all(shutil.which(name) for name in ("systemd-analyze", "unshare", "setpriv"))


def analysed(*words: str) -> str:
    """What `systemd-analyze` prints."""
    done = subprocess.run(
        ["systemd-analyze", "--no-pager", *words], capture_output=True, text=True, check=True
    )
    return done.stdout


@cache
def _calls(word: str) -> tuple[str, ...]:
    """The calls in a set (`@mount`), or the call itself."""
    if not word.startswith("@"):
        return (word,)
    lines = [line.strip() for line in analysed("syscall-filter", word).splitlines()[1:]]
    inside = [line for line in lines if line and not line.startswith("#")]
    return tuple(call for one in inside for call in _calls(one))
