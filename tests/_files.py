"""Where the large bodies of an embedded store are."""

from __future__ import annotations

from dlpguard.store.opening import Store
from dlpguard.store.shelves import Files


def files_of(store: Store) -> Files:
    """Its shelf, which is a directory."""
    assert isinstance(store.shelf, Files)
    return store.shelf
