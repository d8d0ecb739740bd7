"""Content lines, which calendars and contacts are made of (RFC 5545 3.1, RFC 6350 3, vCard 2.1)."""

from __future__ import annotations

import binascii
import re
import urllib.parse
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from dlpguard.extractors import _htmlattributes
from dlpguard.extractors._budget import Budget
from dlpguard.mime import charsets

_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,60}\.)?([A-Za-z0-9_-]{1,80})[ \t]{0,3}(?=[;:])")
_PARAMETER = re.compile(r";([A-Za-z0-9-]{1,60})(?:=((?:\"[^\"\n]{0,2000}\"|[^;:\"\n]{0,2000})*+))?")
_LINES_A_CHARGE = 1000
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SAYS_SOMETHING = re.compile(r"\w{2},? {1,3}\w{2}")
_NUMBER = re.compile(r"\d(?:[ .-]?\d){5}")
_TOLD_BY_PROGRAMS = re.compile(r"-//.{0,200}|\(?(?:UTC|GMT)[+-].{0,100}|[\w. ]{1,40} Time")
"""Who made the file, and what Windows calls a time zone."""

_IN_CODE = frozenset({
    "TZID", "ROLE", "PARTSTAT", "RSVP", "CUTYPE", "TYPE", "VALUE", "ENCODING", "CHARSET", "FMTTYPE",
    "LANGUAGE", "PREF", "RELTYPE", "RANGE", "RELATED", "FBTYPE",
})  # fmt: skip
"""Parameters whose values are words of the standards."""


@dataclass(frozen=True, slots=True)
class Line:
    """One property: `name` in upper case, parameters as they came, the value decoded.

    A line that is no property has no name; all of it is the value.  `value` keeps its
    backslashes, because they tell commas and semicolons apart that divide a value from those that
    are part of it; `unescaped` takes them off.
    """

    name: str
    value: str = field(repr=False)
    parameters: dict[str, str] = field(default_factory=dict, repr=False)
    raw: bytes | None = field(default=None, repr=False)


def lines(content: bytes, charset: str, budget: Budget) -> Iterator[Line]:
    """The properties of a calendar or an address book, and all other lines, in order.

    A value in base64 is in `raw`, as is that of a data: address; what is quoted-printable (vCard
    2.1) is decoded.  Raises `Unreadable` when it takes too long.
    """
    for number, line in enumerate(_unfolded(charsets.decode(content, charset))):
        if number % _LINES_A_CHARGE == 0:
            budget.charge()
        if line.strip():
            yield _line(line) or Line("", line)


def _unfolded(text: str) -> Iterator[str]:
    """Lines that are broken into several as one."""
    pieces: list[str] = []
    quoted = False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        soft = quoted and pieces and pieces[-1].endswith("=")
        if pieces and (soft or line[:1] in {" ", "\t"}):
            if soft:
                pieces[-1] = pieces[-1][:-1]
            pieces.append(line[1:] if line[:1] in {" ", "\t"} else line)
            continue
        yield "".join(pieces)
        pieces = [line]
        quoted = "QUOTED-PRINTABLE" in line[:400].upper()
    yield "".join(pieces)


def unescaped(value: str) -> str:
    """A value as people see it.

    >>> unescaped("High St 1\\\\nPlymouth\\\\, UK")
    'High St 1\\nPlymouth, UK'
    """
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def told(value: str) -> bool:
    """Whether a value that only programs are to read says something to people all the same.

    >>> told("Ann Bee"), told("GMT Standard Time"), told("Europe/London"), told("17@x.example")
    (True, False, False, False)
    """
    if _TOLD_BY_PROGRAMS.fullmatch(value) and not _NUMBER.search(value):
        return False
    return _SAYS_SOMETHING.search(value) is not None


def asides(line: Line, used: Collection[str] = ()) -> Iterator[str]:
    """What the parameters of a property say, but for those `used` and those of the standards."""
    for name, value in line.parameters.items():
        if name in used or (name in _IN_CODE and not _NUMBER.search(value)):
            continue
        plain = urllib.parse.unquote(value)
        if told(plain) or "@" in plain:
            yield plain


def parts(value: str, divider: str = ";") -> list[str]:
    """A structured value taken apart, each part as people see it.

    >>> parts("Bee;Ann\\\\;Lee;;")
    ['Bee', 'Ann;Lee', '', '']
    """
    found: list[str] = []
    current: list[str] = []
    characters = iter(value)
    for character in characters:
        if character == "\\":
            current.append(character + next(characters, ""))
        elif character == divider:
            found.append("".join(current))
            current = []
        else:
            current.append(character)
    return [unescaped(part).strip() for part in [*found, "".join(current)]]


def _line(line: str) -> Line | None:
    name = _NAME.match(line)
    if name is None:
        return None
    position = name.end()
    parameters: dict[str, str] = {}
    while match := _PARAMETER.match(line, position):
        # vCard 2.1 writes the value alone: ;HOME;QUOTED-PRINTABLE
        key, value = (match[1], match[2]) if match[2] is not None else (match[1], "")
        parameters[key.upper()] = value.replace('"', "")
        position = match.end()
    if line[position : position + 1] != ":":
        return None
    value = line[position + 1 :]
    encoding = f"{parameters.get('ENCODING', '')} {' '.join(parameters)}".upper().split()
    raw: bytes | None = None
    if "QUOTED-PRINTABLE" in encoding:
        decoded = binascii.a2b_qp(value.encode("utf-8", "replace"))
        value = charsets.decode(decoded, parameters.get("CHARSET", ""))
    elif {"BASE64", "B"} & set(encoding):
        raw, value = _base64(value), ""
    elif value[:5].lower() == "data:":
        for _, content in _htmlattributes.files({"href": value}):
            raw, value = content, ""
    elif "://" in value[:40] and "%" in value:
        value = urllib.parse.unquote(value)
    return Line(name[1].upper(), value, parameters, raw)


def _base64(value: str) -> bytes:
    letters = re.sub(r"[^A-Za-z0-9+/]", "", value).encode("ascii")
    letters = letters if len(letters) % 4 != 1 else letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
