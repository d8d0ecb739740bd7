"""UK vehicle registrations, as on number plates.

Since 2001: two letters of a place (never I, Q or Z), two digits of the half-year (02 to 29, 51 to
79), three letters (never I or Q): AB12 CDE.  Before: A123 BCD (prefix) and ABC 123D (suffix);
Northern Ireland: three letters with an I or Z among them and up to four digits, AIZ 1234.  There
is no check digit; of random strings of two letters, two digits and three letters one in three
passes, and rooms, parts and bus stops are named like that.  So a bare one of the current style,
in capitals with its space, is LOW; words such as "registration" or "vehicle" make any style HIGH.

Source: DVLA, INF104 "Vehicle registration numbers and number plates"; Vehicle Excise and
Registration Act 1994.

>>> read_cell("ab12 cde", Setup()), read_cell("A123 BCD", Setup())
('AB12CDE', 'A123BCD')
>>> read_cell("AB42 CDE", Setup()) is None            # 42 is no half-year yet
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._normalise import squash
from dlpguard.detectors._pattern import findings
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "gb_vehicle_registration"
_THREE = r"[A-HJ-PR-Z]{3}"
PATTERN = re.compile(
    rf"""(?<![\w/-])(?:
        (?P<current>[A-HJ-PR-Y]{{2}}(?:0[2-9]|[12]\d|5[1-9]|[67]\d)(?P<space>[ ]?){_THREE})
      | [A-HJ-NP-TV-Y][1-9]\d{{0,2}}[ ]?{_THREE}
      | {_THREE}[ ]?[1-9]\d{{0,2}}[A-HJ-NP-TV-Y]
      | (?=[A-Z]?[A-Z]?[IZ])[A-Z]{{3}}[ ]?[1-9]\d{{0,3}}
    )(?![\w/-])""",
    re.IGNORECASE | re.VERBOSE,
)
SUPPORT: tuple[str, ...] = (
    "reg", "reg no", "reg number", "registration", "registration no", "registration number",
    "registration mark", "vehicle", "vehicle reg", "vrm", "vrn", "number plate", "numberplate",
    "licence plate", "license plate", "index number", "car", "van", "lorry", "motorbike",
    "motorcycle", "parked", "cerbyd",
)  # fmt: skip
HEADINGS = frozenset({
    "car reg", "car registration", "licence plate", "number plate", "reg", "reg no", "reg no.",
    "reg number", "reg plate", "registration mark", "vehicle reg", "vehicle reg no",
    "vehicle registration", "vehicle registration number", "vehicle registration no", "vrm",
    "vrn", "index mark",
})  # fmt: skip
GATE = r"\b(?:[A-Z]{2}[0-9]{2} ?[A-Z]{3}|[A-Z][0-9]{1,3} ?[A-Z]{3}|[A-Z]{3} ?[0-9]{1,4}[A-Z]?)\b"
PRIVATE = False
STRONG = False
NEEDS_HEADING = True


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every registration in a block; the value is in capitals without the space."""
    del setup
    for found in findings(KIND, PATTERN, _read, SUPPORT, block, _alone):
        if block.text[found.start : found.end].isupper():  # "van in 12 may" is none
            yield found


def read_cell(cell: str, setup: Setup) -> str | None:
    """The registration that a cell holds, of any style."""
    del setup
    candidate = cell.strip()
    return squash(candidate) if PATTERN.fullmatch(candidate) else None


def _read(candidate: str) -> str | None:
    return squash(candidate)


def _alone(match: re.Match[str]) -> Confidence | None:
    return Confidence.LOW if match["current"] and match["space"] else None
