"""Bytes of an archive that belong to none of its members: before, between and behind them.

No program lists them; whoever opens the archive with an editor, or cuts it in two, reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dlpguard.document import SEPARATOR, Gap, Hidden, Unread
from dlpguard.extractors._budget import Budget, Inflation, Piece
from dlpguard.mail import Part

_SHORTEST = 16
"""Bytes: what is shorter is alignment, a check sum, or the sizes that follow a member of a zip."""

_MOST = 50
"""Places in one archive that are looked into."""


def remains(
    pieces: Iterable[bytes], part: Part, place: str, budget: Budget, inflation: Inflation
) -> Iterator[Piece]:
    """Each of the pieces that holds anything, opened as a file and hidden."""
    number = 0
    for piece in pieces:
        rest = piece.lstrip(b"\0")  # the last bytes of a file may be zeros of its own
        if len(rest.rstrip(b"\0")) < _SHORTEST or not rest.strip():
            continue
        number += 1
        if number > _MOST:
            yield Gap(place, Unread.TOO_LARGE, f"more than {_MOST} pieces outside the members")
            return
        budget.charge(members=1)
        inflation.charge(len(rest))
        where = f"{place}{SEPARATOR}outside the members {number}"
        document = budget.open(Part(part.path, rest), where).concealed(Hidden.MEMBER)
        # Inside an archive that nobody lists, everything is out of sight.
        yield replace(document, inside=tuple(d.concealed(Hidden.MEMBER) for d in document.inside))


def between(content: bytes, taken: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    """The pieces of a file that lie outside some ranges (start, end) of it."""
    reached = 0
    for start, end in sorted(taken):
        if start > reached:
            yield content[reached:start]
        reached = max(reached, end)
    yield content[reached:]
