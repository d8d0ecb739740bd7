"""Nodes that share a database: which roles nobody has, and who is silent."""

from __future__ import annotations

import pytest

from dlpguard.health import (
    Around,
    nodes,
)
from dlpguard.store import schema
from dlpguard.store.opening import Store
from tests.health._lines import one
from tests.store._world import Clock

ALL_ROLES = ("edge", "inspect", "deliver", "web")


@pytest.mark.embedded
def test_an_embedded_database_has_no_nodes_to_speak_of(store: Store) -> None:
    assert [] == list(nodes.look(store, Around()))


@pytest.mark.parametrize(
    ("roles", "level", "said"),
    [
        ((), "BROKEN", "No node runs"),
        ((ALL_ROLES,), "FINE", "1 node: 1 edge, 1 inspect, 1 deliver, 1 web."),
        ((("edge",), ("inspect", "web")), "BROKEN", "None does deliver (passes it on)."),
        ((ALL_ROLES, ("edge",)), "FINE", "Only one has inspect, deliver"),
    ],
)
def test_what_no_node_does_is_noticed(
    shared: Store, clock: Clock, roles: tuple[tuple[str, ...], ...], level: str, said: str
) -> None:
    for number, each in enumerate(roles):
        _node(shared, clock, f"n{number}", each)
    found = one(nodes.look, shared)

    assert level == found.level.name
    assert said in found.said


def test_a_node_that_is_silent_or_of_another_version_is_noticed(
    shared: Store, clock: Clock
) -> None:
    _node(shared, clock, "n1", ALL_ROLES)
    _node(shared, clock, "n2", ALL_ROLES, "0.0.1")
    _node(shared, clock, "n3", ALL_ROLES, silent=120.0)
    alive, silent, versions = nodes.look(shared, Around())

    assert ["FINE", "LOOK", "LOOK"] == [line.level.name for line in (alive, silent, versions)]
    assert "n3 said last 2 minutes ago" in silent.said
    assert "0.0.1 and" in versions.said


def _node(
    store: Store, clock: Clock, name: str, roles: tuple[str, ...], version: str = "9.9.9",
    silent: float = 0.0,
) -> None:  # fmt: skip
    values = {"name": name, "started_at": clock(), "seen_at": clock() - silent}
    row = schema.nodes.insert().values(version=version, roles=" ".join(roles), **values)
    store.database.write_now(lambda tx: tx.execute(row))
