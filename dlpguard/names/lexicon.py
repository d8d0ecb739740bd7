"""Words that say what a run of capitalised words is: titles, greetings, street and company words.

They stand in `lists/words.txt`, one section a role, and are few: read when first asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "lists" / "words.txt"

_LONGEST_WORD = 24

_ENDING = 3
"""Letters of the end of a word, of which nearly all words have others than any of `things`."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Sets of words in lower case.

    `titles` make any capitalised word after them a surname; `weak_titles` are ordinary words too.
    `particles` stand inside names in lower case (van, bin).  After a name, one of `tails` makes the
    whole a street or an organisation; before one, `heads` a place.  `never` begins no name and
    ends none (months, "Council"); `greetings` come before first names.  `also_words` are first
    names that begin sentences as ordinary words ("Mark my words").
    """

    titles: frozenset[str]
    weak_titles: frozenset[str]
    particles: frozenset[str]
    greetings: frozenset[str]
    tails: frozenset[str]
    heads: frozenset[str]
    never: frozenset[str]
    also_words: frozenset[str]
    things: frozenset[str]
    """Firms and goods that are called like people nobody is called: "earl_grey", "wh_smith"."""
    apart: frozenset[str]
    """`never` and `greetings`: what goes with no name beside it."""
    not_surname: frozenset[str]
    """`never` and `tails`."""
    not_alone: frozenset[str]
    """`never`, `tails` and `heads`: what is no name by itself."""

    def is_thing(self, text: str, end: int) -> bool:
        """Whether what ends at a place in a text is one of `things`."""
        if text[end - _ENDING : end].lower() not in _endings_of_things():
            return False
        last = text[max(0, end - _LONGEST_WORD) : end].lower().rpartition(" ")[2]
        things = _things_by_end().get(last)
        return things is not None and any(
            text[max(0, end - len(thing)) : end].lower() == thing for thing in things
        )


@cache
def lexicon() -> Lexicon:
    """The words, read from their file."""
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in _FILE.read_text("utf-8").splitlines():
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]").replace(" ", "_"), [])
        elif not line.startswith("#"):
            current.extend(line.split())
    sets = {name: frozenset(words) for name, words in sections.items()}
    return Lexicon(
        **sets,
        apart=sets["never"] | sets["greetings"],
        not_surname=sets["never"] | sets["tails"],
        not_alone=sets["never"] | sets["tails"] | sets["heads"],
    )


@cache
def _endings_of_things() -> frozenset[str]:
    return frozenset(thing[-_ENDING:] for thing in lexicon().things)


@cache
def _things_by_end() -> dict[str, tuple[str, ...]]:
    by_end: dict[str, tuple[str, ...]] = {}
    for thing in sorted(lexicon().things):
        words = thing.split("_")
        by_end[words[-1]] = (*by_end.get(words[-1], ()), " ".join(words))
    return by_end
