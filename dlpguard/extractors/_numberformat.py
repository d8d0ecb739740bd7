"""Numbers as a spreadsheet shows them: dates, leading zeros, groups (ECMA-376-1 18.8.30, 18.8.31).

>>> formatter(0, "00000")("4417")
'04417'
>>> formatter(14, "")("28570")
'1978-03-21'
>>> formatter(0, "dd/mm/yyyy")("28570")
'21/03/1978'
"""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial

Formatter = Callable[[str], str]

_Tokens = tuple[tuple[str, str], ...]

GENERAL = 0
_BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    45: "mm:ss",
    46: "h:mm:ss",
    47: "mm:ss",
    49: "@",
}
_LOCAL_DATES = frozenset({14, 15, 16, 17, *range(27, 37), *range(50, 59)})
"""Formats whose order of day and month depends on who looks: shown as ISO 8601."""

_LOCAL_DATE_TIME = 22
_EPOCH = datetime.datetime(1899, 12, 30)
"""Day 0 of the 1900 system, so that day 61 is 1 March 1900 (Excel's 1900 has a 29 February)."""

_LAST_DAY = 2_958_466.0
"""The day after 31 December 9999."""

_EXACT = 1e15
"""Below it a stored number (a double) is exact; a spreadsheet shows 15 digits at most."""

_1904 = 1462
"""Days between the two date systems."""

_KEPT = 500
"""Formats that stay taken apart: more than ordinary workbooks have, and nothing of hostile ones."""

_TOKEN = re.compile(
    r'"([^"]{0,255})"|\\(.)|\[(\$[^\]]{0,40}|[hms]{1,2}|[^\]]{0,40})\]|_(.)|\*(.)'
    r"|(AM/PM|A/P)|(y{1,4}|m{1,5}|d{1,4}|h{1,2}|s{1,2})|(.)",
    re.IGNORECASE | re.DOTALL,
)
_FILLED = re.compile(r"[#?]{0,255}0{1,255}")
"""Places that are filled up from the left, the last one at least."""

_MONTHS = tuple(calendar.month_name)  # English unless somebody sets a locale; nobody here does
_DAYS = tuple(calendar.day_name)


@lru_cache(maxsize=_KEPT)
def formatter(id: int, code: str, date1904: bool = False) -> Formatter:
    """How numbers of a format are shown: a function from the stored number to text.

    `code` is the workbook's own format code for `id`, "" when it has none.
    """
    if not code and id in _LOCAL_DATES:
        return lambda raw: _when(raw, "%Y-%m-%d", date1904)
    if not code and id == _LOCAL_DATE_TIME:
        return lambda raw: _when(raw, "%Y-%m-%d %H:%M", date1904)
    code = code or _BUILT_IN.get(id, "")
    section = _sections(code)[0]
    tokens = _tokens(section)
    if hides(code):
        return general
    if any(kind == "date" for kind, _ in tokens):
        return lambda raw: _dated(raw, tokens, date1904)
    digits = "".join(text for kind, text in tokens if kind == "digit")
    if not digits or any(kind == "special" for kind, _ in tokens):
        return general
    return partial(_numbered, _places(tokens))


def hides(code: str) -> bool:
    """Whether a format code shows nothing at all, such as `;;;`."""
    return code.count(";") >= 2 and not code.replace(";", "").strip()


def general(raw: str) -> str:
    """A stored number without a format: no exponent, no binary noise.

    >>> general("0.30000000000000004"), general("4.4770090012E+11")
    ('0.3', '447700900120')
    """
    if raw.isdecimal():
        return raw
    try:
        number = float(raw)
    except ValueError:
        return raw
    if abs(number) < _EXACT and number == int(number):
        return str(int(number))
    return format(number, ".15g")


def _sections(code: str) -> list[str]:
    """The parts for positive, negative, zero and text, split at `;` outside quotes."""
    sections, start, quoted = [], 0, False
    for index, character in enumerate(code):
        if character == '"':
            quoted = not quoted
        elif character == ";" and not quoted:
            sections.append(code[start:index])
            start = index + 1
    return [*sections, code[start:]]


