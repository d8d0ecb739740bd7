"""The words that stand plainly in bytes that nobody here can read, as `strings` prints them.

Runs of ASCII, UTF-8 and UTF-16.  What stands within a few bytes of each other is one line, because
databases keep the fields of a record side by side.  5 MB of random bytes take 25 ms and give 0.04 %
of their size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from dlpguard.document import Text
from dlpguard.extractors import _chance
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.mail import Part

FORMATS = frozenset({"printable"})

_SHORTEST = 4
"""Characters of a run: what is shorter is chance."""

_TOGETHER = 8
"""Bytes between the fields of a record at most: lengths, types, an end of a string."""

_A_LINE = 12
"""Characters that a line must have: nobody is told apart by less."""

_LONGEST = 10_000
"""Bytes of a line."""

_MOST = 1_000_000
"""Characters that are read of one file: it is a gap in any case."""

_WORD = re.compile(r"[A-Z][a-z]{3}|[a-z]{4}|[A-Z0-9]{4}|(?=[^\W_]{4})(?![\0-\x7f]{4})")
"""Four letters as words have them, or four capitals and digits as codes have: chance gives any four
in a row four times as often."""

_PLAIN, _OTHER = rb"[\t\r\n\x20-\x7e]", rb"[^\t\r\n\x20-\x7e]"
_RUN = rb"%b{%d,}" % (_PLAIN, _SHORTEST)
_BEFORE = rb"(?:%b%b.{0,%d})" % (_RUN, _OTHER, _TOGETHER - 1)
_AFTER = rb"(?:%b.{0,%d}%b)" % (_OTHER, _TOGETHER - 1, _RUN)
_FIRST = re.compile(rb".{0,%d}?%b%b*" % (_TOGETHER, _RUN, _AFTER), re.DOTALL)
_LONG_RUN = re.compile(rb"%b{%d,8000}" % (_PLAIN, _SHORTEST))

_LATIN, _CYRILLIC = rb"[\t\r\n\x20-\x7e\xa0-\xff]", rb"[\x10-\x5f]"
_HIGH = rb"(?:\0%b|\x04%b)" % (_LATIN, _CYRILLIC)
_HIGH_BYTES = tuple(
    re.compile(b"%b%b{%d}" % (first, _HIGH, _SHORTEST - 2))
    for first in (rb"\0%b" % _LATIN, rb"\x04%b" % _CYRILLIC)
)
"""Every other byte as UTF-16 has it in Latin and Cyrillic letters.  What begins with one byte is
looked for many times as fast."""

_WIDE = (
    ("utf-16-be", re.compile(rb"%b{1,4000}" % _HIGH)),
    ("utf-16-le", re.compile(rb"(?:%b\0|%b\x04){1,4000}" % (_LATIN, _CYRILLIC))),
)
_NOT_PRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]{1,64}")

Span = tuple[int, int, str]
"""Where a run begins and ends, and its charset."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """One text of all lines that somebody may have written."""
    lines: list[str] = []
    length = 0
    narrow = _chance.written(_narrow(part.content, budget))
    for found in (narrow, _wide(part.content, budget)):
        for line in found:
            lines.append(line)
            length += len(line)
            if length > _MOST:
                break
    if lines:
        yield Text(place, "\n".join(lines))


def _narrow(content: bytes, budget: Budget) -> Iterator[tuple[int, str]]:
    """Lines of ASCII and UTF-8, and where they begin."""
    at = 0
    if first := _FIRST.match(content):
        # What stands before the first run belongs to its line, which may be long enough for that.
        at = first.end()
        yield from _lines(content, 0, at)
    for number, runs in enumerate(_runs().finditer(content, at)):
        if number % 10_000 == 0:
            budget.charge()
        yield from _lines(content, *runs.span())


@cache
def _runs() -> Any:
    """Runs of which each is within a few bytes of the next, with room for a line and a word.

    google-re2 finds them in one pass.  Finding all runs, and looking for words in each, takes twice
    as long.
    """
    import re2  # noqa: PLC0415 - 20 ms that commands which read nothing do not need

    run = b"%b*(?:[A-Z][a-z]{3}|[a-z]{4}|[A-Z0-9]{4})%b*" % (_PLAIN, _PLAIN)
    patterns = (
        b"%b{%d,}" % (_PLAIN, _A_LINE),
        b"%b+%b%b*" % (_BEFORE, run, _AFTER),
        b"%b%b+" % (run, _AFTER),
        b"%b*%b(?:%b)%b%b*" % (_BEFORE, _RUN, b"|".join(_with_letters()), _RUN, _AFTER),
    )
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes
    options.dot_nl = options.longest_match = options.never_capture = True
    return re2.compile(b"|".join(patterns), options)


def _with_letters() -> Iterator[bytes]:
    """What may stand between two runs and has a character beyond ASCII in it (UTF-8)."""
    for begins, size in ((rb"[\xc2-\xdf]", 2), (rb"[\xe0-\xef]", 3), (rb"\xf0", 4)):
        character = rb"%b[\x80-\xbf]{%d}" % (begins, size - 1)
        rest = _TOGETHER - size
        yield b"%b.{0,%d}" % (character, rest)
        for before in range(1, rest + 1):
            yield b"%b.{%d}%b.{0,%d}" % (_OTHER, before - 1, character, rest - before)


def _lines(content: bytes, start: int, end: int) -> Iterator[tuple[int, str]]:
    """What stands from `start` to `end` in lines that are not too long."""
    if end - start > _LONGEST:
        last = start
        for run in _LONG_RUN.finditer(content, start, end):
            if run.end() - start > _LONGEST:
                if line := _line(content[start:last], "utf-8"):
                    yield start, line
                start = run.start()
            last = run.end()
    if line := _line(content[start:end], "utf-8"):
        yield start, line


def _wide(content: bytes, budget: Budget) -> Iterator[str]:
    """Lines of UTF-16."""
    start = end = 0
    charset = ""
    for number, (begins, ends, another) in enumerate(_wide_runs(content)):
        if number % 10_000 == 0:
            budget.charge()
        odd = (begins - start) % 2
        long = ends - start > _LONGEST
        if begins - end > _TOGETHER or another != charset or odd or long:
            if line := _line(content[start:end], charset):
                yield line
            start, charset = begins, another
        end = ends
    if line := _line(content[start:end], charset):
        yield line


def _wide_runs(content: bytes) -> Iterator[Span]:
    end = 0
    ahead = [(pattern, pattern.search(content)) for pattern in _HIGH_BYTES]
    while starts := [found.start() for _, found in ahead if found]:
        # The high byte is the first of a character or the second of one that begins before it.
        high = min(starts)
        runs = (
            (run.end() - run.start(), run.start(), charset)
            for start, (charset, pattern) in zip((high, max(end, high - 1)), _WIDE, strict=True)
            if (run := pattern.match(content, start))
        )
        length, start, charset = max(runs)
        end = start + length
        yield start, end, charset
        ahead = [
            (pattern, found if found.start() >= end else pattern.search(content, end))
            for pattern, found in ahead
            if found
        ]


def _line(content: bytes, charset: str) -> str:
    """A line as it is read, "" when there is no word in it."""
    if len(content) < _A_LINE:
        return ""
    text = content.decode(charset, "replace")
    if not _WORD.search(text):
        return ""
    text = _NOT_PRINTABLE.sub(" ", text)
    return text.replace("\r\n", "\n").replace("\r", "\n") if len(text) >= _A_LINE else ""
