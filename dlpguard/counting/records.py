"""Rows to people: every row of a grid that identifies somebody is a mention of them.

A column is read once, top to bottom; then the rows are put together: forename and surname, lines
of an address, sort code and account.  A row identifies somebody when it has a name, or something
that is unique to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dlpguard import detectors, names
from dlpguard.counting import headings
from dlpguard.counting.columns import NAME_ROLES, Column, roles
from dlpguard.counting.grids import EMPTY, Grid
from dlpguard.counting.mention import SPECIAL_CATEGORY, Detail, Mention, detail
from dlpguard.detectors import case_reference, gb_bank_account
from dlpguard.document import Hidden, Text
from dlpguard.finding import Confidence, Finding

LISTED = 3
"""From so many alike on people are listed (DESIGN 6)."""

MOST_NAMES = 6
"""Words of a name, title included."""

LONGEST_NAME = 80
"""Characters of a cell that is still a name."""

_NAME_GLUE = (headings.FORENAME, headings.INITIALS, headings.SURNAME)


@dataclass(slots=True)
class _Row:
    """What one row tells about one of its parties, while it is put together."""

    names: dict[str, tuple[str, int]] = field(default_factory=dict)
    details: list[Detail] = field(default_factory=list)


def read(grid: Grid, setup: detectors.Setup, index: int = 0) -> tuple[list[Finding], list[Mention]]:
    """What stands in a grid, and whom it mentions.  `index` is the block's, for findings."""
    columns = roles(grid, setup)
    if not columns:
        return [], []
    return _Reader(grid, columns, setup, index).read()