def _tokens(section: str) -> _Tokens:
    """("date", "yyyy"), ("digit", "0"), ("literal", "-"), …"""
    tokens: list[tuple[str, str]] = []
    if section.strip().lower() == "general":
        return ()
    for quoted, escaped, bracket, skipped, filler, noon, date, other in _TOKEN.findall(section):
        if quoted or escaped:
            tokens.append(("literal", quoted or escaped))
        elif bracket.startswith("$"):
            tokens.append(("literal", bracket[1:].partition("-")[0]))
        elif bracket and set(bracket.lower()) <= set("hms"):
            tokens.append(("date", bracket.lower()))
        elif noon:
            tokens.append(("date", "noon"))
        elif date:
            tokens.append(("date", date.lower()))
        elif other in {"0", "#", "?"}:
            tokens.append(("digit", other))
        elif other in {"/", "E", "e"}:
            tokens.append(("special", other))  # a fraction or an exponent; a slash in dates
        elif other and not (bracket or skipped or filler):
            tokens.append(("literal", other))
    return tuple(tokens)


def _moment(raw: str, date1904: bool) -> datetime.datetime | None:
    try:
        days = float(raw) + (_1904 if date1904 else 0)
    except ValueError:
        return None
    if not 0 <= days < _LAST_DAY:
        return None
    if days < 60:
        days += 1
    return _EPOCH + datetime.timedelta(seconds=round(days * 86400))


def _when(raw: str, shape: str, date1904: bool) -> str:
    moment = _moment(raw, date1904)
    return general(raw) if moment is None else moment.strftime(shape)


def _dated(raw: str, tokens: _Tokens, date1904: bool) -> str:
    moment = _moment(raw, date1904)
    if moment is None:
        return general(raw)
    shown: list[str] = []
    half_day = ("date", "noon") in tokens
    for index, (kind, text) in enumerate(tokens):
        if kind == "date":
            shown.append(_date_token(text, moment, half_day, _is_minute(tokens, index)))
        elif kind in {"literal", "special"}:
            shown.append(text)
    return "".join(shown).strip()


def _is_minute(tokens: _Tokens, index: int) -> bool:
    """`m` is minutes right after hours or right before seconds, months elsewhere."""
    before = next((text for kind, text in reversed(tokens[:index]) if kind == "date"), "")
    after = next((text for kind, text in tokens[index + 1 :] if kind == "date"), "")
    return before.startswith("h") or after.startswith("s")


def _date_token(text: str, moment: datetime.datetime, half_day: bool, is_minute: bool) -> str:
    letter, length = text[0], len(text)
    if text == "noon":
        return "AM" if moment.hour < 12 else "PM"
    if letter == "y":
        return f"{moment.year:04}" if length > 2 else f"{moment.year % 100:02}"
    if letter == "m" and not is_minute and length > 2:
        name = _MONTHS[moment.month]
        return {3: name[:3], 5: name[:1]}.get(length, name)
    if letter == "d" and length > 2:
        name = _DAYS[moment.weekday()]
        return name[:3] if length == 3 else name
    hour = (moment.hour % 12 or 12) if half_day else moment.hour
    month_or_minute = moment.minute if is_minute else moment.month
    number = {"m": month_or_minute, "d": moment.day, "h": hour, "s": moment.second}[letter]
    return f"{number:02}" if length == 2 else str(number)


@dataclass(frozen=True, slots=True)
class _Places:
    """A format of digit places, taken apart once for all the numbers that are shown in it.

    `whole` and `rest` are its tokens before and from the point on, `decimals` how many places there
    are in `rest`, `behind` the text that follows them (None where there is text in between, or no
    point).  `layout` is Python's format of a whole number between `leading` and `trailing`; None
    where each place has to be looked at.  `at_once` is that of a whole number with its decimals,
    between `leading` and `ending`; None where text stands between the two.
    """

    whole: _Tokens
    rest: _Tokens
    decimals: int
    behind: str | None
    is_share: bool
    leading: str = ""
    layout: str | None = None
    trailing: str = ""
    at_once: str | None = None
    ending: str = ""
    hides_zero: bool = False


