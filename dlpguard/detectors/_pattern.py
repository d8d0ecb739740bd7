"""The shape that most detectors share: a pattern, a validity check, words nearby.

A match of the pattern is a candidate; `read` gives its normalised value or None when it cannot be
one; a support word within `NEARBY` characters makes it HIGH.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

NEARBY = 60
"""Characters before a match in which a support word counts: about one line of a form."""

AFTER = 30
"""The same after a match; labels that follow their value stand close to it ("(NI number)")."""

LABEL_REACH = 16
"""Characters before a number in which its label speaks about it ("Order number: ")."""


Alone = Callable[[re.Match[str]], Confidence | None]
"""How sure a match is without a support word; None: not a finding then."""


def findings(
    kind: str,
    pattern: re.Pattern[str],
    read: Callable[[str], str | None],
    support: tuple[str, ...],
    block: Text,
    alone: Alone = lambda _match: Confidence.LOW,
) -> Iterator[Finding]:
    """Every valid match of a pattern in a block, in order.

    `read` gives the normalised value of what matched, None when it is not valid.
    """
    for match in pattern.finditer(block.text):
        value = read(match[0])
        if value is None:
            continue
        word = supporting(block.text, match.start(), match.end(), support)
        confidence = Confidence.HIGH if word else alone(match)
        if confidence is None:
            continue
        evidence = f"“{word}” nearby" if word else "by its shape"
        yield finding(kind, value, block, match.start(), match.end(), confidence, evidence)


def finding(
    kind: str, value: str, block: Text, start: int, end: int, confidence: Confidence, evidence: str
) -> Finding:
    """A finding in running text."""
    return Finding(kind, value, block.where, start, end, confidence, evidence, hidden=block.hidden)


def supporting(text: str, start: int, end: int, words: tuple[str, ...]) -> str:
    """The support word that stands nearest before a match, else just after it; "" for none."""
    if not words:
        return ""
    pattern = word_pattern(words)
    before = list(pattern.finditer(text, max(0, start - NEARBY), start))
    nearest = before[-1] if before else pattern.search(text, end, min(len(text), end + AFTER))
    return " ".join(nearest[0].casefold().split()) if nearest else ""


def is_of_a_thing(text: str, start: int) -> bool:
    """Whether the number that starts there follows a label such as "order no": it is nobody's."""
    headings = _columns_of_things(text)
    if headings and bisect_right(headings, start) > bisect_right(headings, start - COLUMN_REACH):
        return True
    if text[start - 1 : start] in _SEPARATORS:
        return False
    return _OF_THINGS.search(text, max(0, start - LABEL_REACH), start) is not None


@cache
def word_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for any of these words or phrases, whole, in any case, any single white space.

    It begins with the letters that they begin with: a place where none of these stands is passed
    over in a third of the time that looking back to the place before it takes.
    """
    longest_first = sorted(words, key=len, reverse=True)
    if not all(word[:1].isascii() and word[:1] for word in words):
        alternatives = "|".join(re.escape(w).replace(r"\ ", r"\s") for w in longest_first)
        return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE)
    rests: dict[str, list[str]] = {}
    for word in longest_first:
        rests.setdefault(word[0].lower(), []).append(re.escape(word[1:]).replace(r"\ ", r"\s"))
    letters = {c for first in rests for c in (first, first.upper(), *_SAME_LETTERS.get(first, ""))}
    alternatives = "|".join(
        rf"(?<={re.escape(first)})(?:{'|'.join(rest)})" for first, rest in rests.items()
    )
    begins = "".join(re.escape(letter) for letter in sorted(letters))
    return re.compile(rf"(?-i:[{begins}])(?<!\w[\w\W])(?:{alternatives})(?!\w)", re.IGNORECASE)


_SAME_LETTERS = {"i": "\u0130\u0131", "k": "\u212a", "s": "\u017f"}
"""Letters that are the same as one of a to z where case does not matter (`re.IGNORECASE`)."""


COLUMN_REACH = 2000
"""Characters between the heading of a column in running text and a number of it."""

_COLUMN_OF_THINGS = re.compile(
    r"[|\t\n;][ ]{0,20}(?:ean|gtin|upc|isbn|barcode|order|tracking|consignment|serial)"
    r"(?:[ ](?:no|number|code))?[ ]{0,20}[|\t;]",
    re.IGNORECASE,
)
"""A cell of its own in a row of headings: "Item | EAN | Qty"."""


@lru_cache(maxsize=2)
def _columns_of_things(text: str) -> tuple[int, ...]:
    """Where such headings end.  Remembered of a text while each number in it is asked about."""
    return tuple(match.end() for match in _COLUMN_OF_THINGS.finditer(text))


_SEPARATORS = frozenset(",;|/(\"'\n")
"""Before a number they end what was said before it, so no label needs to be looked for."""

_OF_THINGS = re.compile(
    r"(?<!\w)(?:isbn|issn|ean|gtin|upc|barcode|serial|order|invoice|inv|part|po|sku|iban|vat|tracking"
    r"|batch|lot|charity|company|registration|item|product|stock|asset|meter|imei|job|ticket|quote"
    r"|consignment|parcel|transaction|uprn|model|delivery|despatch|dispatch)(?:[-\s](?:no|number|num|code|ref|id|note|1[03]))?"
    r"[.:#]{0,2}\s{0,3}#?\Z",
    re.IGNORECASE,
)
