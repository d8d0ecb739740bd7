"""NHS numbers of the United Kingdom: ten digits that identify a patient.

Written 3-3-4.  The tenth is a check digit: the first nine, times 10 down to 2, summed modulo 11
and taken from 11 (11 is 0, 10 is not issued).  Ranges: England, Wales and Isle of Man 400 to 499
and 600 to 799; Northern Ireland (H&C) 320 to 399; Scotland (CHI) begins with a date of birth,
DDMMYY.  One random ten-digit number in eleven has a right check digit, one in 25 a range too, so
a number alone is never more than MEDIUM, and that only when it is written 3-3-4.  Words such
as "NHS number" make it HIGH, then in any range: 900 to 999 is kept for examples and tests, and a
guard that misses the examples fails its trial.

Source: NHS Data Model and Dictionary, attribute NHS NUMBER; ISB 0149; NHS Scotland, CHI number.

>>> read_cell("401 023 2137", Setup())
'4010232137'
>>> read_cell("401 023 2138", Setup()) is None     # wrong check digit
True
>>> is_issued("9434765919")                        # a right check digit in the range for tests
False
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.detectors._normalise import cell as tidy
from dlpguard.detectors._normalise import digits
from dlpguard.detectors._pattern import findings
from dlpguard.detectors._setup import Setup
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "gb_nhs_number"
PATTERN = re.compile(r"(?<![\w.,/+:-])\d{3}([ -]?)\d{3}\1\d{4}(?![\w/:-]|[.,]\d)")
SUPPORT: tuple[str, ...] = (
    "nhs", "nhs no", "nhs number", "chi", "chi number", "h&c number", "health and care number",
    "patient number", "rhif gig",
)  # fmt: skip
HEADINGS = frozenset({
    "nhs", "nhs no", "nhs no.", "nhs num", "nhs number", "nhsnumber", "chi", "chi no",
    "chi number", "h&c number", "health and care number", "rhif gig",
})  # fmt: skip
PRIVATE = True
STRONG = True
NEEDS_HEADING = False


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every possible NHS number in a block; the value is its ten digits."""
    del setup
    return findings(KIND, PATTERN, _read, SUPPORT, block, _alone)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The NHS number that a cell holds."""
    del setup
    candidate = tidy(cell)
    return _read(candidate) if PATTERN.fullmatch(candidate) else None


def is_valid(value: str) -> bool:
    """Whether ten digits end in the check digit of an NHS number."""
    return len(value) == 10 and _check_digit(value[:9]) == int(value[9])


def is_issued(value: str) -> bool:
    """Whether ten digits lie in a range from which numbers are given to patients."""
    first = int(value[:3])
    if 400 <= first <= 499 or 600 <= first <= 799 or 320 <= first <= 399:
        return True
    day, month = int(value[:2]), int(value[2:4])
    return 1 <= day <= 31 and 1 <= month <= 12


def _read(candidate: str) -> str | None:
    value = digits(candidate)
    return value if is_valid(value) else None


def _alone(match: re.Match[str]) -> Confidence | None:
    if not is_issued(digits(match[0])):
        return None
    return Confidence.MEDIUM if match[1] else Confidence.LOW


def _check_digit(nine: str) -> int:
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), nine, strict=True))
    return (11 - total % 11) % 11  # 10 equals no digit
