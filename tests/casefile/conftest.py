"""A real store on every engine."""

from __future__ import annotations

from tests._stores_once import makers, store
from tests.store.conftest import clock, post, pytest_generate_tests

__all__ = ["clock", "makers", "post", "pytest_generate_tests", "store"]
