"""Masks: enough to recognise what one knows already, too little to learn it.

`J*** S****` for a name, the last two figures of a number.  Lengths are not kept beyond four.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_WORD = re.compile(r"[^\W\d_]{2,}")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,255}")
_LONG_NUMBER = re.compile(r"\d(?:[\s()./-]{0,2}\d){5,40}")
_FIGURES = re.compile(r"\d(?:[\s()./-]{0,2}\d)+")
_TOKEN = re.compile(r"\w+")

MOST = 4
"""Stars in a row: how long a name is tells something too."""

KEPT = 2
"""Figures that stay at the end of a number: what people read out to each other."""

LONGEST = 12
"""Words of a value that are looked for together.  What is longer, an address in many lines, is
looked for in pieces: it is masked all the same."""


@dataclass(frozen=True, slots=True)
class Veil:
    """What is masked in a running text, beside every address and every longer number.

    `words` in small letters, wherever they stand; `phrases` are values as the words and numbers
    that they consist of, `lengths` says how many of these the phrases have that begin with a word.
    """

    words: frozenset[str] = field(default=frozenset(), repr=False)
    phrases: frozenset[tuple[str, ...]] = field(default=frozenset(), repr=False)
    lengths: dict[str, tuple[int, ...]] = field(default_factory=dict, repr=False)


def veil(names: Iterable[str], values: Iterable[str]) -> Veil:
    """A veil over these names and what was found, as it stood in the text."""
    phrases: set[tuple[str, ...]] = set()
    for value in values:
        tokens = tuple(_TOKEN.findall(value.casefold()))
        phrases.update(tokens[at : at + LONGEST] for at in range(0, len(tokens), LONGEST))
    lengths: dict[str, set[int]] = {}
    for phrase in phrases:
        lengths.setdefault(phrase[0], set()).add(len(phrase))
    longest_first = {word: tuple(sorted(n, reverse=True)) for word, n in lengths.items()}
    return Veil(words_of(names), frozenset(phrases), longest_first)


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
    return frozenset(word for name in names for word in _WORD.findall(name.casefold()))


def mask_known(text: str, known: frozenset[str]) -> str:
    """A text, file name or place in which only what tells of somebody is masked.

    That is each of these words, every address and every longer number.
    """
    text = _ADDRESS.sub(lambda m: mask_address(m[0]), _LONG_NUMBER.sub(_last, text))
    return _WORD.sub(lambda m: _initial(m) if _is_known(m[0], known) else m[0], text)


def mask_address(address: str) -> str:
    """An address of which the domain stays: `j***@webmail.example`."""
    local, at, domain = address.rpartition("@")
    return f"{mask(local) or '*'}{at}{domain}" if at else mask(address)


def mask_subject(subject: str) -> str:
    """A subject in which something was found: everything with a capital or a figure is masked.

    What exactly was found is not known where lists are made, and what it is about should stay.

    >>> mask_subject("Re: visit to John Smith on 07700 900123")
    'R*: visit to J*** S**** on ****23'
    """
    numbers = _FIGURES.sub(_last, subject)
    return _WORD.sub(lambda m: m[0] if m[0].islower() else _initial(m), numbers)


def veiled(text: str, over: Veil) -> str:
    """A running text with a veil over it."""
    made, at = [], 0
    for start, end, mask_ in spans(text, over):
        made += [text[at:start], mask_]
        at = end
    return "".join([*made, text[at:]])


def spans(text: str, over: Veil) -> Iterator[tuple[int, int, str]]:
    """Where a veil lies on a text, in order: from, to, and what is shown in its place."""
    at = 0
    for start, end in sorted(_hits(text, over), key=lambda hit: (hit[0], -hit[1])):
        first = max(start, at)
        if first < end:
            hit = text[first:end]
            yield first, end, mask_address(hit) if first == start and "@" in hit else mask(hit)
            at = end


def _hits(text: str, over: Veil) -> Iterator[tuple[int, int]]:
    for pattern in (_ADDRESS, _LONG_NUMBER):
        yield from (match.span() for match in pattern.finditer(text))
    for match in _WORD.finditer(text):
        if _is_known(match[0], over.words):
            yield match.span()
    tokens = [(m[0].casefold(), m.start(), m.end()) for m in _TOKEN.finditer(text)]
    for index, (word, start, _end) in enumerate(tokens):
        for length in over.lengths.get(word, ()):
            those = tokens[index : index + length]
            if tuple(token for token, _, _ in those) in over.phrases:
                yield start, those[-1][2]
                break


def _is_known(word: str, known: frozenset[str]) -> bool:
    """Whether it is one of some names.  Short ones (Li, Jo) are words too, in small letters."""
    return (len(word) > KEPT or word[0].isupper()) and word.casefold() in known


def _initial(match: re.Match[str]) -> str:
    word = match[0]
    return word[0] + "*" * min(MOST, len(word) - 1)


def _last(match: re.Match[str]) -> str:
    figures = [c for c in match[0] if c.isdigit()]
    if len(figures) <= KEPT * 2:
        return "*" * min(MOST, len(figures))
    return "*" * MOST + "".join(figures[-KEPT:])
