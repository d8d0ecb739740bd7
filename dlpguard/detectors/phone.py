"""Telephone numbers.

Up to fifteen digits (ITU-T E.164).  Nationally in the UK they are written with a leading 0 and
nine or ten more digits, abroad with "+44".  `phonenumbers` (Google's metadata of the regulators'
numbering plans) says which are in service; a prefilter finds the candidates, because its own
matcher is five times slower.  The ranges that Ofcom keeps free for drama are not in service, so
the library calls them invalid; they are valid here, since samples, training and trials are full
of them.  Of random numbers of eleven digits that start with 0 one in four is possible, so bare
digits are MEDIUM; a country code, grouping or a word such as "tel" makes them HIGH.

Not a number: part of a longer one, a date or a time, an IP address, a price, a ten-digit NHS
number, an ISBN, what directly follows "order", "invoice" or the like, an extension by itself.

The value is E.164 ("+447700900123").

Source: ITU-T E.164; Ofcom, National Telephone Numbering Plan; Ofcom, "Telephone numbers for use in
TV and radio drama programmes".

>>> text = "ring (01632) 960 001 ext 12 or +44 (0)7700 900123"
>>> [f.value for f in find(Text("body", text), Setup())]
['+441632960001', '+447700900123']
>>> read_cell("7700900123", Setup())               # a spreadsheet ate the 0
'+447700900123'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers

from dlpguard.detectors._normalise import cell as tidy
from dlpguard.detectors._normalise import digits
from dlpguard.detectors._pattern import finding, supporting, word_pattern
from dlpguard.detectors._setup import Setup
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "phone"
_APART = r"[ \u00a0().\-‐‑–/]"
PATTERN = re.compile(
    rf"(?<![\w@#£$€%=_])(?<![\d\w][.,/:-])(?<![+(])"
    rf"(?:[+＋]|\()?\(?\+?\d(?:{_APART}{{0,3}}\d){{6,30}}(?![\d@%_]|[.,:/-]\d|(?!x\d|ext)[^\W\d_])"
)
SUPPORT: tuple[str, ...] = (
    "tel", "tel no", "telephone", "phone", "mobile", "mob", "cell", "call", "ring", "fax",
    "text", "contact", "contact number", "landline", "whatsapp", "dial", "ffôn", "ffon",
    "symudol", "t:", "m:", "p:",
)  # fmt: skip
HEADINGS = frozenset({
    "cell", "contact", "contact no", "contact no.", "contact number", "contact tel",
    "daytime phone", "emergency contact number", "evening phone", "fax", "home phone",
    "home tel", "home telephone", "landline", "mob", "mob no", "mobile", "mobile no",
    "mobile no.", "mobile number", "mobile phone", "phone", "phone no", "phone no.",
    "phone number", "phone 1", "phone 2", "ph", "tel", "tel.", "tel no", "tel no.", "tel number",
    "telephone", "telephone no", "telephone no.", "telephone number", "work phone", "work tel",
    "ffôn", "rhif ffôn", "symudol",
})  # fmt: skip
PRIVATE = False
STRONG = False
NEEDS_HEADING = False

NOT_PHONES = word_pattern((
    "isbn", "issn", "ean", "barcode", "serial", "serial no", "order", "order no", "order number",
    "invoice", "invoice no", "invoice number", "part", "part no", "po", "po number", "sku",
    "iban", "vat", "vat no", "vat number", "tracking", "tracking number", "batch", "charity no",
    "company no", "company number", "registration no",
))  # fmt: skip
LABEL_REACH = 14
"""Characters before a number in which such a word speaks about it ("Order number: ")."""

_DRAMA = re.compile(
    r"(?:11[3-8]|1[2-6]1)4960\d{3}|1914980\d{3}|2079460\d{3}|2896496\d{3}|2920180\d{3}"
    r"|1632960\d{3}|7700900\d{3}|8081570\d{3}|9098790\d{3}|3069990\d{3}"
)
"""National numbers (without the 0) in Ofcom's drama ranges, 1,000 each."""

_GB_MOBILE = re.compile(r"7[1-57-9]\d{8}")
"""Ofcom's plan for mobiles; blocks are given out faster than the library's metadata follows."""

