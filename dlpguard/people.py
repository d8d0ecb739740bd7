"""Whose data it is.  The question is how many people, never how many matches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dlpguard.document import Hidden


@dataclass(frozen=True, slots=True)
class Person:
    """One person and what the message tells about them.

    `kinds` are the kinds of findings that go with them (`person_name` included), sorted.
    `private` and `listed` are DESIGN 6's words: private means something about them that is
    nobody else's business stands beside their name or identifier; listed means one of at least
    three alike.  A person who is not private is a contact.  `hidden` is set when they, or all
    that makes them private, stand only in hidden content.  `addressee` marks the one the message
    is written to.  `digest` is an unkeyed 16-byte BLAKE2b of what identifies them: it tells
    whether two messages mean the same person, and the store keys it before keeping it.
    """

    name: str = field(repr=False)
    kinds: tuple[str, ...]
    where: str = field(repr=False)
    hidden: Hidden | None = None
    listed: bool = False
    private: bool = False
    addressee: bool = False
    digest: bytes = field(default=b"", repr=False)

    @property
    def contact(self) -> bool:
        """Whether nothing private goes with them: a name with only e-mail, phone, job, employer."""
        return not self.private


@dataclass(frozen=True, slots=True)
class People:
    """The distinct people in a message, participants left out.  Counts are of people."""

    everyone: tuple[Person, ...] = field(default=(), repr=False)

    def select(
        self,
        *,
        hidden: bool | None = None,
        private: bool | None = None,
        listed: bool | None = None,
        kinds: Iterable[str] = (),
    ) -> tuple[Person, ...]:
        """Those for whom all that is asked holds; None asks nothing; any of `kinds` is enough."""
        wanted = frozenset(kinds)
        return tuple(
            p
            for p in self.everyone
            if (hidden is None or hidden == (p.hidden is not None))
            and (private is None or private == p.private)
            and (listed is None or listed == p.listed)
            and (not wanted or not wanted.isdisjoint(p.kinds))
        )

    @property
    def visible(self) -> int:
        """How many a person looking at the message would see."""
        return len(self.select(hidden=False))

    @property
    def hidden(self) -> int:
        """How many they would not see, or not with what makes them private."""
        return len(self.select(hidden=True))

    @property
    def private(self) -> int:
        """How many come with something private."""
        return len(self.select(private=True))

    @property
    def listed(self) -> int:
        """How many are one of at least three alike."""
        return len(self.select(listed=True))

    @property
    def contact(self) -> int:
        """How many come with contact details only."""
        return len(self.select(private=False))
