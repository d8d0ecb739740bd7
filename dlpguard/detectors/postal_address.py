"""Postal addresses in the United Kingdom: a postcode and the address lines before it.

A postcode is an area of one or two letters (124 of them, and the Crown dependencies), a district,
a space and an inward code of a digit and two letters that are never C, I, K, M, O or V.  Of
random strings of such letters and digits one in ten is possible, so a bare postcode is LOW (MEDIUM
with a word such as "lives at" nearby); with the line of a house before it ("12 Station Road") it
is HIGH.  A house line without a postcode is LOW.  A street without a number ("Victoria Street") is
a place, not somebody's address.

The value is the postcode and the first house line, so that two people at one postcode are two.

Source: Royal Mail, PAF Programmers' Guide, "Postcode"; BS 7666; ONS postcode areas.

>>> [f.value for f in find(Text("body", "Flat 2, 12 Station Rd\\nPlymouth\\npl1 2ab"), Setup())]
['PL1 2AB, flat 2 12 station rd']
>>> read_cell("PL12AB", Setup())
'PL1 2AB'
>>> read_cell("QX1 2AB", Setup()) is None          # no such area
True
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._linear import compiled, encodable
from dlpguard.detectors._pattern import finding, supporting
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "postal_address"
AREAS = frozenset({
    "AB", "AL", "B", "BA", "BB", "BD", "BH", "BL", "BN", "BR", "BS", "BT", "CA", "CB", "CF",
    "CH", "CM", "CO", "CR", "CT", "CV", "CW", "DA", "DD", "DE", "DG", "DH", "DL", "DN", "DT",
    "DY", "E", "EC", "EH", "EN", "EX", "FK", "FY", "G", "GL", "GU", "GY", "HA", "HD", "HG", "HP",
    "HR", "HS", "HU", "HX", "IG", "IM", "IP", "IV", "JE", "KA", "KT", "KW", "KY", "L", "LA",
    "LD", "LE", "LL", "LN", "LS", "LU", "M", "ME", "MK", "ML", "N", "NE", "NG", "NN", "NP", "NR",
    "NW", "OL", "OX", "PA", "PE", "PH", "PL", "PO", "PR", "RG", "RH", "RM", "S", "SA", "SE",
    "SG", "SK", "SL", "SM", "SN", "SO", "SP", "SR", "SS", "ST", "SW", "SY", "TA", "TD", "TF",
    "TN", "TQ", "TR", "TS", "TW", "UB", "W", "WA", "WC", "WD", "WF", "WN", "WR", "WS", "WV",
    "YO", "ZE",
})  # fmt: skip
_POSTCODE = (
    r"(?P<area>[A-Z]{1,2})(?P<district>\d[A-Z\d]?)[ \u00a0]{0,2}(?P<inward>\d[ABD-HJLNP-UW-Z]{2})"
)
_STREET = (
    r"(?:road|rd|street|st|avenue|ave|lane|ln|close|cl|drive|dr|way|court|ct|crescent|cres|place|pl|"
    r"gardens|gdns|grove|terrace|terr|square|sq|hill|park|rise|row|view|walk|mews|green|parade|"
    r"gate|wharf|vale|broadway|heights|villas|buildings|cottages|mount|quay|path|chase|croft|"
    r"meadow|meadows|fields|end|circus|approach|heol|ffordd|stryd)"
)
PATTERN = re.compile(rf"(?<![\w/-]){_POSTCODE}(?![\w/-])", re.IGNORECASE)
SUPPORT: tuple[str, ...] = (
    "address", "home address", "lives at", "living at", "lives in", "resident at", "residing at",
    "postcode", "post code", "home", "moved to", "property", "cyfeiriad",
)  # fmt: skip
POSTCODE_HEADINGS = frozenset({
    "postcode", "post code", "postal code", "home postcode", "client postcode", "zip",
    "zip code", "zipcode", "cod post",
})  # fmt: skip
HEADINGS = POSTCODE_HEADINGS | {
    "address", "address 1", "address1", "address line 1", "addr", "addr1", "client address",
    "current address", "full address", "home address", "house", "postal address",
    "property address", "residential address", "street", "street address", "cyfeiriad",
}  # fmt: skip
GATE = (
    r"(?i)\b[a-z]{1,2}[0-9][a-z0-9]?[ \x{a0}]{0,2}[0-9][a-z]{2}\b"
    rf"|\b[0-9]{{1,4}}[a-z]?,? (?:(?-i:[A-Z])[^\s]{{0,24}} ){{1,4}}{_STREET}\b"
)
PRIVATE = True
STRONG = False
NEEDS_HEADING = False

REACH = 160
"""Characters before a postcode in which its house line may stand: five short lines."""

LINES = 6
"""Lines and comma-separated pieces that an address has at most before its postcode."""

_ROOMS = "flat|apartment|apt|unit|room|suite"
_HOUSE = re.compile(
    rf"(?<![\w£$€.,/:-])(?:(?:{_ROOMS})\s(?:\d{{1,4}}[a-z]?|[a-z])(?=[\s,])"
    rf"|\d{{1,4}}[a-z]?(?:[-–/]\d{{1,4}}[a-z]?)?,?[ ]"
    rf"(?:(?-i:[A-Z])[\w'’.-]{{0,24}}[ ]){{1,4}}{_STREET}\b\.?)",
    re.IGNORECASE,
)
_DISTRICT = re.compile(r"\d(?<=[^\W\d_]\d)(?=[^\W_]?[ \u00a0]{0,2}\d[^\W\d_]{2})")
"""Where the digit of a postcode may stand: text has few digits, and letters everywhere."""

_NUMBER = re.compile(r"\d(?<![\w£$€.,/:-]\d)(?=[^ ]{0,12} [A-Z])")
"""Where the number of a house may stand, which a capital letter follows."""

_NAMED_HOUSE = re.compile(
    r"(?:(?<!\w)[A-Z][\w'’-]{0,20}\s){1,4}"
    r"(?i:house|cottage|lodge|farm|rectory|vicarage|barn|hall|villa)\Z"
)
_BREAK = re.compile(r"\s{0,4}[,\n\r;|\t]\s{0,4}")


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every address in a block, from its house line to its postcode."""
    del setup
    text = block.text
    end = 0
    postcodes = [m for m in _postcodes(text) if m["area"].upper() in AREAS]
    houses = list(_houses(text))
    starts = [m.start() for m in houses]
    for postcode in postcodes:
        if not postcode[0].isupper() and not postcode[0].islower():
            continue  # "In2 3of": ordinary words run together
        first = max(end, postcode.start() - REACH)
        near = houses[bisect_left(starts, first) : bisect_left(starts, postcode.start())]
        house = _house_before(text, near, first, postcode.start())
        if house is None and postcode[0].islower() and " " not in postcode[0]:
            continue
        end = postcode.end()
        value = _spell(postcode)
        if house:
            yield finding(
                KIND, f"{value}, {house[1]}", block, house[0], end, Confidence.HIGH,
                "house and postcode",
            )  # fmt: skip
            continue
        word = supporting(text, postcode.start(), end, SUPPORT)
        sure = Confidence.MEDIUM if word else Confidence.LOW
        evidence = f"postcode, “{word}” nearby" if word else "postcode"
        yield finding(KIND, value, block, postcode.start(), end, sure, evidence)
    yield from _houses_alone(block, houses, postcodes)


