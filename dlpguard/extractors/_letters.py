"""Letters and digits in costume (full-width, circled, mathematical, ligatures) as plain ones.

People read them as what they mean; detectors know plain letters.  Compatibility characters other
than these stay: a raised 1 behind a name is a footnote, and ½ is no 1 and 2 (Unicode 15, UAX #15).

>>> plain("\\uff21\\uff4e\\uff4e \\U0001d401\\u24d4\\u24d4 \\u24ea\\u2466\\u2466 \\ufb01n")
'Ann Bee 077 fin'
>>> plain("① Ann Bee¹")
'① Ann Bee¹'
"""

from __future__ import annotations

import re
import unicodedata

_COSTUMES = "\u2102-\u2138\ufb00-\ufb06\uff01-\uff5e\U0001d400-\U0001d7ff"
_CIRCLED = "\u2460-\u24ff\u2776-\u2793\U0001f100-\U0001f189"
_IN_COSTUME = re.compile(f"[{_COSTUMES}]")
_IS_CIRCLED = re.compile(f"[{_CIRCLED}]")
_ROW = re.compile(f"(?<=[0-9A-Za-z])[{_CIRCLED}]{{1,2000}}|[{_CIRCLED}]{{2,2000}}")
"""Circled ones in a row, or behind a letter; one by itself is the bullet of a list."""

_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")
"""Decimal digits of other scripts: translated letters have telephone numbers in them too."""

_LETTERS = (0x1F130, 0x1F150, 0x1F170)
"""Where the squared and the negative alphabets begin that have no compatibility mapping, or one
that only some of their letters have."""


def plain(text: str) -> str:
    """A text with its letters and digits in costume as plain ones."""
    if text.isascii():
        return text
    text = _IN_COSTUME.sub(lambda match: _plain(match[0]), text)
    text = _FOREIGN_DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), text)
    if not _IS_CIRCLED.search(text):
        return text
    return _ROW.sub(lambda match: "".join(map(_uncircled, match[0])), text)


def _plain(character: str) -> str:
    """One character; letters and digits only, so that ™ and № stay themselves."""
    meant = unicodedata.normalize("NFKC", character)
    ordinary = len(meant) == 1 or "\ufb00" <= character <= "\ufb06"
    return meant if ordinary and (meant.isascii() or character >= "\U0001d400") else character


def _uncircled(character: str) -> str:
    code = ord(character)
    start = next((first for first in _LETTERS if first <= code < first + 26), 0)
    if start:
        return chr(ord("A") + code - start)
    if 0x24EB <= code <= 0x24FF or 0x2776 <= code <= 0x2793:
        number = unicodedata.numeric(character, None)
        return character if number is None else str(int(number))
    return "".join(c for c in unicodedata.normalize("NFKC", character) if c.isalnum()) or character
