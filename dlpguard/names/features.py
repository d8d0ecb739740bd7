"""What the model is told of each word: itself, its neighbours, its line, its text.

A sequence is the capitalised words of one run, and of the runs that a comma, "and" or a line end
joins to it as in a list.  Words between runs are context only, so that the cost is in proportion
to the capitalised words of a text; runs of ordinary words ("The", "Monday") cost nothing more.

A word is described by aspects: a function below and what it is called with, which gives strings,
the features.  The same aspects come again and again, so the model adds up the weights of one's
features once and no string is made for it again.

Changing anything here needs a new model: `python -m dlpguard.names.train`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from dlpguard.names.gazetteer import Word
from dlpguard.names.lexicon import lexicon
from dlpguard.names.rules import Reading
from dlpguard.names.runs import Run, Token

Aspect = tuple[Any, ...]
"""A function that gives features (a tuple of strings), then its arguments."""

LONGEST_SEQUENCE = 48
"""Words of a sequence; a longer list is cut."""

REACH = 32
"""Characters before and after a run that are context: some four words."""

LINE_REACH = 200
"""Characters to either side in which the ends of the line are looked for; more says nothing new."""

REMEMBERED = 20_000
"""Words whose traits are kept: some 6 MB at most."""

_A_PIECE = r"[^\W\d_]{1,24}(?:['’](?:t|s|re|ve|ll|d|m)\b)?|['’]s\b|\d{1,24}|\n|[^\w\s]"
_PIECE = re.compile(_A_PIECE)
_NEAREST = re.compile(rf"(?:[^\S\n]|_){{0,32}}({_A_PIECE})(?:(?:[^\S\n]|_){{0,32}}({_A_PIECE}))?")
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

    own: Aspect
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


def features(aspects: Iterable[Aspect]) -> list[str]:
    """What the aspects of a word say, each thing as a string."""
    return [feature for say, *values in aspects for feature in say(*values)]


def sequences(
    text: str, found: Sequence[Run], reading: Reading
) -> Iterator[tuple[list[Token], list[list[Aspect]]]]:
    """The words of a text that could be names, in sequences, each word with its aspects.

    `found` are the runs that `reading` left over.
    """
    page = _Page(text, found, reading)
    tokens: list[Token] = []
    described: list[list[Aspect]] = []
    last_end = -1
    for run in found:
        if page.is_ordinary(run):
            continue
        start = run[0].start
        gap = text[last_end:start] if 0 <= start - last_end <= _LONGEST_GAP else "~"
        if gap not in _LIST_GAPS or len(tokens) + len(run) > LONGEST_SEQUENCE:
            if tokens:
                yield tokens, described
            tokens, described = [], []
            gap = "~"
        described += page.aspects(run, gap)
        tokens += run
        last_end = run[-1].end
    if tokens:
        yield tokens, described


def in_code(text: str, start: int, end: int) -> bool:
    """Whether a place is in a line of source code or of a log."""
    return _is_code(text[slice(*_ends(text, start, end))])


class _Page:
    """A text, and what the whole of it says about its words."""

    def __init__(self, text: str, found: Sequence[Run], reading: Reading) -> None:
        self._text = text
        self._runs = found
        self._forenames = reading.forenames
        self._surnames = reading.surnames
        self._ruled = dict(reading.spans)
        self._line = _Line(0, -1, "")

    @cached_property
    def _lowered(self) -> set[str]:
        """Those of its words that stand somewhere in small letters too, between white space."""
        return {token.lower for run in self._runs for token in run}.intersection(self._text.split())

    def is_ordinary(self, run: Run) -> bool:
        """Whether no word of a run is a name unless its place were very odd."""
        return not [t for t in run if not t.is_ordinary or t.start in self._ruled]

    def aspects(self, run: Run, gap: str) -> Iterator[list[Aspect]]:
        """The aspects of each word of a run; `gap` is what stands before it in its sequence."""
        text, ruled = self._text, self._ruled
        start, end = run[0].start, run[-1].end
        if end > self._line.end:
            self._line = _line(text, start, end)
        place = self._place(start, end)
        length = str(min(len(run), 4))
        signed = "<" in place and bool(_SIGN_OFF.search(text, max(0, start - REACH), start))
        around = _around, self._line.case, gap, length, place, signed
        words = _context(text, run)
        traits = [_traits(t.text, t.word) for t in run]
        inside = -1
        final = len(run) - 1
        for i, token in enumerate(run):
            own, tier, _, common = traits[i]
            left2, left, _, right, right2 = words[i : i + 5]
            rule = "O"
            if token.start in ruled:
                inside = ruled[token.start]
                rule = "B"
            elif token.end <= inside:
                rule = "I"
            described: list[Aspect] = [
                own,
                (*around, tier, rule),
                (_left, left, tier),
                (_right, right, tier),
                (_beyond_left, left2),
                (_beyond_right, right2),
            ]
            if i:
                joint = text[run[i - 1].end : token.start]
                described.append((_after, traits[i - 1].seen, joint, tier))
                if i < final:
                    described.append((_between, traits[i - 1].tier, traits[i + 1].tier))
            else:
                described.append((_first, common + tier if left in _SENTENCE_ENDS else ""))
            described.append((_before, tier, traits[i + 1].seen) if i < final else (_last,))
            if token.lower in self._surnames:
                described.append((_known, "ds", rule, length))
            if token.lower in self._forenames:
                described.append((_known, "df", rule, length))
            if token.lower in self._lowered:
                described.append((_lowered, tier))
            yield described

    def _place(self, start: int, end: int) -> str:
        """< where a run begins its line or an entry of a list, > where it ends it."""
        near = start - self._line.start < _LONGEST_ENTRY_MARK
        begins = near and _START_OF_ENTRY.match(self._text, self._line.start, start)
        return ("<" if begins else "") + (">" if _END_OF_ENTRY.match(self._text, end) else "")


def _own(lower: str, shape: str, tier: str, common: int, roles: tuple[str, ...]) -> Iterable[str]:
    """The word itself; without it nothing is a name."""
    return (
        "1", "w=" + lower, "s=" + shape, "t=" + tier, f"tc={tier}{common}", f"ts={tier}{shape}",
        "p3=" + lower[:3], "x3=" + lower[-3:], "x4=" + lower[-4:], *("r=" + r for r in roles),
    )  # fmt: skip


def _around(
    case: str, gap: str, length: str, place: str, signed: bool, tier: str, rule: str
) -> Iterable[str]:
    """The run and its line; what the rules say, B begins a name, I goes on with it, O neither."""
    said = (
        "m=" + case, "g=" + gap, "n=" + length, "e=" + place, f"et={place}{tier}",
        "R" + rule, f"R{rule}{tier}", f"R{rule}{place}{length}",
    )  # fmt: skip
    return (*said, "signed" + length) if signed else said


def _left(word: str, tier: str) -> Iterable[str]:
    return "-1=" + word, f"-t={word}|{tier}"


def _right(word: str, tier: str) -> Iterable[str]:
    return "+1=" + word, f"+t={word}|{tier}"


def _beyond_left(word: str) -> Iterable[str]:
    return ("-2=" + word,)


def _beyond_right(word: str) -> Iterable[str]:
    return ("+2=" + word,)


def _first(tier: str) -> Iterable[str]:
    """The first word of a run; of a sentence too where `tier` says what it would be within one."""
    return ("first", "S" + tier) if tier else ("first",)


def _last() -> Iterable[str]:
    return ("last",)


def _after(seen: str, joint: str, tier: str) -> Iterable[str]:
    """The word before it in its run, and what joins them."""
    return "<=" + seen, f"<t={seen}|{tier}", "j=" + (joint if len(joint) < 3 else "p")


def _before(tier: str, seen: str) -> Iterable[str]:
    return ">=" + seen, f">t={tier}|{seen}"


def _between(left: str, right: str) -> Iterable[str]:
    return (f"<>={left}|{right}",)


def _known(role: str, rule: str, length: str) -> Iterable[str]:
    """Elsewhere in the text it is the surname (ds) or the first name (df) of a full name."""
    return role + rule, role + length


def _lowered(tier: str) -> Iterable[str]:
    """Elsewhere in the text it is written without a capital."""
    return "lc", "lc" + tier


def _line(text: str, start: int, end: int) -> _Line:
    begins, ends = _ends(text, start, end)
    line = text[begins:ends]
    words = line.split()
    short = "s" if len(words) < 5 else ""
    if _is_code(line):
        return _Line(begins, ends, "k")
    if line.isupper():
        return _Line(begins, ends, "U" + short)
    share = len([w for w in words if w[0].isupper()]) / max(1, len(words))
    return _Line(begins, ends, ("T" if share > 0.7 else "H" if share > 0.4 else "m") + short)


def _ends(text: str, start: int, end: int) -> tuple[int, int]:
    begins = max(0, start - LINE_REACH)
    begins = text.rfind("\n", begins, start) + 1 or begins
    ends = text.find("\n", end, end + LINE_REACH)
    return begins, ends if ends >= 0 else min(len(text), end + LINE_REACH)


def _is_code(line: str) -> bool:
    if _CODE_START.match(line):
        return True
    signs = "(" in line or ";" in line or "{" in line or "}" in line or ">" in line or "=" in line
    return (signs or "::" in line) and bool(_CODE_SIGNS.search(line))


def _context(text: str, run: Run) -> list[str]:
    """Two words before a run, its own, two after it; signs and line ends are words too."""
    start, end = run[0].start, run[-1].end
    before = _two_before(text[max(0, start - REACH) : start])
    if len(before) < 2:
        before = ["", "^" if start <= REACH else "", *before][-2:]
    nearest = _NEAREST.match(text, end, end + REACH)
    after = [_plain(word) for word in nearest.groups() if word] if nearest else []
    if len(after) < 2:
        after += ("$" if end + REACH >= len(text) else "", "")
    return [*before, *[t.lower for t in run], *after]


def _two_before(left: str) -> list[str]:
    """The last two words, or as many as there are."""
    words = left.lower().rsplit(" ", 3)[-3:]
    # Mostly there are plain words between spaces, for which no expression is needed.
    if len(words) == 3 and not words.pop() and words[0].isalpha() and words[1].isalpha():
        return words
    last = max(0, left.rfind(" ", 0, -1))
    pieces = _PIECE.findall(left, left.rfind(" ", 0, last) + 1)
    if len(pieces) < 2:
        pieces = _PIECE.findall(left)
    return [_plain(piece) for piece in pieces[-2:]]


def _plain(piece: str) -> str:
    return "9" * min(len(piece), 5) if piece[0].isdigit() else piece.lower()


@lru_cache(REMEMBERED)
def _traits(text: str, word: Word) -> _Traits:
    lower = text.lower()
    tier = f"{word.first}{word.last}{'p' if word.place else ''}"
    roles = tuple(r for r in _ROLES if lower in getattr(lexicon(), r))
    seen = f"{tier}{word.common}{roles[0][:2] if roles else ''}"
    own = _own, lower, _shape(text), tier, word.common, roles
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
