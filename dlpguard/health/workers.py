"""Where attachments are read: whether workers run, and what protects the machine from them."""

from __future__ import annotations

from collections.abc import Iterator

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


def look(store: Store, around: Around) -> Iterator[Line]:
    """Whether a worker has started, and behind which protections."""
    del store
    about = "Reading of attachments"
    active = around.running.protections()
    if active is None:
        said = "Mail is read by another process; look at its log."
        yield Line(about, Level.UNKNOWN, said)
    elif not active:
        said = "No worker has started yet, so nothing can be read."
        advice = "A start takes seconds. After a minute look at the log of dlpguard."
        yield Line(about, Level.BROKEN, said, advice)
    elif missing := [name for name in sandbox.PROTECTIONS if name not in active]:
        names = "; ".join(WORDS[name] for name in missing)
        advice = (
            "Mail is read all the same. Use a newer Linux kernel, or let the container have it."
        )
        yield Line(
            about, Level.LOOK, f"Workers run, but these protections are missing: {names}.", advice
        )
    else:
        yield Line(about, Level.FINE, "Workers run behind all protections.")