class _Reader:
    """One grid being read.  The findings are made along the way, the mentions at the end."""

    def __init__(
        self, grid: Grid, columns: tuple[Column, ...], setup: detectors.Setup, index: int
    ) -> None:
        self.grid = grid
        self.columns = columns
        self.setup = setup
        self.index = index
        self.findings: list[Finding] = []
        self.in_notes: list[Mention] = []
        self.parties = tuple(dict.fromkeys(c.party for c in columns))
        self.rows: dict[str, list[_Row]] = {p: [_Row() for _ in grid.rows] for p in self.parties}
        self.with_postcode = {c.party for c in columns if c.role == headings.POSTCODE}
        self.where = [grid.where(row) for row in range(len(grid.rows))]

    def read(self) -> tuple[list[Finding], list[Mention]]:
        for party in self.parties:
            mine = [c for c in self.columns if c.party == party]
            for column in mine:
                self._column(column)
            self._joined(mine, headings.SORT_CODE, headings.ACCOUNT)
            self._addresses(mine)
        mentions = self._mentions()
        if len(mentions) >= LISTED:
            mentions = [replace(m, listed=True) for m in mentions]
        return self.findings, mentions + self.in_notes

    def _cells(self, column: Column) -> Iterator[tuple[int, str]]:
        """The filled cells of a column: row and text."""
        at = column.index
        for row, cells in enumerate(self.grid.rows):
            if at < len(cells) and (text := cells[at].strip()) and text.casefold() not in EMPTY:
                yield row, text

    def _column(self, column: Column) -> None:
        role = column.role
        if role in NAME_ROLES:
            for row, text in self._cells(column):
                if _may_be_name(text, headed=column.headed):
                    self.rows[column.party][row].names.setdefault(role, (text, column.index))
        elif role.startswith(headings.SPECIAL):
            category = role.removeprefix(headings.SPECIAL)
            for row, _ in self._cells(column):
                self._add(column, row, SPECIAL_CATEGORY, category)
        elif role == headings.NOTES:
            self._notes(column)
        elif role == headings.REFERENCE:
            self._references(column)
        elif role == headings.ADDRESS and column.party in self.with_postcode:
            pass  # joined with its postcode, later
        elif role in detectors.BY_KIND:
            self._kind(column)

    def _kind(self, column: Column) -> None:
        """A column of a detector's kind.  What it refuses is taken where the heading says so."""
        read_cell = detectors.BY_KIND[column.role].read_cell
        seen: dict[str, str | None] = {}
        for row, text in self._cells(column):
            if text not in seen:
                value = read_cell(text, self.setup)
                seen[text] = value or (_as_written(column.role, text) if column.headed else None)
            value = seen[text]
            if value:
                self._add(column, row, column.role, value)

    def _references(self, column: Column) -> None:
        """Tokens that only have the shape of a reference, or are one of staff, members, …"""
        weak = replace(column, confidence=Confidence.LOW)
        sure = replace(column, confidence=Confidence.HIGH)
        for row, text in self._cells(column):
            if not any(c.isdigit() for c in text):
                continue
            own = case_reference.is_own(text, self.setup)
            value = case_reference.read_cell(text, self.setup) or text.upper()
            self._add(sure if own else weak, row, case_reference.KIND, value, weak=not own)

    def _add(self, column: Column, row: int, kind: str, value: str, *, weak: bool = False) -> None:
        hidden = self.grid.hidden(row, column.index)
        self.rows[column.party][row].details.append(Detail(kind, value, hidden, weak))
        text = self.grid.rows[row][column.index]
        self._find(column, row, kind, value, hidden, 0, len(text))

    def _find(
        self,
        column: Column,
        row: int,
        kind: str,
        value: str,
        hidden: Hidden | None,
        start: int,
        end: int,
        confidence: Confidence | None = None,
        evidence: str = "",
    ) -> None:
        at, across = self.grid.spot(row, column.index)
        in_text = isinstance(self.grid.block, Text)
        self.findings.append(
            Finding(
                kind,
                value,
                self.where[row],
                at + start if in_text else start,
                at + end if in_text else end,
                confidence or column.confidence,
                evidence or column.evidence,
                hidden,
                self.index,
                -1 if in_text else at,
                -1 if in_text else across,
            )
        )

    def _joined(self, columns: list[Column], first: str, second: str) -> None:
        """Sort code and account number of a row as one account; an account alone as itself."""
        accounts = [c for c in columns if c.role == second]
        codes = [c for c in columns if c.role == first]
        if not accounts:
            return
        code_of = dict(self._cells(codes[0])) if codes else {}
        for row, text in self._cells(accounts[0]):
            read_cell = detectors.BY_KIND[gb_bank_account.KIND].read_cell
            code = gb_bank_account.read_sort_code(code_of.get(row, ""))
            if value := read_cell(text, self.setup):
                self._add(accounts[0], row, gb_bank_account.KIND, f"{code or ''} {value}".strip())

    def _addresses(self, columns: list[Column]) -> None:
        """Address lines, town and postcode of a row as one address; a town alone is none."""
        postcodes = [c for c in columns if c.role == headings.POSTCODE]
        lines = [c for c in columns if c.role in (headings.ADDRESS, headings.ADDRESS_LINE)]
        if not postcodes and all(c.role == headings.ADDRESS for c in lines):
            return  # there are none, or `_kind` has read them
        towns = [c for c in columns if c.role == headings.TOWN]
        parts = [dict(self._cells(c)) for c in (*lines, *towns, *postcodes)]
        needed = [dict(self._cells(c)) for c in (*lines, *postcodes)]
        read_cell = detectors.BY_KIND[headings.ADDRESS].read_cell
        anchor = (postcodes or lines)[0]
        for row in range(len(self.grid.rows)):
            if any(row in part for part in needed):
                joined = ", ".join(part[row] for part in parts if row in part)
                value = read_cell(joined, self.setup) or _plain(joined)
                self._add(anchor, row, headings.ADDRESS, value)

    def _notes(self, column: Column) -> None:
        """Free text: what the detectors find in it belongs to the row's person.

        All cells are read as one text, an empty line between them: detectors start up once.
        """
        rows = dict(self._cells(column))
        starts: list[tuple[int, int]] = []
        length = 0
        for row, text in rows.items():
            starts.append((length, row))
            length += len(text) + 2
        whole = Text(self.grid.block.where, "\n\n".join(rows.values()))
        place = 0
        for found in detectors.detect(whole, self.setup):
            while place + 1 < len(starts) and starts[place + 1][0] <= found.start:
                place += 1
            begin, row = starts[place]
            if found.end > begin + len(rows[row]):
                continue
            self._in_note(column, row, found, begin)
        for row, text in rows.items():
            for category in sorted(detectors.special.categories(text)):
                hidden = self.grid.hidden(row, column.index)
                told = Detail(SPECIAL_CATEGORY, category, hidden)
                self.rows[column.party][row].details.append(told)

    def _in_note(self, column: Column, row: int, found: Finding, begin: int) -> None:
        hidden = self.grid.hidden(row, column.index)
        indent = len(text := self.grid.rows[row][column.index]) - len(text.lstrip())
        start, end = found.start - begin + indent, found.end - begin + indent
        self._find(
            column,
            row,
            found.kind,
            found.value,
            hidden,
            start,
            end,
            found.confidence,
            found.evidence,
        )
        if found.kind == headings.FULL_NAME:
            if found.confidence >= Confidence.MEDIUM and " " in found.value:
                named = Detail(found.kind, found.value, hidden)
                self.in_notes.append(
                    Mention(found.value, (named,), self.where[row], self.index, hidden)
                )
        elif found.confidence >= Confidence.MEDIUM:
            self.rows[column.party][row].details.append(detail(found, hidden))

    def _mentions(self) -> list[Mention]:
        mentions = []
        spelled: dict[str, str] = {}
        for party in self.parties:
            confidence = self._confidence_of_names(party)
            for row, found in enumerate(self.rows[party]):
                name, column = _name(found.names)
                if name and name not in spelled:
                    spelled[name] = names.canonical(name)
                value = spelled.get(name, "")
                hidden: Hidden | None = None
                details = found.details
                if value:
                    hidden = self.grid.hidden(row, column)
                    details = [Detail(headings.FULL_NAME, value, hidden), *details]
                    if confidence:
                        text = self.grid.rows[row][column]
                        self._find(confidence, row, headings.FULL_NAME, value, hidden, 0, len(text))
                elif not (hidden_of := _identifier(details)):
                    continue
                else:
                    hidden = hidden_of[0]
                mentions.append(
                    Mention(value, tuple(details), self.where[row], self.index, hidden, record=True)
                )
        return mentions

    def _confidence_of_names(self, party: str) -> Column | None:
        """The column that findings of names point to."""
        mine = [c for c in self.columns if c.party == party and c.role in NAME_ROLES]
        order = (headings.FULL_NAME, headings.SURNAME, headings.FORENAME, headings.INITIALS)
        return next((c for role in order for c in mine if c.role == role), None)


