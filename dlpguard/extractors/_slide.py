"""A slide, notes page, list of comments, layout or master (ECMA-376-1 19.3, 21.1), streamed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dlpguard.document import Hidden, Table, Text
from dlpguard.extractors._budget import Budget
from dlpguard.extractors._leftovers import says_something
from dlpguard.extractors._ooxml import (
    UNSPOKEN,
    Attributes,
    Ender,
    Events,
    Starter,
    is_on,
    spoken,
)

_WIDEST_SPAN = 200
_SHAPES = frozenset({"sp", "pic", "graphicFrame", "grpSp", "cxnSp", "contentPart"})
_TITLES = frozenset({"title", "ctrTitle"})
_FIELDS = frozenset({"sldNum"})
"""Placeholders whose text is no text: the number of the slide."""

_BEGINS = frozenset(
    {"Fallback", "t", "text", "cNvPr", "ph", "br", "tbl", "tblPr", "tr", "tc", "sld", *_SHAPES}
)
_ENDS = frozenset({"Fallback", "t", "p", "text", "tc", "tbl", *_SHAPES})
"""All that `SlideReader.start` and `end` ask for."""


@dataclass(slots=True)
class _Shape:
    lines: list[str] = field(default_factory=list)
    placeholder: str | None = None
    hidden: bool = False


@dataclass(slots=True)
class _OpenTable:
    rows: list[list[str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    span: int = 1
    first_is_heading: bool = False


class SlideReader(Events):
    """Takes the events of a part with shapes; `finish` gives its blocks, the title first.

    `prompts`: it is a master or layout, whose placeholders hold what no slide shows.
    """

    unasked = UNSPOKEN

    def __init__(
        self, where: str, hidden: Hidden | None, budget: Budget, *, prompts: bool = False
    ) -> None:
        self._where = where
        self._hidden = hidden
        self._budget = budget
        self._prompts = prompts
        self._shapes: list[_Shape] = []
        self._tables: list[_OpenTable] = []
        self._paragraph: list[str] = []
        self._taking = False
        self._fallback = 0
        self._title: list[str] = []
        self._lines: list[str] = []
        self._blocks: list[Table] = []
        self._unseen: dict[Hidden, dict[str, None]] = {Hidden.PROPERTY: {}}

    def starter(self, name: str) -> Starter:
        """Most elements draw something, and may say something in their attributes."""
        return self.start if name in _BEGINS else self._say

    def ender(self, name: str) -> Ender | None:
        """Most elements end nothing but themselves."""
        return self.end if name in _ENDS else None

    def _say(self, _name: str, attributes: Attributes) -> None:
        if attributes and (said := spoken(attributes)):
            self._keep_unseen(Hidden.PROPERTY, *said)

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        self._say(name, attributes)
        if name in {"t", "text"}:
            self._taking = True
        elif name == "Fallback":
            # The same content again, for programs that do not know what is in Choice.
            self._fallback += 1
        elif name in _SHAPES:
            self._shapes.append(_Shape(hidden=bool(self._shapes and self._shapes[-1].hidden)))
        elif name == "cNvPr" and self._shapes:
            self._shapes[-1].hidden |= is_on(attributes.get("hidden"))
        elif name == "ph" and self._shapes:
            self._shapes[-1].placeholder = attributes.get("type", "body")
        elif name == "br":
            self._paragraph.append("\n")
        elif name == "tbl":
            self._tables.append(_OpenTable())
        elif name == "tblPr" and self._tables:
            self._tables[-1].first_is_heading = is_on(attributes.get("firstRow"))
        elif name == "tr" and self._tables:
            self._tables[-1].rows.append([])
        elif name == "tc" and self._tables:
            span = attributes.get("gridSpan", "")
            short = span.isdecimal() and len(span) < 4
            self._tables[-1].span = max(1, min(int(span), _WIDEST_SPAN)) if short else 1
            self._tables[-1].lines = []
        elif name == "sld" and not is_on(attributes.get("show", "1")):
            self._hidden = self._hidden or Hidden.HIDDEN_SLIDE

    def text(self, text: str) -> None:
        """Characters."""
        if self._taking:
            self._paragraph.append(text)
        elif says_something(text):  # where no program looks for text
            self._keep_unseen(Hidden.PROPERTY, text.strip())

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "t":
            self._taking = False
        elif name in {"p", "text"}:
            self._taking = False
            self._end_paragraph()
        elif name in _SHAPES and self._shapes:
            self._end_shape(self._shapes.pop())
        elif name == "tc" and self._tables:
            table = self._tables[-1]
            if table.rows:
                self._budget.charge(cells=table.span)
                # A cell that others were merged into keeps its place, so that columns stay.
                table.rows[-1].append("\n".join(table.lines))
        elif name == "tbl" and self._tables:
            self._end_table(self._tables.pop())
        elif name == "Fallback":
            self._fallback -= 1

    def _keep_unseen(self, why: Hidden, *texts: str) -> None:
        self._unseen.setdefault(why, {}).update((text, None) for text in texts if text.strip())

    def _end_paragraph(self) -> None:
        self._budget.charge()
        text = "".join(self._paragraph).strip()
        self._paragraph = []
        if not text:
            return
        if self._fallback:
            self._keep_unseen(Hidden.ALTERNATIVE, text)
        elif self._tables:
            self._tables[-1].lines.append(text)
        elif self._shapes:
            self._shapes[-1].lines.append(text)
        else:
            self._lines.append(text)

    def _end_shape(self, shape: _Shape) -> None:
        if shape.placeholder in _FIELDS or not shape.lines:
            return
        if self._prompts and shape.placeholder is not None:
            self._keep_unseen(Hidden.TEMPLATE, *shape.lines)
        elif shape.hidden:
            self._keep_unseen(Hidden.HIDDEN_TEXT, *shape.lines)
        elif shape.placeholder in _TITLES and not self._title:
            self._title = shape.lines
        else:
            self._lines += shape.lines

    def _end_table(self, table: _OpenTable) -> None:
        rows = [tuple(row) for row in table.rows if any(row)]
        if not rows:
            return
        heading: tuple[str, ...] = ()
        if table.first_is_heading and len(rows) > 1:
            heading, *rows = rows
        hidden = self._hidden
        if self._shapes and self._shapes[-1].hidden:
            hidden = hidden or Hidden.HIDDEN_TEXT
        self._blocks.append(Table(self._where, heading, tuple(rows), hidden))

    def finish(self) -> Iterator[Text | Table]:
        """All blocks.  What was open when the part was cut off ends here."""
        self._budget = Budget()  # what was kept so far has been paid for
        self._end_paragraph()
        while self._shapes:
            self._end_shape(self._shapes.pop())
        while self._tables:
            table = self._tables.pop()
            if table.rows:
                table.rows[-1].append("\n".join(table.lines))
            self._end_table(table)
        shown = "\n".join([*self._title, *self._lines])
        if shown:
            yield Text(self._where, shown, self._hidden)
        yield from self._blocks
        # What the fallback says too is no news.
        unseen = self._unseen.pop(Hidden.ALTERNATIVE, {})
        news = [line for line in unseen if line not in shown]
        for why, lines in (*self._unseen.items(), (Hidden.ALTERNATIVE, news)):
            if lines:
                yield Text(self._where, "\n".join(lines), self._hidden or why)
