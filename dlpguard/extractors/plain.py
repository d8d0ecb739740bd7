"""Text as it is, in whatever character set it comes."""

from __future__ import annotations

from collections.abc import Iterator

from dlpguard.document import Gap, Text, Unread
from dlpguard.extractors import delimited
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.mail import Part
from dlpguard.mime.charsets import decode

FORMATS = frozenset({"text", "empty"})

_PGP = "-----BEGIN PGP MESSAGE-----"


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The text, line ends as \\n.  Nothing for a file without any."""
    budget.charge()
    text = decode(part.content, part.charset).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        return
    if _PGP in text:
        yield Gap(place, Unread.ENCRYPTED, "a PGP message in a text", "pgp")
    # A body is prose even where it has tabs; an attached text file may be a table with any name.
    delimiter = "" if part.is_body else delimited.delimiter_of(text)
    if delimiter:
        yield from delimited.tabulate(text, delimiter, place, budget)
    else:
        yield Text(place, text)
