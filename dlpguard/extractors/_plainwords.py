"""Words that stand plainly in bytes which the reader of an old format passed over.

Records of which nobody here knows the fields, streams that no program lists, sectors that are in
use no more: `strings` prints what is in them, and so does this, as far as it is somebody's words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from dlpguard.document import SEPARATOR, Hidden, Text, Unread
from dlpguard.extractors import printable
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._compound import Compound
from dlpguard.extractors._leftovers import says_something, untold
from dlpguard.mail import Part

_APART = bytes(16)
"""Between two pieces, whose words have nothing to do with each other."""

_OF_OLE = ("\x01ole", "\x01compobj", "\x03objinfo", "\x03linkinfo", "\x05")
"""Beginnings of streams that say which program made them, or hold properties."""

_OF_MACHINES = ("/cn=", " smtp ")
"""In addresses of Exchange and of recipients, which repeat those that are shown."""


def passed_over(
    pieces: Iterable[bytes], told: Iterable[Piece], place: str, budget: Budget
) -> Iterator[Piece]:
    """The words in the bytes that stand nowhere in what was told, as one hidden text."""
    part = Part("", _APART.join(pieces))
    lines: dict[str, None] = {}
    for piece in printable.read(part, place, budget):
        if isinstance(piece, Text):
            lines.update(dict.fromkeys(piece.text.splitlines()))
    found = [
        line.strip()
        for line in lines
        if says_something(line) and not any(word in line.lower() for word in _OF_MACHINES)
    ]
    if found and (left := untold(found, told)):
        yield Text(f"{place}{SEPARATOR}other words", "\n".join(left), Hidden.PROPERTY)


def streams(compound: Compound, taken: Collection[str], budget: Budget) -> Iterator[bytes]:
    """The streams of a file whose last names do not begin as those `taken` (in lower case) do.

    Then what its sectors hold that belong to no stream.
    """
    known = (*_OF_OLE, *taken)
    for path in compound.streams:
        if not path[-1].lower().startswith(known):
            try:
                content = compound.read(path)
            except Unreadable as fault:
                if fault.why is not Unread.CORRUPT:
                    raise
                continue  # programs cannot read it either
            budget.charge(inflated=len(content))
            yield content
    yield compound.unused()
