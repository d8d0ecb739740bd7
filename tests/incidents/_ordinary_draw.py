"""Choices that a seed decides: the same on every machine and in every version of Python.

Drawn from a digest, because Python promises the sequence of `random.random` only, not what
`choice` and `randrange` make of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")


class Draw:
    """A stream of choices.  Two streams with the same key make the same ones."""

    def __init__(self, *key: object) -> None:
        self._key = " ".join(map(str, key))
        self._drawn = 0

    def below(self, limit: int) -> int:
        """A number from 0 up to, and without, `limit`."""
        self._drawn += 1
        text = f"{self._key} {self._drawn}"
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) % limit

    def between(self, lowest: int, highest: int) -> int:
        """A number from `lowest` to `highest`, both included."""
        return lowest + self.below(highest - lowest + 1)

    def pick(self, choices: Sequence[_T]) -> _T:
        """One of several."""
        return choices[self.below(len(choices))]

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.below(100) < percent

    def digits(self, count: int) -> str:
        """So many digits, the first not 0."""
        return str(self.between(10 ** (count - 1), 10**count - 1))

    def hex(self, count: int) -> str:
        """So many hexadecimal digits."""
        return "".join(self.pick("0123456789abcdef") for _ in range(count))
