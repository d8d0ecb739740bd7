"""Why Word would not show a run of text: hidden, as small as a dot, or in the colour behind it.

Follows the properties of runs, paragraphs, tables and cells (ECMA-376-1 17.3.2, 17.4.32) while a
story streams by.  What lies behind text in a box or in a table with a style is not known; there no
colour hides it.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlpguard.document import Hidden
from dlpguard.extractors._ooxml import Attributes, Events, attribute, is_on

_PAPER = "FFFFFF"
_UNKNOWN = "unknown"
_DOT = 2
"""Half points of a size that nobody can read."""

_NEAR = 8
"""Of 255: steps between two colours that look alike."""

STYLING = frozenset({
    "r", "rPr", "pPr", "rPrChange", "pPrChange", "shd", "tblStyle", "pStyle",
    "vanish", "specVanish", "rStyle", "color", "highlight", "sz",
})  # fmt: skip
"""The elements that `RunStyle.start` and `end` ask for."""


@dataclass(slots=True)
class _Frame:
    """A table's current cell, or a text box: what is behind its text ("" when the page is)."""

    fill: str = ""
    styled: bool = False


class RunStyle:
    """The properties in force where the story stands."""

    def __init__(self, vanished: frozenset[str]) -> None:
        self._vanished = vanished
        self._frames: list[_Frame] = []
        self._within: list[str] = []
        self._paragraph_fill = ""
        self._paragraph_vanishes = False
        self._start_run()

    def _start_run(self) -> None:
        self._vanishes = self._paragraph_vanishes
        self._colour = ""
        self._fill = ""
        self._tiny = False

    def start_paragraph(self) -> None:
        """A paragraph begins, without properties so far."""
        self._paragraph_fill = ""
        self._paragraph_vanishes = False
        self._start_run()

    def start_frame(self, *, box: bool = False) -> None:
        """A table or a text box begins."""
        self._frames.append(_Frame(styled=box))

    def start_cell(self) -> None:
        """A cell of the table that began last."""
        if self._frames:
            self._frames[-1].fill = ""

    def end_frame(self) -> None:
        """A table or a text box ends."""
        if self._frames:
            self._frames.pop()

    def start(self, name: str, attributes: Attributes) -> None:
        """Any other element begins."""
        if name == "r":
            self._start_run()
        elif name in {"rPr", "pPr", "rPrChange", "pPrChange"}:
            self._within.append(name)
        elif name == "shd":
            self._shade(attribute(attributes, "fill").upper())
        elif name == "tblStyle" and self._frames:
            self._frames[-1].styled = True
        elif name == "pStyle":
            self._paragraph_vanishes = attribute(attributes, "val") in self._vanished
        elif self._within and self._within[-1] == "rPr":
            self._run_property(name, attributes)

    def _run_property(self, name: str, attributes: Attributes) -> None:
        value = attribute(attributes, "val", "1")
        if name in {"vanish", "specVanish"}:
            self._vanishes = is_on(value)
        elif name == "rStyle":
            self._vanishes |= value in self._vanished
        elif name == "color":
            self._colour = value.upper()
        elif name == "highlight":
            self._fill = _PAPER if value == "white" else _UNKNOWN
        elif name == "sz":
            self._tiny = value.isdecimal() and len(value) < 5 and int(value) <= _DOT

    def _shade(self, fill: str) -> None:
        within = self._within[-1] if self._within else ""
        fill = "" if fill == "AUTO" else fill
        if within == "rPr":
            self._fill = fill
        elif within == "pPr":
            self._paragraph_fill = fill
        elif not within and self._frames:
            self._frames[-1].fill = fill

    def end(self, name: str) -> None:
        """An element ends."""
        if name in {"rPr", "pPr", "rPrChange", "pPrChange"} and self._within:
            self._within.pop()
        elif name == "r":
            self._start_run()

    @property
    def hidden(self) -> Hidden | None:
        """Why text that stands here would not be seen."""
        if self._vanishes or self._tiny:
            return Hidden.HIDDEN_TEXT
        if self._colour and looks_like(self._colour, self._behind()):
            return Hidden.SAME_COLOUR
        return None

    def _behind(self) -> str:
        frame = self._frames[-1] if self._frames else _Frame()
        behind = self._fill or self._paragraph_fill or frame.fill
        return behind or (_UNKNOWN if frame.styled else _PAPER)


def looks_like(one: str, other: str) -> bool:
    """Whether nobody could tell two colours apart, each six hexadecimal digits.

    >>> looks_like("FFFFFF", "FEFEFE"), looks_like("FFFFFF", "C00000"), looks_like("AUTO", "AUTO")
    (True, False, False)
    """
    if len(one) != 6 or len(other) != 6:
        return False
    try:
        pairs = zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)
        return all(abs(first - second) <= _NEAR for first, second in pairs)
    except ValueError:
        return False


class VanishingStyles(Events):
    """styles.xml: the names of the styles whose text is hidden, by themselves or by inheritance."""

    def __init__(self) -> None:
        self._style = ""
        self._parents: dict[str, str] = {}
        self._own: dict[str, bool] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        if name == "style":
            self._style = attribute(attributes, "styleId")
        elif name == "basedOn":
            self._parents[self._style] = attribute(attributes, "val")
        elif name == "vanish":
            self._own[self._style] = is_on(attribute(attributes, "val", "1"))

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "style":
            self._style = ""

    @property
    def found(self) -> frozenset[str]:
        """The styles."""
        styles = {*self._own, *self._parents} - {""}
        return frozenset(style for style in styles if self._vanishes(style))

    def _vanishes(self, style: str) -> bool:
        for _ in range(20):  # styles that are based on each other would never end
            if style in self._own:
                return self._own[style]
            style = self._parents.get(style, "")
        return False
