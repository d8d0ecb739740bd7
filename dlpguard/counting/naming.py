"""What gives a row of a grid its name: whole or in parts, in the row or on its sheet."""

from __future__ import annotations

import re
from collections.abc import Callable

from dlpguard import names
from dlpguard.counting import headings
from dlpguard.counting.grids import Grid
from dlpguard.document import SEPARATOR, Text

MOST_NAMES = 6
"""Words of a name, title included."""

LONGEST_NAME = 80
"""Characters of a cell that is still a name."""

_NO_NAME = re.compile(r"[@{}\[\]<>=;_|\\$%&*#]")
"""Signs of addresses and of programs."""

_FIRM = re.compile(
    r"\w[ ](?:ltd|limited|plc|llp|cic|inc|surveyors|architects|associates|solicitors|association|"
    r"society|trust|council|wholesale|roofing|builders|developments|holdings|consulting)\.?\Z",
    re.IGNORECASE,
)
"""How firms and clubs are called that apply for things as people do."""

Cell = tuple[str, int]
"""The text of a cell and its column."""


def of_sheet(grid: Grid) -> str:
    """The person after whom the sheet of a table is named, as it is written; "" for no one."""
    file, _, sheet = grid.block.where.rpartition(SEPARATOR)
    if not file or isinstance(grid.block, Text) or not 0 < sheet.count(" ") < MOST_NAMES:
        return ""
    return sheet if names.is_name(sheet) else ""


def may_be_name(text: str, *, headed: bool) -> bool:
    """Whether a cell in a column of names is one; where no heading says so, titles are not."""
    if text.isalpha() and headed:
        return len(text) <= LONGEST_NAME
    if len(text) > LONGEST_NAME or _FIRM.search(text):
        return False
    if _NO_NAME.search(text) or not any(c.isalpha() for c in text):
        return False
    return headed or not (
        len(text.split()) > MOST_NAMES
        or any(c.isdigit() for c in text)
        or (headings.read(text) and not names.is_name(text))
    )


def of_rows(parts: dict[str, dict[int, Cell]]) -> Callable[[int], Cell]:
    """What gives a row's name, forename first, and the column it stands in; "" without one."""
    whole, surnames, forenames, initials = (
        parts.get(role, {})
        for role in (headings.FULL_NAME, headings.SURNAME, headings.FORENAME, headings.INITIALS)
    )

    def name(row: int) -> Cell:
        if row in whole:
            return whole[row]
        forename = forenames.get(row)
        surname = surnames.get(row)
        if surname is None:
            return forename or ("", 0)
        before = forename or initials.get(row)
        return (f"{before[0]} {surname[0]}" if before else surname[0]), surname[1]

    return name
