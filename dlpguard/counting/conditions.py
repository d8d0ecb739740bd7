"""Which special categories a text tells of each of the names in it.

Told of a name is what its sentence tells ("Ann Bee was diagnosed with epilepsy. She …"), what
stands in brackets behind it ("Ann Bee (coeliac)"), and in a list what stands behind it on its line
("Ann Bee, heroin and alcohol").
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from dlpguard.detectors import special

SPOKEN_OF = 300
"""Characters after a name in which what is told ("she was diagnosed …") is told of them."""

ENTRIES = 3
"""Lines that begin with a name and tell something of it: fewer are no list."""

_MARGIN = 48
"""Characters that a quoted line of a list has at most before its entry."""

_LINE_OF_LIST = re.compile(r"[ \t>]{0,20}(?:[-•*–·]|\(?\d{1,4}[.)])?[ \t]{0,8}")
_BRACKET = re.compile(r" ?[(\[](?P<remark>[^()\[\]\n]{2,80})[)\]]")
_REMARK = re.compile(
    r"(?: ?\([^()\n]{1,30}\))?[ \t]{0,3}[,;:–—-][ \t]{1,8}(?P<remark>[^\n]{2,80})(?=\n|\Z)"
)
"""What follows a name to the end of its line: " (25), heroin and alcohol"."""

_EMPTY_LINE = re.compile(r"\n[ \t>]{0,20}\n")
_ROW = re.compile(r"[|\t]|\S {3}")
"""What parts the cells of a row: what the rows around it tell is of others."""

_NOTHING: frozenset[str] = frozenset()

_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n[ \t>]{0,20}\n")


def told(text: str, named: Sequence[tuple[int, int]]) -> list[list[str]]:
    """The categories told of each name, sorted; `named` are their stretches [start, end) by start.

    >>> told("Ann Bee (coeliac) sits beside Omar Khan.", [(0, 7), (30, 39)])
    [['health'], []]
    """
    if not named:
        return []
    has_brackets = "(" in text or "[" in text
    in_brackets = [_in_brackets(text, end) if has_brackets else _NOTHING for _, end in named]
    in_list = _in_list(text, named)
    spoken = _spoken(text, named)
    return [sorted(a | b | c) for a, b, c in zip(in_brackets, in_list, spoken, strict=True)]


def begins_line(text: str, start: int) -> bool:
    """Whether nothing but a bullet or a number stands before a place on its line."""
    before = text[max(0, start - _MARGIN) : start].rpartition("\n")[2]
    return _LINE_OF_LIST.fullmatch(before) is not None


def _in_brackets(text: str, end: int) -> frozenset[str]:
    bracket = _BRACKET.match(text, end)
    return special.beside(bracket["remark"]) if bracket else _NOTHING


def _in_list(text: str, named: Sequence[tuple[int, int]]) -> list[frozenset[str]]:
    """What lines tell that begin with a name and name nobody else."""
    following = [start for start, _ in named[1:]] + [len(text) + 1]
    entries = []
    for (start, end), next_name in zip(named, following, strict=True):
        remark = _REMARK.match(text, end)
        is_entry = remark and remark.end() <= next_name and begins_line(text, start)
        entries.append(special.beside(remark["remark"]) if remark and is_entry else _NOTHING)
    return entries if sum(map(bool, entries)) >= ENTRIES else [_NOTHING] * len(entries)


def _spoken(text: str, named: Sequence[tuple[int, int]]) -> Iterator[frozenset[str]]:
    """What the sentence of each name, or the next ones, tell."""
    words = list(special.words(text))
    starts = [word.start for word in words]
    for (begin, name_end), following in zip(named, [*named[1:], None], strict=True):
        first = bisect_left(starts, begin - SPOKEN_OF)
        last = bisect_left(starts, name_end + SPOKEN_OF)
        if first == last:
            yield _NOTHING
            continue
        start, end = _passage(text, begin, name_end, following)
        yield frozenset(word.category for word in words[first:last] if start <= word.start < end)


def _passage(
    text: str, begin: int, name_end: int, following: tuple[int, int] | None
) -> tuple[int, int]:
    """The sentence of a name, and those behind it up to the next name or the paragraph's end.

    In a row of a table it is the row.
    """
    start = max(0, begin - SPOKEN_OF)
    for stop in _SENTENCE_END.finditer(text, start, begin):
        start = stop.end()
    end = min(len(text), name_end + SPOKEN_OF)
    if following and _SENTENCE_END.search(text, name_end, following[0]):
        end = min(end, following[0])
    line_start = text.rfind("\n", start, begin) + 1
    line_end = text.find("\n", name_end, end)
    line_end = line_end if line_end >= 0 else end
    if _ROW.search(text, max(start, line_start), line_end):
        return max(start, line_start), line_end
    paragraph = _EMPTY_LINE.search(text, name_end, end)
    return start, paragraph.start() if paragraph else end
