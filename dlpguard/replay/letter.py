"""A message of the past, read."""

from __future__ import annotations

from dataclasses import dataclass, field

from dlpguard.facts import Facts
from dlpguard.mail import Envelope
from dlpguard.recipients import normalise


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of the past: its place in the order, when it was sent, what was read in it.

    `before` are recipients to whom its sender had written in mail that is not, or no longer, kept.
    """

    number: int
    when: float
    envelope: Envelope = field(repr=False)
    size: int
    facts: Facts = field(repr=False)
    crashed: bool = False
    before: tuple[str, ...] = field(default=(), repr=False)

    @property
    def sender(self) -> str:
        """Whose mail it is.  What happens to one sender's mail changes nothing for another's."""
        return normalise(self.envelope.sender)
