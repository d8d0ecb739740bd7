"""Sandboxes, of a test's own and shared by a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import uvloop

from tests.runners._sandboxes import Running, Start, starting


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts sandboxes of a test's own, in the loop that is used in production."""
    with starting(uvloop.new_event_loop) as start:
        yield start


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def shared(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A sandbox of two workers that survives everything the tests do to it."""
    with starting(uvloop.new_event_loop if request.param == "uvloop" else None) as start:
        yield start(2)
