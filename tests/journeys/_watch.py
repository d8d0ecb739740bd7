"""What became of messages, read from the database of a relay that runs: quicker than a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Table, func, select

from dlpguard import config
from dlpguard.commands import _opening
from dlpguard.lifecycle import State
from dlpguard.store import messages, quarantine, verdicts
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.schema import messages as message_rows
from dlpguard.store.verdicts import Record
from tests.journeys._programs import wait_until
from tests.journeys._relay import Relay


@dataclass(frozen=True)
class Watch:
    """An eye on a relay's store."""

    store: Store

    def outcomes(self, id: str) -> dict[str, int]:
        """How many recipients have which outcome."""
        return self.store.database.read_now(partial(quarantine.outcomes, id=id))

    def ended(self, id: str) -> dict[str, int]:
        """The same, once the message is done."""
        wait_until(lambda: self.state(id) is State.DONE, f"{id} to be done")
        return self.outcomes(id)

    def is_quiet(self, id: str) -> bool:
        """Whether it has ended, or waits for a person."""
        return self.state(id) in {State.DONE, State.QUARANTINED}

    def record(self, id: str) -> Record:
        """Its verdict."""
        found = self.store.database.read_now(partial(verdicts.find, id=id))
        assert found
        return found

    def count(self, table: Table) -> int:
        """How many rows there are."""
        query = select(func.count()).select_from(table)

        def look(tx: Transaction) -> int:
            return int(tx.execute(query).scalar_one())

        return self.store.database.read_now(look)

    def in_state(self, state: State) -> int:
        """How many messages are in a state."""
        query = select(func.count()).where(message_rows.c.state == str(state))
        return self.store.database.read_now(lambda tx: int(tx.execute(query).scalar_one()))

    def held(self) -> tuple[str, ...]:
        """The ids of all that waits for a reviewer, oldest first."""
        columns = message_rows.c
        query = select(columns.id).where(columns.state == str(State.QUARANTINED))
        return self.store.database.read_now(
            lambda tx: tuple(tx.execute(query.order_by(columns.received_at)).scalars())
        )

    def state(self, id: str) -> State:
        """Its state."""
        return State(self.store.database.read_now(partial(messages.get, id=id)).state)


@contextmanager
def watching(relay: Relay) -> Iterator[Watch]:
    """Watch a relay that has been started."""
    store = _opening.store(config.load(relay.config))
    try:
        yield Watch(store)
    finally:
        store.close()
