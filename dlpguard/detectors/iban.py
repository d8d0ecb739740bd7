"""International bank account numbers (IBAN).

Two letters of a country, two check digits, and the account as that country writes it: up to 30
letters and digits, always of one length.  Moved to the end and read as a number (A is 10), country
and check digits make the whole 1 modulo 97: one random string of the right shape and length in 97
passes.  Written in groups of four or without spaces.  Since the country's length must be right as
well, a bare IBAN is HIGH.  It may be a firm's, so it is private only beside somebody's name.

Source: ISO 13616-1; SWIFT, IBAN Registry (release 99).

>>> read_cell("GB82 WEST 1234 5698 7654 32", Setup())
'GB82WEST12345698765432'
>>> read_cell("GB82 WEST 1234 5698 7654 33", Setup()) is None     # wrong check digits
True
>>> read_cell("GB82WEST123456987654", Setup()) is None            # a British one has 22 characters
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._check_digits import mod97
from dlpguard.detectors._normalise import squash
from dlpguard.detectors._pattern import finding
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "iban"
PATTERN = re.compile(
    r"(?<![A-Za-z0-9/_-])[A-Za-z]{2}\d\d(?:[ ]?[A-Za-z0-9]{4}){2,7}(?:[ ]?[A-Za-z0-9]{1,3})?"
    r"(?![A-Za-z0-9/_])"
)
SUPPORT: tuple[str, ...] = ("iban", "account", "bank", "bic", "swift")
HEADINGS = frozenset({"iban", "iban no", "iban number", "international bank account number"})
GATE = "[A-Za-z]{2}[0-9]{2} ?[A-Za-z0-9]{4} ?[A-Za-z0-9]{4}"
PRIVATE = True
STRONG = False
NEEDS_HEADING = False

LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BI": 27, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27,
    "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
    "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22,
    "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
    "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28,
    "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
"""Characters of an IBAN of each country that has them."""


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every IBAN in a block; the value is in capitals without spaces."""
    del setup
    text = block.text
    for match in PATTERN.finditer(text):
        end = _end(text, match)
        if end and (value := _read(text[match.start() : end])):
            evidence = "its check digits and length"
            yield finding(KIND, value, block, match.start(), end, Confidence.HIGH, evidence)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The IBAN that a cell holds."""
    del setup
    candidate = cell.strip()
    return _read(candidate) if PATTERN.fullmatch(candidate) else None


def _end(text: str, match: re.Match[str]) -> int:
    """Where the IBAN ends that a match begins with: the next word may look like one more group."""
    left = LENGTHS.get(match[0][:2].upper(), 0)
    for at in range(match.start(), match.end()):
        left -= text[at] != " "
        if not left:
            return 0 if text[at + 1 : at + 2].isalnum() else at + 1
    return 0


def _read(candidate: str) -> str | None:
    value = squash(candidate)
    is_one = len(value) == LENGTHS.get(value[:2]) and mod97(value[4:] + value[:4])
    return value if is_one else None
