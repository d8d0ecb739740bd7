"""A clock that tests can turn, and something that posts messages into a store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from dlpguard.facts import Facts
from dlpguard.mail import Envelope, MessageId, Recipient, new_id
from dlpguard.store import bodies, messages
from dlpguard.store.messages import NewMessage
from dlpguard.store.opening import Store

T = TypeVar("T")


@dataclass
class Clock:
    """Seconds since 1970, as the database sees them."""

    time: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.time


@dataclass
class Poster:
    """Puts messages into a store as the edge does."""

    store: Store
    number: int = 0

    def __call__(
        self,
        content: bytes = b"Subject: hello\r\n\r\nhello\r\n",
        *recipients: str,
        sender: str = "ann@council.example",
    ) -> MessageId:
        self.number += 1
        id = new_id(self.number, bytes(10))
        everyone = tuple(Recipient(a) for a in recipients or ("bob@outside.example",))
        body = bodies.prepare(content, self.store.keys, self.store.shelf)
        new = NewMessage(id, Envelope(sender, everyone), b"Received: by us\r\n", body)
        self.store.database.write_now(lambda tx: messages.accept(tx, new))
        return id


def do(store: Store, change: Callable[..., T], *args: object, **named: object) -> T:
    """Run a function of the store in a transaction of its own."""
    return store.database.write_now(lambda tx: change(tx, *args, **named))


def facts(subject: str = "the minutes") -> Facts:
    """What an inspection said of a message that Ann wrote."""
    return Facts(sender="ann@council.example", subject=subject, plain_subject=subject)
