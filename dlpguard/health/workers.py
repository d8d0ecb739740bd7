"""Where attachments are read: whether workers run, and what protects the machine from them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dlpguard.health._lines import Around, Level, Line
from dlpguard.runners import sandbox
from dlpguard.store.opening import Store

WORDS = {
    "rlimits": "limits on memory, files and time",
    "no-new-privileges": "no new rights for programs",
    "landlock": "no files but their own (Landlock)",
    "seccomp": "no network and no other programs (seccomp)",
    "no-capabilities": "no rights of the administrator",
    "landlock-scopes": "no signals to other processes (Landlock, Linux 6.12)",
}
"""What each protection means."""


ABOUT = "Reading of attachments"
"""What the line is about."""


def look(store: Store, around: Around) -> Iterator[Line]:
    """Whether a worker has started, and behind which protections."""
    del store
    active = around.running.protections()
    if active is None:
        said = "Mail is read by another process; look at its log."
        yield Line(ABOUT, Level.UNKNOWN, said)
    else:
        yield protected(active)


def protected(active: Collection[str]) -> Line:
    """What these protections, of a worker that has started, come to; none: none has started."""
    if not active:
        said = "No worker has started yet, so nothing can be read."
        advice = "A start takes seconds. After a minute look at the log of dlpguard."
        return Line(ABOUT, Level.BROKEN, said, advice)
    missing = [name for name in sandbox.PROTECTIONS if name not in active]
    if missing:
        names = "; ".join(WORDS[name] for name in missing)
        said = f"Workers run, but these protections are missing: {names}."
        advice = (
            "Mail is read all the same. Use a newer Linux kernel, or let the container have it."
        )
        return Line(ABOUT, Level.LOOK, said, advice)
    return Line(ABOUT, Level.FINE, "Workers run behind all protections.")
