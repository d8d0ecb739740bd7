"""Numbers of payment cards (PAN).

Twelve to nineteen digits, the last a Luhn check digit, the first ones an issuer's: Visa 4,
Mastercard 51–55 and 2221–2720, American Express 34 and 37, Discover 6011, 644–649 and 65, Diners
300–305, 36, 38 and 39, JCB 3528–3589, UnionPay 62, Maestro 50, 56–58, 6304, 6390, 67; each with its
own lengths.  Written 4-4-4-4 (American Express 4-6-5) or without gaps.  One random number of
sixteen digits in 35 passes, so a bare one is MEDIUM; words such as "card" make it HIGH.  A number
of one digit over and over is nobody's.

Source: ISO/IEC 7812-1 (structure, Luhn); the issuers' published ranges.

>>> read_cell("4111 1111 1111 1111", Setup())
'4111111111111111'
>>> read_cell("4111 1111 1111 1112", Setup()) is None             # wrong check digit
True
>>> read_cell("9111111111111110", Setup()) is None                # nobody's range
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._check_digits import luhn
from dlpguard.detectors._normalise import cell as tidy
from dlpguard.detectors._normalise import digits
from dlpguard.detectors._pattern import findings, is_of_a_thing
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "payment_card"
PATTERN = re.compile(
    r"(?<![\w./+,£$€-])(?<!\d[ ])[2-6](?:\d{11,18}"
    r"|\d{3}(?P<gap>[ -])(?:\d{4}(?P=gap)){2}\d{4}(?:(?P=gap)\d{3})?|\d{3}[ -]\d{6}[ -]\d{4,5})"
    r"(?![\w/-]|[.,]\d|[ ]\d)"
)
SUPPORT: tuple[str, ...] = (
    "card", "card no", "card number", "credit card", "debit card", "visa", "mastercard", "amex",
    "american express", "maestro", "pan", "expiry", "exp", "expires", "cvv", "cvc", "valid thru",
    "cardholder",
)  # fmt: skip
HEADINGS = frozenset({
    "card", "card no", "card no.", "card number", "credit card", "credit card number",
    "credit card no", "debit card", "debit card number", "payment card", "pan",
})  # fmt: skip
GATE = "[2-6][0-9]{3}[ -]?[0-9]{4}[0-9 -]{4}"
PRIVATE = True
STRONG = True
NEEDS_HEADING = False

_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}(?:\d{3})?"
    r"|3(?:0[0-5]|[689]\d)\d{11}"
    r"|35(?:2[89]|[3-8]\d)\d{12}(?:\d{3})?"
    r"|62\d{14,17}"
    r"|(?:50\d\d|5[678]\d\d|6304|6390|67\d\d)\d{8,15}"
)


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every card number in a block; the value is its digits."""
    del setup
    return findings(KIND, PATTERN, _read, SUPPORT, block, _alone)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The card number that a cell holds."""
    del setup
    candidate = tidy(cell)
    return _read(candidate) if PATTERN.fullmatch(candidate) else None


def _read(candidate: str) -> str | None:
    value = digits(candidate)
    if not _ISSUERS.fullmatch(value) or not luhn(value) or len(set(value)) == 1:
        return None
    return value


def _alone(match: re.Match[str]) -> Confidence | None:
    return None if is_of_a_thing(match.string, match.start()) else Confidence.MEDIUM
