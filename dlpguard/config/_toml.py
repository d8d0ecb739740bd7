"""On which line of a TOML file each key stands: `tomllib` does not tell.

It reads only texts that `tomllib` has taken (TOML 1.0), so it need not find mistakes.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

Place = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*')[ \t]*""")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:\\.|[^"\\])*"|' + r"'[^']*'", re.DOTALL
)
_OTHER = re.compile(r"[^,\]}#\n]*")


def lines(text: str) -> dict[Place, int]:
    """The line, from 1, of each key, table and element of a list.

    >>> lines("a = 1\\n[b]\\nc = [\\n  2,\\n]\\n")
    {('a',): 1, ('b',): 2, ('b', 'c'): 3, ('b', 'c', 0): 4}
    """
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._begins = [0, *(match.end() for match in re.finditer("\n", text))]
        self._found: dict[Place, int] = {}
        self._lengths: dict[Place, int] = {}
        """Of each list of tables, so far."""

    def read(self) -> dict[Place, int]:
        table: Place = ()
        self._skip_blank()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip_blank()
        return self._found

    def _header(self) -> Place:
        """`[a.b]`, or `[[a.b]]`: one more table of a list."""
        line = self._line()
        is_list = self._text.startswith("[[", self._at)
        self._at += 1 + is_list
        steps = self._key()
        self._at += 1 + is_list
        place: Place = ()
        for number, step in enumerate(steps, 1):
            place = (*place, step)
            self._found.setdefault(place, line)
            if number == len(steps) and is_list:
                self._lengths[place] = self._lengths.get(place, 0) + 1
            if place in self._lengths:
                place = (*place, self._lengths[place] - 1)
        self._found.setdefault(place, line)
        return place

    def _pair(self, table: Place) -> None:
        """`a.b = value`."""
        line = self._line()
        place = (*table, *self._key())
        self._at += 1
        for length in range(len(table) + 1, len(place) + 1):
            self._found.setdefault(place[:length], line)
        self._skip_blank()
        self._value(place)

    def _key(self) -> Place:
        steps: Place = ()
        while True:
            match = _KEY.match(self._text, self._at)
            assert match, "tomllib has taken this"
            self._at = match.end()
            steps = (*steps, _name(match[1]))
            if not self._text.startswith(".", self._at):
                return steps
            self._at += 1

    def _value(self, place: Place) -> None:
        character = self._text[self._at]
        if character == "[":
            self._list(place)
        elif character == "{":
            self._table(place)
        else:
            match = (_STRING if character in "\"'" else _OTHER).match(self._text, self._at)
            assert match, "tomllib has taken this"
            self._at = match.end()

    def _list(self, place: Place) -> None:
        self._at += 1
        for index in range(len(self._text)):
            self._skip_blank()
            if self._text[self._at] == "]":
                break
            self._found[*place, index] = self._line()
            self._value((*place, index))
            self._skip_comma()
        self._at += 1

    def _table(self, place: Place) -> None:
        self._at += 1
        self._skip_blank()
        while self._text[self._at] != "}":
            self._pair(place)
            self._skip_comma()
            self._skip_blank()
        self._at += 1

    def _skip_comma(self) -> None:
        self._skip_blank()
        self._at += self._text[self._at] == ","

    def _skip_blank(self) -> None:
        match = _BLANK.match(self._text, self._at)
        assert match, "it may be empty"
        self._at = match.end()

    def _line(self) -> int:
        return bisect_right(self._begins, self._at)


def _name(written: str) -> str:
    if written[0] in "\"'":
        return str(tomllib.loads(f"name = {written}")["name"])
    return written
