"""UK National Insurance numbers (NINO).

Two prefix letters, six digits, one suffix letter A to D: QQ 12 34 56 C.  Neither prefix letter is
D, F, I, Q, U or V; the second is not O either; the prefixes BG, GB, KN, NK, NT, TN and ZZ are not
allocated.  There is no check digit: of random strings of the right shape about one in thirteen
is a possible NINO, so product codes look like one, and a bare match is MEDIUM.  Words such as
"National Insurance" nearby make it HIGH.  Lower case, or a missing suffix, is believed only with
such a word.

Source: HMRC, National Insurance Manual NIM39110 (Format and Security: What is a NINO).

>>> read_cell("aa 12 34 56 c", Setup())
'AA123456C'
>>> read_cell("BG123456C", Setup()) is None       # not an allocated prefix
True
>>> read_cell("AA123456E", Setup()) is None       # suffixes are A to D
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

KIND = "gb_nino"
PATTERN = re.compile(
    r"(?<![\w/-])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r"[ ]?\d\d[ ]?\d\d[ ]?\d\d(?:[ ]?[A-D])?(?![\w/])",
    re.IGNORECASE,
)
SUPPORT: tuple[str, ...] = (
    "ni", "nino", "ni no", "ni number", "nat ins", "national insurance", "national insurance no",
    "national insurance number", "insurance number", "yswiriant gwladol",
)  # fmt: skip
HEADINGS = frozenset({
    "ni", "nino", "ni no", "ni no.", "ni number", "nat ins no", "national insurance",
    "national insurance no", "national insurance no.", "national insurance number",
    "rhif yswiriant gwladol",
})  # fmt: skip
GATE = r"(?i)[a-z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2}"
PRIVATE = True
STRONG = True
NEEDS_HEADING = False

_UNALLOCATED = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every NINO in a block; the value is in capitals without spaces."""
    del setup
    return findings(KIND, PATTERN, _read, SUPPORT, block, _alone)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The NINO that a cell holds, with or without its suffix letter."""
    del setup
    return _read(cell) if PATTERN.fullmatch(cell.strip()) else None


def is_whole(cell: str) -> bool:
    """Whether a cell holds a NINO with its suffix letter: without one it is a code as often.

    >>> is_whole("AA 12 34 56 C"), is_whole("AA123456")
    (True, False)
    """
    text = cell.strip()
    return text[-1:].isalpha() and PATTERN.fullmatch(text) is not None and _read(text) is not None


def _read(candidate: str) -> str | None:
    value = squash(candidate)
    return None if value[:2] in _UNALLOCATED else value


def _alone(match: re.Match[str]) -> Confidence | None:
    whole = len(squash(match[0])) == 9
    return Confidence.MEDIUM if whole and match[0].isupper() else None
