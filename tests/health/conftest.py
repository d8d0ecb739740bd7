"""A real store in a temporary directory, and messages in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dlpguard.store.opening import Store, open_store
from tests import _stores
from tests.store._world import Clock
from tests.store.test_tallies import Relay


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a new store: migrations take half a second, a copy nothing."""
    folder = tmp_path_factory.mktemp("new")
    _stores.open_in(folder, Clock()).close()
    return folder


@pytest.fixture
def store(new_store: Path, tmp_path: Path, clock: Clock) -> Iterator[Store]:
    _stores.copy(new_store, tmp_path)
    opened = _stores.open_in(tmp_path, clock)
    yield opened
    opened.close()


@pytest.fixture
def shared(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A store that several nodes may share, whatever the others are."""
    url = _stores.server().url(_stores.server().create())
    opened = open_store(url, tmp_path / "shared.key", tmp_path, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def relay(store: Store, clock: Clock) -> Relay:
    return Relay(store, clock)
