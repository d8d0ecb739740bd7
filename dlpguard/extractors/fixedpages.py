"""XML Paper Specification documents (xps, oxps; ECMA-388): the glyphs of each page as lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Gap, Text, Unread
from dlpguard.extractors import _package
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._ooxml import Attributes, Events, Package
from dlpguard.mail import Part

FORMATS = frozenset({"xps"})

_NUMBER = re.compile(r"[0-9]{1,9}")
_ESCAPED = "{}"
"""Before a string that begins with a brace (ECMA-388 12.1.4)."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The pages in the order of their numbers, then what else is in the package."""
    package = Package(part.content, budget)
    pages = [name for name in package.names if name.endswith(".fpage")]
    numbers = {name: [int(n) for n in _NUMBER.findall(name)] for name in pages}
    for number, name in enumerate(sorted(pages, key=lambda name: numbers[name]), start=1):
        budget.charge(pages=1)
        where = f"{place}{SEPARATOR}page {number}"
        reader = _Glyphs(budget)
        try:
            package.parse(name, reader)
        except Unreadable as fault:
            if fault.why is not Unread.CORRUPT:
                raise
            yield Gap(where, fault.why, fault.detail, "xps")
        if reader.lines:
            yield Text(where, "\n".join(map(" ".join, reader.lines)))
    looks = (".fdseq", ".fdoc", ".odttf", ".ttf", ".struct", ".frag", ".icc", "discardcontrol.xml")
    seen = {name for name in package.names if name.endswith(looks)} | set(pages)
    yield from _package.rest(package, part, place, budget, seen)


class _Glyphs(Events):
    """Runs of glyphs; those at one height are a line."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._height = ""
        self.lines: list[list[str]] = []

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        text = attributes.get("UnicodeString", "") if name == "Glyphs" else ""
        if not text:
            return
        self._budget.charge()
        height = attributes.get("OriginY", "")
        if not self.lines or height != self._height:
            self.lines.append([])
        self._height = height
        self.lines[-1].append(text.removeprefix(_ESCAPED))
