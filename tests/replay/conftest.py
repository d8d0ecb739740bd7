"""One sandbox for the mail of all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.replay._mail import House


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.close()
