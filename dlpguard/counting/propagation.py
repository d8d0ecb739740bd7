"""A name that stands anywhere in a message is a name in the rest of it.

The register attached says "Kowalczyk, Agnieszka"; the letter beside it says "kowalczyk agnieszka
was seen" or only "Kowalczyk was seen".  No tagger is sure of that, and the register is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dlpguard.counting.spans import Spans
from dlpguard.detectors import person_name
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

LONGEST = 4
"""Words of the names that are looked for."""

SHORTEST = 3
"""Letters of a surname that is looked for by itself: "Li" and "Oh" are words too."""

_WORD = re.compile(r"[^\W\d_][^\W\d_'’-]{0,40}(?:['’-][^\W\d_]{1,40}){0,3}")


@dataclass(frozen=True, slots=True)
class Known:
    """The names of a message in `names.canonical`'s form: whole ones, and the surnames of those."""

    whole: frozenset[str]
    surnames: frozenset[str]


def known(names: Iterable[str]) -> Known:
    """What is known from the names of everybody who is named with more than one word."""
    whole = frozenset(name for name in names if 0 < name.count(" ") < LONGEST)
    surnames = (name.rpartition(" ")[2] for name in whole)
    return Known(whole, frozenset(name for name in surnames if len(name) >= SHORTEST))


def add(block: Text, found: Sequence[Finding], names: Known, index: int) -> list[Finding]:
    """What was found in a text, and the known names in it that were not, sorted by start."""
    taken = Spans((f.start, f.end) for f in found)
    more = [
        Finding(
            person_name.KIND, name, block.where, start, end, sure,
            "named elsewhere in the message", block.hidden, index,
        )
        for name, start, end, sure in _occurrences(block.text, names)
        if not taken.meets(start, end)
    ]  # fmt: skip
    return sorted((*found, *more), key=lambda f: f.start) if more else list(found)


def _occurrences(text: str, names: Known) -> Iterator[tuple[str, int, int, Confidence]]:
    words = [(m[0], m.start(), m.end()) for m in _WORD.finditer(text)] if names.whole else []
    spelled = [word.casefold().replace("’", "'") for word, _, _ in words]
    # Who is called Price is not meant where prices are spoken of.
    surnames = names.surnames - {word for word, _, _ in words if word.islower()}
    at = 0
    while at < len(words):
        length = _whole(text, words, spelled, at, names)
        if length:
            name = " ".join(spelled[at : at + length])
            yield name, words[at][1], words[at + length - 1][2], Confidence.MEDIUM
        elif spelled[at] in surnames and _stands_alone(text, words, at):
            yield spelled[at], words[at][1], words[at][2], Confidence.LOW
        at += length or 1


def _whole(
    text: str, words: list[tuple[str, int, int]], spelled: list[str], at: int, names: Known
) -> int:
    """How many words from here on are a known name, 0 for none."""
    for length in range(2, LONGEST + 1):
        last = at + length - 1
        if last >= len(words) or text[words[last - 1][2] : words[last][1]] != " ":
            return 0
        if " ".join(spelled[at : last + 1]) in names.whole:
            return length
    return 0


def _stands_alone(text: str, words: list[tuple[str, int, int]], at: int) -> bool:
    """Whether a word is written like a name and is no part of another one: "Price Waterhouse"."""
    word, start, end = words[at]
    if not word[0].isupper() or text[end : end + 1] == ":":
        return False
    before = at > 0 and text[words[at - 1][2] : start] == " " and words[at - 1][0][0].isupper()
    after = (
        at + 1 < len(words)
        and text[end : words[at + 1][1]] == " "
        and words[at + 1][0][0].isupper()
    )
    return not before and not after
