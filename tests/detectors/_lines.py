"""What generated lines are made of."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

Pair = tuple[str, str]
"""A kind and a value."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and what is to be found in it, surely enough to act on."""

    text: str
    expected: frozenset[Pair] = frozenset()


Maker = Callable[[random.Random], Line]


def digits(rng: random.Random, count: int) -> str:
    return f"{rng.randrange(10**count):0{count}d}"


def letters(rng: random.Random, count: int, alphabet: str = "ABCDEFGHJKLMNOPRSTUVWXYZ") -> str:
    return "".join(rng.choices(alphabet, k=count))
