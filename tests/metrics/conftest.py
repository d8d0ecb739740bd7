"""A store with a clock to turn, and nothing counted beyond a test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlpguard import telemetry
from tests.runners._world import World, world


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    before = telemetry.counted()
    telemetry.measure()
    try:
        with asyncio.Runner() as runner, world(tmp_path, runner) as made:
            yield made
    finally:
        telemetry.count_with(before)
