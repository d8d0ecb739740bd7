"""Names marked in texts, and how well other marks agree with them.

Before two spans are compared, titles (Mr, Dr), a possessive 's and punctuation at the edges are
taken off both, so that no program gains or loses by where it draws a line that nobody cares about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

Span = tuple[int, int]

_TITLE = re.compile(
    r"(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|dame|lady|lord|rev|revd|cllr|councillor)\b\.?\s*",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"\s?['’]\s?s\Z")


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and the names in it."""

    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall, of exact spans or of spans that overlap."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(slots=True)
class Tally:
    """Counts over many texts."""

    marked: int = 0
    found: int = 0
    exact: int = 0
    marked_overlapping: int = 0
    found_overlapping: int = 0

    def add(self, text: str, marked: Iterable[Span], found: Iterable[Span]) -> None:
        """Compare what was found in one text with what is marked there."""
        truth = {trimmed(text, span) for span in marked}
        ours = {trimmed(text, span) for span in found}
        self.marked += len(truth)
        self.found += len(ours)
        self.exact += len(truth & ours)
        self.marked_overlapping += _overlapping(truth, ours)
        self.found_overlapping += _overlapping(ours, truth)

    @property
    def as_exact(self) -> Score:
        """Spans count when both ends agree."""
        return Score(_share(self.exact, self.found), _share(self.exact, self.marked))

    @property
    def as_overlap(self) -> Score:
        """Spans count when they have a character in common."""
        return Score(
            _share(self.found_overlapping, self.found), _share(self.marked_overlapping, self.marked)
        )


def load(path: Path) -> list[Marked]:
    """The texts of a JSONL file, each with its spans."""
    texts = []
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        texts.append(Marked(row["text"], tuple((start, end) for start, end in row["spans"])))
    return texts


def trimmed(text: str, span: Span) -> Span:
    """A span without titles, possessive 's and punctuation at its edges.

    >>> text = "said Dr. Lee’s,"
    >>> text[slice(*trimmed(text, (5, 15)))]
    'Lee'
    """
    start, end = span
    while True:
        before = (start, end)
        while end > start and not (text[end - 1].isalnum()):
            end -= 1
        while end > start and not text[start].isalnum():
            start += 1
        if (title := _TITLE.match(text, start, end)) and title.end() < end:
            start = title.end()
        if possessive := _POSSESSIVE.search(text[start:end]):
            end = start + possessive.start()
        if (start, end) == before:
            return start, end


def _overlapping(spans: set[Span], others: set[Span]) -> int:
    """How many of the spans have something in common with one of the others."""
    return sum(any(a < d and c < b for c, d in others) for a, b in spans)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
