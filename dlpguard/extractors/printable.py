"""The words that stand plainly in bytes that nobody here can read, as `strings` prints them.

Runs of ASCII, UTF-8 and UTF-16.  What stands within a few bytes of each other is one line, because
databases keep the fields of a record side by side.  5 MB of random bytes take 50 ms and give 0.1 %
of their size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from dlpguard.document import Text
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.mail import Part

FORMATS = frozenset({"printable"})

_SHORTEST = 4
"""Characters of a run: what is shorter is chance."""

_NARROW = re.compile(rb"[\t\r\n\x20-\x7e]{%d,8000}" % _SHORTEST)
_HIGH = rb"(?:\0[\t\r\n\x20-\x7e\xa0-\xff]|\x04[\x10-\x5f])"
_HIGH_BYTES = re.compile(rb"%b{%d}" % (_HIGH, _SHORTEST - 1))
"""Every other byte as UTF-16 has it in Latin and Cyrillic letters."""

_WIDE = (
    ("utf-16-be", re.compile(rb"(?:\0[\t\r\n\x20-\x7e\xa0-\xff]|\x04[\x10-\x5f]){1,4000}")),
    ("utf-16-le", re.compile(rb"(?:[\t\r\n\x20-\x7e\xa0-\xff]\0|[\x10-\x5f]\x04){1,4000}")),
)
_NOT_PRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]{1,64}")
_WORD = re.compile(r"[A-Z][a-z]{3}|[a-z]{4}|[A-Z0-9]{4}|(?=[^\W_]{4})(?![\0-\x7f]{4})")
"""Four letters as words have them, or four capitals and digits as codes have: chance gives any four
in a row four times as often, and reading what it gave was most of the cost of a file of noise."""

_MAY_SAY = re.compile(
    rb"[A-Z][a-z]{3}|[a-z]{4}|[A-Z0-9]{4}|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|\xf0"
)
"""The same before it is decoded, or a letter beyond ASCII (UTF-8), which may be part of one."""

_TOGETHER = 8
"""Bytes between the fields of a record at most: lengths, types, an end of a string."""

_A_LINE = 12
"""Characters that a line must have: nobody is told apart by less."""

_LONGEST = 10_000
"""Bytes of a line."""

_MOST = 1_000_000
"""Characters that are read of one file: it is a gap in any case."""

_PRINTABLE = b"\t\r\n" + bytes(range(0x20, 0x7F))
_KINDS = bytes(
    ord("p" if byte in _PRINTABLE else "h" if byte in b"\0\4" else "l") for byte in range(0x100)
)
"""What each byte may be of: printable, a high byte of UTF-16, or what is left.  Looking among three
letters for where words may be takes a third of the time of looking for words among all bytes."""

_RUN = b"p{%d,}" % _SHORTEST
_NEXT = rb"(?:[^p].{0,%d}?%b)" % (_TOGETHER - 1, _RUN)
_NEAR = re.compile(rb"%b%b*" % (_RUN, _NEXT), re.DOTALL)
"""Runs of which each is within a few bytes of the next."""

_LONG = rb"%b%b+|p{%d,}" % (_RUN, _NEXT, _A_LINE)
"""The same without those that are too short for a line: nearly all that chance gives.  google-re2
looks for them in half the time."""

_HIGH_KINDS = re.compile(rb"h[^h]h[^h]h[^h]")
_AROUND = 4096
"""Bytes that are searched where the kinds look like UTF-16, before more kinds are looked at."""

Span = tuple[int, int, str]
"""Where a run begins and ends, and its charset."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """One text of all lines that have words in them."""
    lines: list[str] = []
    length = 0
    kinds = part.content.translate(_KINDS)
    for spans in (_narrow(part.content, kinds, budget), _wide(part.content, kinds)):
        for line in _lines(part.content, spans, budget):
            lines.append(line)
            length += len(line)
            if length > _MOST:
                break
    if lines:
        yield Text(place, "\n".join(lines))


def _narrow(content: bytes, kinds: bytes, budget: Budget) -> Iterator[Span]:
    at = 0
    first = _NEAR.search(kinds)
    if first and first.start() <= _TOGETHER:
        # What stands before the first run belongs to its line, which may be long enough for that.
        at = first.end()
        if at >= _A_LINE:
            yield from _runs(content, first)
    for number, near in enumerate(_long().finditer(kinds, at)):
        if number % 10_000 == 0:
            budget.charge()
        start, end = near.span()
        if end - start >= _A_LINE and _MAY_SAY.search(content, start, end):
            yield from _runs(content, near)


@cache
def _long() -> Any:
    import re2  # noqa: PLC0415 - 20 ms that commands which read nothing do not need

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes
    options.dot_nl = True
    return re2.compile(_LONG, options)


def _runs(content: bytes, near: Any) -> Iterator[Span]:
    for run in _NARROW.finditer(content, *near.span()):
        yield run.start(), run.end(), "utf-8"


def _wide(content: bytes, kinds: bytes) -> Iterator[Span]:
    at = end = 0
    while likely := _HIGH_KINDS.search(kinds, at):
        at = likely.start()
        found = _HIGH_BYTES.search(content, at, at + _AROUND)
        if not found:
            at += _AROUND - 2 * _SHORTEST
            continue
        # The high byte is the first of a character or the second of one that begins before it.
        starts = (found.start(), max(end, found.start() - 1))
        runs = (
            (run.end() - run.start(), run.start(), charset)
            for start, (charset, pattern) in zip(starts, _WIDE, strict=True)
            if (run := pattern.match(content, start))
        )
        length, start, charset = max(runs)
        at = end = start + length
        yield start, end, charset


def _lines(content: bytes, spans: Iterator[Span], budget: Budget) -> Iterator[str]:
    start = end = 0
    charset = "utf-8"
    for number, (begins, ends, another) in enumerate(spans):
        if number % 10_000 == 0:
            budget.charge()
        odd = another != "utf-8" and (begins - start) % 2
        long = ends - start > _LONGEST
        if begins - end > _TOGETHER or another != charset or odd or long:
            yield from _worth_reading(content[start:end], charset)
            start, charset = begins, another
        end = ends
    yield from _worth_reading(content[start:end], charset)


def _worth_reading(line: bytes, charset: str) -> Iterator[str]:
    if len(line) < _A_LINE:
        return  # as most are
    text = _NOT_PRINTABLE.sub(" ", line.decode(charset, "replace"))
    if len(text) >= _A_LINE and _WORD.search(text):
        yield text.replace("\r\n", "\n").replace("\r", "\n")
