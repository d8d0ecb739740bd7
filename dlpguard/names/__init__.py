"""Names of people: finds them in text, and tells whether a cell holds one.

`find` is the interface.  `runs` cuts a text, `gazetteer` and `lexicon` know words, `rules` read it
quickly; `features` describe a word to the `model`, and `tagger` decides.  `build` makes the
gazetteer and `train` the model, from `lessons`; neither is used when mail is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from dlpguard.names import rules, tagger
from dlpguard.names.gazetteer import is_place, look_up
from dlpguard.names.lexicon import lexicon
from dlpguard.names.runs import CANDIDATE

__all__ = [
    "CANDIDATE",
    "canonical",
    "find",
    "has_title",
    "is_forename",
    "is_name",
    "is_surname",
    "known_words",
]

LONGEST_CELL = 60
"""Characters of the longest cell that is read as a name; longer ones are sentences."""

_CELL = re.compile(r"[^\W\d_][^\W\d_.'’‑-]{0,40}(?:[.'’‑-]{1,2}[^\W\d_]{0,40}){0,4}")
_BEFORE_TITLE = 16
REMEMBERED = 5_000
"""Names whose form is kept at hand: those of a large text, some 1 MB."""

_SUFFIXES = frozenset(
    {"jr", "snr", "sr", "jnr", "ii", "iii", "mbe", "obe", "cbe", "kc", "qc", "mp", "phd", "esq"}
)


def find(text: str, known: frozenset[str] = frozenset()) -> list[tuple[int, int]]:
    """The spans of person names in a text, as character offsets, in order, none overlapping.

    Titles ("Mr") and possessives ("'s") are not part of a span; "Smith, John" is one span.  A word
    of a full name is a name in the rest of the text too; `known` are such words (`known_words`) of
    other texts, so that what the body calls "Ann Wakelin" is found as "Wakelin" in an attachment.

    >>> text = "Dear Mrs Lee, I met Siân Llwyd-Jones on Victoria Street."
    >>> [text[a:b] for a, b in find(text)]
    ['Lee', 'Siân Llwyd-Jones']
    """
    return tagger.spans(text, known | {word.replace("'", "’") for word in known})


def known_words(found: Iterable[str]) -> frozenset[str]:
    """The words of full names that mean the same person where they stand alone, for `find`.

    >>> sorted(known_words(["Wakelin, Ann", "Mr J. Carter", "Bob"]))
    ['ann', 'carter', 'wakelin']
    """
    full = (name for name in map(canonical, found) if " " in name)
    return frozenset(word for name in full for word in name.split() if len(word) > 1)


def is_name(cell: str) -> bool:
    """Whether a whole table cell reads as a person's name: at least a title or two parts.

    >>> is_name("SMITH, John"), is_name("ann o'neill"), is_name("Mr Bee"), is_name("Station Road")
    (True, True, True, False)
    """
    cell = " ".join(cell.split())
    if not cell or len(cell) > LONGEST_CELL:
        return False
    surname, comma, rest = cell.partition(",")
    words = _words(f"{rest} {surname}" if comma else cell)
    if words is None:
        return False
    named = [w for w in words if w not in lexicon().titles and w not in lexicon().weak_titles]
    titled = any(w in lexicon().titles for w in words)
    named = [w for w in named if w not in _SUFFIXES] if len(named) > 2 else named
    if titled:
        return 1 <= len(named) <= rules.LONGEST_NAME and not _is_other(named)
    if not 2 <= len(named) <= rules.LONGEST_NAME or _is_other(named):
        return False
    return _is_person(named)


def is_forename(word: str) -> bool:
    """Whether a cell reads as first names: Ann, Mary Ann, Jean-Luc.

    >>> is_forename("Chukwuemeka"), is_forename("Plymouth")
    (True, False)
    """
    words = _words(word)
    if not words or len(words) > 3 or _is_other(words):
        return False
    tiers = [look_up(w).first for w in words if len(w) > 1]
    return bool(tiers) and min(tiers) >= 2 and (max(tiers) >= 3 or look_up(words[0]).common < 3)


def is_surname(word: str) -> bool:
    """Whether a cell reads as a surname: O'Neill, Smith-Jones, van der Berg.

    >>> is_surname("Kowalczyk"), is_surname("Council")
    (True, False)
    """
    words = _words(word)
    if not words or len(words) > 4:
        return False
    words = [w for w in words if w not in lexicon().particles] or words
    if _is_other(words) or len(words) > 2:
        return False
    return all(
        look_up(w).last >= 3 or (look_up(w).last == 2 and look_up(w).common < 3) for w in words
    )


@lru_cache(REMEMBERED)
def canonical(name: str) -> str:
    """One form for the spellings of a name, as far as a string alone can say.

    Casefolded, titles and dots off, first names first.

    >>> canonical("SMITH, John"), canonical("Mr. J. Smith"), canonical("Dr Siân O’Neill")
    ('john smith', 'j smith', "siân o'neill")
    """
    text = unicodedata.normalize("NFKC", name).casefold().replace("’", "'").replace("‑", "-")
    surname, comma, rest = text.partition(",")
    words = (f"{rest} {surname}" if comma else text).replace(".", " ").split()
    titles = lexicon().titles | lexicon().weak_titles
    while len(words) > 1 and (
        (words[0] in titles and (len(words) > 2 or look_up(words[0]).first < 3))
        or (words[0] in _COUPLE and len(words) > 2)
    ):
        words.pop(0)
    while len(words) > 2 and words[-1] in _SUFFIXES:
        words.pop()
    return " ".join(words).strip(" '-")


_COUPLE = frozenset({"and", "&"})
"""What is left of "Mr and Mrs Nair" between its titles."""


def has_title(text: str, start: int) -> bool:
    """Whether a title (Mr, Dr, Cllr) stands directly before a place in a text."""
    before = text[max(0, start - _BEFORE_TITLE) : start]
    if not before.endswith((" ", ".", "\u00a0")):
        return False
    words = before.split()
    return bool(words) and words[-1].rstrip(".").lower() in lexicon().titles


def _words(cell: str) -> list[str] | None:
    """The words of a cell in lower case without dots; None when it holds anything else."""
    words: list[str] = []
    for piece in cell.split():
        if not _CELL.fullmatch(piece):
            return None
        words += [w for w in piece.lower().split(".") if w]
    return words


def _is_other(words: list[str]) -> bool:
    """Whether a word makes it a street, a department, a month."""
    known = lexicon()
    last = words[-1]
    if last in known.tails and look_up(last).last < 4:
        return True
    return any(w in known.never for w in words if len(w) > 1) or is_place(tuple(words))


def _is_person(words: list[str]) -> bool:
    """Whether two to five words together are a name, first names first or last."""
    first, last = look_up(words[0]), look_up(words[-1])
    if len(words[0]) == 1:
        return last.last >= 3 or (last.last == 0 and last.common == 0)
    pair = (first.first, last.last)
    if pair in rules.PAIRS or (last.first, first.last) in rules.PAIRS:
        return True
    if first.first == 4 or (first.first == 3 and last.common == 0):
        return (last.last == 0 and last.common <= 1) or (last.last == 1 and last.common <= 1)
    unknown = first == look_up("") or (first.first == 0 and first.common == 0)
    return unknown and last.last >= 4
