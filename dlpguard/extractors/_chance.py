"""Which lines among bytes that nobody can read somebody has written, and which chance has made.

Of 11 KB of noise chance makes a line with four letters or digits in a row: "*B9PHA", "jgi MQHC".
To look for people in such lines took as long as to find them.  What says more than that is taken
wherever it stands: in 60 KB of noise there is one line of that kind.  What says no more is taken
where something stands near it that does, and at the beginning of a file, where little of it can be
chance.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

_BEGINNING = 65536
"""Bytes of a file in which every line is taken: most files that are no noise are shorter."""

_NEAR = 1024
"""Bytes between lines that one program has written as a list or a table."""

_CAPITAL, _SMALL = "A-ZÀ-ÖØ-ÞĀ-ɏ", "a-zß-öø-ÿĀ-ɏ"
"""Latin letters; from Ā to ɏ capitals and small ones take turns."""

_SAYS_MUCH = re.compile(
    rf"[{_CAPITAL}][{_SMALL}]{{4}}|[{_SMALL}]{{5}}|[{_CAPITAL}]{{5}}"  # a word of five letters
    r"|[0-9][0-9 /.:-]{3,20}[0-9]"  # a number of five characters
    r"|\w@[\w-]{1,63}\.\w"  # an address
    r"|(?:(?![\0-ɏ])[^\W\d_]){2}"  # letters that are not Latin
)
_PIECE = re.compile(rf"[{_CAPITAL}]?[{_SMALL}]{{2,64}}|[{_CAPITAL}0-9]{{3,64}}")
"""Letters as words have them, or capitals and digits as codes have."""

_ENOUGH = 8
"""Characters in pieces: "Lee PL1 1AA" is somebody, one word of four letters is nobody."""


def written(lines: Iterable[tuple[int, str]]) -> Iterator[str]:
    """The lines that somebody may have written, of lines with where in the file they begin.

    >>> noise = [(70_000, "*B9PHA @ =oY"), (80_000, "Carr {,; _=+")]
    >>> list(written([*noise, (90_000, "Ann Lee 07700 900123"), (90_100, "Dr A Shah, GP")]))
    ['Ann Lee 07700 900123', 'Dr A Shah, GP']
    """
    all_until = _BEGINNING
    before: deque[tuple[int, str]] = deque()
    for at, line in lines:
        if _says_much(line):
            yield from (each for start, each in before if start >= at - _NEAR)
            before.clear()
            all_until = max(all_until, at + len(line) + _NEAR)
        if at <= all_until:
            yield line
            continue
        before.append((at, line))
        while before[0][0] < at - _NEAR:
            before.popleft()


def _says_much(line: str) -> bool:
    return bool(_SAYS_MUCH.search(line)) or sum(map(len, _PIECE.findall(line))) >= _ENOUGH
