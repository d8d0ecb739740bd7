"""Where messages of the past come from: mail that is read now, or records of what was read."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Protocol

from dlpguard.replay.headings import Known
from dlpguard.replay.letter import Letter
from dlpguard.replay.survey import Progress


@dataclass(frozen=True, slots=True)
class Origin:
    """How many messages there were of what, and how many of them were left out.

    `records`: they are records of a relay that observed, not mail.  `kinds`: how many of each kind
    hold them.  Left out are messages of `others` (senders that the relay does not serve, or what it
    judged while it enforced), what begins with no header (`unusable`), copies that are the same
    byte for byte (`duplicates`), and what only a named group may know of (`private`).  `undated`
    have their file's time; `known` says how their recipients were known.  `read` were read now,
    others by an earlier run.
    """

    records: bool = False
    kinds: tuple[tuple[str, int], ...] = ()
    others: int = 0
    unusable: int = 0
    duplicates: int = 0
    private: int = 0
    undated: int = 0
    known: tuple[tuple[Known, int], ...] = field(default=())
    read: int = 0


class Letters(Protocol):
    """Messages of the past, in the order in which they were sent."""

    def each(self, say: Progress) -> AsyncGenerator[Letter, None]:
        """Every message once."""
        ...

    def again(self, number: int) -> Letter:
        """One of them another time.  Blocks."""
        ...

    def origin(self) -> Origin:
        """What there was, as soon as all of them have been had."""
        ...
