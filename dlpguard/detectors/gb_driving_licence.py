"""UK driver numbers, as on a driving licence.

Great Britain, sixteen characters: five of the surname (short ones filled up with 9), the decade of
birth, two digits of the month (plus 50 for women), two of the day, the year, two initials (or 9),
a digit that tells namesakes apart, two letters that only DVLA can check.  Two digits of the issue
may follow.  Of random strings with letters and digits in these places one in 13 has a possible
date, but hardly anything else has the shape: MEDIUM, with a word such as "licence" HIGH.
Northern Ireland: eight digits, only directly beside such a word.

Source: DVLA, "Driver number" in INF46 and GOV.UK "View driving licence"; DVA Northern Ireland,
"Your driving licence explained", field 5.

>>> read_cell("MORGA 657054 SM9IJ 35", Setup())
'MORGA657054SM9IJ'
>>> read_cell("MORGA690054SM9IJ", Setup()) is None    # there is no month 90
True
>>> [f.value for f in find(Text("body", "driving licence no 12345678"), Setup())]
['12345678']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._normalise import squash
from dlpguard.detectors._pattern import NEARBY, finding, supporting
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "gb_driving_licence"
_GREAT_BRITAIN = (
    r"(?=[A-Z]{1,5}9{0,4}[ ]?\d)[A-Z9]{5}[ ]?\d(?:[05][1-9]|[16][0-2])(?:0[1-9]|[12]\d|3[01])\d"
    r"[ ]?[A-Z9]{2}\d[A-Z]{2}"
)
PATTERN = re.compile(
    rf"(?<![\w/-])(?:(?P<gb>{_GREAT_BRITAIN})(?:[ ]?\d\d(?!\d))?|(?P<ni>\d{{8}}))(?![\w/-]|[.,]\d)",
    re.IGNORECASE,
)
SUPPORT: tuple[str, ...] = (
    "driving licence", "driving licence no", "driving licence number", "driving license",
    "driver licence", "driver's licence", "driver number", "driver no", "dvla", "licence",
    "licence no", "licence number", "trwydded yrru",
)  # fmt: skip
HEADINGS = frozenset({
    "driving licence", "driving licence no", "driving licence no.", "driving licence number",
    "driving license", "driving license number", "driver number", "driver no", "dvla number",
    "driver licence", "driver licence number", "trwydded yrru",
})  # fmt: skip
GATE = (
    r"(?i)[a-z9]{5} ?[0-9]{6} ?[a-z9]{2}[0-9][a-z]{2}"
    r"|(?:driv|licen|trwydded).{0,40}\b[0-9]{8}\b"
)
PRIVATE = True
STRONG = True
NEEDS_HEADING = False

_LABELLED = re.compile(
    r"(?<!\w)(?:driv(?:ing|er'?s?)\s(?:licen[cs]e)|driver|trwydded\syrru)(?:\s(?:number|no|num|nr))?"
    r"(?:\s?\((?:ni|dva)\))?[.:#]{0,2}\s{0,4}(?:is\s)?(?:dva\s)?\Z",
    re.IGNORECASE,
)


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every driver number in a block; the value is in capitals, without spaces and issue."""
    del setup
    text = block.text
    for match in PATTERN.finditer(text):
        start, end = match.span()
        if match["ni"]:
            if _LABELLED.search(text, max(0, start - NEARBY), start):
                evidence = "“driving licence” directly before"
                yield finding(KIND, match["ni"], block, start, end, Confidence.HIGH, evidence)
            continue
        word = supporting(text, start, end, SUPPORT)
        sure = Confidence.HIGH if word else Confidence.MEDIUM
        evidence = f"“{word}” nearby" if word else "by its shape"
        if word or match["gb"].isupper():
            yield finding(KIND, squash(match["gb"]), block, start, end, sure, evidence)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The driver number of Great Britain that a cell holds."""
    del setup
    match = PATTERN.fullmatch(cell.strip())
    return squash(match["gb"]) if match and match["gb"] else None
