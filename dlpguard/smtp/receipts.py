"""Which of our 250s have reached their clients, so that a retry can be told from a second copy.

A client has our answer when, after we had sent it, it said something more or closed its side in
order: TCP resets a connection that is closed with something unread (RFC 1122 4.2.2.13).  What it
had sent before proves nothing, such as a QUIT right behind the dot.  When the connection is reset,
times out, or had ended before we answered, the client may not know that the message is ours.
"""

from __future__ import annotations

from collections.abc import Iterable


class Receipts:
    """What all conversations know, for those who store messages."""

    def __init__(self) -> None:
        self._awaited: set[str] = set()
        self._acknowledged: list[str] = []

    def expect(self, id: str) -> Receipt:
        """A message has come whole; its client is there, and will be answered."""
        return Receipt(id, self._awaited, self._acknowledged)

    def is_awaited(self, id: str) -> bool:
        """Whether the client of a message is there and has not acknowledged.  In any thread."""
        return id in self._awaited

    def take(self) -> tuple[str, ...]:
        """The messages acknowledged since the last time; to be written down, or given back."""
        taken, self._acknowledged[:] = tuple(self._acknowledged), ()
        return taken

    def give_back(self, ids: Iterable[str]) -> None:
        """They could not be written down."""
        self._acknowledged.extend(ids)


class Receipt:
    """Whether one message's client has our answer.  Made by `Receipts.expect`."""

    def __init__(self, id: str, awaited: set[str], acknowledged: list[str]) -> None:
        self._id = id
        self._awaited = awaited
        self._acknowledged = acknowledged
        self._is_there = True
        self._is_told = False
        awaited.add(id)

    @property
    def is_open(self) -> bool:
        """Whether the client was told, is there, and has not been heard since."""
        return self._is_told and self._is_there

    def stands_for(self, id: str) -> None:
        """The id that the client is told: that of an earlier copy, when this is a retry."""
        if id != self._id:
            self._awaited.discard(self._id)
            self._id = id
            if self._is_there:
                self._awaited.add(id)

    def told(self) -> None:
        """The answer is on its way."""
        self._is_told = True

    def heard(self) -> None:
        """The client said something, or closed its side in order."""
        if self._is_told and self._is_there:
            self._is_there = False
            self._awaited.discard(self._id)
            self._acknowledged.append(self._id)

    def left(self) -> None:
        """The client said that it is done, or the connection is gone; nothing more is heard."""
        self._is_there = False
        self._awaited.discard(self._id)
