"""How the installation is: one module for each check, for the page of the mail administrators and
for `doctor`.

A check is a function `look(store, around)` that gives lines.  It reads, changes nothing, and takes
milliseconds; what it cannot know from where it runs, it says so.  What a line says holds no content
and no secret.  To add a check, add its module and its line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dlpguard.errors import ConfigurationError, TemporaryError
from dlpguard.health import (
    approvers,
    certificates,
    chain,
    clock,
    database,
    disk,
    keys,
    next_hop,
    nodes,
    policies,
    waiting,
    workers,
)
from dlpguard.health._lines import (
    Around,
    Certificate,
    End,
    Level,
    Line,
    Machine,
    Running,
)
from dlpguard.store.opening import Store

__all__ = ["Around", "Certificate", "End", "Level", "Line", "Machine", "Running", "look"]

Check = Callable[[Store, Around], Iterator[Line]]

CHECKS: dict[str, Check] = {
    "Mail on its way": waiting.look,
    "Next hop": next_hop.look,
    "Nodes": nodes.look,
    "Policies": policies.look,
    "Approvers": approvers.look,
    "Reading of attachments": workers.look,
    "Disk": disk.look,
    "Database": database.look,
    "Keys": keys.look,
    "Certificates": certificates.look,
    "Record of what was done": chain.look,
    "Clock": clock.look,
}
"""The checks, by what they are about, in the order in which they are shown."""


def look(store: Store, around: Around) -> tuple[Line, ...]:
    """What all checks say.  One that cannot look says that; the others look all the same."""
    return tuple(
        line for about, check in CHECKS.items() for line in _look(about, check, store, around)
    )


def _look(about: str, check: Check, store: Store, around: Around) -> Iterator[Line]:
    try:
        yield from check(store, around)
    except (TemporaryError, ConfigurationError, OSError) as error:
        said = str(error) if not isinstance(error, OSError) else (error.strerror or "failed")
        yield Line(
            about, Level.BROKEN, f"This cannot be looked at: {said}.", "See Database and Disk."
        )
