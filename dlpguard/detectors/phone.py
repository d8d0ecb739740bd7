"""Telephone numbers.

Up to fifteen digits (ITU-T E.164).  Nationally in the UK they are written with a leading 0 and
nine or ten more digits, abroad with "+44".  `phonenumbers` (Google's metadata of the regulators'
numbering plans) says which are in service; every number that its matcher finds is found, many
times as fast.  The ranges that Ofcom keeps free for drama are not in service, so the library calls
them invalid; they are valid here, since samples, training and trials are full of them.  Of random
numbers of eleven digits that start with 0 two in seven are possible, so bare digits are MEDIUM; a
country code, grouping or a word such as "tel" makes them HIGH.  What directly follows "order",
"invoice" or the like, or is glued to "#", "=", "@" or "_", is LOW.

Not a number: part of a longer one, a date or a time, an IP address, a price, a ten-digit NHS
number, an ISBN, an extension by itself.

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

from dlpguard.conventions import Setup
from dlpguard.detectors import _phonematcher
from dlpguard.detectors._normalise import cell as tidy
from dlpguard.detectors._normalise import digits
from dlpguard.detectors._numbering import LONGEST, e164
from dlpguard.detectors._pattern import finding, is_of_a_thing, supporting
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "phone"
_APART = r"[ ().\-/~\[\]\u00a0\u00ad\u200b\u2010-\u2015\u2060\u2212\u3000（）]"
PATTERN = re.compile(rf"\d(?:{_APART}{{0,4}}\d){{6,40}}(?![%£$€])")
"""From the first digit on: a pattern that begins with one class is the fastest to look for."""
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
GATE = (
    r"[0-9０-９](?:[ ().\-/~\[\]\x{a0}\x{ad}\x{200b}\x{2010}-\x{2015}\x{2060}\x{2212}\x{3000}（）]"
    r"{0,4}[0-9０-９]){6}"
)
PRIVATE = False
STRONG = False
NEEDS_HEADING = False

_DATES = re.compile(
    r"[0-3]?\d[-/. ][01]?\d[-/. ](?:19|20)\d\d(?!\d)|(?:19|20)\d\d[-/. ][01]?\d[-/. ][0-3]?\d(?!\d)"
)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}\Z")
_GROUP = re.compile(r"[(（\[]?(?:[+＋] ?)?[(（\[]?\d+")
_PLAIN = re.compile(r"(?:\+|0)\d(?:[ -]?\d){7,11}")
"""Nearly all numbers: tried whole before they are taken apart."""
_EXTENSION = re.compile(r"\s{0,2}(?:ext|extn|extension|x|#)[. :]{0,3}\d{1,7}", re.IGNORECASE)
_CELL = re.compile(r"[\d\s+()./,;&|–-]{0,40}(?:or[\d\s+()./-]{0,40})?")
_BREAK = re.compile(r"\s[-‐‑]|[-‐‑]\s|[/.(（\[‒–—―]")
_STARTS_AFTER = " \u00a0/(（[~\u3000.‒–—―"
"""Within a run of groups a number begins only after one of these: "1234-01632 960001" has none."""
_BRACKETS = "(（["
_LATIN = re.compile(r"[A-Za-zª-ɏ]")
"""Letters that make digits a part of a word; "电话01632 960001" is two things."""
_LEAD = "(（[+＋"
_NOT_BEFORE = re.compile(r"[%£$€\dA-Za-zª-ɏ]")
"""Directly before a first digit: a price, a word.  A bracket or plus between ends it."""
_GLUE = frozenset("#=@_&")
_TIED = re.compile(r"\d[.:‒–—]")


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every telephone number in a block."""
    text = block.text
    for match in PATTERN.finditer(text):
        at = _opening(text, match.start())
        read = at
        touched = at and at == match.start() and _NOT_BEFORE.match(text, at - 1)
        numbers = [] if touched else list(_numbers(text[at : match.end()], setup.phone_region))
        if match.end() - at > _SEVERAL:
            numbers = _with_others(text, at, match.end(), numbers, setup.phone_region)
        for first, last, value in numbers:
            start, end = at + first, at + last
            alone = not any(map(str.isdecimal, text[read:start]))
            read = end
            if _goes_on(text, end):
                continue
            written = text[start:end]
            glued = _is_glued(text, start, end)
            word = ""
            if alone and not written.isdigit():
                confidence, evidence = Confidence.HIGH, "written as a telephone number"
            elif word := supporting(text, start, end, SUPPORT):
                confidence, evidence = Confidence.HIGH, f"“{word}” nearby"
            else:
                confidence, evidence = Confidence.MEDIUM, "in the numbering plan"
            if not word and (glued or is_of_a_thing(text, start)):
                confidence, evidence = Confidence.LOW, "labelled as something else"
            yield finding(KIND, value, block, start, end, confidence, evidence)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The number that a cell holds; the leading 0 or "+" may be lost, an extension may follow.

    Of several numbers in one cell, the first.
    """
    text = tidy(cell)
    if not 7 <= len(text) <= 3 * LONGEST:
        return None
    if not text.isdigit():
        text = _EXTENSION.sub("", text)
    if not _CELL.fullmatch(text):
        return None
    for _, _, value in _numbers(text, setup.phone_region):
        return value
    bare = digits(text)
    if bare != text.replace(" ", "") or not 7 <= len(bare) <= LONGEST or _DATES.match(text):
        return None
    if setup.phone_region == "GB" and len(bare) in (9, 10) and bare[0] != "0":
        return e164("0" + bare, "GB")
    return e164(bare, setup.phone_region, international=True) if bare[:2] == "44" else None


def _opening(text: str, start: int) -> int:
    """Where the bracket and the plus before a first digit begin."""
    if start > 1 and text[start - 1] == " " and text[start - 2] in _PLUS:
        start -= 2
    while start and text[start - 1] in _LEAD:
        start -= 1
    return start


def _goes_on(text: str, end: int) -> bool:
    """Whether what follows makes the digits a part of a word or of a longer number."""
    after = text[end : end + 2]
    if len(after) == 2 and after[0] == "-" and after[1].isdecimal():
        return True
    if after.lower() == "x(":  # an extension in brackets
        return False
    return bool(_LATIN.match(after)) and not _EXTENSION.match(text, end)


def _is_glued(text: str, start: int, end: int) -> bool:
    """Whether a sign ties the digits to something else: "id=", "0.", ".50", ":30"."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before[-1:] in _GLUE or after[:1] in _GLUE:
        return True
    return _TIED.fullmatch(before) is not None or _TIED.fullmatch(after[::-1]) is not None


