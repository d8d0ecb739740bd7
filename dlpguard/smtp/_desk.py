"""What a conversation and the edge that it belongs to need of each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine
from typing import Protocol

from dlpguard.mail import MessageId
from dlpguard.smtp._guards import Senders
from dlpguard.smtp._guest import Guest
from dlpguard.smtp._rules import Arrival, Hold, Intake
from dlpguard.smtp.login import Logins
from dlpguard.smtp.receipts import Receipts


class Caller(Protocol):
    """A conversation, as the edge sees it."""

    guest: Guest

    @property
    def time_used(self) -> float:
        """Seconds of its time (`_pace`) that the client has used up; 0 while it is we who work."""

    def make_room(self) -> None:
        """Close, because others need the connection more."""

    def stop(self) -> None:
        """Close now, or after the message that is being received or stored."""

    def abort(self) -> None:
        """Drop the connection."""


class Desk(Protocol):
    """The edge, as a conversation sees it."""

    intake: Callable[[Hold], Intake]
    senders: Senders
    logins: Logins
    receipts: Receipts
    backlog: Callable[[], str | None]
    next_hop: Callable[[], Collection[str] | None]
    now: Callable[[], float]
    random: Callable[[int], bytes]

    def admit(self, caller: Caller, address: str, *, is_proxy: bool = False) -> Guest | str:
        """Who has connected, counted until `left`; or a reply that refuses the connection.

        `is_proxy`: a proxy for itself, which looks whether we answer.
        """

    def left(self, caller: Caller) -> None:
        """A connection has ended."""

    async def see_through(self, work: Coroutine[None, None, str]) -> str:
        """The reply that comes of some work, which goes on when nobody waits for it any longer."""

    async def accept(self, arrival: Arrival) -> MessageId:
        """Commit a message.  Its id, or that of an earlier copy when it is a client's retry."""
