"""Text as it looks: letters as what they mean, without what nobody sees, in the order it is shown.

Invisible characters stand in text that people copy from web pages, and between the letters of words
that somebody wants to be overlooked.  What is turned round is given in both orders: whoever copies
it gets the other one.

>>> shown("Jo\\u00adhn\\u200b Smith"), shown("\\u202ehtimS nhoJ\\u202c")
('John Smith', 'John Smith\\nhtimS nhoJ')
"""

from __future__ import annotations

import re
from dataclasses import replace

from dlpguard.document import Table
from dlpguard.extractors._direction import both_orders
from dlpguard.extractors._letters import plain

_UNSEEN = (
    "\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\u0332\u0333\u0335-\u0338\u20d0-\u20f0"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Default_Ignorable_Code_Point (Unicode 5.21), control characters other than white space, and lines
through and around letters."""

_INVISIBLE = re.compile(f"[{_UNSEEN}]{{1,1000}}")
_NARROW = "\0-\x08\x0e-\x1b\x7f\u2004-\u200a\u202f\u205f"
_THIN = re.compile(f"[{_NARROW}]")
_TORN = re.compile(f"(?:[^\\W_]{_THIN.pattern}){{3,200}}[^\\W_]?")
"""Letters apart by thin spaces or control characters, which look like a word."""

_SPECIAL = re.compile(f"[{_UNSEEN}{_NARROW}]")
_UNUSUAL = re.compile(
    "[^\t-\r\x1c-~\x85\xa0-\xac\xae-\u02ff\u0370-\u0600\u0620-\u065f\u066a-\u06ef"
    "\u2010-\u2027\u2030-\u205e\u20a0-\u20cf\u2116\u2122\u2190-\u23ff\u2500-\u2775"
    "\u3000-\u3163\u3400-\u9fff\uac00-\ud7a3]"
)
"""Anything but letters and signs that are what they look like.

Looking for what is special, and for letters in costume, takes ten times as long, and few texts have
any of it.
"""

_PLAIN_ASCII = bytes(code for code in range(0x80) if not _UNUSUAL.match(chr(code)))

_PLAIN_CONTROL = re.compile("[\0-\x08\x0e-\x1b\x7f]{1,1000}")


def shown(text: str) -> str:
    """A text without what nobody sees in it.  Control characters between words are spaces."""
    if text.isascii() and not text.encode().translate(None, _PLAIN_ASCII):
        return text  # nearly all text, and some microseconds instead of half a millisecond
    if not _UNUSUAL.search(text):
        return text
    text = plain(text)
    if not _SPECIAL.search(text):
        return text
    text = _TORN.sub(lambda match: _THIN.sub("", match[0]), text)
    text = both_orders(text)
    return _INVISIBLE.sub("", _PLAIN_CONTROL.sub(" ", text))


def shown_table(table: Table) -> Table:
    """A table with each of its cells as it looks."""
    if all(map(_is_plain, (table.heading, *table.rows))):
        return table
    rows = tuple(row if _is_plain(row) else tuple(map(shown, row)) for row in table.rows)
    return replace(table, heading=tuple(map(shown, table.heading)), rows=rows)


def _is_plain(row: tuple[str, ...]) -> bool:
    return not _UNUSUAL.search("".join(row))
