"""Where large bodies lie until nobody needs them: files beside an embedded database, rows in a
shared one.

What lies there is encrypted in pieces (`store._pieces`), and durable before the row that names it.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from dlpguard.store import engines
from dlpguard.store.shelves.files import Files
from dlpguard.store.shelves.rows import Rows

__all__ = ["Files", "Place", "Rows", "Shelf", "of"]


class Place(Protocol):
    """A body on its way onto the shelf.  Its methods block.

    Ends with `finish` or with `discard`.  `OSError` or `TemporaryError` when it cannot go on.
    """

    def append(self, piece: bytes) -> None:
        """The next piece, whole."""

    def finish(self) -> None:
        """All of it will be there after the commit that names it, whatever happens."""

    def discard(self) -> None:
        """Keep nothing; may be called more than once, and after `finish`."""


class Shelf(Protocol):
    """Where bodies lie, by their ids."""

    def begin(self, id: str, reserve: int) -> Place:
        """A place for a new body.  Nothing is written yet; `reserve` bytes must stay free."""

    def pieces(self, id: str, *, patient: bool = True) -> Generator[bytes | memoryview, None, None]:
        """The pieces of a body, each as it was appended.  `OSError` when it is not there.

        Blocks at each; not `patient`: `NOT_YET` comes before one that has to be waited for.  What
        was given may be overwritten by the next.
        """

    def remove(self, id: str) -> None:
        """Remove a body, after the commit that forgot it; nothing when there is none."""

    def old(self, before: float) -> tuple[str, ...]:
        """The ids of bodies that were last written before a time, and are not being written."""

    def free(self) -> int | None:
        """Bytes that are left; None where nobody knows.  `OSError` when it cannot be read."""


def of(engine: Engine) -> Shelf:
    """The shelf beside, or inside, a database."""
    if engines.of(engine).is_shared:
        return Rows(engine)
    file = Path(str(engine.url.database))
    return Files(file.with_name(file.name + ".bodies"))
