"""One spelling for what people write in several.

>>> digits("+44 (0)7700 900123")
'4407700900123'
>>> squash("AB 12 34 56 C")
'AB123456C'
"""

from __future__ import annotations

import re

_NOT_DIGITS = re.compile(r"[^0-9]")
_SPACE = re.compile(r"\s")
_SPREADSHEET_NUMBER = re.compile(r"(\d{1,20})\.0")


def digits(text: str) -> str:
    """The ASCII digits of a text, in order."""
    return _NOT_DIGITS.sub("", text)


def squash(text: str) -> str:
    """A text in capitals without white space."""
    return _SPACE.sub("", text).upper()


def cell(text: str) -> str:
    """A cell's text without edge space, and without the ".0" that spreadsheets give whole numbers.

    >>> cell(" 7700900123.0 ")
    '7700900123'
    """
    text = text.strip()
    number = _SPREADSHEET_NUMBER.fullmatch(text)
    return number[1] if number else text
