"""A real store in a temporary directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dlpguard.store.opening import Store, open_store
from tests.store._engines import ENGINES, Factory
from tests.store._world import Clock, Poster


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = open_store("sqlite:///dlpguard.db", tmp_path / "dlpguard.key", tmp_path, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def post(store: Store) -> Poster:
    return Poster(store)


@pytest.fixture(scope="module", params=ENGINES)
def stores(request: pytest.FixtureRequest) -> Iterator[Factory]:
    """What makes a new store quickly, for every engine there is."""
    made = ENGINES[request.param]()
    yield made
    made.close()
