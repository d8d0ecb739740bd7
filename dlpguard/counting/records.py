"""Rows to people: every row of a grid that identifies somebody is a mention of them.

A column is read once, top to bottom; then the rows are put together: forename and surname, lines
of an address, sort code and account.  A row identifies somebody when it has a name, or something
that is unique to a person.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice

from dlpguard import detectors, names
from dlpguard.counting import cells, headings, kinds, naming, notes
from dlpguard.counting.columns import Column, roles
from dlpguard.counting.grids import EMPTY, LONGEST_EMPTY, Grid
from dlpguard.counting.guesses import NAME_ROLES
from dlpguard.counting.mention import SPECIAL_CATEGORY, Detail, Mention, detail
from dlpguard.counting.tallies import Tallies
from dlpguard.detectors import case_reference, email_address, gb_bank_account
from dlpguard.document import Hidden, Text
from dlpguard.finding import Confidence, Finding

LISTED = 3
"""From so many alike on people are listed (DESIGN 6)."""

REGISTER = 2
"""Columns of ticks under illnesses that make a table a register of who has which."""

_NO_TICKS = EMPTY - {"x"}
"""What says nothing under the name of an illness, where an x is a tick."""

_ACCOUNTS = frozenset({headings.ACCOUNT, gb_bank_account.KIND})

_OF_CONTACTS = frozenset({email_address.KIND})


def read(grid: Grid, setup: detectors.Setup, index: int, found: Tallies) -> list[Mention]:
    """Whom a grid mentions.  What stands in it goes to `found`; `index` is the block's."""
    columns = roles(grid, setup)
    return _Reader(grid, setup, index, found).read(columns) if columns else []


def is_register(grid: Grid, setup: detectors.Setup) -> bool:
    """Whether the columns of a grid hold names or identifiers, or its sheet is somebody's.

    Bank accounts make one as well: they may be a firm's, and are counted all the same.
    """
    columns = roles(grid, setup)
    telling = NAME_ROLES | kinds.of(setup).unique | _ACCOUNTS
    if any(c.role in telling for c in columns):
        return True
    return bool(columns and naming.of_sheet(grid))


