"""One story of a Word document (ECMA-376-1 17.2, 17.4): paragraphs and tables while streaming."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dlpguard.document import Hidden, Table, Text
from dlpguard.extractors._budget import Budget
from dlpguard.extractors._ooxml import Attributes, Events, attribute, is_on

_WIDEST_SPAN = 63
"""Columns that a Word table can have (Word's own limit)."""

_DELETED = frozenset({"del", "moveFrom"})
_NOTES_OF_THE_PROGRAM = frozenset({"separator", "continuationSeparator", "continuationNotice"})


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
    merged: bool = False


class StoryReader(Events):
    """Takes the events of a story; `finish` gives its blocks: what is seen, then the rest."""

    def __init__(self, where: str, hidden: Hidden | None, budget: Budget) -> None:
        self._where = where
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
        self._vanish = False
        self._in_run_properties = False
        self._taking = ""
        self._field: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:  # noqa: PLR0912 - a flat list of elements
        """An element begins."""
        if self._fallback or name == "Fallback":
            # The same content again, for programs that do not know what is in Choice.
            self._fallback += 1
        elif name in {"t", "delText", "instrText"}:
            self._taking = name
        elif name == "p":
            self._paragraphs.append([])
        elif name == "r":
            self._vanish = False
        elif name == "rPr":
            self._in_run_properties = True
        elif name in {"vanish", "webHidden", "specVanish"} and self._in_run_properties:
            self._vanish = name != "webHidden" and is_on(attribute(attributes, "val", "1"))
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
        elif name == "tr" and self._tables:
            self._tables[-1].rows.append(_Row())
        elif name == "tc" and self._tables:
            table = self._tables[-1]
            table.lines.append([])
            table.span, table.merged = 1, False
        elif name == "tblHeader" and self._tables and self._tables[-1].rows:
            self._tables[-1].rows[-1].heading = is_on(attribute(attributes, "val", "1"))
        elif name == "gridSpan" and self._tables:
            span = attribute(attributes, "val")
            self._tables[-1].span = min(int(span), _WIDEST_SPAN) if span.isdecimal() else 1
        elif name == "txbxContent":
            self._boxes.append(len(self._paragraphs))
        elif name in {"docPr", "cNvPr"}:
            self._alternative(attributes)
        elif name in {"comment", "footnote", "endnote"}:
            self._lines.append("")

    def _alternative(self, attributes: Attributes) -> None:
        """The alternative text of a picture."""
        text = attributes.get("descr", "") or attributes.get("title", "")
        if text:
            self._unseen.setdefault(Hidden.PROPERTY, []).append(text)

    def text(self, text: str) -> None:
        """Characters."""
        if self._taking == "instrText":
            self._field.append(text)
        elif self._taking:
            self._take(text)

    def _take(self, text: str) -> None:
        """Text to where it belongs: the paragraph, or what a person would not see."""
        if self._deleted or self._taking == "delText":
            self._unseen.setdefault(Hidden.TRACKED_CHANGE, []).append(text)
        elif self._vanish:
            self._unseen.setdefault(Hidden.HIDDEN_TEXT, []).append(text)
        elif self._paragraphs:
            self._paragraphs[-1].append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        if self._fallback:
            self._fallback -= 1
        elif name in {"t", "delText", "instrText"}:
            self._taking = ""
        elif name == "p":
            self._end_paragraph()
        elif name == "rPr":
            self._in_run_properties = False
        elif name == "r":
            self._vanish = False
        elif name in _DELETED:
            self._deleted -= 1
        elif name == "tc" and self._tables and self._tables[-1].lines:
            self._end_cell(self._tables[-1])
        elif name == "tbl" and self._tables:
            self._end_table(self._tables.pop())
        elif name == "txbxContent" and self._boxes:
            self._boxes.pop()

    def _end_paragraph(self) -> None:
        text = "".join(self._paragraphs.pop()) if self._paragraphs else ""
        self._budget.charge()
        for pieces in self._unseen.values():
            if pieces and not pieces[-1].endswith("\n"):
                pieces.append("\n")
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
        fields = [field for field in "".join(self._field).split("\n") if '"' in field]
        if fields:
            yield Text(self._where, "\n".join(fields), Hidden.HIDDEN_TEXT)
