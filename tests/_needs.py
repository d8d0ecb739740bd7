"""What tests need from the system beside the Python packages.

Without it a test is skipped at a developer's desk.  On CI (`CI=true`) a package that is missing is
a failure, because what everybody skips nobody tests; what the kernel cannot do is a skip there too.
"""

from __future__ import annotations

import importlib.util
import os

import pytest


def need(is_here: bool, package: str) -> None:
    """Skip, or on CI fail, unless a package of the system is there."""
    if is_here:
        return
    missing = f"{package} is not installed: apt-get install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


def need_module(name: str, distribution: str) -> None:
    """The same for an optional package of Python's."""
    if importlib.util.find_spec(name) is None:
        missing = f"{distribution} is not installed: pip install {distribution}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