class _Reader:
    """One grid being read.  The findings are made along the way, the mentions at the end.

    What the rows tell is kept by row, and only of rows that tell something: a table may be wide in
    one row and long in another.
    """

    def __init__(self, grid: Grid, setup: detectors.Setup, index: int, found: Tallies) -> None:
        self.grid = grid
        self.setup = setup
        self.index = index
        self.found = found
        self.in_notes: list[Mention] = []
        self.names: dict[str, dict[int, naming.Cell]] = {}
        self.details: defaultdict[int, list[Detail]] = defaultdict(list)
        self.has_postcode = False
        self.ticked = 0
        self.parties: tuple[str, ...] = ()
        self.alike = grid.hidden_alike()
        self.longest_first = _longest_first(grid.rows)

    def read(self, columns: Sequence[Column]) -> list[Mention]:
        by_party: dict[str, list[Column]] = {}
        for column in columns:
            by_party.setdefault(column.party, []).append(column)
        self.parties = tuple(by_party)
        told = [each for mine in by_party.values() for each in self._party(mine)]
        if not told and (owner := self._owner_of_sheet()):
            return [owner, *self.in_notes]
        listed = len(told) >= LISTED
        mentions = [
            Mention(name, details, self.grid.where(row), self.index, hidden, listed, record=True)
            for row, name, details, hidden in told
        ]
        return mentions + self.in_notes

    def _party(
        self, columns: list[Column]
    ) -> list[tuple[int, str, tuple[Detail, ...], Hidden | None]]:
        """What the rows tell about one of their parties: row, name, details, why it is hidden."""
        self.names, self.details = {}, defaultdict(list)
        self.has_postcode = any(c.role == headings.POSTCODE for c in columns)
        self.ticked = sum(c.evidence == headings.TICKED for c in columns)
        for column in sorted(columns, key=lambda column: column.role not in NAME_ROLES):
            self._column(column)
        self._accounts(columns)
        self._addresses(columns)
        return list(self._people(columns))

    def _cells(self, column: Column) -> list[tuple[int, str]]:
        """The filled cells of a column: row and text."""
        at = column.index
        empty = _NO_TICKS if column.role.startswith(headings.SPECIAL) else EMPTY
        cells: Iterable[tuple[int, str]]
        if self.longest_first is None:
            cells = enumerate([row[at] for row in self.grid.rows])
        else:
            rows, lengths = self.longest_first
            long_enough = sorted(rows[: bisect_right(lengths, -at - 1)])
            cells = ((row, self.grid.rows[row][at]) for row in long_enough)
        return [
            (row, text)
            for row, cell in cells
            if (text := cell.strip())
            and (len(text) > LONGEST_EMPTY or text.casefold() not in empty)
        ]

    def _column(self, column: Column) -> None:
        role = column.role
        if role in NAME_ROLES:
            mine = self.names.setdefault(role, {})
            for row, text in self._cells(column):
                if row not in mine and self._is_name(text, headed=column.headed):
                    mine[row] = (text, column.index)
        elif role.startswith(headings.SPECIAL):
            category = role.removeprefix(headings.SPECIAL)
            told = [(row, category) for row, _ in self._cells(column)]
            self._add_all(column, SPECIAL_CATEGORY, told)
            self._unticked(column, category)
        elif role == headings.NOTES:
            self._notes(column)
        elif role == headings.REFERENCE:
            self._references(column)
        elif role == headings.ADDRESS and self.has_postcode:
            pass  # joined with its postcode, later
        elif detectors.by_kind(role, self.setup):
            self._kind(column)

    def _unticked(self, column: Column, category: str) -> None:
        """In a register of illnesses who has no tick is told of as well: that they are not ill."""
        if self.ticked < REGISTER or column.evidence != headings.TICKED:
            return
        for row in set().union(*map(set, self.names.values())):
            hidden = self.alike[0] if self.alike else self.grid.hidden(row, column.index)
            self.details[row].append(Detail(SPECIAL_CATEGORY, category, hidden))

    def _is_name(self, text: str, *, headed: bool) -> bool:
        if not naming.may_be_name(text, headed=headed):
            return False
        # "name: str" in a text is a line of a program.
        doubtful = headed and text.islower() and isinstance(self.grid.block, Text)
        return not doubtful or names.is_name(text) or names.is_forename(text)

    def _kind(self, column: Column) -> None:
        """A column of a detector's kind.  What it refuses is taken where the heading says so."""
        read_cell = cells.reader(column.role, self.setup)
        seen: dict[str, str | None] = {}
        told: list[tuple[int, str]] = []
        for row, text in self._cells(column):
            if text in seen:
                value = seen[text]
            else:
                value = read_cell(text)
                if value is None and column.headed:
                    value = cells.as_written(column.role, text)
                seen[text] = value
            if value:
                told.append((row, value))
        self._add_all(column, column.role, told)

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

    def _add_all(self, column: Column, kind: str, told: Sequence[tuple[int, str]]) -> None:
        """A detail of each of many rows (row and value), and the findings of them."""
        details = self.details
        if self.alike:
            hidden, make = self.alike[0], tuple.__new__  # half the time of Detail's own
            for row, value in told:
                details[row].append(make(Detail, (kind, value, hidden, False)))
        else:
            for row, value in told:
                details[row].append(Detail(kind, value, self.grid.hidden(row, column.index)))
        wanted = self.found.note_all(kind, [value for _, value in told], column.confidence)
        for row, value in told[:wanted]:
            hidden = self.grid.hidden(row, column.index)
            length = len(self.grid.rows[row][column.index])
            self._keep(column, row, kind, value, hidden, (0, length))

    def _add(self, column: Column, row: int, kind: str, value: str, *, weak: bool = False) -> None:
        """One more detail of a row, and the finding of it."""
        alike = self.alike
        hidden = alike[0] if alike else self.grid.hidden(row, column.index)
        self.details[row].append(Detail(kind, value, hidden, weak))
        if self.found.note(kind, value, column.confidence):
            length = len(self.grid.rows[row][column.index])
            self._keep(column, row, kind, value, hidden, (0, length))

    def _keep(
        self,
        column: Column,
        row: int,
        kind: str,
        value: str,
        hidden: Hidden | None,
        span: tuple[int, int],
        told: Finding | None = None,
    ) -> None:
        """Keep a finding in a cell.  `told` is the detector's own, where one looked at its text."""
        at, across = self.grid.spot(row, column.index)
        start, end = span
        in_text = isinstance(self.grid.block, Text)
        self.found.keep(
            Finding(
                kind,
                value,
                self.grid.where(row),
                at + start if in_text else start,
                at + end if in_text else end,
                told.confidence if told else column.confidence,
                told.evidence if told else column.evidence,
                hidden,
                self.index,
                -1 if in_text else at,
                -1 if in_text else across,
            )
        )

    def _accounts(self, columns: list[Column]) -> None:
        """Sort code and account number of a row as one account; an account alone as itself."""
        account = next((c for c in columns if c.role == headings.ACCOUNT), None)
        code = next((c for c in columns if c.role == headings.SORT_CODE), None)
        if account is None:
            return
        code_of = dict(self._cells(code)) if code else {}
        read_cell = detectors.BY_KIND[gb_bank_account.KIND].read_cell
        for row, text in self._cells(account):
            sort_code = gb_bank_account.read_sort_code(code_of.get(row, ""))
            if value := read_cell(text, self.setup):
                self._add(account, row, gb_bank_account.KIND, f"{sort_code or ''} {value}".strip())

    def _addresses(self, columns: list[Column]) -> None:
        """Address lines, town and postcode of a row as one address; a town alone is none."""
        postcodes = [c for c in columns if c.role == headings.POSTCODE]
        lines = [c for c in columns if c.role in (headings.ADDRESS, headings.ADDRESS_LINE)]
        if not postcodes and all(c.role == headings.ADDRESS for c in lines):
            return  # there are none, or `_kind` has read them
        towns = [c for c in columns if c.role == headings.TOWN]
        parts: defaultdict[int, list[str]] = defaultdict(list)
        anchors: dict[int, Column] = {}
        for column in (*lines, *towns, *postcodes):
            for row, text in self._cells(column):
                parts[row].append(text)
                if column.role != headings.TOWN:
                    anchors[row] = column
        read_cell = detectors.BY_KIND[headings.ADDRESS].read_cell
        told: dict[Column, list[tuple[int, str]]] = {}
        read_one = cache(lambda cell: read_cell(cell, self.setup))
        for row, anchor in anchors.items():
            mine = parts[row]
            by_halves = len(mine) == 2 and anchor.role == headings.POSTCODE
            house, postcode = map(read_one, mine) if by_halves else (None, None)
            if house and postcode and "," not in f"{house}{postcode}":
                value = f"{postcode}, {house}"  # what it would be read as; cells come again
            else:
                joined = ", ".join(mine)
                value = read_cell(joined, self.setup) or cells.plain(joined)
            told.setdefault(anchor, []).append((row, value))
        for anchor, rows in told.items():
            self._add_all(anchor, headings.ADDRESS, rows)

    def _notes(self, column: Column) -> None:
        """Free text: what it tells is told of the row's person."""
        rows_of: dict[str, list[int]] = {}
        for row, text in self._cells(column):
            rows_of.setdefault(text, []).append(row)
        where = self.grid.block.where
        for text, found in notes.findings(list(rows_of), where, self.setup):
            for row in rows_of[text]:
                self._in_note(column, row, found)
        for text, rows in rows_of.items():
            for category in notes.categories(text, column):
                for row in rows:
                    hidden = self.grid.hidden(row, column.index)
                    self.details[row].append(Detail(SPECIAL_CATEGORY, category, hidden))

    def _in_note(self, column: Column, row: int, found: Finding) -> None:
        hidden = self.grid.hidden(row, column.index)
        if self.found.note(found.kind, found.value, found.confidence):
            indent = len(text := self.grid.rows[row][column.index]) - len(text.lstrip())
            span = (found.start + indent, found.end + indent)
            self._keep(column, row, found.kind, found.value, hidden, span, found)
        if found.kind == headings.FULL_NAME:
            sure = column.confidence > Confidence.LOW and found.confidence >= Confidence.MEDIUM
            if sure and " " in found.value:
                named = Detail(found.kind, found.value, hidden)
                self.in_notes.append(
                    Mention(found.value, (named,), self.grid.where(row), self.index, hidden)
                )
        elif found.confidence >= Confidence.MEDIUM:
            self.details[row].append(detail(found, hidden))

    def _owner_of_sheet(self) -> Mention | None:
        """Who has a sheet of their own that does not repeat their name: what is on it is theirs."""
        name = names.canonical(naming.of_sheet(self.grid))
        told = dict.fromkeys(each for row in sorted(self.details) for each in self.details[row])
        if not name or not told:
            return None
        hidden = self.grid.block.hidden
        details = (Detail(headings.FULL_NAME, name, hidden), *told)
        return Mention(name, details, self.grid.block.where, self.index, hidden)

    def _people(
        self, columns: list[Column]
    ) -> Iterator[tuple[int, str, tuple[Detail, ...], Hidden | None]]:
        spelled: dict[str, str] = {}
        named = [of_row for of_row in self.names.values() if of_row]
        rows = self.details.keys() | set().union(*named) if named else self.details.keys()
        shown: list[tuple[int, str, int]] = []
        name_of = naming.of_rows(self.names)
        for row in sorted(rows):
            details = self.details.get(row, [])
            name, column = name_of(row)
            value = spelled.get(name)
            if value is None:
                value = spelled[name] = names.canonical(name)
            if value and not details and not self._stands_for_somebody(row, name):
                continue
            if value:
                hidden = self.alike[0] if self.alike else self.grid.hidden(row, column)
                shown.append((row, value, column))
                self.details.pop(row, None)  # the mention has it; a million people have a lot
                yield row, value, (Detail(headings.FULL_NAME, value, hidden), *details), hidden
            elif hidden_of := self._identifier(details):
                yield row, "", tuple(details), hidden_of[0]
        self._show(columns, shown)

    def _stands_for_somebody(self, row: int, name: str) -> bool:
        """Whether a name without anything beside it is one; "Ward 2" above its rows is a title."""
        filled = islice((cell for cell in self.grid.rows[row] if cell.strip()), 2)
        alone = len(self.grid.heading) > 1 and len(list(filled)) == 1
        return not alone or names.is_name(name)

    def _identifier(self, details: list[Detail]) -> tuple[Hidden | None] | None:
        """Whether (and how hidden) something in a row without a name is unique to a person."""
        unique = [d for d in details if kinds.of(self.setup).identifies(d)]
        if not unique or all(d.kind == case_reference.KIND for d in details):
            return None
        # "contact = team@council.example" in a text is nobody, nor is a firm beside whom to ask for
        # there; a column of addresses is a list.
        nobody = isinstance(self.grid.block, Text) or len(self.parties) > 1
        if nobody and {d.kind for d in unique} <= _OF_CONTACTS:
            return None
        visible = any(d.hidden is None for d in unique)
        return (None if visible else unique[0].hidden,)

    def _show(self, columns: list[Column], named: list[tuple[int, str, int]]) -> None:
        """The findings of names (row, name, column), as sure as the columns they stand in."""
        order = (headings.FULL_NAME, headings.SURNAME, headings.FORENAME, headings.INITIALS)
        sure = next((c for role in order for c in columns if c.role == role), None)
        if sure is None:
            return
        told = [value for _, value, _ in named]
        wanted = self.found.note_all(headings.FULL_NAME, told, sure.confidence)
        for row, value, index in named[:wanted]:
            hidden = self.grid.hidden(row, index)
            length = len(self.grid.rows[row][index])
            column = sure if index == sure.index else replace(sure, index=index)
            self._keep(column, row, headings.FULL_NAME, value, hidden, (0, length))


def _longest_first(rows: Sequence[tuple[str, ...]]) -> tuple[list[int], list[int]] | None:
    """Rows by falling length, and the lengths negated; None when all are as long as the first."""
    if all(len(row) == len(rows[0]) for row in rows):
        return None
    order = sorted(range(len(rows)), key=lambda row: -len(rows[row]))
    return order, [-len(rows[row]) for row in order]
