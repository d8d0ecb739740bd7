"""Where the large bodies of a store are."""

from __future__ import annotations

from sqlalchemy import select

from dlpguard.store.opening import Store
from dlpguard.store.schema import body_pieces
from dlpguard.store.shelves import Files


def files_of(store: Store) -> Files:
    """Its shelf, which is a directory."""
    assert isinstance(store.shelf, Files)
    return store.shelf


def large(store: Store) -> set[str]:
    """The ids of its large bodies, those that are still being written among them."""
    if isinstance(store.shelf, Files):
        return {file.name for file in store.shelf.directory.glob("??/*") if file.is_file()}
    pieces = select(body_pieces.c.body_id)
    return set(store.database.read_now(lambda tx: tx.execute(pieces).scalars().all()))
