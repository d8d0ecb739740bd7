"""iCalendar (RFC 5545): events, tasks and free time as text, a line for each property."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Hidden, Text
from dlpguard.extractors import _contentlines
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.extractors._contentlines import Line, asides, told, unescaped
from dlpguard.mail import Part
from dlpguard.mime import charsets

FORMATS = frozenset({"calendar"})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OF_THE_PROGRAM = _words(
    """BEGIN END PRODID VERSION CALSCALE METHOD UID DTSTAMP SEQUENCE CLASS PRIORITY TRANSP STATUS
    ACTION TRIGGER RRULE CREATED LAST-MODIFIED TZID TZNAME TZOFFSETFROM TZOFFSETTO TZURL
    X-MICROSOFT-CDO-BUSYSTATUS X-MICROSOFT-CDO-IMPORTANCE X-MICROSOFT-DISALLOW-COUNTER
    X-MICROSOFT-CDO-APPT-SEQUENCE X-MICROSOFT-CDO-OWNERAPPTID X-MICROSOFT-CDO-ALLDAYEVENT
    X-MICROSOFT-CDO-INTENDEDSTATUS X-MICROSOFT-CDO-INSTTYPE X-LIC-LOCATION"""
)
"""Properties that no calendar program shows, and that hold nothing about anybody."""

_SHOWN = _words(
    """SUMMARY DESCRIPTION LOCATION COMMENT CONTACT ATTENDEE ORGANIZER CATEGORIES RESOURCES DTSTART
    DTEND DUE DURATION GEO URL COMPLETED"""
)
_SHOWN_WITH = {"ATTENDEE": ("CN",), "ORGANIZER": ("CN",)}
_NAMES = ("FILENAME", "X-FILENAME")
"""Parameters that say what an attached file is called."""

_LABELS = {"DTSTART": "Start", "DTEND": "End", "ORGANIZER": "Organiser"}
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Each component in turn; properties that programs do not show are hidden; files inside."""
    shown: list[str] = []
    hidden: list[str] = []
    stray: list[str] = []
    number = 0
    described: set[str] = set()
    for line in _contentlines.lines(part.content, part.charset, budget):
        if line.name == "BEGIN" and shown:
            shown.append("")
        if line.raw is not None:
            number += 1
            name = next(filter(None, map(line.parameters.get, _NAMES)), "")
            kind = "attachment" if line.name == "ATTACH" else line.name.lower()
            yield _attached(line.raw, name or f"{kind} {number}", part, place, budget)
        elif line.name == "X-ALT-DESC":
            inner = Part(part.path, unescaped(line.value).encode(), "text/html", charset="utf-8")
            yield budget.open(inner, f"{place}{SEPARATOR}description")
        elif not line.name:
            stray.append(line.value)
        elif line.name not in _OF_THE_PROGRAM and line.value.strip():
            (shown if line.name in _SHOWN else hidden).append(_said(line))
            described.add(line.name)
        elif told(line.value):
            hidden.append(_said(line))
        hidden += asides(line, _NAMES if line.raw is not None else _SHOWN_WITH.get(line.name, ()))
    if not described and part.content.strip():
        # No calendar after all: whatever a program makes of it, the text is there to read.
        yield Text(place, charsets.decode(part.content, part.charset))
        return
    hidden += stray
    if any(shown):
        yield Text(place, "\n".join(shown).strip())
    if hidden:
        yield Text(place, "\n".join(dict.fromkeys(hidden)), Hidden.PROPERTY)


def _attached(content: bytes, name: str, part: Part, place: str, budget: Budget) -> Piece:
    budget.charge(members=1, inflated=len(content))
    return budget.open(Part(part.path, content, filename=name), f"{place}{SEPARATOR}{name}")


def _said(line: Line) -> str:
    """A property as a calendar program shows it: `Attendee: Ann Bee <ann@x.example>`."""
    value = unescaped(line.value).strip()
    label = _LABELS.get(line.name, line.name.removeprefix("X-").replace("-", " ").capitalize())
    if line.name in {"ATTENDEE", "ORGANIZER"}:
        address = value.partition(":")[2] if value[:7].lower() == "mailto:" else value
        name = line.parameters.get("CN", "")
        value = f"{name} <{address}>" if name and name != address else address
    elif time := _TIME.fullmatch(value):
        year, month, day, hour, minute, zone = time.groups()
        value = f"{year}-{month}-{day}" + (f" {hour}:{minute}{zone}" if hour else "")
    return f"{label}: {value}"
