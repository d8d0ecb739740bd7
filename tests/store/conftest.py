"""A real store in a temporary directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dlpguard.store.opening import Store
from tests.store._engines import ENGINES, Factory
from tests.store._world import Clock, Poster


@pytest.fixture
def clock() -> Clock:
    return Clock()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Everything runs on every engine, but what is `embedded`: about the file itself."""
    if "store" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("embedded")
        metafunc.parametrize("engine", ["sqlite"] if alone else list(ENGINES), scope="module")


@pytest.fixture(scope="module")
def _makers() -> Iterator[dict[str, Factory]]:
    made: dict[str, Factory] = {}
    yield made
    for maker in made.values():
        maker.close()


@pytest.fixture
def store(
    tmp_path: Path, clock: Clock, engine: str, _makers: dict[str, Factory]
) -> Iterator[Store]:
    if engine not in _makers:
        _makers[engine] = ENGINES[engine]()
    opened = _makers[engine](tmp_path, clock)
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
