"""References of cases, clients, patients, crimes, claims.

No one authority issues them: the organisation's own patterns (settings, `case_references`) are HIGH
wherever they stand alone.  Elsewhere a reference is the token with at least three digits that
directly follows a word such as "case ref", "client ID", "hospital number", "crime ref", "MRN" or
"NOMS no" (HIGH) or "our ref" (MEDIUM: every letter has one).  Orders, invoices, quotations and
parts have references too; they are not people's and are left out.  One kind is told by itself: the
police's PNC ID, year, serial and a check letter (the serial with the year before it modulo 23);
of random strings of its shape one in 26 is possible: MEDIUM.

Source: the organisation; the wording is that of British public bodies' letters; Home Office, PNC
data standards, "PNC ID", as HM Prison and Probation Service checks it.

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

from dlpguard.conventions import Setup
from dlpguard.detectors._linear import compiled, encodable, spans
from dlpguard.detectors._normalise import cell as tidy
from dlpguard.detectors._normalise import squash
from dlpguard.detectors._pattern import finding
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "case_reference"
_PERSONS = (
    r"case|client|customer|patient|hospital|clinic|service\suser|crime|incident|claim|claimant|tenant|"
    r"tenancy|pupil|student|referral|safeguarding|housing|council\stax|person|member|swift|mosaic|"
    r"liquidlogic|carefirst|prison|prisoner|custody|application|applicant|complaint|file|record|nomis|"
    r"noms|pnc|cro|medical\srecord|unit|chart|police|offence|occurrence|warrant|court|probation|victim|"
    r"suspect|offender|resident|child|learner|candidate|employee|staff|payroll|benefit|rent\saccount|"
    r"rio|emis|systmone|home\soffice|asylum|nass|port"
)
_ALONE = r"mrn|pnc|pncid|cro|noms|nomis|crn|upn|cyf"
"""Names of systems that stand for their number: "MRN 123456"."""
_LABEL = (
    rf"(?:(?P<person>{_PERSONS})[\s-]{{1,2}}(?:file\s|record\s)?"
    r"(?:reference|ref|id|identifier|number|no|num|nr)"
    rf"|(?P<letter>our|your|my)[\s-]{{1,2}}(?:reference|ref)|(?P<alone>{_ALONE}))"
)
PATTERN = re.compile(
    rf"(?<!\w){_LABEL}\b\.?(?:\s(?:no|number|id)\b\.?)?(?:\sis\b)?\s{{0,2}}[:#=–-]?\s{{0,3}}"
    r"(?P<token>[A-Za-z0-9](?:[A-Za-z0-9/_.-]{0,28}[A-Za-z0-9])?)(?![\w@])",
    re.IGNORECASE,
)
SUPPORT: tuple[str, ...] = (
    "case", "case ref", "case reference", "case number", "client id", "client ref", "our ref",
    "reference", "ref", "cyf", "crime number", "hospital number", "mrn", "pnc",
)  # fmt: skip
HEADINGS = frozenset({
    "case", "case id", "case no", "case no.", "case number", "case ref", "case ref.",
    "case reference", "claim no", "claim number", "claim ref", "claim reference", "client id",
    "client no", "client number", "client ref", "client reference", "crime number", "crime ref",
    "customer id", "customer ref", "customer reference", "file ref", "hospital no",
    "hospital number", "liquidlogic id", "mosaic id", "patient id", "patient no",
    "patient number", "person id", "pupil id", "ref", "ref no", "ref no.", "ref.", "reference",
    "reference no", "reference number", "referral id", "service user id", "service user ref",
    "crime reference", "crime no", "crn", "medical record number", "mrn", "noms", "noms no",
    "noms number", "pnc", "pnc id", "pnc no", "prison number", "unit number",
    "swift id", "swift no", "tenancy ref", "tenancy reference", "upn", "cyf", "cyfeirnod",
})  # fmt: skip
GATE = (
    r"(?i)\b(?:ref|reference|id|identifier|number|no|num|nr|mrn|pnc|pncid|cro|noms|nomis|crn|upn|cyf)"
    r"\b\W{0,8}(?:(?:no|number|id|is)\b\W{0,6}){0,2}[a-z0-9/_.-]{0,30}[0-9]"
    r"|\b(?:[0-9]{2}|[0-9]{4})/[0-9]{1,7}[a-z]\b"
)
PRIVATE = True
STRONG = True
NEEDS_HEADING = True

FEWEST_DIGITS = 3
"""A token with fewer is a word, a year's half or a page ("case no 7")."""

LONGEST = 60
"""Characters of a cell that may be a reference."""

_GENERIC = re.compile(r"(?=(?:[^\d]{0,20}\d){3})[A-Za-z0-9](?:[A-Za-z0-9/_.-]{1,28}[A-Za-z0-9])")
_PNC = re.compile(
    r"(?<![\w/-])(?:19|20)?(?P<year>\d\d)/(?P<serial>\d{1,7})(?P<check>[A-HJ-NP-RT-Z])(?![\w/-])"
)
_CHECK_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
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
        taken.update((start, end))
        sure = Confidence.MEDIUM if match["letter"] else Confidence.HIGH
        label = (match["person"] or match["letter"] or match["alone"]).casefold()
        yield finding(KIND, squash(token), block, start, end, sure, f"after “{label} …”")
    for match in _PNC.finditer(block.text):
        start, end = match.span()
        if start not in taken and end not in taken and is_pnc_id(match[0]):
            evidence = "by its shape a PNC ID"
            yield finding(KIND, match[0], block, start, end, Confidence.MEDIUM, evidence)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The reference that a cell holds: by the organisation's patterns, or a token of that kind."""
    text = tidy(cell)
    if len(text) > LONGEST:
        return None
    if is_own(text, setup):
        return squash(text)
    return squash(text) if _GENERIC.fullmatch(text) and _is_reference(text) else None


def is_pnc_id(text: str) -> bool:
    """Whether a text is a PNC ID with its right check letter, in its long or short form.

    >>> is_pnc_id("2003/0062845E") and is_pnc_id("03/62845E")
    True
    """
    match = _PNC.fullmatch(text)
    if match is None:
        return False
    number = int(match["year"] + match["serial"].zfill(7))
    return _CHECK_LETTERS[number % 23] == match["check"]


def is_own(cell: str, setup: Setup) -> bool:
    """Whether a cell is a reference by the organisation's own patterns: no heading needed."""
    if not setup.case_references:
        return False
    text = encodable(cell.strip())
    return any(pattern.fullmatch(text) for pattern in _compiled(setup.case_references))


def _is_reference(token: str) -> bool:
    return sum(c.isdigit() for c in token) >= FEWEST_DIGITS and not _DATE.fullmatch(token)


def _own(text: str, patterns: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for pattern in _compiled(patterns):
        yield from spans(pattern, text)


@lru_cache(maxsize=8)
def _compiled(patterns: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(compiled(pattern, case_sensitive=False) for pattern in patterns)