def _may_be_name(text: str, *, headed: bool) -> bool:
    """Whether a cell in a column of names is one; where no heading says so, titles are not."""
    if len(text) > LONGEST_NAME or "@" in text or not any(c.isalpha() for c in text):
        return False
    return headed or not (
        len(text.split()) > MOST_NAMES
        or any(c.isdigit() for c in text)
        or (headings.read(text) and not names.is_name(text))
    )


def _name(parts: dict[str, tuple[str, int]]) -> tuple[str, int]:
    """A row's name, forename first, and the column it stands in; "" when it has none."""
    if headings.FULL_NAME in parts:
        return parts[headings.FULL_NAME]
    found = [parts[role] for role in _NAME_GLUE if role in parts]
    if headings.SURNAME not in parts and headings.FORENAME not in parts:
        return "", 0
    if headings.FORENAME in parts and headings.INITIALS in parts:
        found = [parts[role] for role in _NAME_GLUE if role in parts and role != headings.INITIALS]
    return " ".join(text for text, _ in found), found[-1][1]


def _identifier(details: list[Detail]) -> tuple[Hidden | None] | None:
    """Whether (and how hidden) something in a row without a name is unique to a person."""
    unique = [d for d in details if d.is_unique]
    if not unique or all(d.kind == case_reference.KIND for d in details):
        return None
    visible = any(d.hidden is None for d in unique)
    return (None if visible else unique[0].hidden,)


def _as_written(kind: str, text: str) -> str | None:
    """The value of a cell that a detector refuses although its column is headed as that kind."""
    digits = sum(c.isdigit() for c in text)
    if kind == "phone" and digits >= 6:
        return re.sub(r"[^\d+]", "", text)
    if kind == case_reference.KIND and digits >= 1:
        return text.upper()
    if kind == headings.ADDRESS and len(text) >= 8:
        return _plain(text)
    return None


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace(",", " ").split())
