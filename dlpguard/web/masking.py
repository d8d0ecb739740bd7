"""Masks: enough to recognise what one knows already, too little to learn it.

`J*** S****` for a name, the last two figures of a number.  Lengths are not kept beyond four.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]{2,}")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,255}")
_LONG_NUMBER = re.compile(r"\d(?:[\s()./-]{0,2}\d){5,40}")
_FIGURES = re.compile(r"\d(?:[\s()./-]{0,2}\d)+")

MOST = 4
"""Stars in a row: how long a name is tells something too."""

KEPT = 2
"""Figures that stay at the end of a number: what people read out to each other."""


def mask(text: str) -> str:
    """A value with only initials and last figures left.

    >>> mask("John Smith, 07700 900123")
    'J*** S****, ****23'
    """
    return _WORD.sub(_initial, _FIGURES.sub(_last, text))


def mask_person(name: str) -> str:
    """The mask of a name as it was normalised for counting: `J*** S****` for "john smith"."""
    return mask(name.title())


def words_of(names: Iterable[str]) -> frozenset[str]:
    """The words of some names, as `mask_known` takes them."""
    words = (word for name in names for word in _WORD.findall(name.casefold()))
    return frozenset(word for word in words if len(word) > KEPT)


def mask_known(text: str, known: frozenset[str]) -> str:
    """A text, file name or place in which only what tells of somebody is masked.

    That is each of these words, every address and every longer number.
    """
    text = _ADDRESS.sub(lambda m: mask_address(m[0]), _LONG_NUMBER.sub(_last, text))
    return _WORD.sub(lambda m: _initial(m) if m[0].casefold() in known else m[0], text)


def mask_address(address: str) -> str:
    """An address of which the domain stays: `j***@webmail.example`."""
    local, at, domain = address.rpartition("@")
    return f"{mask(local) or '*'}{at}{domain}" if at else mask(address)


def _initial(match: re.Match[str]) -> str:
    word = match[0]
    return word[0] + "*" * min(MOST, len(word) - 1)


def _last(match: re.Match[str]) -> str:
    figures = [c for c in match[0] if c.isdigit()]
    if len(figures) <= KEPT * 2:
        return "*" * min(MOST, len(figures))
    return "*" * MOST + "".join(figures[-KEPT:])
