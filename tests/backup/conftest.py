"""A real store on every engine, and another place of its kind that is empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlpguard.backup import Place
from dlpguard.store.opening import Store
from tests._stores_once import makers, store
from tests.store._engines import Factory, PostgresqlStores
from tests.store._world import Clock
from tests.store.conftest import clock, post, pytest_generate_tests

__all__ = ["clock", "makers", "post", "pytest_generate_tests", "store"]


@pytest.fixture
def elsewhere(
    tmp_path: Path, store: Store, clock: Clock, engine: str, makers: dict[str, Factory]
) -> Place:
    """An empty place with the same keys."""
    maker = makers[engine]
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "dlpguard.key").write_bytes(store.keys.file.read_bytes())
    (folder / "dlpguard.key").chmod(0o600)
    url = "sqlite:///dlpguard.db"
    if isinstance(maker, PostgresqlStores):
        url = maker.server.url(maker.server.create())
    return Place(url, folder / "dlpguard.key", folder, clock=clock)
