"""Nodes on a shared database: which there are, what each does, and what none does."""

from __future__ import annotations

from collections.abc import Iterator

from dlpguard.health._lines import Around, Level, Line
from dlpguard.health._words import ago, number_of
from dlpguard.store import presences
from dlpguard.store.opening import Store
from dlpguard.store.presences import DEAD_SECONDS, Node

ABOUT = "Nodes"
"""What lines are about."""

DOES = {
    "edge": "takes mail in",
    "inspect": "reads and judges it",
    "deliver": "passes it on",
    "web": "shows it to reviewers",
}
"""What each role does (`serve --role`)."""


NEEDED = ("edge", "inspect", "deliver")
"""Roles without which mail stands still; there may be no review site."""


def look(store: Store, around: Around) -> Iterator[Line]:
    """A line for all nodes that live, and one for each thing that is wrong with them; nothing where
    the database is embedded, as there is one at most."""
    del around
    if not store.database.is_shared:
        return
    found, now = store.database.read_now(lambda tx: (presences.present(tx), tx.now()))
    alive = tuple(node for node in found if now - node.seen_at < DEAD_SECONDS)
    yield _alive(alive)
    for node in found:
        if node not in alive:
            said = f"{node.name} said last {ago(node.seen_at - now)} that it is there."
            advice = "Its work is taken over by others. Is that machine up? Look at its log."
            yield Line(ABOUT, Level.LOOK, said, advice)
    versions = sorted({node.version for node in alive})
    if len(versions) > 1:
        said = f"They are of versions {' and '.join(versions)}."
        yield Line(ABOUT, Level.LOOK, said, "Finish the upgrade: two versions are for hours.")


def _alive(alive: tuple[Node, ...]) -> Line:
    missing = [f"{role} ({DOES[role]})" for role in NEEDED if not _with(role, alive)]
    if not alive:
        said = "No node runs: mail is neither taken nor passed on."
        return Line(ABOUT, Level.BROKEN, said, "Start one: dlpguard serve")
    counts = ", ".join(f"{len(_with(role, alive))} {role}" for role in DOES if _with(role, alive))
    said = f"{number_of(len(alive), 'node')}: {counts}."
    if missing:
        advice = f"Start one: dlpguard serve --role {missing[0].partition(' ')[0]}"
        return Line(ABOUT, Level.BROKEN, f"{said} None does {', '.join(missing)}.", advice)
    single = [role for role in NEEDED if len(_with(role, alive)) == 1]
    if single and len(alive) > 1:
        said += f" Only one has {', '.join(single)}: when it stops, that waits."
    return Line(ABOUT, Level.FINE, said)


def _with(role: str, alive: tuple[Node, ...]) -> list[Node]:
    return [node for node in alive if role in node.roles]
