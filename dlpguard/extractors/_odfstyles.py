"""Styles of an OpenDocument file, as far as they keep something from being seen (ODF 1.3-3 16)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dlpguard.document import Hidden
from dlpguard.extractors._ooxml import Attributes, attribute
from dlpguard.extractors._runstyle import looks_like

_PAPER = "FFFFFF"
_ZERO = re.compile(r"0(?:\.0{1,9})?(?:[a-z]{1,4})?")
_DEEPEST = 20
"""Styles that are based on styles; those based on each other would never end."""


@dataclass(slots=True)
class _Style:
    """What one style says itself; None where it leaves the word to its parent."""

    parent: str = ""
    vanishes: bool | None = None
    colour: str | None = None
    fill: str | None = None
    shown: bool | None = None
    """Of tables and slides."""
    flat: bool = False
    """Of rows and columns: without any height or width."""


class Styles:
    """Takes the elements of style sections; afterwards says what each style hides."""

    def __init__(self) -> None:
        self._styles: dict[tuple[str, str], _Style] = {}
        self._open: _Style | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        """An element of a style section begins."""
        if name in {"style", "default-style"}:
            self._open = _Style(attribute(attributes, "parent-style-name"))
            family, called = attribute(attributes, "family"), attribute(attributes, "name")
            self._styles[family, called] = self._open
        elif self._open is not None and name.endswith("-properties"):
            self._property(self._open, name, attributes)

    def _property(self, style: _Style, name: str, attributes: Attributes) -> None:
        if name == "text-properties":
            if display := attribute(attributes, "display"):
                style.vanishes = display == "none"
            style.colour = _colour(attribute(attributes, "color")) or style.colour
        if name == "table-properties" and attribute(attributes, "display"):
            style.shown = attribute(attributes, "display") == "true"
        elif name == "drawing-page-properties" and attribute(attributes, "visibility"):
            style.shown = attribute(attributes, "visibility") != "hidden"
        elif name in {"table-row-properties", "table-column-properties"}:
            size = attribute(attributes, "row-height") or attribute(attributes, "column-width")
            style.flat = _ZERO.fullmatch(size) is not None
        style.fill = _colour(attribute(attributes, "background-color")) or style.fill

    def shown(self, family: str, name: str) -> bool:
        """Whether a table or slide of this style is shown."""
        return self._first(family, name, "shown") is not False

    def flat(self, family: str, name: str) -> bool:
        """Whether a row or column of this style has no size."""
        style = self._styles.get((family, name))
        return style is not None and style.flat

    def hides(self, family: str, name: str) -> Hidden | None:
        """Why text, a paragraph or a cell of this style would not be seen."""
        if (family, name) not in self._styles:
            return None
        if self._first(family, name, "vanishes"):
            return Hidden.HIDDEN_TEXT
        colour = self._first(family, name, "colour")
        fill = self._first(family, name, "fill") or _PAPER
        return Hidden.SAME_COLOUR if colour and looks_like(str(colour), str(fill)) else None

    def _first(self, family: str, name: str, question: str) -> object:
        """What the style, its parent, or the parent's parent says."""
        for _ in range(_DEEPEST):
            style = self._styles.get((family, name))
            if style is None:
                break
            answer = getattr(style, question)
            if answer is not None:
                return answer
            name = style.parent
        return None


def _colour(value: str) -> str:
    """`#ff0000` as `FF0000`; "" for `transparent` and the like."""
    return value[1:].upper() if len(value) == 7 and value.startswith("#") else ""
