"""References of cases, clients, patients, crimes, claims.

No authority issues them: the organisation's own patterns (settings, `case_references`) are HIGH
wherever they stand alone.  Elsewhere a reference is the token with at least three digits that
directly follows a word such as "case ref" or "client ID" (HIGH) or "our ref" (MEDIUM: every letter
has one).  Orders, invoices, quotations and parts have references too; they are not people's and
are left out.

Source: the organisation; the wording is that of British public bodies' letters.

>>> own = Setup(case_references=(r"ILS/\\d{4}/\\d{5}",))
>>> [f.value for f in find(Text("body", "see ILS/2013/04417."), own)]
['ILS/2013/04417']
>>> [f.value for f in find(Text("body", "Client ID: 448812, invoice ref 99812"), Setup())]
['448812']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from dlpguard.detectors._normalise import cell as tidy
from dlpguard.detectors._normalise import squash
from dlpguard.detectors._pattern import finding
from dlpguard.detectors._setup import Setup
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "case_reference"
_PERSONS = (
    r"case|client|customer|patient|hospital|service\suser|crime|incident|claim|claimant|tenant|"
    r"tenancy|pupil|student|referral|safeguarding|housing|council\stax|person|member|swift|mosaic|"
    r"liquidlogic|carefirst|prison|prisoner|custody|application|applicant|complaint|file|record|nomis"
)
_LABEL = (
    rf"(?:(?P<person>{_PERSONS})[\s-]{{1,2}}(?:file\s|record\s)?"
    r"(?:reference|ref|id|identifier|number|no|num|nr)"
    r"|(?P<letter>our|your|my)[\s-]{1,2}(?:reference|ref)|cyf)"
)
PATTERN = re.compile(
    rf"(?<!\w){_LABEL}\b\.?(?:\s(?:no|number|id)\b\.?)?(?:\sis\b)?\s{{0,2}}[:#=–-]?\s{{0,3}}"
    r"(?P<token>[A-Za-z0-9](?:[A-Za-z0-9/_.-]{0,28}[A-Za-z0-9])?)(?![\w@])",
    re.IGNORECASE,
)
SUPPORT: tuple[str, ...] = (
    "case", "case ref", "case reference", "case number", "client id", "client ref", "our ref",
    "reference", "ref", "cyf",
)  # fmt: skip
HEADINGS = frozenset({
    "case", "case id", "case no", "case no.", "case number", "case ref", "case ref.",
    "case reference", "claim no", "claim number", "claim ref", "claim reference", "client id",
    "client no", "client number", "client ref", "client reference", "crime number", "crime ref",
    "customer id", "customer ref", "customer reference", "file ref", "hospital no",
    "hospital number", "liquidlogic id", "mosaic id", "patient id", "patient no",
    "patient number", "person id", "pupil id", "ref", "ref no", "ref no.", "ref.", "reference",
    "reference no", "reference number", "referral id", "service user id", "service user ref",
    "swift id", "swift no", "tenancy ref", "tenancy reference", "upn", "cyf", "cyfeirnod",
})  # fmt: skip
PRIVATE = True
STRONG = True
NEEDS_HEADING = True

FEWEST_DIGITS = 3
"""A token with fewer is a word, a year's half or a page ("case no 7")."""

_GENERIC = re.compile(r"(?=(?:[^\d]{0,20}\d){3})[A-Za-z0-9](?:[A-Za-z0-9/_.-]{1,28}[A-Za-z0-9])")
_DATE = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d{1,9}\.\d{1,2}")


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every reference in a block; the value is in capitals without spaces."""
    taken: set[int] = set()
    for start, end in _own(block.text, setup.case_references):
        taken.update((start, end))
        value = squash(block.text[start:end])
        yield finding(
            KIND, value, block, start, end, Confidence.HIGH, "the organisation's own pattern"
        )
    for match in PATTERN.finditer(block.text):
        start, end = match.span("token")
        token = match["token"]
        if start in taken or end in taken or not _is_reference(token):
            continue
        sure = Confidence.HIGH if match["person"] else Confidence.MEDIUM
        label = (match["person"] or match["letter"] or "cyf").casefold()
        yield finding(KIND, squash(token), block, start, end, sure, f"after “{label} …”")


def read_cell(cell: str, setup: Setup) -> str | None:
    """The reference that a cell holds: by the organisation's patterns, or a token of that kind."""
    text = tidy(cell)
    if is_own(text, setup):
        return squash(text)
    return squash(text) if _GENERIC.fullmatch(text) and _is_reference(text) else None


def is_own(cell: str, setup: Setup) -> bool:
    """Whether a cell is a reference by the organisation's own patterns: no heading needed."""
    text = cell.strip()
    return any(pattern.fullmatch(text) for pattern in _compile(setup.case_references))


def _is_reference(token: str) -> bool:
    return sum(c.isdigit() for c in token) >= FEWEST_DIGITS and not _DATE.fullmatch(token)


def _own(text: str, patterns: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for pattern in _compile(patterns):
        for match in pattern.finditer(text):
            start, end = match.span()
            if start < end and not _continues(text, start - 1) and not _continues(text, end):
                yield start, end


def _continues(text: str, at: int) -> bool:
    """Whether the character there would make the match a part of a longer token."""
    return 0 <= at < len(text) and text[at].isalnum()


@lru_cache(maxsize=8)
def _compile(patterns: tuple[str, ...]) -> tuple[Any, ...]:
    import re2  # noqa: PLC0415 - 20 ms that an organisation without patterns does not need

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    return tuple(re2.compile(pattern, options) for pattern in patterns)
