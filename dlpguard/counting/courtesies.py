"""What in a text only says who writes to whom: greetings, signatures, quoted headers.

Taking part is not being disclosed (DESIGN 6), so the names, numbers and addresses that stand
there are nobody's leak.  A list may stand below "Kind regards" too: a signature ends after a few
lines, before a sentence, before anything that nobody signs with (a birth date, a bank account),
and where it names more people than sign a letter.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from typing import Any

from dlpguard.detectors import date_of_birth, gb_bank_account, gb_nhs_number, gb_nino, money
from dlpguard.detectors import person_name as names
from dlpguard.finding import Confidence, Finding

SIGNATURE_LINES = 14
"""Lines of a long signature: name, job, team, postal address, four numbers, a slogan."""

SENTENCE_WORDS = 7
"""Words before a full stop that are a sentence; mottos and "Please recycle." are shorter."""

SIGNERS = 2
"""Names in a signature: who signs, and who is to be rung instead."""

NEVER_SIGNED = frozenset(
    {date_of_birth.KIND, gb_bank_account.KIND, gb_nhs_number.KIND, gb_nino.KIND, money.KIND}
)
"""Kinds that stand in no signature."""

HEADER_LINES = 60
"""Lines of a quoted header: To and Cc of a long thread are wrapped."""

_QUOTE = r"[ \t>|*]{0,20}"
_GREETING = re.compile(
    rf"\n{_QUOTE}(?:dear|hi|hello|hiya|hey|good (?:morning|afternoon|evening)|morning|afternoon|"
    r"annwyl|helo|bore da|prynhawn da)[ \t]{1,4}"
    r"(?P<names>(?:(?:mr|mrs|ms|miss|dr|prof|rev|cllr|[a-z])\.[ ]?){0,4}[^\n,:;!.]{1,80})",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    rf"\n(?:{_QUOTE}(?:(?:(?:with|kindest|kind|best|warm|warmest|many|my|very)[ ]){{0,3}}"
    r"(?:regards|wishes|thanks|thank you|rgds|cofion(?: cynnes| gorau)?|diolch(?: yn fawr)?)"
    r"|yours(?: sincerely| faithfully| truly| ever)?|sincerely|cheers|sent from my [^\n]{1,30})"
    r"(?:[ ](?:and[ ][^\n]{1,20}|in advance))?[ \t,.!–-]{0,6}(?!for\b)(?:[^\n,]{0,30})|-- ?)$",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_FIELD = re.compile(
    rf"{_QUOTE}(?P<field>from|sent|to|cc|bcc|date|subject|reply-to|importance|attachments|when|"
    r"where|organizer|organiser|attendees|required attendees|optional attendees|oddi wrth|at|"
    r"anfonwyd|pwnc)"
    r"[*]{0,2}[ \t]{0,3}:",
    re.IGNORECASE,
)
_CALENDAR = re.compile(
    r"\n(?:ATTENDEE|ORGANIZER|UID|CONTACT)[;:][^\n]{0,500}(?:\n[ \t][^\n]{0,500}){0,20}"
)
"""Fields of invitations (RFC 5545), with the lines that they are folded into."""

_WROTE = re.compile(
    rf"\n{_QUOTE}(?:on|ar)\b[^\n]{{4,200}}(?:\n{_QUOTE}[^\n]{{1,200}}){{0,2}}\b(?:wrote|ysgrifennodd):",
    re.IGNORECASE,
)
_BEGINNINGS = (
    r"\n[ \t>|*]{0,20}(?:(?:dear|hi|hello|hiya|hey|good (?:morning|afternoon|evening)|morning|"
    r"afternoon|annwyl|helo|bore da|prynhawn da)[ \t]"
    r"|(?:(?:(?:with|kindest|kind|best|warm|warmest|many|my|very) ){0,3}"
    r"(?:regards|wishes|thank|rgds|cofion|diolch)|yours|sincerely|cheers|sent from my|--)"
    r"[^\n]{0,100}(?:\n|\z))"
)
"""How every greeting begins and every closing looks, for google-re2: a twentieth of the time of
looking for them, and most of what is long has none of these."""

_LETTERS_I = "\u0130\u0131"
"""Letters that are an "i" for Python where case does not matter, and none for google-re2."""

_EVERYBODY = re.compile(
    r"\b(?:all|both|team|colleagues?|everyone|everybody|sir|madam|there|folks|member|customer|"
    r"resident|parent|carer|tenant|client|applicant|councillors?|bawb)s?\b",
    re.IGNORECASE,
)


class Courtesy(Enum):
    """What kind of courtesy a passage is."""

    GREETING = "greeting"
    SIGNATURE = "signature"
    HEADER = "quoted header"


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that discloses nobody: from `start` to `end` in characters."""

    courtesy: Courtesy
    start: int
    end: int
    names: tuple[str, ...] = field(default=(), repr=False)


def passages(text: str, found: Sequence[Finding] = ()) -> tuple[Passage, ...]:
    """The greetings, signatures and quoted headers of a text, by start.

    `found` is what detectors found in it, by start: it tells where a signature ends.
    """
    if not _may_greet(text):
        return tuple(sorted(_headers(text), key=lambda p: p.start))
    others = [*_greetings(text), *_headers(text)]
    signatures = (_trimmed(s, text, found) for s in _signatures(text, others))
    return tuple(sorted((*others, *signatures), key=lambda p: p.start))


