"""Stores for tests that need hundreds of them."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dlpguard.store.opening import Store, open_store
from tests import _postgres
from tests.store._protocol import Protocol
from tests.store._world import Clock

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where a commit does not wait for a disk."""


class Factory(typing.Protocol):
    """Makes a new store in a folder."""

    def __call__(self, folder: Path, clock: Clock) -> Store: ...

    def close(self) -> None: ...


@dataclass
class SqliteStores:
    """Makes stores quickly: each is a copy of one that was made before."""

    template: Path | None = None
    folder: Path = field(
        default_factory=lambda: Path(tempfile.mkdtemp(prefix="queue-", dir=MEMORY))
    )

    def __call__(self, folder: Path, clock: Clock) -> Store:
        """A new store in a folder."""
        if self.template is None:
            self.template = self.folder / "template"
            self.template.mkdir()
            _open(self.template, clock).close()
        shutil.copytree(self.template, folder, dirs_exist_ok=True)
        return _open(folder, clock)

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder)


@dataclass
class PostgresqlStores:
    """The same on a server of its own."""

    template: str = ""
    folder: Path = field(
        default_factory=lambda: Path(tempfile.mkdtemp(prefix="queue-", dir=MEMORY))
    )

    def __post_init__(self) -> None:
        self._running = contextlib.ExitStack()
        self.server = self._running.enter_context(_postgres.server())

    def __call__(self, folder: Path, clock: Clock) -> Store:
        """A new store in a database of its own, its key file in a folder."""
        if not self.template:
            self.template = self.server.create()
            self._open(self.template, self.folder, clock).close()
        shutil.copy(self.folder / "dlpguard.key", folder)
        return self._open(self.server.create(self.template), folder, clock)

    def close(self) -> None:
        """Remove everything."""
        self._running.close()
        shutil.rmtree(self.folder)

    def _open(self, database: str, folder: Path, clock: Clock) -> Store:
        url = self.server.url(database)
        return open_store(url, folder / "dlpguard.key", folder, clock=clock)


def _open(folder: Path, clock: Clock) -> Store:
    return open_store("sqlite:///dlpguard.db", folder / "dlpguard.key", folder, clock=clock)


@contextlib.contextmanager
def protocol(stores: Factory) -> Iterator[Protocol]:
    """A protocol in a new store."""
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="queue-", dir=MEMORY) as folder:
        store = stores(Path(folder), clock)
        try:
            yield Protocol(store, clock)
        finally:
            store.close()


ENGINES: dict[str, type[SqliteStores | PostgresqlStores]] = {
    "sqlite": SqliteStores,
    "postgresql": PostgresqlStores,
}
"""Every engine there is."""
