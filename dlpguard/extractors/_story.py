"""One story of a Word document (ECMA-376-1 17.2, 17.4): paragraphs and tables while streaming."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dlpguard.document import Hidden, Table, Text
from dlpguard.extractors._budget import Budget
from dlpguard.extractors._leftout import empty_elements
from dlpguard.extractors._leftovers import says_something
from dlpguard.extractors._ooxml import (
    Attributes,
    Ender,
    Events,
    Starter,
    attribute,
    is_on,
    spoken,
)
from dlpguard.extractors._runstyle import STYLING, RunStyle

_WIDEST_SPAN = 63
"""Columns that a Word table can have (Word's own limit)."""

_DELETED = frozenset({"del", "moveFrom"})
_TEXTS = frozenset({"t", "delText", "instrText", "delInstrText"})
_DRAWN = frozenset(
    {"docPr", "cNvPr", "shape", "rect", "oval", "line", "roundrect", "imagedata", "textpath",
     "hyperlink"}
)  # fmt: skip
"""Elements whose attributes say something to people: alternative texts, links, word art."""

_CHOICES = {
    "listItem": "displayText",
    "listEntry": "val",
    "default": "val",
    "helpText": "val",
    "statusText": "val",
    "alias": "val",
}
"""Of content controls and form fields: what a click shows."""

_SIGNED = frozenset({"comment", "ins", "del", "moveFrom", "moveTo"})
_ELEMENTS = frozenset({
    "Fallback", "p", "tab", "ptab", "br", "cr", "noBreakHyphen", "sym", "tbl", "tr", "tc",
    "tblHeader", "gridSpan", "txbxContent", "footnote", "endnote", "fldSimple",
    *_TEXTS, *_DELETED, *_DRAWN, *_CHOICES, *_SIGNED,
})  # fmt: skip
"""All that `StoryReader.start` and `end` ask for; RunStyle asks for those in STYLING."""

LOOKS = (
    *("szCs", "lang", "left", "right", "top", "bottom", "jc", "b", "tcW", "spacing", "bCs", "ind"),
    *("vAlign", "hideMark", "rFonts", "proofErr", "tblCellSpacing", "autoSpaceDE", "autoSpaceDN"),
    *("adjustRightInd", "noProof", "iCs", "i", "u", "shadow", "gridCol", "kern", "tblW"),
    *("lastRenderedPageBreak", "keepNext", "keepLines", "widowControl", "snapToGrid"),
)
"""The most frequent of all others."""


@dataclass(slots=True)
class _Row:
    cells: list[str] = field(default_factory=list)
    heading: bool = False


@dataclass(slots=True)
class _OpenTable:
    rows: list[_Row] = field(default_factory=list)
    lines: list[list[str]] = field(default_factory=list)
    """The paragraphs of the cells that are open: one at most."""
    span: int = 1


class StoryReader(Events):
    """Takes the events of a story; `finish` gives its blocks: what is seen, then the rest."""

    unasked = empty_elements("w", LOOKS)

    def __init__(
        self,
        where: str,
        hidden: Hidden | None,
        budget: Budget,
        vanished: frozenset[str] = frozenset(),
    ) -> None:
        self._where = where
        self._style = RunStyle(vanished)
        self._hidden = hidden
        self._budget = budget
        self._blocks: list[Text | Table] = []
        self._lines: list[str] = []
        self._tables: list[_OpenTable] = []
        self._paragraphs: list[list[str]] = []
        self._boxes: list[int] = []
        self._unseen: dict[Hidden, list[str]] = {}
        self._deleted = 0
        self._fallback = 0
        self._taking = ""
        self._field: list[str] = []
        self._said: dict[str, None] = {}
        self._other: list[str] = []

    def starter(self, name: str) -> Starter | None:
        """Most elements say how something looks, of which few things matter."""
        if name in _ELEMENTS:
            return self.start
        return self._start_style if name in STYLING else None

    def ender(self, name: str) -> Ender | None:
        """As many elements end as begin, also for those that only count in a fallback."""
        if name in _ELEMENTS:
            return self.end
        return self._end_style if name in STYLING else None

    def _start_style(self, name: str, attributes: Attributes) -> None:
        if self._fallback:
            self._fallback += 1
        else:
            self._style.start(name, attributes)

    def _end_style(self, name: str) -> None:
        if self._fallback:
            self._fallback -= 1
        else:
            self._style.end(name)

    def start(self, name: str, attributes: Attributes) -> None:  # noqa: PLR0912 - a flat list of elements
        """An element begins."""
        if self._fallback or name == "Fallback":
            # The same content again, for programs that do not know what is in Choice.
            self._fallback += 1
            if name in _TEXTS:
                self._taking = name
        elif name in _TEXTS:
            self._taking = name
        elif name == "p":
            self._paragraphs.append([])
            self._style.start_paragraph()
        elif name in _DELETED:
            self._deleted += 1
        elif name in {"tab", "ptab"}:
            self._take("\t")
        elif name in {"br", "cr"}:
            self._take("\n")
        elif name == "noBreakHyphen":
            self._take("-")
        elif name == "sym":
            self._take(" ")
        elif name == "tbl":
            self._flush()
            self._tables.append(_OpenTable())
            self._style.start_frame()
        elif name == "tr" and self._tables:
            self._tables[-1].rows.append(_Row())
        elif name == "tc" and self._tables:
            self._tables[-1].lines.append([])
            self._tables[-1].span = 1
            self._style.start_cell()
        elif name == "tblHeader" and self._tables and self._tables[-1].rows:
            self._tables[-1].rows[-1].heading = is_on(attribute(attributes, "val", "1"))
        elif name == "gridSpan" and self._tables:
            span = attribute(attributes, "val")
            short = span.isdecimal() and len(span) < 4
            self._tables[-1].span = max(1, min(int(span), _WIDEST_SPAN)) if short else 1
        elif name == "txbxContent":
            self._boxes.append(len(self._paragraphs))
            self._style.start_frame(box=True)
        elif name in {"comment", "footnote", "endnote"}:
            self._lines.append("")
        if attributes:
            self._attributes(name, attributes)

    def _attributes(self, name: str, attributes: Attributes) -> None:
        """What stands in attributes: alternative texts, choices, authors, field codes."""
        if name in _DRAWN:
            self._said.update((text, None) for text in spoken(attributes))
        elif name in _CHOICES:
            self._said[attribute(attributes, _CHOICES[name])] = None
        elif name in _SIGNED:
            self._said[attribute(attributes, "author")] = None
        elif name == "fldSimple":
            self._field.append(attribute(attributes, "instr"))

    def text(self, text: str) -> None:
        """Characters."""
        if self._fallback:
            if self._taking:
                self._other.append(text)
        elif self._taking in {"instrText", "delInstrText"}:
            self._field.append(text)
        elif self._taking:
            self._take(text)
        elif says_something(text):  # where no program looks for text
            self._said[text.strip()] = None

    def _take(self, text: str) -> None:
        """Text to where it belongs: the paragraph, or what a person would not see."""
        if self._deleted or self._taking == "delText":
            self._unseen.setdefault(Hidden.TRACKED_CHANGE, []).append(text)
        elif why := self._style.hidden:
            self._unseen.setdefault(why, []).append(text)
        elif self._paragraphs:
            self._paragraphs[-1].append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        if self._fallback:
            self._fallback -= 1
            if name in _TEXTS:
                self._taking = ""
            elif name == "p":
                self._other.append("\n")
        elif name in _TEXTS:
            self._taking = ""
        elif name == "p":
            self._end_paragraph()
        elif name in _DELETED:
            self._deleted -= 1
        elif name == "tc" and self._tables and self._tables[-1].lines:
            self._end_cell(self._tables[-1])
        elif name == "tbl" and self._tables:
            self._end_table(self._tables.pop())
            self._style.end_frame()
        elif name == "txbxContent" and self._boxes:
            self._boxes.pop()
            self._style.end_frame()

    def _end_paragraph(self) -> None:
        text = "".join(self._paragraphs.pop()) if self._paragraphs else ""
        self._budget.charge()
        for pieces in self._unseen.values():
            if pieces and not pieces[-1].endswith("\n"):
                pieces.append("\n")
        if self._field and not self._field[-1].endswith("\n"):
            self._field.append("\n")
        if self._boxes:
            # A text box floats beside the paragraph that it is anchored in.
            if text.strip():
                self._blocks.append(Text(self._where, text, self._hidden))
        elif self._tables and self._tables[-1].lines:
            self._tables[-1].lines[-1].append(text)
        else:
            self._lines.append(text)

    def _end_cell(self, table: _OpenTable) -> None:
        lines = [line for line in table.lines.pop() if line.strip()]
        if table.rows:
            self._budget.charge(cells=table.span)
            table.rows[-1].cells += ["\n".join(lines), *[""] * (table.span - 1)]

    def _end_table(self, table: _OpenTable) -> None:
        rows = [row for row in table.rows if any(row.cells)]
        if not rows:
            return
        if max(len(row.cells) for row in rows) == 1:
            # A frame around text.
            text = "\n".join(row.cells[0] for row in rows)
            self._blocks.append(Text(self._where, text, self._hidden))
            return
        heading: tuple[str, ...] = ()
        if rows[0].heading and len(rows) > 1:
            heading = tuple(rows[0].cells)
            rows = rows[1:]
        cells = tuple(tuple(row.cells) for row in rows)
        self._blocks.append(Table(self._where, heading, cells, self._hidden))

    def _flush(self) -> None:
        """Paragraphs so far, as one block."""
        text = "\n".join(self._lines).strip("\n")
        self._lines = []
        if text.strip():
            self._blocks.append(Text(self._where, text, self._hidden))

    def finish(self) -> Iterator[Text | Table]:
        """All blocks.  What was open when the story was cut off ends here."""
        self._budget = Budget()  # what was kept so far has been paid for
        while self._paragraphs:
            self._end_paragraph()
        while self._tables:
            table = self._tables.pop()
            while table.lines:
                self._end_cell(table)
            self._end_table(table)
        self._flush()
        yield from self._blocks
        for why, pieces in self._unseen.items():
            text = "".join(pieces).strip()
            if text:
                yield Text(self._where, text, self._hidden or why)
        fields = [code for code in "".join(self._field).split("\n") if _is_written(code)]
        if fields:
            yield Text(self._where, "\n".join(fields), self._hidden or Hidden.HIDDEN_TEXT)
        said = "\n".join(text for text in self._said if text.strip())
        if said:
            yield Text(self._where, said, Hidden.PROPERTY)
        yield from self._alternatives()

    def _alternatives(self) -> Iterator[Text]:
        """Lines of fallbacks that are not what the choice beside them says."""
        lines = [line for line in "".join(self._other).split("\n") if line.strip()]
        if not lines:
            return
        shown = "\n".join(
            block.text if isinstance(block, Text) else "\n".join(map("\n".join, block.rows))
            for block in self._blocks
        )
        news = [line for line in dict.fromkeys(lines) if line not in shown]
        if news:
            yield Text(self._where, "\n".join(news), self._hidden or Hidden.ALTERNATIVE)


def _is_written(code: str) -> bool:
    """Whether somebody's words are in a field's code, which begins with the kind of the field."""
    return '"' in code or says_something(" ".join(code.split()[1:]))
