"""A real store in a temporary directory, and messages in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dlpguard.store.opening import Store, open_store
from tests.store._world import Clock
from tests.store.test_tallies import Relay


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = open_store("sqlite:///dlpguard.db", tmp_path / "dlpguard.key", tmp_path, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def relay(store: Store, clock: Clock) -> Relay:
    return Relay(store, clock)
