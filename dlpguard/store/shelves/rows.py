"""Bodies in rows of the shared database, a piece each: every node can read them, and they are
replicated and backed up with all else.

Pieces are committed as they come, without waiting for the disk: the log is one, so the commit that
names the body, which does wait, has them on the disk before itself.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import sqlalchemy
from sqlalchemy import Connection, Engine, delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from dlpguard import faults
from dlpguard.errors import NoRoomError, TemporaryError
from dlpguard.store import engines
from dlpguard.store._pieces import NOT_YET
from dlpguard.store.engines import Problem
from dlpguard.store.schema import body_pieces

_NOW = text("extract(epoch FROM clock_timestamp())")


class Rows:
    """The table of pieces (`shelves.Shelf`)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, id: str, reserve: int) -> _Growing:
        """Rows that are made with the first piece.  The server looks after its own disk."""
        del reserve
        return _Growing(self._engine, id)

    def pieces(self, id: str, *, patient: bool = True) -> Generator[bytes | memoryview, None, None]:
        """One query each: never two in memory."""
        number = 0
        while True:
            if not patient:
                yield NOT_YET
            with self._engine.connect() as connection:
                piece = connection.execute(
                    select(body_pieces.c.content).where(
                        body_pieces.c.body_id == id, body_pieces.c.number == number
                    )
                ).scalar()
            if piece is None:
                break
            yield piece
            number += 1
        if not number:
            raise FileNotFoundError(f"no pieces of body {id}")

    def remove(self, id: str) -> None:
        """Delete its rows."""
        faults.at("before-unlink")
        with _quickly(self._engine) as connection:
            connection.execute(delete(body_pieces).where(body_pieces.c.body_id == id))

    def old(self, before: float) -> tuple[str, ...]:
        """By their last piece."""
        last = func.max(body_pieces.c.stored_at)
        with self._engine.connect() as connection:
            query = select(body_pieces.c.body_id).group_by(body_pieces.c.body_id)
            return tuple(connection.execute(query.having(last < before)).scalars())

    def free(self) -> int | None:
        """Not for us to know."""
        return None


class _Growing:
    """Rows on their way (`shelves.Place`)."""

    def __init__(self, engine: Engine, id: str) -> None:
        self._engine = engine
        self._id = id
        self._number = 0

    def append(self, piece: bytes) -> None:
        """Insert it; `NoRoomError` or `TemporaryError` as the database says."""
        row = {"body_id": self._id, "number": self._number, "content": piece}
        self._do(insert(body_pieces).values(stored_at=_NOW, **row))
        self._number += 1

    def finish(self) -> None:
        """Nothing: the commit that names it will have it on the disk."""
        faults.at("body-written")
        faults.at("body-synced")

    def discard(self) -> None:
        """Delete what is there; what cannot be deleted now is swept later."""
        if self._number:
            try:
                self._do(delete(body_pieces).where(body_pieces.c.body_id == self._id))
            except TemporaryError:
                return
            self._number = 0

    def _do(self, statement: sqlalchemy.Executable) -> None:
        try:
            with _quickly(self._engine) as connection:
                connection.execute(statement)
        except DBAPIError as error:
            problem = engines.of(self._engine).problem(error)
            if problem is Problem.OURS:
                raise
            kind = NoRoomError if problem is Problem.LATER else TemporaryError
            raise kind(f"the body cannot be stored now ({type(error.orig).__name__})") from None


@contextmanager
def _quickly(engine: Engine) -> Iterator[Connection]:
    """A transaction whose commit does not wait for the disk."""
    with engine.connect() as connection:
        connection.execution_options(isolation_level="READ COMMITTED")
        with connection.begin():
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            yield connection
