"""Names by rules over what `gazetteer` knows of each word: the quick reading of a text.

The pairs of tiers that are believed are those that were names in more than half of the cases in the
training texts (`PAIRS`).  A surname counts alone only where the same text has it with a first name
or a title.  Large texts are read by these alone; in others they are one of the features.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dlpguard.names.gazetteer import is_place
from dlpguard.names.lexicon import lexicon
from dlpguard.names.runs import Run, Token

Span = tuple[int, int]

PAIRS = frozenset({(2, 3), (2, 4), (3, 2), (3, 3), (3, 4), (4, 2), (4, 3), (4, 4)})
"""(first-name tier, surname tier) of two words that together are a name: 60 to 97 % in training."""

CAPITAL_PAIRS = frozenset({(3, 3), (3, 4), (4, 2), (4, 3), (4, 4)})
"""The same in a line of capitals, where every word is capitalised: no tier 2 first."""

LONGEST_NAME = 5
"""Words of a name: Maria del Carmen Lopez Garcia."""

MOST_TITLES = 3
"""Titles in front of a name: Rt Rev Dr."""

_LINE_START = re.compile(r"(?:\A|[\n\r\t;|(\"“•*–>]|(?:\A|\n)\s{0,8}\d{1,5}[.)])\s{0,8}\Z")
_ENTRY_END = re.compile(r"[ ]{0,3}(?:[,;\t|\n\r]|\Z)")
_ALONE_AFTER = re.compile(r"[ ]{0,3}(?:[,!.:;–-]{0,2})[ ]{0,3}(?:[\n\r]|\Z)")
_GREETING_REACH = 14

_WHERE = frozenset({"at", "in", "near", "outside", "opposite", "behind", "inside"})
_NEXT_PLACE = re.compile(
    r",[ ]{1,2}(?:\d{1,4}[ ])?(?:[A-Z][a-z'’]{1,20}[ ]){1,3}([A-Z][a-z]{1,12})\b"
)


@dataclass(slots=True)
class Reading:
    """What the rules made of a text.

    `spans` are names; `inverted` those of them that are "Surname, Forename", which are certain;
    `forenames` and `surnames` the lower-case words at the ends of full names; `single` words that
    are names where they are among these.
    """

    spans: list[Span] = field(default_factory=list)
    inverted: list[Span] = field(default_factory=list)
    forenames: set[str] = field(default_factory=set)
    surnames: set[str] = field(default_factory=set)
    single: list[Token] = field(default_factory=list)

    def all(self, known: frozenset[str]) -> list[Span]:
        """Every span, in order, with the surnames of this text or `known` that stand alone."""
        surnames = self.surnames | known
        alone = [(t.start, t.end) for t in self.single if t.lower in surnames]
        return sorted([*self.spans, *self.inverted, *alone])


def read(text: str, found: Iterable[Run], rest: list[Run] | None = None) -> Reading:
    """The names in a text by its runs; those not in "Surname, Forename" are added to `rest`."""
    reading = Reading()
    for run in _with_commas(text, found, reading):
        if rest is not None:
            rest.append(run)
        if len(run) > 1:
            reading.single += _tag(text, run, reading)
        else:
            reading.single += _tag_word(text, run[0], reading)
    return reading


def _with_commas(text: str, found: Iterable[Run], reading: Reading) -> Iterator[Run]:
    """The runs that remain when "Surname, Forename" has been taken out."""
    before: Run | None = None
    for run in found:
        if before is None:
            before = run
            continue
        gap = text[before[-1].end : run[0].start]
        if gap in {", ", ","} and (count := _inverted(text, before, run)):
            reading.inverted.append((before[0].start, run[count - 1].end))
            reading.surnames.add(before[-1].lower)
            reading.forenames.add(run[0].lower)
            before = run[count:] or None
            continue
        yield before
        before = run
    if before is not None:
        yield before


def _inverted(text: str, left: Run, right: Run) -> int:
    """How many words of `right` are the first names of "Surname, Forename"; 0: it is not that."""
    surname = left[-1]
    if len(left) > 2 or surname.is_initial or surname.lower in lexicon().not_surname:
        return 0
    if len(left) == 2 and left[0].word.first >= 3:  # "Ngozi Adichie, Kwame Nkrumah"
        return 0
    capitals = surname.is_capitals and not right[0].is_capitals
    if not capitals:
        if not _LINE_START.search(text, max(0, left[0].start - 16), left[0].start):
            return 0
        known = surname.word.last >= 3 or (surname.word.last == 0 and surname.word.common == 0)
        if not known or surname.word.place or surname.word.first > surname.word.last:
            return 0
    first = right[0]
    if first.word.first < 3 or first.lower in lexicon().never or first.word.place:
        return 0
    count = 1
    while count < min(len(right), 3) and (right[count].is_initial or right[count].word.first >= 3):
        count += 1
    return count


def _tag(text: str, run: Run, reading: Reading) -> Iterator[Token]:
    """Adds the names of a run to `reading`; gives what may be a surname standing alone."""
    at = 0
    while at < len(run):
        titles = _titles(run, at)
        length = (
            _titled(run, at, titles)
            or _initialled(text, run, at)
            or _named(run, at)
            or (_entry(text, run) if at == 0 else 0)
        )
        if length:
            first = at + titles
            last = run[at + length - 1]
            if not _is_something_else(text, run, first, at + length):
                reading.spans.append((run[first].start, last.end))
                reading.surnames.add(last.lower)
                if run[first] is not last and not run[first].is_initial:
                    reading.forenames.add(run[first].lower)
            at += length
            continue
        if _stands_alone(run, at):
            yield from _tag_word(text, run[at], reading)
        at += 1


def _tag_word(text: str, token: Token, reading: Reading) -> Iterable[Token]:
    """The same for a word that stands alone."""
    if _is_forename_alone(text, token):
        reading.spans.append((token.start, token.end))
    elif token.word.last >= 2 and not token.is_initial:
        return (token,)
    return ()


def _titles(run: Run, at: int) -> int:
    """How many titles stand at a place ("Prof Dr")."""
    count = 0
    words = lexicon()
    while (
        at + count < len(run)
        and count < MOST_TITLES
        and (
            run[at + count].lower in words.titles
            or (run[at + count].lower in words.weak_titles and not _is_forename(run, at + count))
        )
    ):
        count += 1
    return count


def _is_forename(run: Run, at: int) -> bool:
    """Whether a weak title is a first name here: Earl Smith, but not Lord Smith."""
    return run[at].word.first >= 3


def _titled(run: Run, at: int, titles: int) -> int:
    """The length of titles and the name after them: Mr Bee, Dr J. Smith, Mrs Ann van Dyk."""
    if not titles:
        return 0
    first = at + titles
    weak = all(t.lower in lexicon().weak_titles for t in run[at:first])
    end = first
    while end < len(run) and end - first < LONGEST_NAME - 1 and _may_follow_title(run[end], weak):
        end += 1
    while end > first and run[end - 1].is_initial:
        end -= 1
    if weak and end - first > 2 and run[end - 1].word.last < 3:
        end -= 1
    return end - at if end > first else 0


def _may_follow_title(token: Token, weak: bool) -> bool:
    words = lexicon()
    if token.is_initial and not weak:  # "Mr & Mrs A Rahman", but not "Dear Sir I enclose"
        return True
    if token.lower in words.apart and token.lower not in words.particles:
        return False
    if token.is_initial:
        return True
    if token.lower in words.tails and token.word.last < 3:
        return False
    if weak:
        return max(token.word.first, token.word.last) >= 3 and not token.word.place
    return token.word.common < 3 or max(token.word.first, token.word.last) >= 2


def _initialled(text: str, run: Run, at: int) -> int:
    """The length of initials and a surname: J. Smith, J R Smith, JR Smith only with dots."""
    end = at
    dots = 0
    while end < len(run) and run[end].is_initial and end - at < 3:
        dots += text[run[end].end : run[end].end + 1] == "."
        end += 1
    if end == at or end == len(run):
        return 0
    surname = run[end]
    if surname.lower in lexicon().not_surname or (surname.word.place and not dots):
        return 0
    if dots < end - at and (run[at].text in "AI" or surname.word.last < 4 or surname.is_capitals):
        return 0
    if dots and (named := _named(run, end)):  # K. Michael Stevens
        return end + named - at
    rare = surname.word.last <= dots and surname.word.common == 0
    return end + 1 - at if (surname.word.last >= 3 or rare) and not surname.is_capitals else 0


def _named(run: Run, at: int) -> int:
    """The length of the longest name that begins with a first name (or SURNAME Forename)."""
    first = run[at]
    words = lexicon()
    if first.is_initial or first.lower in words.apart:
        return 0
    best = 0
    for end in range(at + 1, min(len(run), at + LONGEST_NAME)):
        last = run[end]
        if last.lower in words.never:
            break
        if not last.is_initial and _is_pair(first, last, end - at):
            best = end + 1 - at
        if not (last.is_initial or last.word.first >= 2 or last.word.last >= 3):
            break
    return best or _surname_first(run, at)


def _is_pair(first: Token, last: Token, apart: int) -> bool:
    """Whether two words are the ends of a name."""
    if last.lower in lexicon().tails and not (first.word.first == last.word.last == 4):
        return False
    tiers = first.word.first, last.word.last
    if first.is_capitals and last.is_capitals:
        return tiers in CAPITAL_PAIRS
    if first.is_capitals != last.is_capitals and first.word.first != 4:
        return False
    if tiers in PAIRS:
        return True
    unknown = last.word.last == 0 and last.word.common <= 1 and not last.word.place
    if first.word.first == 4:
        return unknown or (last.word.last == 1 and last.word.common == 1)
    return first.word.first == 3 and unknown and last.word.common == 0 and apart >= 1


def _surname_first(run: Run, at: int) -> int:
    """2 for SMITH John."""
    if at + 1 == len(run) or not run[at].is_capitals or run[at + 1].is_capitals:
        return 0
    surname, first = run[at], run[at + 1]
    return 2 if surname.word.last >= 3 and first.word.first >= 3 else 0


def _entry(text: str, run: Run) -> int:
    """The length of a run that is an entry of a list of people, by looking like nothing else.

    It begins a line and ends it, or a comma or a tab follows; none of its words is ordinary, and
    one is known as a name of its place.  In running text that is too little.
    """
    first, last = run[0], run[-1]
    if not 2 <= len(run) <= 3 or first.is_capitals or last.is_capitals or first.is_initial:
        return 0
    if any(t.word.common > 1 or t.word.place or t.lower in lexicon().not_alone for t in run):
        return 0
    if first.word.first < 2 and last.word.last < 3:
        return 0
    starts = _LINE_START.search(text, max(0, first.start - 16), first.start)
    return len(run) if starts and _ENTRY_END.match(text, last.end) else 0


def _is_something_else(text: str, run: Run, first: int, end: int) -> bool:
    """Whether what stands around a name makes it a street, a firm, a place."""
    words = lexicon()
    if end < len(run) and run[end].lower in words.tails:
        return True
    if words.is_thing(text, run[end - 1].end):
        return True
    if run[end - 1].lower in words.tails and _is_venue(text, run[first].start, run[end - 1].end):
        return True
    if first and run[first - 1].lower in words.heads:
        return True
    span = tuple(t.text for t in run[first:end])
    return is_place(span) or (len(span) > 1 and run[first].lower in words.heads)


def _is_venue(text: str, start: int, end: int) -> bool:
    """Whether one goes to it ("at Victoria Hall") or its street follows ("…, Nelson Street")."""
    before = text[max(0, start - _GREETING_REACH) : start].split(" ")
    if len(before) > 1 and not before[-1] and before[-2].lower() in _WHERE:
        return True
    street = _NEXT_PLACE.match(text, end)
    return bool(street and street[1].lower() in lexicon().tails)


def _stands_alone(run: Run, at: int) -> bool:
    """Whether no other word of the run goes with this one (greetings and the like do not)."""
    separate = lexicon().apart
    before = at == 0 or run[at - 1].lower in separate or (at == 1 and _begins_sentence(run[0]))
    after = at + 1 == len(run) or run[at + 1].lower in lexicon().never
    return before and after


def _begins_sentence(token: Token) -> bool:
    """Whether it is an ordinary word that only its place makes a capital: "Both Tina and …"."""
    word = token.word
    return (
        word.common == 3 and max(word.first, word.last) <= 1 and token.lower not in lexicon().heads
    )


def _is_forename_alone(text: str, token: Token) -> bool:
    first = token.word.first
    if first < 2 or token.is_initial or token.lower in lexicon().not_alone:
        return False
    needed = 4
    if _is_greeted(text, token):
        needed = 2
    elif token.is_capitals or token.word.place:
        return False
    elif _is_whole_line(text, token):
        needed = 3
    elif token.lower in lexicon().also_words and at_sentence_start(text, token):
        return False
    return first >= needed


def _is_greeted(text: str, token: Token) -> bool:
    """Whether "Dear" or the like stands directly before."""
    before = text[max(0, token.start - _GREETING_REACH) : token.start]
    if not before.endswith(" ") or "\n" in before[-2:]:
        return False
    last = before.rstrip(" ").rpartition(" ")[2].rpartition("\n")[2].lower()
    return last in {"dear", "hi", "hello", "hey", "hiya", "annwyl", "helo"}


def at_sentence_start(text: str, token: Token) -> bool:
    """Whether a sentence, a line or an entry begins with it, so that its capital says little."""
    before = text[max(0, token.start - 4) : token.start].rstrip(" \"“'‘(")
    return not before or before[-1] in ".!?:;\n\r\t|•*-–>"


def _is_whole_line(text: str, token: Token) -> bool:
    """Whether it is a line by itself, as under a letter or above one."""
    line_start = token.start == 0 or text[token.start - 1] in "\n\r"
    return line_start and bool(_ALONE_AFTER.match(text, token.end))