def _postcodes(text: str) -> Iterator[re.Match[str]]:
    """All matches of `PATTERN`."""
    end = 0
    for digit in _DISTRICT.finditer(text):
        for start in (digit.start() - 2, digit.start() - 1):
            match = PATTERN.match(text, start) if start >= end else None
            if match:
                yield match
                end = match.end()
                break


def _houses(text: str) -> Iterator[re.Match[str]]:
    """All matches of `_HOUSE`."""
    numbers = [m.start() for m in _NUMBER.finditer(text)]
    rooms = [m.start() for m in compiled(_ROOMS, case_sensitive=False).finditer(encodable(text))]
    end = 0
    for start in sorted((*numbers, *rooms)):
        house = _HOUSE.match(text, start) if start >= end else None
        if house:
            yield house
            end = house.end()


def read_cell(cell: str, setup: Setup) -> str | None:
    """The address that a cell holds: a postcode, a house line, or both with lines between."""
    del setup
    text = cell.strip()
    postcode = None
    for candidate in PATTERN.finditer(text[-12:]):
        if candidate["area"].upper() in AREAS and candidate.end() == len(text[-12:]):
            postcode = candidate
    if postcode and postcode.end() - postcode.start() == len(text):
        return _spell(postcode)
    house = _first_line(text) or _first_line(text.title())
    if postcode:
        return f"{_spell(postcode)}, {house}" if house else _spell(postcode)
    return house if house and len(text) <= REACH else None


def _spell(postcode: re.Match[str]) -> str:
    outward = postcode["area"] + postcode["district"]
    return f"{outward.upper()} {postcode['inward'].upper()}"


def _house_before(
    text: str, numbered: list[re.Match[str]], start: int, end: int
) -> tuple[int, str] | None:
    """Where the address that ends at a postcode starts, and its first line in lower case."""
    if numbered:
        nearest = numbered[-1]
        for before in reversed(numbered[:-1]):  # "Flat 2, 12 Station Road": the flat comes first
            if text[before.end() : nearest.start()].strip(" ,\n\r"):
                break
            nearest = before
        if len(_BREAK.findall(text, nearest.end(), end)) <= LINES:
            return nearest.start(), _line(text[nearest.start() : numbered[-1].end()])
    return _named_house(text, start, end)


def _named_house(text: str, start: int, end: int) -> tuple[int, str] | None:
    """ "The Old Rectory, Church Lane, …": a house with a name, before a break."""
    at = start
    found = None
    for piece in _BREAK.split(text[start:end]):
        at = text.index(piece, at)
        house = _NAMED_HOUSE.search(piece)
        if house:
            found = at + house.start(), _line(house[0])
        at += len(piece)
    return found


def _houses_alone(
    block: Text, houses: list[re.Match[str]], postcodes: list[re.Match[str]]
) -> Iterator[Finding]:
    ends = [p.start() for p in postcodes]
    for house in houses:
        following = bisect_left(ends, house.end())
        near = following < len(ends) and ends[following] - house.end() <= REACH
        if not near and not _is_flat(house):
            yield finding(
                KIND, _line(house[0]), block, house.start(), house.end(), Confidence.LOW,
                "house number and street",
            )  # fmt: skip


def _is_flat(house: re.Match[str]) -> bool:
    """Whether it is a flat or a room, which needs a house to be an address."""
    return house[0][0].isalpha()


def _first_line(text: str) -> str | None:
    """The house line that a cell begins with."""
    house = _HOUSE.match(text)
    if house and _is_flat(house):
        rest = text[house.end() :].lstrip(" ,\n\r")
        building = _HOUSE.match(rest)
        return _line(f"{house[0]} {building[0]}" if building else house[0])
    if house:
        return _line(house[0])
    piece = _BREAK.split(text, maxsplit=1)[0]
    return _line(piece) if _NAMED_HOUSE.fullmatch(piece) else None


def _line(text: str) -> str:
    return " ".join(text.casefold().replace(",", " ").split())