def _numbers(candidate: str, region: str) -> Iterator[tuple[int, int, str]]:
    """The numbers in a run of digit groups: where each starts and ends, and its value."""
    if _PLAIN.fullmatch(candidate) and not _DATES.match(candidate):
        value = e164(digits(candidate), region, international=candidate[0] == "+")
        if value:
            yield 0, len(candidate), value
            return
    if _ADDRESS.match(candidate):
        return
    groups = list(_GROUP.finditer(candidate))
    first = 0
    while first < len(groups):
        start = groups[first].start()
        if date := _DATES.match(candidate, start):
            while first < len(groups) and groups[first].start() < date.end():
                first += 1
            continue
        if _may_start(candidate, start, groups[first][0], region):
            last, value = _longest(candidate, groups, first, region)
            if value:
                yield start, _closed(candidate, groups[last].end()), value
                first = last
        first += 1


def _longest(
    candidate: str, groups: list[re.Match[str]], first: int, region: str
) -> tuple[int, str | None]:
    """The index of the last group of the longest number that starts at group `first`."""
    number = ""
    ends: list[tuple[int, str]] = []
    international = not _PLUS.isdisjoint(groups[first][0])
    for index in range(first, len(groups)):
        group = groups[index][0]
        if index > first and not _PLUS.isdisjoint(group):
            break
        if _leaves_a_bracket(candidate[groups[first].start() : groups[index].start()]):
            break
        number += _digits(group)
        if len(number) > LONGEST + 3:
            break
        if len(number) >= _SHORTEST:
            ends.append((index, number))
    for index, number in _in_order(candidate, groups, ends):
        if value := e164(number, region, international=international):
            return index, value
    return first, None


def _leaves_a_bracket(written: str) -> bool:
    """Whether a bracket closes that the number did not open: "(ring +49 30 123456) 0322 …"."""
    return any(written.count(end) > written.count(start) for start, end in ("()", "[]", "（）"))


def _in_order(
    candidate: str, groups: list[re.Match[str]], ends: list[tuple[int, str]]
) -> list[tuple[int, str]]:
    """What to try: all to the end of the run; what ends before " - ", "/" or "("; the rest."""
    longest_first = ends[::-1]
    if len(longest_first) < 2:
        return longest_first
    for place, (index, _) in enumerate(ends[:-1]):
        if _BREAK.search(candidate, groups[index].end(), groups[index + 1].start() + 1):
            before, after = ends[: place + 1], ends[place + 1 :]
            to_the_end = [ends[-1]] if ends[-1][0] == len(groups) - 1 else []
            return to_the_end + before[::-1] + after[::-1]
    return longest_first


def _with_others(
    text: str, at: int, end: int, numbers: list[tuple[int, int, str]], region: str
) -> list[tuple[int, int, str]]:
    """Ours, and those that the library finds in the same run: where one of several numbers ends,
    it tries more than we do."""
    offset = at - max(0, at - _AROUND)
    known = {value for _, _, value in numbers}
    for start, last, value in _phonematcher.numbers(text[at - offset : end + _AROUND], region):
        if value not in known and start >= offset:
            known.add(value)
            numbers.append((start - offset, last - offset, value))
    return sorted(numbers)


_AROUND = 8
"""Characters beside a run that the library is shown: whether a word or a digit touches it."""

_SEVERAL = 24
"""A run of so many characters can hold more than one number: few do, so few are read twice."""

_SHORTEST = 7
_PLUS = frozenset("+＋")


def _digits(group: str) -> str:
    """The digits of a group, of any script, as ASCII ones."""
    return (
        digits(group) if group.isascii() else "".join(str(int(c)) for c in group if c.isdecimal())
    )


def _may_start(candidate: str, start: int, group: str, region: str) -> bool:
    """Whether a number can start with this group; in the UK not without a 0, "00" or "+"."""
    if start and group[0] not in _LEAD and candidate[start - 1] not in _STARTS_AFTER:
        return False
    if not _PLUS.isdisjoint(group):
        return True
    if region == "GB":
        bare = group.lstrip(_BRACKETS)
        if bare in {"0", "０"}:  # "(0)1632 960001", "0 1632 960001"; "0-19-853453-1" is a book
            return group != bare or candidate[start + 1 : start + 2] == " "
        return bare[0] in "0０"
    return True


def _closed(candidate: str, end: int) -> int:
    return end + 1 if candidate[end : end + 1] in (")", "]", "）") else end
