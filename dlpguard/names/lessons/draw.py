"""Choices that look random and are the same on every machine and in every version of Python."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_BYTES = 4
"""Bytes of the seed's stream that a choice uses up."""


class Draw:
    """A stream of choices that its seed decides.

    >>> first, again = Draw("a"), Draw("a")
    >>> [first.below(6) for _ in range(20)] == [again.below(6) for _ in range(20)]
    True
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._pool = b""
        self._block = 0

    def below(self, n: int) -> int:
        """A number from 0 to n - 1; n is some millions at most."""
        if not self._pool:
            self._pool = hashlib.sha256(f"{self._seed}:{self._block}".encode()).digest()
            self._block += 1
        number, self._pool = int.from_bytes(self._pool[:_BYTES]), self._pool[_BYTES:]
        return number % n

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.below(100) < percent

    def one(self, of: Sequence[T]) -> T:
        """One of several."""
        return of[self.below(len(of))]
