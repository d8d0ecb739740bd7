"""What all tests share."""

from __future__ import annotations

import os

import hypothesis

# On CI the same examples on every run: what chance finds is found at a developer's desk, where
# it can be mended, and does not turn away a change that has nothing to do with it.
hypothesis.settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI") == "true":
    hypothesis.settings.load_profile("ci")
