"""Text with right-to-left override as it is shown, and as it is stored (UAX #9, 2.2, 3.3.2).

>>> both_orders("to \\u202ehtimS \\u202d0770\\u202c nhoJ\\u202c")
'to John 0770 Smith\\nhtimS 0770 nhoJ'
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TO_THE_LEFT = "\u202e"
_END = "\u202c"
_MARKS = re.compile("([\u202a-\u202e])")
_DEEPEST = 125
"""Embeddings in embeddings that a program has to follow (UAX #9, BD2)."""


def both_orders(text: str) -> str:
    """A text as its readers see it; what is turned round stands below it again as it is stored."""
    if _TO_THE_LEFT not in text:
        return text
    lines, turned = [], []
    for line in text.split("\n"):  # with its line every override ends
        seen, stored = _line(line) if _TO_THE_LEFT in line else (line, "")
        lines.append(seen)
        turned.append(stored)
    return "\n".join([*lines, *filter(None, turned)])


@dataclass(slots=True)
class _Level:
    """An embedding: the mark that opened it, and its texts; of nested ones the letters stay."""

    mark: str
    texts: list[tuple[str, bool]] = field(default_factory=list)

    def seen(self) -> str:
        if self.mark != _TO_THE_LEFT:
            return "".join(text for text, _ in self.texts)
        return "".join(text if stays else text[::-1] for text, stays in reversed(self.texts))


def _line(line: str) -> tuple[str, str]:
    """One line as it is shown, and what of it is turned, as it is stored."""
    levels = [_Level("")]
    stored: list[str] = []
    too_deep = 0
    for piece in _MARKS.split(line):
        if piece == _END:
            if too_deep:
                too_deep -= 1
            elif len(levels) > 1:
                _close(levels)
        elif _MARKS.fullmatch(piece):
            if len(levels) > _DEEPEST:
                too_deep += 1
            else:
                levels.append(_Level(piece))
        else:
            levels[-1].texts.append((piece, False))
            if any(level.mark == _TO_THE_LEFT for level in levels):
                stored.append(piece)
    while len(levels) > 1:
        _close(levels)
    return levels[0].seen(), "".join(stored)


def _close(levels: list[_Level]) -> None:
    """End the innermost embedding: for the one around it, it is one piece."""
    done = levels.pop().seen()
    levels[-1].texts.append((done, True))
