"""A log of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.telemetry._lines import restored


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    with restored():
        yield
