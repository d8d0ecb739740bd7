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

_INVISIBLE = re.compile(
    "[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\u0332\u0333\u0335-\u0338\u20d0-\u20f0"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]{1,1000}"
)
"""Default_Ignorable_Code_Point (Unicode 5.21), control characters other than white space, and lines
through and around letters."""

_THIN = re.compile("[\0-\x08\x0e-\x1b\x7f\u2004-\u200a\u202f\u205f]")
_TORN = re.compile(f"(?:[^\\W_]{_THIN.pattern}){{3,200}}[^\\W_]?")
"""Letters apart by thin spaces or control characters, which look like a word."""

_SPECIAL = re.compile(f"{_INVISIBLE.pattern}|{_THIN.pattern}")
_PLAIN_CONTROL = re.compile("[\0-\x08\x0e-\x1b\x7f]{1,1000}")


def shown(text: str) -> str:
    """A text without what nobody sees in it.  Control characters between words are spaces."""
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
    joined = "".join(row)
    return joined.isascii() and joined.isprintable()
