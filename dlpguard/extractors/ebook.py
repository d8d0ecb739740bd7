"""Electronic books (EPUB 3): a zip of web pages, each read as one."""

from __future__ import annotations

from collections.abc import Iterator

from dlpguard.document import SEPARATOR
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.extractors._ooxml import Package
from dlpguard.mail import Part

FORMATS = frozenset({"epub"})

_LOOKS = (".css", ".otf", ".ttf", ".woff", ".woff2", "mimetype", "meta-inf/container.xml")
"""Members that say how a book looks and where its contents are listed."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Chapters, contents, description and pictures, inside, in the order of the directory."""
    package = Package(part.content, budget)
    for name in package.names:
        if name.endswith(("/", *_LOOKS)):
            continue
        budget.charge(members=1)
        # The name is left out: whatever its ending, the bytes say what it is.
        yield budget.open(Part(part.path, package.read(name)), f"{place}{SEPARATOR}{name}")
