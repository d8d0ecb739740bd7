"""Dates of birth.

A date is one only with a word that says so: "born", "DOB", "date of birth" directly before it
(no other date between), "(DOB)" directly after it, or a column's heading.  Every other date is
left alone; a letter is full of dates.  Years from 1900; a year of two digits means the last hundred
years before 2030.  Day comes before month, except for an organisation in the US, or when only
the other order makes a date (3/29/1982).

Source: ISO 8601 for the value; how dates are written: GOV.UK style guide, Unicode CLDR en-GB.

>>> read_cell("02/03/1984", Setup()), read_cell("2 March 1984", Setup())
('1984-03-02', '1984-03-02')
>>> read_cell("02/03/1984", Setup("US"))
'1984-02-03'
>>> read_cell("31/02/1984", Setup()) is None
True
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._pattern import finding, word_pattern
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "date_of_birth"
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
PATTERN = re.compile(
    rf"""(?<![\w/.-])(?:
        (?P<iso>(?:19|20)\d\d[-/.][01]?\d[-/.][0-3]?\d)(?:[T ]00:00(?::00(?:\.0{{1,6}})?)?)?
      | (?P<figures>[0-3]?\d[ ]?[-/.][ ]?[0-3]?\d[ ]?[-/.][ ]?(?:19|20)?\d\d)
      | (?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?:[ ]of)?[ ,./-]{{1,2}}
        (?P<month>{_MONTH})\.?[ ,./-]{{1,2}}(?P<year>(?:19|20)?\d\d)
      | (?P<us_month>{_MONTH})\.?[ ]{{1,2}}(?P<us_day>[0-3]?\d)(?:st|nd|rd|th)?,?[ ]{{1,2}}
        (?P<us_year>(?:19|20)\d\d)
    )(?![\w/-]|[.]\d)""",
    re.IGNORECASE | re.VERBOSE,
)
SUPPORT: tuple[str, ...] = (
    "born", "b.", "birth", "dob", "d.o.b", "d.o.b.", "d o b", "date of birth", "birth date",
    "birthdate", "birthday", "date geni", "dyddiad geni",
)  # fmt: skip
HEADINGS = frozenset({
    "dob", "d.o.b", "d.o.b.", "d o b", "date of birth", "birth date", "birthdate", "birthday",
    "born", "birth", "date birth", "client dob", "child dob", "childs dob", "child's dob",
    "patient dob", "service user dob", "dyddiad geni",
})  # fmt: skip
GATE = r"(?i)\b(?:born|birth|birthdate|birthday|d\.?o\.?b|d o b|b\.|geni)"
PRIVATE = True
STRONG = False
NEEDS_HEADING = True

BEFORE = 40
"""Characters before a date in which its label stands: "date of birth (dd/mm/yyyy): "."""

AFTER = 12
"""Characters after it: " (DOB)", " - d.o.b."."""

LONGEST = 32
"""Characters of the longest date ("29th of September, 1984"), and some more."""

PIVOT = 30
"""Years 00 to 29 are 2000 to 2029, 30 to 99 are 1930 to 1999: people in care are rarely over 96,
and a child's birth date in two digits must not become 1926."""

_LABEL = word_pattern(SUPPORT)


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every date that a word nearby calls somebody's birth; the value is in ISO 8601."""
    text = block.text
    previous = 0
    for match in _dates_near_labels(text):
        before = list(_LABEL.finditer(text, max(previous, match.start() - BEFORE), match.start()))
        label = before[-1] if before else _LABEL.search(text, match.end(), match.end() + AFTER)
        previous = match.end()
        value = _read(match, setup)
        if label is None or value is None:
            continue
        evidence = f"“{label[0].casefold()}” beside it"
        yield finding(KIND, value, block, match.start(), match.end(), Confidence.HIGH, evidence)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The date that a cell holds (any date: the heading says whether it is of birth)."""
    match = PATTERN.fullmatch(cell.strip())
    return _read(match, setup) if match else None


def _dates_near_labels(text: str) -> Iterator[re.Match[str]]:
    """The dates around the labels of a text: letters are full of others, and labels are rare."""
    done = 0
    start = end = 0
    for label in _LABEL.finditer(text):
        if label.start() - AFTER - LONGEST > end:
            yield from PATTERN.finditer(text, start, end)
            start = max(done, label.start() - AFTER - LONGEST)
        end = done = min(len(text), label.end() + BEFORE + 2 * LONGEST)
    yield from PATTERN.finditer(text, start, end)


def _read(match: re.Match[str], setup: Setup) -> str | None:
    if match["iso"]:
        year, month, day = (int(n) for n in re.split(r"[-/.]", match["iso"]))
        return _iso(year, month, day)
    if match["month"]:
        return _iso(_year(match["year"]), _month(match["month"]), int(match["day"]))
    if match["us_month"]:
        return _iso(_year(match["us_year"]), _month(match["us_month"]), int(match["us_day"]))
    first, second, last = re.split(r"[ ]?[-/.][ ]?", match["figures"])
    day_month = (
        (int(first), int(second)) if setup.phone_region != "US" else (int(second), int(first))
    )
    year = _year(last)
    return _iso(year, day_month[1], day_month[0]) or _iso(year, day_month[0], day_month[1])


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < PIVOT else 1900)


def _month(text: str) -> int:
    """1 to 12; 0 for a word that only begins like a month ("marching")."""
    text = text.casefold()
    full = [n for n, name in enumerate(_MONTHS, 1) if name == text or text in (name[:3], name[:4])]
    return full[0] if full else 0


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None
