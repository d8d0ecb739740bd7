"""Telling other processes that there is work: LISTEN and NOTIFY, after the commit.

A bell that is not heard loses nothing: runners look for work every half second anyway.  It is rung
by a thread of its own and not inside the transaction, because PostgreSQL lets only one transaction
that notifies commit at a time, and a burst of mail rings once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

import psycopg
from sqlalchemy import Engine

from dlpguard import telemetry
from dlpguard.lifecycle import State

_CHANNEL = "dlpguard_work"

_GATHER_SECONDS = 0.02
"""How long rings are gathered into one."""

_LOOK_SECONDS = 1.0
"""How often the listener looks whether it should end."""

_AGAIN_SECONDS = 2.0
"""How long to wait before connecting again."""


class Bells:
    """Rings for others, and calls `heard` with each state that another process rang for.

    `heard` is called in a thread of its own.
    """

    def __init__(self, engine: Engine, heard: Callable[[State], object]) -> None:
        self._engine = engine
        self._heard = heard
        self._rung: queue.SimpleQueue[State] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._stand, args=(act,), name=name, daemon=True)
            for name, act in (("bells-ring", self._ring), ("bells-listen", self._listen))
        ]
        for thread in self._threads:
            thread.start()

    def ring(self, state: State) -> None:
        """There is work in this state now.  Does not block."""
        self._rung.put(state)

    def end(self) -> None:
        """Ring and hear no more."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _stand(self, act: Callable[[psycopg.Connection], None]) -> None:
        while not self._ended.is_set():
            try:
                with self._connect() as connection:
                    act(connection)
            except psycopg.Error as error:
                telemetry.crashed("bells", error)
                self._ended.wait(_AGAIN_SECONDS)

    def _connect(self) -> psycopg.Connection:
        """One of our own: the pool's are for transactions."""
        arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
        return psycopg.connect(*arguments, autocommit=True, **options)

    def _ring(self, connection: psycopg.Connection) -> None:
        while not self._ended.is_set():
            try:
                states = {self._rung.get(timeout=_LOOK_SECONDS)}
            except queue.Empty:
                continue
            self._ended.wait(_GATHER_SECONDS)
            while not self._rung.empty():
                states.add(self._rung.get())
            for state in states:
                connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, str(state)))

    def _listen(self, connection: psycopg.Connection) -> None:
        connection.execute(f"LISTEN {_CHANNEL}")
        own = connection.info.backend_pid
        while not self._ended.is_set():
            for notice in connection.notifies(timeout=_LOOK_SECONDS, stop_after=1):
                if notice.pid != own and notice.payload in set(State):
                    self._heard(State(notice.payload))
