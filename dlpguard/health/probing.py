"""What only `doctor` asks: one module for each probe; each takes seconds, and needs no store.

A probe is a function `look(machine)` that gives lines.  It asks names, ports and the next hop, and
changes nothing.  To add a probe, add its module and its line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dlpguard.health import names, permissions, ports, willing, writing
from dlpguard.health._lines import Line, Machine

Probe = Callable[[Machine], Iterator[Line]]

PROBES: dict[str, Probe] = {
    "Names": names.look,
    "Ports": ports.look,
    "Next hop": willing.look,
    "Permissions": permissions.look,
    "Disk": writing.look,
}
"""The probes, by what they are about, in the order in which they are shown."""


def probe(machine: Machine, about: str) -> tuple[Line, ...]:
    """What one of `PROBES` says."""
    return tuple(PROBES[about](machine))
