r"""Words and addresses in style sheets (CSS Syntax Level 3): what they print, what is no rule.

>>> list(words("p:before{content: 'Ann\\20 Bee'} a{content:'»'}"))
['Ann Bee']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CONTENT = re.compile(
    r"\bcontent\s{0,20}:\s{0,20}(?:\"((?:[^\"\\\n]|\\.){1,4000})\"|'((?:[^'\\\n]|\\.){1,4000})')",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\r\n]?|(.))", re.DOTALL)
_ADDRESS = re.compile(
    r"url\(\s{0,20}(?:\"([^\"\n]{1,2000000})\"|'([^'\n]{1,2000000})'|([^()\s\"']{1,2000000}))"
    r"|(data:[^\s\"']{1,2000000})",
    re.IGNORECASE,
)
_AT_LINE = re.compile(r"@(?:import|charset|namespace)\b[^;{}]{0,300};", re.IGNORECASE)
_BRACE = re.compile(r"([{}])")
_WORDS = re.compile(r"[^\W\d_]{2}")
_NUMBER = re.compile(r"(?<![\w#.-])\d(?:[ /.-]{0,2}\d){5,20}")
_TWO_WORDS = re.compile(r"\w{2}[ \t\r\n,;:.]{1,9}\w{2}")


def words(css: str) -> Iterator[str]:
    """What a style sheet prints, numbers in its comments, and text that is no rule at all.

    Comments without a number are left out: every template says there who made it.
    """
    for double, single in _CONTENT.findall(css):
        text = _unescaped(double or single)
        if _WORDS.search(text) or _NUMBER.search(text):
            yield text
    comments, _ = _apart(css)
    yield from (text.strip() for text in comments if _NUMBER.search(text))


def remains(css: str) -> str:
    """The text of a style element that is no rule: it was never closed, or hides something."""
    _, rest = _apart(css)
    *blocks, behind = _BRACE.split(_AT_LINE.sub(" ", rest))
    told = [text for text in blocks if text not in {"{", "}"} and _is_told(text)]
    if (_TWO_WORDS.search(behind) and ":" not in behind) or _is_told(behind):
        told.append(behind)
    return "\n".join(text.strip() for text in told)


def _is_told(text: str) -> bool:
    """Whether something between braces is a text with a number in it, and no declarations."""
    return ";" not in text and ":" not in text and _NUMBER.search(text) is not None


def _apart(css: str) -> tuple[list[str], str]:
    """The comments of a style sheet, and all the rest."""
    comments: list[str] = []
    rest: list[str] = []
    position = 0
    while (start := css.find("/*", position)) != -1:
        rest.append(css[position:start])
        end = css.find("*/", start + 2)
        position = len(css) if end == -1 else end + 2
        comments.append(css[start + 2 : len(css) if end == -1 else end])
    return comments, " ".join([*rest, css[position:]])


def addresses(css: str) -> Iterator[str]:
    """The addresses that a style sheet names."""
    for match in _ADDRESS.finditer(css):
        yield next(filter(None, match.groups()))


def _unescaped(text: str) -> str:
    def letter(match: re.Match[str]) -> str:
        if not match[1]:
            return "" if match[2] == "\n" else match[2]
        code = int(match[1], 16)
        return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"

    return _ESCAPED.sub(letter, text)
