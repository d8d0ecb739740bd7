"""What all tests share."""

from __future__ import annotations

import os
from typing import Any

import hypothesis

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
