"""Fixtures for stores on every engine, with one server for all tests of a process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlpguard.store.opening import Store
from tests import _stores
from tests.store._engines import Factory, PostgresqlStores, SqliteStores
from tests.store._world import Clock


class OnOneServer(PostgresqlStores):
    """New databases on the server that the process has."""

    def __post_init__(self) -> None:
        self._running = contextlib.ExitStack()
        self.server = _stores.server()


@pytest.fixture(scope="session")
def makers() -> Iterator[dict[str, Factory]]:
    """What makes a new store, by engine; filled as they are needed."""
    made: dict[str, Factory] = {}
    yield made
    for maker in made.values():
        maker.close()


@pytest.fixture
def store(tmp_path: Path, clock: Clock, engine: str, makers: dict[str, Factory]) -> Iterator[Store]:
    """A new store on the engine of this test."""
    if engine not in makers:
        makers[engine] = SqliteStores() if engine == "sqlite" else OnOneServer()
    with contextlib.closing(makers[engine](tmp_path, clock)) as opened:
        yield opened
