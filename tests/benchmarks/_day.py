"""A day of a small office, through a real `dlpguard serve`: what finished messages leave behind.

Most mail passes.  Some is refused by the next hop and its sender is told, some is held and then
released or returned, and one is a mailing in several copies.  At the end everything is finished
and, as when a week has gone by, the contents of what was held are forgotten.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from dlpguard.lifecycle import State
from dlpguard.store import bodies
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store, open_store
from dlpguard.store.schema import messages
from tests.benchmarks import _mails
from tests.benchmarks._load import source
from tests.benchmarks._source import Order
from tests.journeys._programs import free_port, wait_until
from tests.journeys._refusing import refusing
from tests.journeys._relay import Relay
from tests.journeys._samples import sample

ORDINARY = 384
"""Messages that pass; with the others, and the notices about them, some 400."""

SIZE = 4_000
"""Bytes of one."""

FIRST = 90_000_000
"""Its number; those of mail that is sent later are smaller."""

REFUSED = 4
"""Of the ordinary ones, how many the next hop does not want: one in a hundred."""

HELD, COPIES = 2, 6
"""Of all messages, how many are held, and how many are copies of one mailing."""

_HELD = sample("mail/essex-own-webmail.eml")
_MAILING = sample("mail/ordinary-newsletter.eml")
_REVIEWER = ("--as", "rita")


def spend(folder: Path) -> int:
    """Let it happen; the store is in the folder then, with so many finished messages."""
    running = Relay(folder, free_port())
    order = Order(
        port=running.port, connections=20, kind="prose", size=SIZE, first=FIRST, count=ORDINARY
    )
    nobody = {_mails.prose(FIRST + n, SIZE).recipient: "550 5.1.1 nobody" for n in range(REFUSED)}
    with refusing(running.next_hop, nobody), source() as mails:
        mails.prepare(order)
        running.start()
        try:
            mails.send()
            _hold_some(running)
            for number in range(COPIES):
                running.send(_MAILING.content, _MAILING.sender, [f"reader{number}@outside.example"])
            wait_until(lambda: not _unfinished(folder), "everything to be finished")
        finally:
            running.stop()
    with contextlib.closing(opened(folder)) as store:
        return _forget_contents(store)


def opened(folder: Path, clock: Callable[[], float] | None = None) -> Store:
    """The store of a relay's folder; `clock` in place of the machine's."""
    return open_store("sqlite:///dlpguard.db", folder / "dlpguard.key", folder, clock=clock)


def _hold_some(running: Relay) -> None:
    """Hold some, and decide on them: half are released."""
    for number in range(HELD):
        sender = f"manager{number}@council.example"
        content = _HELD.content.replace(_HELD.sender.encode(), sender.encode())
        running.send(content, sender, _HELD.recipients)
    wait_until(lambda: len(running.held()) == HELD, "some to be held")
    for number, held in enumerate(running.held()):
        act = "release" if number % 2 else "return"
        running.run("quarantine", act, held["id"], *_REVIEWER, "--reason", "agreed by telephone")


def _unfinished(folder: Path) -> int:
    query = select(func.count()).where(messages.c.state != str(State.DONE))
    with contextlib.closing(opened(folder)) as store:
        return store.database.read_now(lambda tx: int(tx.execute(query).scalar_one()))


def _forget_contents(store: Store) -> int:
    ids = store.database.read_now(_ids)
    for id in ids:
        store.database.write_now(partial(bodies.forget, message_id=id))
    return len(ids)


def _ids(tx: Transaction) -> tuple[str, ...]:
    return tuple(tx.execute(select(messages.c.id)).scalars())
