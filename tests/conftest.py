"""What all tests share."""

from __future__ import annotations

import os
from typing import Any

import hypothesis
import pytest

from tests import _stores

# How long an example takes says how busy the machine is; a test that hangs has pytest's time-out.
_PATIENT: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [hypothesis.HealthCheck.too_slow],
}
hypothesis.settings.register_profile("desk", **_PATIENT)
hypothesis.settings.load_profile("desk")

# On CI the same examples on every run: what chance finds is found at a developer's desk, where
# it can be mended, and does not turn away a change that has nothing to do with it.
hypothesis.settings.register_profile("ci", derandomize=True, print_blob=True, **_PATIENT)
if os.environ.get("CI") == "true":
    hypothesis.settings.load_profile("ci")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL what is about the file of an embedded database is left out."""
    if _stores.EMBEDDED:
        return
    alone = [item for item in items if item.get_closest_marker("embedded")]
    config.hook.pytest_deselected(items=alone)
    items[:] = [item for item in items if item not in set(alone)]
