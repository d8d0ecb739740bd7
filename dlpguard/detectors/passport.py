"""Passport numbers: a British one by its label, any country's in its machine-readable zone.

A British passport has nine digits and no check digit that is printed beside them; any nine digits
will do, so they are one only directly after "passport" (HIGH).  The machine-readable zone of any
passport is 44 characters: number, check digit, state, birth date, check digit, sex, expiry, check
digit, optional data and a check digit over all.  Each check digit (weights 7, 3, 1 modulo 10) is
right by chance one time in ten, all four one time in 10,000, and nothing else looks like it: HIGH.

Source: HM Passport Office, "Basic Passport Checks" (number: nine digits); ICAO Doc 9303, parts
3 and 4 (TD3).

>>> text = "Passport no: 533 380 006"
>>> [f.value for f in find(Text("body", text), Setup())]
['533380006']
>>> [f.value for f in find(Text("scan", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"), Setup())]
['L898902C3']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._normalise import cell as tidy
from dlpguard.detectors._normalise import digits
from dlpguard.detectors._pattern import finding
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "passport"
_ZONE = r"[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{14}[\d<]\d"
PATTERN = re.compile(
    rf"(?<![A-Z0-9<])(?P<zone>{_ZONE})(?![A-Z0-9<])"
    r"|(?<!\w)[Pp](?:assport|ASSPORT)\b(?:\s(?i:number|no|num|nr|id|ref|details))?(?:\s?\([^()\n]{1,20}\))?"
    r"(?:\s(?i:is|was))?[.:#–-]{0,2}\s{0,4}(?:(?i:GBR)\s?)?"
    r"(?P<number>\d{3}[ ]?\d{3}[ ]?\d{3})(?![\w/-]|[.,]\d)"
)
SUPPORT: tuple[str, ...] = ("passport", "passport no", "passport number", "pasbort")
HEADINGS = frozenset({
    "passport", "passport no", "passport no.", "passport number", "passport ref", "pasbort",
    "rhif pasbort",
})  # fmt: skip
GATE = r"(?i:passport)[^\n]{0,50}[0-9]{3}|[A-Z<]{3}[0-9]{7}[MFX<][0-9]{7}[A-Z0-9<]{14}"
PRIVATE = True
STRONG = True
NEEDS_HEADING = True

_CHECKED = ((slice(0, 9), 9), (slice(13, 19), 19), (slice(21, 27), 27))
"""Number, birth date and expiry of the zone, and where their check digits stand."""


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every passport number in a block; its value has neither spaces nor fillers."""
    del setup
    for match in PATTERN.finditer(block.text):
        if match["number"]:
            value = digits(match["number"])
            start, end = match.span("number")
            evidence = "“passport” directly before"
        else:
            start, end = match.span("zone")
            value = match["zone"][:9].rstrip("<")
            evidence = "a machine-readable zone"
            if not is_zone(match["zone"]):
                continue
        yield finding(KIND, value, block, start, end, Confidence.HIGH, evidence)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The number that a cell holds: nine digits, or seven after one or two letters (other states).

    >>> read_cell("533380006", Setup()), read_cell("C01X0006H", Setup())
    ('533380006', 'C01X0006H')
    """
    del setup
    value = tidy(cell).replace(" ", "").upper()
    return value if re.fullmatch(r"\d{9}|(?=.{0,8}\d{3})[A-Z][A-Z0-9]{7,8}", value) else None


def is_zone(zone: str) -> bool:
    """Whether the check digits of the second line of a machine-readable zone are right."""
    if any(_check_digit(zone[field]) != zone[at] for field, at in _CHECKED):
        return False
    optional = _check_digit(zone[28:42])
    if zone[42] != optional and not (zone[42] == "<" and optional == "0"):
        return False
    return _check_digit(zone[0:10] + zone[13:20] + zone[21:43]) == zone[43]


def _check_digit(field: str) -> str:
    values = (0 if c == "<" else int(c, 36) for c in field)
    return str(
        sum(weight * value for weight, value in zip((7, 3, 1) * 15, values, strict=False)) % 10
    )
