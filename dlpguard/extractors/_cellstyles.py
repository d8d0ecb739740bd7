"""styles.xml of a workbook: how each cell style shows numbers, and why some show nothing.

A cell shows nothing with a number format such as `;;;`, or with a font in the colour of its fill
(ECMA-376-1 18.8).
"""

from __future__ import annotations

from dlpguard.document import Hidden
from dlpguard.extractors._numberformat import formatter, hides
from dlpguard.extractors._ooxml import Attributes, Events
from dlpguard.extractors._runstyle import looks_like
from dlpguard.extractors._sheet import Styles

_WHITE, _BLACK = "FFFFFF", "000000"
_KNOWN = {
    "theme 0": _WHITE,
    "theme 1": _BLACK,
    "indexed 0": _BLACK,
    "indexed 1": _WHITE,
    "indexed 8": _BLACK,
    "indexed 9": _WHITE,
    "indexed 64": _BLACK,
    "indexed 65": _WHITE,
}
"""Colours that are the same in nearly every workbook; others are compared by their numbers."""


class CellStyles:
    """What a workbook says about its styles, still apart: format codes, fonts, fills, cells."""

    def __init__(self, date1904: bool) -> None:
        self._date1904 = date1904
        self.codes: dict[int, str] = {}
        self.fonts: list[str] = []
        """Colours, as `looks_like` wants them or as names."""
        self.fills: list[str] = []
        self.cells: list[tuple[int, int, int]] = []
        """Numbers of format, font and fill."""

    def resolved(self) -> Styles:
        """How each cell style shows numbers, and why it shows nothing."""
        formatters = []
        hidden: dict[int, Hidden] = {}
        for index, (number, font, fill) in enumerate(self.cells):
            code = self.codes.get(number, "")
            formatters.append(formatter(number, code, self._date1904))
            if hides(code):
                hidden[index] = Hidden.CELL_FORMAT
            elif font < len(self.fonts) and fill < len(self.fills):
                ink, paper = self.fonts[font], self.fills[fill]
                if ink == paper or looks_like(ink, paper):
                    hidden[index] = Hidden.SAME_COLOUR
        return Styles(tuple(formatters), hidden)


class StylesReader(Events):
    """Takes the events of styles.xml; `styles` is what was read."""

    def __init__(self, date1904: bool) -> None:
        self._found = CellStyles(date1904)
        self._section = ""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        found = self._found
        if name == "numFmt":
            found.codes[_number(attributes, "numFmtId", -1)] = attributes.get("formatCode", "")
        elif name in {"fonts", "fills", "cellXfs"}:
            self._section = name
        elif self._section == "cellXfs" and name == "xf":
            number = _number(attributes, "numFmtId", 0)
            font, fill = _number(attributes, "fontId", 0), _number(attributes, "fillId", 0)
            found.cells.append((number, font, fill))
        elif self._section == "fonts":
            if name == "font":
                found.fonts.append(_BLACK)
            elif name == "color" and found.fonts:
                found.fonts[-1] = _colour(attributes)
        elif self._section == "fills":
            self._fill(name, attributes, found.fills)

    def _fill(self, name: str, attributes: Attributes, fills: list[str]) -> None:
        if name == "fill":
            fills.append(_WHITE)
        elif not fills:
            return
        elif name == "patternFill":
            plain = attributes.get("patternType", "none") == "none"
            fills[-1] = _WHITE if plain else "pattern"
        elif name == "gradientFill":
            fills[-1] = "gradient"
        elif name == "fgColor" and fills[-1] == "pattern":
            fills[-1] = _colour(attributes)

    def end(self, name: str) -> None:
        """An element ends."""
        if name == self._section:
            self._section = ""

    @property
    def styles(self) -> Styles:
        """What was read."""
        return self._found.resolved()


def _number(attributes: Attributes, name: str, default: int) -> int:
    value = attributes.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 10 else default


def _colour(attributes: Attributes) -> str:
    """Six hexadecimal digits where they are known, otherwise what names the colour."""
    if rgb := attributes.get("rgb"):
        return rgb[-6:].upper()
    tint = attributes.get("tint", "0")
    for kind in ("theme", "indexed"):
        if kind in attributes:
            named = f"{kind} {attributes[kind]}"
            plain = not tint.strip("-0.")
            return _KNOWN.get(named, named) if plain else f"{named} {tint}"
    return _BLACK
