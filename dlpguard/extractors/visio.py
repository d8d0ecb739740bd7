"""Visio drawings from 2013 on (vsdx, vsdm; MS-VSDX): the words in shapes, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors import _package
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._ooxml import Attributes, Events, Package
from dlpguard.mail import Part

FORMATS = frozenset({"vsdx"})

_DRAWN = re.compile(r"visio/(page|master)s/(?:page|master)(\d{1,9})\.xml")
_DATA = frozenset({"Property", "User"})
"""Sections with what people or data sources have said of a shape."""

_SAID = frozenset({"Value", "Label", "Prompt"})


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Pages and masters, then comments, properties and embedded files, inside."""
    package = Package(part.content, budget)
    seen: set[str] = {"visio/masters/masters.xml", "visio/document.xml", "visio/windows.xml"}
    for name in package.names:
        if drawn := _DRAWN.fullmatch(name):
            seen.add(name)
            where = f"{place}{SEPARATOR}{drawn[1]} {drawn[2]}"
            hidden = Hidden.TEMPLATE if drawn[1] == "master" else None
            yield from _drawn(package, name, where, hidden, budget)
    yield from _package.rest(package, part, place, budget, seen)


def _drawn(
    package: Package, name: str, where: str, hidden: Hidden | None, budget: Budget
) -> Iterator[Piece]:
    reader = _Shapes(budget)
    try:
        package.parse(name, reader)
    except Unreadable as fault:
        if fault.why is not Unread.CORRUPT:
            raise
        yield Gap(where, fault.why, fault.detail, "vsdx")
    if reader.texts:
        yield Text(where, "\n".join(reader.texts), hidden)
    if reader.data:
        text = "\n".join(dict.fromkeys(reader.data))
        yield Text(f"{where}{SEPARATOR}shape data", text, hidden or Hidden.PROPERTY)


class _Shapes(Events):
    """The texts of shapes (MS-VSDX 2.2.5.3), and their data."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._pieces: list[str] | None = None
        self._section = ""
        self.texts: list[str] = []
        self.data: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        self._budget.charge()
        if name == "Text":
            self._pieces = []
        elif name == "Section":
            self._section = attributes.get("N", "")
        elif name == "Cell" and self._section in _DATA and attributes.get("N") in _SAID:
            value = attributes.get("V", "")
            if any(character.isalpha() for character in value):
                self.data.append(value)

    def text(self, text: str) -> None:
        """Characters."""
        if self._pieces is not None:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "Section":
            self._section = ""
        elif name == "Text" and self._pieces is not None:
            text = "".join(self._pieces).strip()
            self._pieces = None
            if text:
                self.texts.append(text)
