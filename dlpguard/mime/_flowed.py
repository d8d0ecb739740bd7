"""Text whose lines flow (RFC 3676): lines that end in a space go on in the next one.

>>> joined(b"Ann \\r\\nBee\\r\\nyes", delsp=False)
b'Ann Bee\\r\\nyes'
>>> joined(b"> An \\r\\n> n\\r\\n-- \\r\\nx", delsp=True)
b'> Ann\\r\\n-- \\r\\nx'
"""

from __future__ import annotations

import re

_QUOTED = re.compile(rb"(>{0,100}) ?")
_SIGNATURE = b"-- "

SHORT = 40
"""Bytes of a line that no program broke because it was long: somebody ended it."""


def joined(content: bytes, *, delsp: bool) -> bytes:
    """The paragraphs of a flowed text, each in one line; `delsp` takes the last spaces off."""
    paragraphs: list[bytes] = []
    pieces: list[bytes] = []
    depth = -1
    for line in content.splitlines():
        marks = _QUOTED.match(line)
        quotes, text = (len(marks[1]), line[marks.end() :]) if marks else (0, line)
        if pieces and (quotes != depth or text == _SIGNATURE):
            paragraphs.append(b"".join(pieces))
            pieces = []
        if not pieces:
            pieces.append(b">" * quotes + b" " * bool(quotes))
        depth = quotes
        flows = text.endswith(b" ") and text != _SIGNATURE
        pieces.append(text[:-1] if flows and delsp else text)
        if not flows:
            paragraphs.append(b"".join(pieces))
            pieces = []
    return b"\r\n".join([*paragraphs, *([b"".join(pieces)] if pieces else [])])


def is_doubtful(content: bytes) -> bool:
    """Whether lines flow on that are so short that a list may be meant, as other programs show."""
    return any(line.endswith(b" ") and 1 < len(line) < SHORT for line in content.splitlines())
