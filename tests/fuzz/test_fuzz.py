"""A short run of every target on damaged seeds, the same each time; `python -m tests.fuzz` is long.

Damage as fuzzers begin with: bytes changed, cut out, doubled, overwritten by numbers that lengths
and counts do not expect.  A fault is an exception; a crash ends pytest, and is a fault.
"""

from __future__ import annotations

import random

import pytest

from tests.fuzz._targets import Target, targets

TURNS = 25
"""Inputs of each target: a second or so."""

_ODD = (
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"\r\n\r\n",
    b"<",
    b'"',
)
_LARGEST = 30_000


@pytest.mark.parametrize("target", targets().values(), ids=lambda target: target.name)
def test_damaged_input_is_survived(target: Target) -> None:
    chance = random.Random(target.name)
    seeds = [seed[:_LARGEST] for seed in target.seeds()]

    for turn in range(TURNS):
        target.run(damaged(seeds[turn % len(seeds)], chance))


def damaged(seed: bytes, chance: random.Random) -> bytes:
    """A seed with a few faults in it."""
    content = bytearray(seed)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(content) + 1)
        match chance.randrange(4):
            case 0:
                content[at : at + 1] = chance.randbytes(1)
            case 1:
                del content[at : at + chance.randint(1, 200)]
            case 2:
                content[at:at] = content[at : at + chance.randint(1, 200)]
            case _:
                odd = chance.choice(_ODD)
                content[at : at + len(odd)] = odd
    return bytes(content)