def _may_greet(text: str) -> bool:
    """Whether a line may greet somebody or close a letter."""
    if any(letter in text for letter in _LETTERS_I):
        return True
    return _beginnings().search(f"\n{text}".encode("utf-8", "replace")) is not None


@cache
def _beginnings() -> Any:
    import re2  # noqa: PLC0415 - 20 ms that commands which read no text do not need

    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(_BEGINNINGS, options)


def _at_lines(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int, re.Match[str]]]:
    """Where a pattern matches that begins with the end of the line before: start, end, match.

    Many times as fast as "^", before which every character is looked at.
    """
    for match in pattern.finditer("\n" + text):
        yield match.start(), match.end() - 1, match


def _greetings(text: str) -> Iterator[Passage]:
    for start, end, match in _at_lines(_GREETING, text):
        names = re.split(r"[ \t](?:and|&|a)[ \t]|/", match["names"])
        kept = tuple(name.strip() for name in names if not _EVERYBODY.search(name))
        yield Passage(Courtesy.GREETING, start, end, kept)


def _headers(text: str) -> Iterator[Passage]:
    # Each of these holds a colon, or a semicolon if it is a calendar's.
    patterns = (_WROTE, _CALENDAR) if ":" in text else (_CALENDAR,) if ";" in text else ()
    for pattern in patterns:
        for start, end, _ in _at_lines(pattern, text):
            yield Passage(Courtesy.HEADER, start, end)
    start, fields, at, lines = -1, set[str](), 0, 0
    for line in text.splitlines(keepends=True) if ":" in text else ():
        header = _HEADER_FIELD.match(line) if ":" in line else None
        if header:
            start = at if start < 0 else start
            fields.add(header["field"].casefold())
        if start >= 0 and ((not header and not _continues(line)) or lines >= HEADER_LINES):
            if _is_header(fields):
                yield Passage(Courtesy.HEADER, start, at)
            start, fields, lines = -1, set(), 0
        lines = lines + 1 if start >= 0 else 0
        at += len(line)
    if start >= 0 and _is_header(fields):
        yield Passage(Courtesy.HEADER, start, at)


def _continues(line: str) -> bool:
    """Whether a line goes on with the addresses of the one before."""
    return "@" in line and (";" in line or "<" in line or line[:1] in " \t")


def _is_header(fields: set[str]) -> bool:
    return len(fields) >= 2 and not fields.isdisjoint(
        {
            "from",
            "to",
            "cc",
            "oddi wrth",
            "organizer",
            "organiser",
            "required attendees",
            "attendees",
        }
    )


def _signatures(text: str, others: list[Passage]) -> Iterator[Passage]:
    stops = sorted(p.start for p in others)
    greetings = {p.start for p in others if p.courtesy is Courtesy.GREETING}
    end = 0
    for start, closed, _ in _at_lines(_CLOSING, text):
        if start < end:
            continue
        end = closed
        for _ in range(SIGNATURE_LINES):
            line_end = text.find("\n", end + 1)
            end = line_end if line_end >= 0 else len(text)
            if end == len(text):
                break
        following = bisect_right(stops, start)
        if following < len(stops) and stops[following] < end:
            end = stops[following]
            if stops[following] in greetings:
                end = min(end, _second_line(text, closed))
        yield Passage(Courtesy.SIGNATURE, start, end)


def _second_line(text: str, at: int) -> int:
    """The end of the line with the name of who signs.

    What stands between it and the next "Dear" is the address of the next letter.
    """
    while at < len(text) and text[at].isspace():
        at += 1
    end = text.find("\n", at)
    return end + 1 if end >= 0 else len(text)


def _trimmed(signature: Passage, text: str, found: Sequence[Finding]) -> Passage:
    """A signature without the list that may follow it."""
    first = bisect_left(found, signature.start, key=lambda f: f.start)
    last = bisect_left(found, signature.end, key=lambda f: f.start)
    within = found[first:last]
    end = min(
        next((f.start for f in within if f.kind in NEVER_SIGNED), signature.end),
        _first_sentence(text, signature),
    )
    named: dict[str, int] = {}
    for f in within:
        if f.kind == names.KIND and f.confidence >= Confidence.MEDIUM and " " in f.value:
            named.setdefault(f.value, f.start)
    if len(named) > SIGNERS:
        starts = list(named.values())
        closing_end = text.find("\n", signature.start)
        directly = not text[closing_end : starts[0]].strip()
        end = min(end, starts[1] if directly else starts[0])
    if end < signature.end:
        end = max(signature.start, text.rfind("\n", 0, end) + 1)
    return replace(signature, end=end)


def _first_sentence(text: str, signature: Passage) -> int:
    """Where a signature goes over into prose: "Thanks Ann" opens many a mail too."""
    at = signature.start
    for number, line in enumerate(text[at : signature.end].splitlines(keepends=True)):
        words = line.split()
        if number and len(words) >= SENTENCE_WORDS and words[-1][-1] in ".?!" and "|" not in line:
            return at
        at += len(line)
    return signature.end
