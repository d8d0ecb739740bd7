"""A site over the inspected samples, a fresh copy for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web._site import Desk, desk, inspect_samples


@pytest.fixture(scope="session")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inspected")
    inspect_samples(folder)
    return folder


@pytest.fixture
def here(tmp_path: Path, inspected: Path) -> Iterator[Desk]:
    with desk(tmp_path, inspected) as made:
        yield made


@pytest.fixture
def strict(tmp_path: Path, inspected: Path) -> Iterator[Desk]:
    """A site under TLS that asks for a second factor."""
    address = "https://dlpguard.council.example"
    with desk(tmp_path, inspected, second_factor=True, url=address) as made:
        yield made