_DATES = re.compile(
    r"[0-3]?\d[-/. ][01]?\d[-/. ](?:19|20)\d\d(?!\d)|(?:19|20)\d\d[-/. ][01]?\d[-/. ][0-3]?\d(?!\d)"
)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}\Z")
_GROUP = re.compile(r"\(?[+＋]?\d+")
_EXTENSION = re.compile(r"\s{0,2}(?:ext|extn|extension|x|#)[. :]{0,3}\d{1,7}", re.IGNORECASE)
LONGEST = 15
"""Digits of the longest number (E.164); with an 00 prefix and a (0) there may be three more."""


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every telephone number in a block."""
    text = block.text
    for match in PATTERN.finditer(text):
        for first, last, value in _numbers(match[0], setup.phone_region):
            start, end = match.start() + first, match.start() + last
            word = supporting(text, start, end, SUPPORT)
            if not word and NOT_PHONES.search(text, max(0, start - LABEL_REACH), start):
                continue
            written = text[start:end]
            if word:
                confidence, evidence = Confidence.HIGH, f"“{word}” nearby"
            elif not written.strip().isdigit():
                confidence, evidence = Confidence.HIGH, "written as a telephone number"
            else:
                confidence, evidence = Confidence.MEDIUM, "in the numbering plan"
            yield finding(KIND, value, block, start, end, confidence, evidence)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The number that a cell holds; the leading 0 or "+" may be lost, an extension may follow.

    Of several numbers in one cell, the first.
    """
    text = _EXTENSION.sub("", tidy(cell))
    if len(text) > 3 * LONGEST or not re.fullmatch(r"[\d\s+()./,;&|–-]*(?:or[\d\s+()./-]*)?", text):
        return None
    for _, _, value in _numbers(text, setup.phone_region):
        return value
    bare = digits(text)
    if bare != text.replace(" ", "") or not 7 <= len(bare) <= LONGEST or _DATES.match(text):
        return None
    if setup.phone_region == "GB" and len(bare) in (9, 10) and bare[0] != "0":
        return _e164("0" + bare, "GB")
    return _e164("+" + bare, setup.phone_region) if bare[:2] == "44" else None


def _numbers(candidate: str, region: str) -> Iterator[tuple[int, int, str]]:
    """The numbers in a run of digit groups: where each starts and ends, and its value."""
    if _DATES.match(candidate) or _ADDRESS.match(candidate):
        return
    groups = list(_GROUP.finditer(candidate))
    first = 0
    while first < len(groups):
        last, value = _longest(candidate, groups, first, region)
        if value:
            yield groups[first].start(), _closed(candidate, groups[last].end()), value
            first = last
        first += 1


def _longest(
    candidate: str, groups: list[re.Match[str]], first: int, region: str
) -> tuple[int, str | None]:
    """The index of the last group of the longest number that starts at group `first`."""
    start = groups[first].start()
    if not _may_start(candidate, start, groups[first][0], region):
        return first, None
    total = 0
    ends: list[int] = []
    for index in range(first, len(groups)):
        total += len(digits(groups[index][0]))
        if total > LONGEST + 3 or (index > first and "+" in groups[index][0]):
            break
        if total >= 7:
            ends.append(index)
    for index in reversed(ends):
        value = _e164(candidate[start : groups[index].end()], region)
        if value:
            return index, value
    return first, None


def _may_start(candidate: str, start: int, group: str, region: str) -> bool:
    """Whether a number can start with this group; in the UK not without a 0, "00" or "+"."""
    if start and candidate[start - 1] not in " \u00a0/(":
        return False
    if "+" in group or "＋" in group:
        return True
    bare = group.lstrip("(")
    if region == "GB":
        return bare[0] == "0" and bare != "0"  # "0-19-853453-1" is a book
    return True


def _closed(candidate: str, end: int) -> int:
    return end + 1 if candidate[end : end + 1] == ")" else end


@lru_cache(maxsize=4096)
def _e164(written: str, region: str) -> str | None:
    """A number in E.164 when it is in service, or in a range kept for drama."""
    bare = digits(written)
    if region == "GB" or "+44" in written.replace(" ", "") or bare.startswith("0044"):
        national = _gb_national(written, bare)
        if national and (_DRAMA.fullmatch(national) or _GB_MOBILE.fullmatch(national)):
            return f"+44{national}"
    if bare.startswith("00") and "+" not in written:
        written = "+" + bare[2:]
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _gb_national(written: str, bare: str) -> str | None:
    """The ten digits after the 0 or the +44 (0) of a UK number."""
    if "+" in written or bare.startswith("00"):
        bare = bare.removeprefix("00")
        if not bare.startswith("44"):
            return None
        national = bare[2:].removeprefix("0")
    elif bare.startswith("0"):
        national = bare[1:]
    else:
        return None
    return national if len(national) == 10 else None
