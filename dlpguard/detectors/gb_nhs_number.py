"""NHS numbers of the United Kingdom: ten digits that identify a patient.

Written 3-3-4.  The tenth is a check digit: the first nine, times 10 down to 2, summed modulo 11
and taken from 11 (11 is 0, 10 is not issued).  Ranges: England, Wales and Isle of Man 400 to 499
and 600 to 799; Northern Ireland (H&C number) 320 to 399; Scotland (CHI number) begins with a date
of birth, DDMMYY.  One random ten-digit number in eleven has a right check digit, one in 25 a range
too, so a number alone is never more than MEDIUM, and that only when it is written 3-3-4 and no
order's or barcode's.  Words such as "NHS number" make it HIGH, then in any range: 900 to 999 is
kept for examples and tests, and a guard that misses the examples fails its trial.

Source: NHS Data Model and Dictionary, attribute NHS NUMBER; ISB 0149; NHS Scotland, CHI number.

>>> read_cell("401 023 2137", Setup())
'4010232137'
>>> read_cell("401 023 2138", Setup()) is None     # wrong check digit
True
>>> issuer("4010232137"), issuer("3201234560"), issuer("0101701234"), issuer("9434765919")
('England and Wales', 'Northern Ireland', 'Scotland', '')
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._check_digits import mod11
from dlpguard.detectors._normalise import cell as tidy
from dlpguard.detectors._normalise import digits
from dlpguard.detectors._pattern import finding, is_of_a_thing, supporting
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "gb_nhs_number"
PATTERN = re.compile(r"\d(?<![\w.,/+:-]\d)\d\d([ -]?)\d{3}\1\d{4}(?![\w/:-]|[.,]\d)")
SUPPORT: tuple[str, ...] = (
    "nhs", "nhs no", "nhs number", "chi", "chi number", "h&c number", "health and care number",
    "patient number", "rhif gig",
)  # fmt: skip
HEADINGS = frozenset({
    "nhs", "nhs no", "nhs no.", "nhs num", "nhs number", "nhsnumber", "chi", "chi no",
    "chi number", "h&c number", "health and care number", "rhif gig",
})  # fmt: skip
GATE = "[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}"
PRIVATE = True
STRONG = True
NEEDS_HEADING = False


_EVIDENCE = {
    "England and Wales": "an NHS number of England and Wales",
    "Northern Ireland": "a Health and Care number (Northern Ireland)",
    "Scotland": "a CHI number (Scotland)",
}
_LEAP = 2000
"""A century in which every birth date of two digits exists (29 February of 1900 did not)."""


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every possible NHS number in a block; the value is its ten digits."""
    del setup
    text = block.text
    for match in PATTERN.finditer(text):
        value = digits(match[0])
        if not is_valid(value):
            continue
        start, end = match.span()
        where = issuer(value)
        if word := supporting(text, start, end, SUPPORT):
            evidence = f"“{word}” nearby" + (f", {_EVIDENCE[where]}" if where else "")
            yield finding(KIND, value, block, start, end, Confidence.HIGH, evidence)
        elif where and not is_of_a_thing(text, start):
            sure = Confidence.MEDIUM if match[1] else Confidence.LOW
            yield finding(KIND, value, block, start, end, sure, f"by its shape {_EVIDENCE[where]}")


def read_cell(cell: str, setup: Setup) -> str | None:
    """The NHS number that a cell holds."""
    del setup
    candidate = tidy(cell)
    if len(candidate) > _LONGEST or not PATTERN.fullmatch(candidate):
        return None
    value = digits(candidate)
    return value if is_valid(value) else None


_LONGEST = 12


def is_valid(value: str) -> bool:
    """Whether ten digits end in the check digit of an NHS number."""
    return len(value) == 10 and mod11(value)


def issuer(value: str) -> str:
    """The country in whose range ten digits lie; "" when none issues them to patients."""
    first = int(value[:3])
    if 400 <= first <= 499 or 600 <= first <= 799:
        return "England and Wales"
    if 320 <= first <= 399:
        return "Northern Ireland"
    try:
        datetime.date(_LEAP + int(value[4:6]), int(value[2:4]), int(value[:2]))
    except ValueError:
        return ""
    return "Scotland"
