"""Which telephone numbers there are: the regulators' numbering plans, and ranges kept for drama.

`phonenumbers` (Google's metadata of the plans) knows all countries, at 60 µs a number.  Nearly all
numbers that a British organisation writes are British, so the plan of +44 is one pattern here, made
of the library's own ones.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

import phonenumbers

LONGEST = 15
"""Digits of the longest number (E.164); with an 00 prefix and a (0) there may be three more."""

_DRAMA = (
    r"(?:11[3-8]|1[2-6]1)4960\d{3}|1914980\d{3}|2079460\d{3}|2896496\d{3}|2920180\d{3}"
    r"|1632960\d{3}|7700900\d{3}|8081570\d{3}|9098790\d{3}|3069990\d{3}"
)
"""National numbers (without the 0) in Ofcom's drama ranges, 1,000 each.  They are not in service,
so the library calls them invalid; samples, training and trials are full of them."""

_GB_MOBILE = r"7[1-57-9]\d{8}"
"""Ofcom's plan for mobiles; blocks are given out faster than the library's metadata follows."""

_TYPES = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip",
    "pager", "uan", "voicemail",
)  # fmt: skip
"""The descriptions of the library's metadata that make a number valid."""


def e164(number: str, region: str, *, international: bool = False) -> str | None:
    """A number, its ASCII digits as written, in E.164 when it is in service or kept for drama.

    `international`: a "+" stands before it.  `region` is where it is dialled from.

    >>> e164("01632960001", "GB"), e164("4401632960001", "GB", international=True)
    ('+441632960001', '+441632960001')
    >>> e164("01632960001", "FR"), e164("01999123456", "GB")
    (None, None)
    """
    if not international and number.startswith("00"):
        international, number = True, number[2:]
    if international and number.startswith("44"):
        return _british(number[2:].removeprefix("0"))
    if not international and region == "GB":
        return _british(number.removeprefix("0"))
    return _by_library("+" + number if international else number, region)


def _british(national: str) -> str | None:
    is_one = len(national) in _LENGTHS and _plan_of_44().fullmatch(national)
    return f"+44{national}" if is_one else None


_LENGTHS = range(7, 11)
"""Digits of a national number of +44: ten, nine for a few, seven for 0800 1111 and 0845 46 47."""


@cache
def _plan_of_44() -> re.Pattern[str]:
    """The national numbers of the United Kingdom and the Crown dependencies."""
    shapes = {_DRAMA, _GB_MOBILE}
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[44]:
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
        for kind in _TYPES:
            description = getattr(metadata, kind)
            if description is not None and description.national_number_pattern:
                shapes.add(description.national_number_pattern)
    return re.compile("|".join(sorted(shapes)))


@lru_cache(maxsize=4096)
def _by_library(written: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
