"""Rows to people: every row of a grid that identifies somebody is a mention of them.

A column is read once, top to bottom; then the rows are put together: forename and surname, lines
of an address, sort code and account.  A row identifies somebody when it has a name, or something
that is unique to a person.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, islice

from dlpguard import detectors, names
from dlpguard.counting import cells, headings
from dlpguard.counting.columns import NAME_ROLES, Column, roles
from dlpguard.counting.grids import EMPTY, Grid
from dlpguard.counting.mention import SPECIAL_CATEGORY, UNIQUE, Detail, Mention, detail
from dlpguard.counting.tallies import Tallies
from dlpguard.detectors import case_reference, email_address, gb_bank_account
from dlpguard.document import Hidden, Text
from dlpguard.finding import Confidence, Finding

LISTED = 3
"""From so many alike on people are listed (DESIGN 6)."""

MOST_NAMES = 6
"""Words of a name, title included."""

LONGEST_NAME = 80
"""Characters of a cell that is still a name."""

_NO_TICKS = EMPTY - {"x"}
"""What says nothing under the name of an illness, where an x is a tick."""

_OF_CONTACTS = frozenset({email_address.KIND})

_NO_NAME = re.compile(r"[@{}\[\]<>=;_|\\$%&*#]")
"""Signs of addresses and of programs."""

_SERVICE = re.compile(
    r"\b(?:clinics?|groups?|services?|team|support|centre|courses?|training|leaflets?|scheme|unit|"
    r"ward|awareness|policy|strategy|fund)\b",
    re.IGNORECASE,
)
"""Words beside an illness that make it something that is offered: "HIV clinic, Dr Brady"."""

_Cell = tuple[str, int]
"""The text of a cell and its column."""


def read(grid: Grid, setup: detectors.Setup, index: int, found: Tallies) -> list[Mention]:
    """Whom a grid mentions.  What stands in it goes to `found`; `index` is the block's."""
    columns = roles(grid, setup)
    return _Reader(grid, setup, index, found).read(columns) if columns else []


