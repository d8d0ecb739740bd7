"""US social security numbers (SSN).

Nine digits: area, group, serial, written 3-2-4 with hyphens.  There is no check digit.  Areas 000,
666 and 900 to 999, group 00 and serial 0000 are never assigned: nine random numbers in ten pass.
So the hyphens carry the weight: with them it is MEDIUM, and HIGH beside a word such as "social
security"; with spaces or bare it is one only beside such a word.  Three numbers that were printed
in advertisements are nobody's.

Source: Social Security Administration, "Social Security Number Randomization"; 20 CFR 422.103; POMS
RM 10201.030 for the numbers in advertisements.

>>> read_cell("536-90-4399", Setup())
'536904399'
>>> [read_cell(c, Setup()) for c in ("666-90-4399", "536-00-4399", "219-09-9999")]
[None, None, None]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._normalise import cell as tidy
from dlpguard.detectors._normalise import digits
from dlpguard.detectors._pattern import findings, is_of_a_thing
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "us_ssn"
PATTERN = re.compile(
    r"(?<![\w.,/+:-])(?<!\d[ ])(?!000|666|9)\d{3}(?P<gap>[ -]?)(?!00)\d\d(?P=gap)(?!0000)\d{4}"
    r"(?![\w/:-]|[.,]\d|[ ]\d)"
)
SUPPORT: tuple[str, ...] = (
    "ssn", "ss#", "ss no", "social security", "social security number", "social security no",
    "soc sec",
)  # fmt: skip
HEADINGS = frozenset({
    "ssn", "social security", "social security no", "social security number", "soc sec no",
})  # fmt: skip
GATE = r"[0-9]{3}-[0-9]{2}-[0-9]{4}|(?i:\b(?:ssn|ss#|ss no|social.security|soc.sec))"
PRIVATE = True
STRONG = True
NEEDS_HEADING = True

_ADVERTISED = frozenset({"078051120", "219099999", "457555462"})


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every social security number in a block; the value is its nine digits."""
    del setup
    return findings(KIND, PATTERN, _read, SUPPORT, block, _alone)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The number that a cell holds, with or without hyphens."""
    del setup
    candidate = tidy(cell)
    return _read(candidate) if PATTERN.fullmatch(candidate) else None


def _read(candidate: str) -> str | None:
    value = digits(candidate)
    return None if value in _ADVERTISED else value


def _alone(match: re.Match[str]) -> Confidence | None:
    if match["gap"] != "-" or is_of_a_thing(match.string, match.start()):
        return None
    return Confidence.MEDIUM