def _places(tokens: _Tokens) -> _Places:
    point = next((i for i, token in enumerate(tokens) if token == ("literal", ".")), len(tokens))
    whole, rest = tokens[:point], tokens[point:]
    decimals = sum(kind == "digit" for kind, _ in rest)
    behind = None
    if rest and all(kind == "digit" for kind, _ in rest[1 : 1 + decimals]):
        behind = "".join(text for _, text in rest[1 + decimals :])
    is_share = any(kind == "literal" and "%" in text for kind, text in tokens)
    places = _Places(whole, rest, decimals, behind, is_share)
    kinds = [kind for kind, _ in whole]
    if "digit" not in kinds:
        return places
    first, last = kinds.index("digit"), _last_digit(whole)
    inner = whole[first : last + 1]
    digits = "".join(text for kind, text in inner if kind == "digit")
    leading = "".join(text for _, text in whole[:first])
    trailing = "".join(text for _, text in whole[last + 1 :])
    if ("literal", ",") in inner:
        places = replace(places, layout=",", trailing=trailing.replace(",", ""))
    elif len(digits) == len(inner) and _FILLED.fullmatch(digits):
        places = replace(places, layout=f"0{digits.count('0')}", trailing=trailing)
    elif len(digits) == len(inner) and "0" not in digits and not trailing:
        places = replace(places, hides_zero=True)
    else:
        return places
    return _with_decimals(replace(places, leading=leading))


def _with_decimals(places: _Places) -> _Places:
    """How the whole number is shown and what follows it, in one go where that can be."""
    layout = places.layout or ""
    if not places.rest:
        return replace(places, at_once=f"{layout}.0f", ending=places.trailing)
    if places.behind is None or places.trailing or not places.decimals:
        return places
    if layout.startswith("0"):  # the width is that of all
        layout = f"0{int(layout) + 1 + places.decimals}"
    return replace(places, at_once=f"{layout}.{places.decimals}f", ending=places.behind)


def _numbered(places: _Places, raw: str) -> str:
    """A number in a format of digit places and literals: `00-00-00`, `#,##0.00`, `£#,##0`."""
    try:
        number = float(raw)
    except ValueError:
        return raw
    if not abs(number) < _EXACT:  # NaN is neither
        return general(raw)
    if places.is_share:
        number *= 100
    if places.at_once is None:
        shown = _place_by_place(places, abs(number))
    else:
        digits = format(abs(number), places.at_once)
        if places.hides_zero and digits[:2] in {"0", "0."}:
            digits = digits[1:]
        shown = places.leading + digits + places.ending
    return ("-" if number < 0 else "") + shown.strip()


def _place_by_place(places: _Places, number: float) -> str:
    """A number that is not negative, with whatever text there is between its digits."""
    digits, _, fraction = f"{number:.{places.decimals}f}".partition(".")
    if places.layout is None:
        shown = _placed(digits, places.whole)
    else:
        shown = places.leading + format(int(digits), places.layout) + places.trailing
    if places.behind is not None:
        return f"{shown}.{fraction}{places.behind}"
    left = iter(fraction)
    return shown + "".join([t if kind == "literal" else next(left, "") for kind, t in places.rest])


def _placed(digits: str, tokens: _Tokens) -> str:
    """The digits before the point, from the right; the first place takes all that are left."""
    first = next((i for i, (kind, _) in enumerate(tokens) if kind == "digit"), 0)
    inner = tokens[first:]
    shown: list[str] = []
    left = list(digits if digits != "0" or ("digit", "0") in inner else "")
    for index in range(len(tokens) - 1, -1, -1):
        kind, text = tokens[index]
        if kind == "literal":
            shown.append(text if index < first or left or ("digit", "0") in tokens[:index] else "")
        elif index == first:
            shown.append("".join(left) or ("0" if text == "0" else ""))
            left = []
        else:
            shown.append(left.pop() if left else "0" if text == "0" else "")
    return "".join(reversed(shown))


def _last_digit(tokens: _Tokens) -> int:
    return max(index for index, (kind, _) in enumerate(tokens) if kind == "digit")
