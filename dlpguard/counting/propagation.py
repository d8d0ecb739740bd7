"""A name that stands anywhere in a message is a name in the rest of it.

The register attached says "Kowalczyk, Agnieszka"; the letter beside it says "kowalczyk agnieszka
was seen" or only "Kowalczyk was seen".  No tagger is sure of that, and the register is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dlpguard.counting.spans import Spans
from dlpguard.detectors import person_name
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

LONGEST = 4
"""Words of the names that are looked for."""

SHORTEST = 3
"""Letters of a surname that is looked for by itself: "Li" and "Oh" are words too."""

MANY = 1_000
"""Names of which so many are known that some text has a word of one, in another meaning."""

AT_ONCE = 400_000
"""Characters of the longest text whose words are all held at once: some 5 MB."""

REMEMBERED = 20_000
"""Words whose spelling is kept at hand: those of a large text, some 2 MB."""

_LETTERS = bytes(byte | 0x20 if chr(byte).isalpha() else 0x20 for byte in range(0x80)).ljust(256)
"""What bytes are where only a to z count, and not their case; the rest are spaces."""

_FOLDED = re.compile("[ßŉſǰ\u1e96-\u1e9a\u1e9e\u0130\u212a\ufb00-\ufb06]")
"""Other letters that are letters of a to z where case does not count (`str.casefold`)."""

_A_WORD = r"[^\W\d_][^\W\d_'’-]{0,40}(?:['’-][^\W\d_]{1,40}){0,3}"
_WORD = re.compile(_A_WORD)
_PASSAGE = re.compile(rf"(?=[^\W\d_])((?:[a-z]{{1,40}}+[ \n])*+)({_A_WORD})?")
"""Plain words in small letters, which most are and which are looked at together, and the next."""


@dataclass(frozen=True, slots=True)
class Known:
    """The names of a message in `names.canonical`'s form: whole ones, and the surnames of those.

    `begins` are the first words of whole ones: nearly all words of a text are none of them.
    `signs` are the longest stretches of a to z in both: "neill" of "o'neill"; b"" is of a name that
    is written in other letters.  There are none where names are `MANY`.
    """

    whole: frozenset[str]
    surnames: frozenset[str]
    begins: frozenset[str]
    signs: frozenset[bytes] = frozenset()


def known(names: Iterable[str]) -> Known:
    """What is known from the names of everybody who is named with more than one word."""
    whole = frozenset([name for name in names if 0 < name.count(" ") < LONGEST])
    ends = [name.rpartition(" ")[2] for name in whole]
    surnames = frozenset([name for name in ends if len(name) >= SHORTEST])
    begins = frozenset([name.partition(" ")[0] for name in whole])
    if len(whole) > MANY:
        return Known(whole, surnames, begins)
    return Known(whole, surnames, begins, frozenset(map(_sign, begins | surnames)))


def _sign(word: str) -> bytes:
    stretches = word.encode("utf-8", "replace").translate(_LETTERS).split()
    return max(stretches, key=len, default=b"")


def add(block: Text, found: Sequence[Finding], names: Known, index: int) -> list[Finding]:
    """What was found in a text, and the known names in it that were not, sorted by start."""
    at_once = names.signs and len(block.text) <= AT_ONCE
    if not names.whole or (at_once and _are_all_found(block.text, found, names.signs)):
        return list(found)
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


def _are_all_found(text: str, found: Sequence[Finding], signs: frozenset[bytes]) -> bool:
    """Whether no word of a known name stands outside what was found.

    A look at all words at once takes a third of the time of looking for them one by one.
    """
    rest: list[str] = []
    at = 0
    for f in found:
        rest.append(text[at : f.start])
        at = max(at, f.end)
    rest.append(text[at:])
    left_over = "\n".join(rest)
    if not left_over.isascii() and (b"" in signs or _FOLDED.search(left_over)):
        return False
    words = left_over.encode("utf-8", "replace").translate(_LETTERS).split()
    return signs.isdisjoint(words)


def _occurrences(text: str, names: Known) -> list[tuple[str, int, int, Confidence]]:
    found: list[tuple[str, int, int, Confidence]] = []
    in_small_letters: set[str] = set()
    done = 0
    for word, start, is_behind in _words(text, names.begins | names.surnames):
        spelled, end = _spelled(word), start + len(word)
        if word in names.surnames and word.islower():
            in_small_letters.add(word)
        if start < done:
            continue
        name, done = _whole(text, spelled, end, names)
        if done:
            found.append((name, start, done, Confidence.MEDIUM))
        elif spelled in names.surnames and not is_behind and _may_stand_alone(text, start, end):
            found.append((spelled, start, end, Confidence.LOW))
    # Who is called Price is not meant where prices are spoken of.
    return [f for f in found if f[3] > Confidence.LOW or f[0] not in in_small_letters]


def _words(text: str, wanted: frozenset[str]) -> Iterator[tuple[str, int, bool]]:
    """The words that are wanted, where, and whether one with a capital stands directly before."""
    behind = -2  # no word begins behind it
    for passage in _PASSAGE.finditer(text) if wanted else ():
        plain, last = passage.groups()
        if plain and not wanted.isdisjoint(plain.split()):
            for word in _WORD.finditer(plain):
                if word[0] in wanted:
                    start = passage.start() + word.start()
                    yield word[0], start, start == behind + 1 and text[behind] == " "
        if last:
            if _spelled(last) in wanted:
                start = passage.end() - len(last)
                yield last, start, start == behind + 1 and text[behind] == " "
            if last[0].isupper():
                behind = passage.end()


@lru_cache(REMEMBERED)
def _spelled(word: str) -> str:
    """A word as `names.canonical` spells it."""
    return word.casefold().replace("’", "'")


def _whole(text: str, name: str, end: int, names: Known) -> tuple[str, int]:
    """The known name that begins with a word that ends there, and its end; 0 for none."""
    if name not in names.begins:
        return "", 0
    for _ in range(LONGEST - 1):
        following = _WORD.match(text, end + 1) if text[end : end + 1] == " " else None
        if following is None:
            break
        name = f"{name} {_spelled(following[0])}"
        end = following.end()
        if name in names.whole:
            return name, end
    return "", 0


def _may_stand_alone(text: str, start: int, end: int) -> bool:
    """Whether a word is written like a name and begins no other one: "Price Waterhouse"."""
    if not text[start].isupper() or text[end : end + 1] == ":":
        return False
    after = _WORD.match(text, end + 1) if text[end : end + 1] == " " else None
    return not (after and after[0][0].isupper())
