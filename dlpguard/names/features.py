"""What the model is told of each word: itself, its neighbours, its line, its text.

A sequence is the capitalised words of one run, and of the runs that a comma, "and" or a line end
joins to it as in a list.  Words between runs are context only, so that the cost is in proportion
to the capitalised words of a text; runs of ordinary words ("The", "Monday") cost nothing more.

Changing anything here needs a new model: `python -m dlpguard.names.train`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from dlpguard.names.gazetteer import Word
from dlpguard.names.lexicon import lexicon
from dlpguard.names.rules import Reading
from dlpguard.names.runs import Run, Token

Features = list[str]

LONGEST_SEQUENCE = 48
"""Words of a sequence; a longer list is cut."""

REACH = 32
"""Characters before and after a run that are context: some four words."""

LINE_REACH = 200
"""Characters to either side in which the ends of the line are looked for; more says nothing new."""

REMEMBERED = 20_000
"""Words whose own features are kept: some 20 MB at most."""

_PIECE = re.compile(
    r"[^\W\d_]{1,24}(?:['’](?:t|s|re|ve|ll|d|m)\b)?|['’]s\b|\d{1,24}|\n|[^\w\s]",
)
_SIGN_OFF = re.compile(
    r"(?:regards|sincerely|faithfully|wishes|thanks|thank you|cheers|truly|love|best)"
    r"[ ,.!]{0,4}\s{1,4}\Z",
    re.IGNORECASE,
)
_CODE_START = re.compile(
    r"\s{0,20}(?:from\s[\w.]{1,60}\simport\s|import\s[\w.]{1,60}(?:[,;]|\Z)|class\s\w{1,60}[({:]"
    r"|def\s\w{1,60}\(|public\s(?:static|class|void|final)|\W{0,3}\d{4}-\d\d-\d\d[T ]\d\d:"
    r"|\W?(?:ERROR|WARN|INFO|DEBUG)\b)"
)
_CODE_SIGNS = re.compile(r"\)\s{0,2}[{;]|\w\.\w{1,30}\(|==|=>|->|::|[{};]\s{0,4}\Z")
_LIST_GAPS = frozenset(
    {", ", ",", "; ", " and ", " & ", ", and ", " or ", "/", " / ", "\n", ",\n", "\t"}
)
_LONGEST_GAP = max(map(len, _LIST_GAPS))
_SENTENCE_ENDS = frozenset({".", "!", "?", "\n", "^", ":", "“", '"', ""})
_START_OF_ENTRY = re.compile(r"\s{0,8}(?:[-•*–·>|\"“]|\(?\d{1,4}[.)])?\s{0,4}\Z")
_END_OF_ENTRY = re.compile(r"[ ,;.:\t]{0,3}(?:\n|\r|\Z)")
_LONGEST_ENTRY_MARK = 16
_ROLES = (
    "titles",
    "weak_titles",
    "greetings",
    "tails",
    "heads",
    "never",
    "also_words",
    "particles",
)


class _Traits(NamedTuple):
    """What a word is by itself, and how it looks to its neighbours."""

    own: tuple[str, ...]
    tier: str
    seen: str
    common: str


class _Line(NamedTuple):
    """The line around a place: its ends, and how it is written.

    U capitals, T nearly all words with one, H half of them, m as sentences are; k source code or a
    log; s: few words.
    """

    start: int
    end: int
    case: str


def sequences(
    text: str, found: Iterable[Run], reading: Reading
) -> Iterator[tuple[list[Token], list[Features]]]:
    """The words of a text that could be names, in sequences, each word with its features.

    `found` are the runs that `reading` left over.
    """
    page = _Page(text, reading)
    tokens: list[Token] = []
    features: list[Features] = []
    last_end = -1
    for run in found:
        if page.is_ordinary(run):
            continue
        start = run[0].start
        gap = text[last_end:start] if 0 <= start - last_end <= _LONGEST_GAP else "~"
        if gap not in _LIST_GAPS or len(tokens) + len(run) > LONGEST_SEQUENCE:
            if tokens:
                yield tokens, features
            tokens, features = [], []
            gap = "~"
        features += page.features(run, gap)
        tokens += run
        last_end = run[-1].end
    if tokens:
        yield tokens, features


def in_code(text: str, start: int, end: int) -> bool:
    """Whether a place is in a line of source code or of a log."""
    return _line(text, start, end).case == "k"


class _Page:
    """A text, and what the whole of it says about its words."""

    def __init__(self, text: str, reading: Reading) -> None:
        self._text = text
        self._forenames = reading.forenames
        self._surnames = reading.surnames
        self._lowered = frozenset(text.split())
        self._ruled = dict(reading.spans)
        self._line = _Line(0, -1, "")

    def is_ordinary(self, run: Run) -> bool:
        """Whether no word of a run is a name unless its place were very odd."""
        return all(_is_ordinary(t.lower, t.word) for t in run) and not any(
            t.start in self._ruled for t in run
        )

    def features(self, run: Run, gap: str) -> Iterator[Features]:
        """The features of each word of a run; `gap` is what stands before it in its sequence."""
        text = self._text
        start, end = run[0].start, run[-1].end
        if end > self._line.end:
            self._line = _line(text, start, end)
        case = self._line.case
        place = self._place(start, end)
        length = str(min(len(run), 4))
        shared = ["m=" + case, "g=" + gap, "n=" + length, "e=" + place]
        if "<" in place and _SIGN_OFF.search(text, max(0, start - REACH), start):
            shared.append("signed" + length)
        words = _context(text, run)
        traits = [_traits(t.text, t.word) for t in run]
        inside = -1
        for i, token in enumerate(run):
            own, tier, _, common = traits[i]
            _, left2, left, _, right, right2 = words[i : i + 6]
            inside = self._ruled.get(token.start, inside)
            rule = "B" if token.start in self._ruled else "I" if token.end <= inside else "O"
            f = [
                *own, *shared,
                "-1=" + left, "+1=" + right, "-2=" + left2, "+2=" + right2,
                f"-t={left}|{tier}", f"+t={right}|{tier}",
                f"et={place}{tier}",
                "R" + rule, f"R{rule}{tier}", f"R{rule}{place}{length}",
            ]  # fmt: skip
            if i:
                joint = text[run[i - 1].end : token.start]
                before = traits[i - 1].seen
                f += (
                    "<=" + before,
                    f"<t={before}|{tier}",
                    "j=" + (joint if len(joint) < 3 else "p"),
                )
            else:
                f.append("first")
                if left in _SENTENCE_ENDS:
                    f.append(f"S{common}{tier}")
            if i + 1 < len(run):
                after = traits[i + 1].seen
                f += (">=" + after, f">t={tier}|{after}")
                if i:
                    f.append(f"<>={traits[i - 1].tier}|{traits[i + 1].tier}")
            else:
                f.append("last")
            if token.lower in self._surnames:
                f += ("ds" + rule, "ds" + length)
            if token.lower in self._forenames:
                f += ("df" + rule, "df" + length)
            if token.lower in self._lowered:
                f += ("lc", "lc" + tier)
            yield f

    def _place(self, start: int, end: int) -> str:
        """< where a run begins its line or an entry of a list, > where it ends it."""
        near = start - self._line.start < _LONGEST_ENTRY_MARK
        begins = near and _START_OF_ENTRY.match(self._text, self._line.start, start)
        return ("<" if begins else "") + (">" if _END_OF_ENTRY.match(self._text, end) else "")


def _is_ordinary(lower: str, word: Word) -> bool:
    if len(lower) == 1 or lower in lexicon().never:
        return True
    best = max(word.first, word.last)
    return (best <= 1 and word.common >= 2) or (best <= 2 and word.place)


def _line(text: str, start: int, end: int) -> _Line:
    begins = max(0, start - LINE_REACH)
    begins = text.rfind("\n", begins, start) + 1 or begins
    ends = text.find("\n", end, end + LINE_REACH)
    if ends < 0:
        ends = min(len(text), end + LINE_REACH)
    line = text[begins:ends]
    words = line.split()
    short = "s" if len(words) < 5 else ""
    if _is_code(line):
        return _Line(begins, ends, "k")
    if line.isupper():
        return _Line(begins, ends, "U" + short)
    share = sum([w[0].isupper() for w in words]) / max(1, len(words))
    return _Line(begins, ends, ("T" if share > 0.7 else "H" if share > 0.4 else "m") + short)


def _is_code(line: str) -> bool:
    if _CODE_START.match(line):
        return True
    signs = "(" in line or ";" in line or "{" in line or "}" in line or ">" in line or "=" in line
    return (signs or "::" in line) and bool(_CODE_SIGNS.search(line))


def _context(text: str, run: Run) -> list[str]:
    """Three words before a run, its own, two after it; signs and line ends are words too."""
    start, end = run[0].start, run[-1].end
    before = [_plain(p) for p in _PIECE.findall(text[max(0, start - REACH) : start])[-3:]]
    after = [_plain(p) for p in _PIECE.findall(text[end : end + REACH])[:2]]
    if len(before) < 3:
        before = ["", "", "^" if start <= REACH else "", *before][-3:]
    if len(after) < 2:
        after += ("$" if end + REACH >= len(text) else "", "")
    return [*before, *(t.lower for t in run), *after]


def _plain(piece: str) -> str:
    return "9" * min(len(piece), 5) if piece[0].isdigit() else piece.lower()


@lru_cache(REMEMBERED)
def _traits(text: str, word: Word) -> _Traits:
    lower = text.lower()
    tier = f"{word.first}{word.last}{'p' if word.place else ''}"
    shape = _shape(text)
    roles = [r for r in _ROLES if lower in getattr(lexicon(), r)]
    own = (
        "1", "w=" + lower, "s=" + shape, "t=" + tier, f"tc={tier}{word.common}",
        f"ts={tier}{shape}", "p3=" + lower[:3], "x3=" + lower[-3:], "x4=" + lower[-4:],
        *("r=" + r for r in roles),
    )  # fmt: skip
    seen = f"{tier}{word.common}{roles[0][:2] if roles else ''}"
    return _Traits(own, tier, seen, str(word.common))


def _shape(text: str) -> str:
    if len(text) == 1:
        return "X"
    if text.isupper():
        return "XX" if len(text) > 3 else "XX3"
    if "-" in text or "‑" in text:
        return "X-X"
    if "'" in text or "’" in text:
        return "X'x"
    return "Xx" if text[1:].islower() else "XxX"
