"""UK unique taxpayer references (UTR).

Ten digits, written together or 5 5, in letters sometimes with a K behind.  The first is a check
digit: the other nine, weighted 6, 7, 8, 9, 10, 5, 4, 3, 2, summed modulo 11, choose it from
"21987654321".  One random number of ten digits in ten passes, and every order has ten digits, so
it is one only beside a word such as "UTR" or "tax reference": then HIGH.  Companies and
partnerships have them too: it is private, but does not tell by itself who somebody is.

Source: HMRC, "Modulus 11 check digit" (for software developers); GOV.UK, "Find your UTR number".

>>> [f.value for f in find(Text("body", "UTR: 19558 39661 K"), Setup())]
['1955839661']
>>> is_valid("1955839661"), is_valid("2955839661")
(True, False)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._normalise import cell as tidy
from dlpguard.detectors._normalise import digits
from dlpguard.detectors._pattern import findings
from dlpguard.document import Text
from dlpguard.finding import Finding

KIND = "gb_utr"
PATTERN = re.compile(r"(?<![\w.,/+-])\d{5}[ ]?\d{5}(?:[ ]?[Kk])?(?![\w/-]|[.,]\d)")
SUPPORT: tuple[str, ...] = (
    "utr", "utr no", "utr number", "unique taxpayer reference", "unique tax reference",
    "taxpayer reference", "tax reference", "tax ref", "self assessment", "self-assessment",
)  # fmt: skip
HEADINGS = frozenset({
    "utr", "utr no", "utr number", "unique taxpayer reference", "tax reference", "tax ref",
    "taxpayer reference",
})  # fmt: skip
GATE = r"(?i)\butr\b|tax(?:payer)?\sref|self.assessment"
PRIVATE = True
STRONG = False
NEEDS_HEADING = True

_CHECK = "21987654321"
_WEIGHTS = (6, 7, 8, 9, 10, 5, 4, 3, 2)


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every UTR in a block; the value is its ten digits."""
    del setup
    return findings(KIND, PATTERN, _read, SUPPORT, block, lambda _match: None)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The UTR that a cell holds."""
    del setup
    candidate = tidy(cell)
    return _read(candidate) if PATTERN.fullmatch(candidate) else None


def is_valid(value: str) -> bool:
    """Whether ten digits begin with the check digit of a UTR."""
    total = sum(w * int(d) for w, d in zip(_WEIGHTS, value[1:], strict=True))
    return value[0] == _CHECK[total % 11]


def _read(candidate: str) -> str | None:
    value = digits(candidate)
    return value if is_valid(value) else None