def lists_people(grid: Grid, setup: detectors.Setup) -> bool:
    """Whether the columns of a grid can tell who its rows are about."""
    return any(c.role in NAME_ROLES or c.role in UNIQUE for c in roles(grid, setup))


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
        self.names: dict[str, dict[int, _Cell]] = {}
        self.details: defaultdict[int, list[Detail]] = defaultdict(list)
        self.has_postcode = False
        self.parties: tuple[str, ...] = ()
        self.alike = grid.hidden_alike()
        self.longest_first = _longest_first(grid.rows)

    def read(self, columns: Sequence[Column]) -> list[Mention]:
        by_party: dict[str, list[Column]] = {}
        for column in columns:
            by_party.setdefault(column.party, []).append(column)
        self.parties = tuple(by_party)
        told = [each for mine in by_party.values() for each in self._party(mine)]
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
        for column in columns:
            self._column(column)
        self._accounts(columns)
        self._addresses(columns)
        return list(self._people(columns))

    def _cells(self, column: Column) -> Iterator[tuple[int, str]]:
        """The filled cells of a column: row and text."""
        at = column.index
        empty = _NO_TICKS if column.role.startswith(headings.SPECIAL) else EMPTY
        if self.longest_first is None:
            for row, across in enumerate(self.grid.rows):
                text = across[at].strip()
                if text and text.casefold() not in empty:
                    yield row, text
            return
        rows, lengths = self.longest_first
        for row in sorted(rows[: bisect_right(lengths, -at - 1)]):
            text = self.grid.rows[row][at].strip()
            if text and text.casefold() not in empty:
                yield row, text

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
        elif role == headings.NOTES:
            self._notes(column)
        elif role == headings.REFERENCE:
            self._references(column)
        elif role == headings.ADDRESS and self.has_postcode:
            pass  # joined with its postcode, later
        elif role in detectors.BY_KIND:
            self._kind(column)

    def _is_name(self, text: str, *, headed: bool) -> bool:
        if not _may_be_name(text, headed=headed):
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
                    value = _as_written(column.role, text)
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
        alike = self.alike
        details = self.details
        for row, value in told:
            hidden = alike[0] if alike else self.grid.hidden(row, column.index)
            details[row].append(Detail(kind, value, hidden))
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
        for row, anchor in anchors.items():
            joined = ", ".join(parts[row])
            value = read_cell(joined, self.setup) or _plain(joined)
            told.setdefault(anchor, []).append((row, value))
        for anchor, rows in told.items():
            self._add_all(anchor, headings.ADDRESS, rows)

    def _notes(self, column: Column) -> None:
        """Free text: what the detectors find in it belongs to the row's person.

        All different cells are read as one text, an empty line between them: detectors start up
        once, and what is said of a thousand people is read once.
        """
        rows_of: dict[str, list[int]] = {}
        for row, text in self._cells(column):
            rows_of.setdefault(text, []).append(row)
        texts = list(rows_of)
        starts = list(accumulate((len(text) + 2 for text in texts), initial=0))
        whole = Text(self.grid.block.where, "\n\n".join(texts))
        for found in detectors.detect(whole, self.setup):
            place = bisect_right(starts, found.start) - 1
            begin, text = starts[place], texts[place]
            if found.end <= begin + len(text):
                for row in rows_of[text]:
                    self._in_note(column, row, found, begin)
        for text, rows in rows_of.items():
            if column.confidence is Confidence.LOW and _SERVICE.search(text):
                continue
            for category in sorted(detectors.special.categories(text)):
                for row in rows:
                    hidden = self.grid.hidden(row, column.index)
                    self.details[row].append(Detail(SPECIAL_CATEGORY, category, hidden))

    def _in_note(self, column: Column, row: int, found: Finding, begin: int) -> None:
        hidden = self.grid.hidden(row, column.index)
        if self.found.note(found.kind, found.value, found.confidence):
            indent = len(text := self.grid.rows[row][column.index]) - len(text.lstrip())
            span = (found.start - begin + indent, found.end - begin + indent)
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

    def _people(
        self, columns: list[Column]
    ) -> Iterator[tuple[int, str, tuple[Detail, ...], Hidden | None]]:
        spelled: dict[str, str] = {}
        named = [of_row for of_row in self.names.values() if of_row]
        rows = self.details.keys() | set().union(*named) if named else self.details.keys()
        shown: list[tuple[int, str, int]] = []
        name_of = _names(self.names)
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
        unique = [d for d in details if d.is_unique]
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
            column = replace(sure, index=index)
            self._keep(column, row, headings.FULL_NAME, value, hidden, (0, length))


def _longest_first(rows: Sequence[tuple[str, ...]]) -> tuple[list[int], list[int]] | None:
    """Rows by falling length, and the lengths negated; None when all are as long as the first."""
    if all(len(row) == len(rows[0]) for row in rows):
        return None
    order = sorted(range(len(rows)), key=lambda row: -len(rows[row]))
    return order, [-len(rows[row]) for row in order]


def _may_be_name(text: str, *, headed: bool) -> bool:
    """Whether a cell in a column of names is one; where no heading says so, titles are not."""
    if text.isalpha() and headed:
        return len(text) <= LONGEST_NAME
    if len(text) > LONGEST_NAME or _NO_NAME.search(text) or not any(c.isalpha() for c in text):
        return False
    return headed or not (
        len(text.split()) > MOST_NAMES
        or any(c.isdigit() for c in text)
        or (headings.read(text) and not names.is_name(text))
    )


def _names(parts: dict[str, dict[int, _Cell]]) -> Callable[[int], _Cell]:
    """What gives a row's name, forename first, and the column it stands in; "" without one."""
    whole, surnames, forenames, initials = (
        parts.get(role, {})
        for role in (headings.FULL_NAME, headings.SURNAME, headings.FORENAME, headings.INITIALS)
    )

    def name(row: int) -> _Cell:
        if row in whole:
            return whole[row]
        forename = forenames.get(row)
        surname = surnames.get(row)
        if surname is None:
            return forename or ("", 0)
        before = forename or initials.get(row)
        return (f"{before[0]} {surname[0]}" if before else surname[0]), surname[1]

    return name


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
