"""Marked texts: read, cleaned, and varied.

A corpus is a directory of `.jsonl` files, one text a line: `{"text", "spans": [[start, end], …]}`,
places in characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dlpguard.names.gazetteer import look_up
from dlpguard.names.lessons.draw import Draw
from dlpguard.names.lessons.population import Population
from dlpguard.names.lexicon import lexicon

Span = tuple[int, int]

_WORD = re.compile(r"[^\W\d_]+(?:['’‑-][^\W\d_]+)*")
_EDGE_BEFORE = re.compile(r"[\W_]+")
_EDGE_AFTER = re.compile(r"(?:\s*['’]\s?s|[\W_]+)\Z")
_TITLE = re.compile(r"([^\W\d_]+)\.?\s+")
_SPACE_BEFORE = re.compile(
    r" (?=[.,;:!?)\]]|['’](?:s|t|re|ve|ll|d|m)\b|n['’]t\b)|(?<=[(\[]) ",
    re.IGNORECASE,
)


_PRONOUNS = frozenset({
    "a", "he", "her", "hers", "him", "his", "i", "it", "me", "my", "our", "she", "the", "their",
    "them", "they", "us", "we", "who", "you", "your",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """A text with the spans of its names, cleaned: no titles, no possessives, no handles."""

    source: str
    text: str = field(repr=False)
    spans: tuple[Span, ...] = field(repr=False)


def load(directory: Path) -> list[Text]:
    """All texts of a directory, files in order of their names.

    Marked things that are no names of persons (`@handles`, pronouns, "the Foreign Secretary") are
    taken out with their line, since the rest of the line may be marked in the same way.
    """
    texts: list[Text] = []
    for file in sorted(directory.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            entry = json.loads(line)
            texts.append(_cleaned(file.stem, entry["text"], entry["spans"]))
    return texts


def stripped(text: str, start: int, end: int) -> Span:
    """A span without titles, possessive and punctuation at its edges; it may be empty then."""
    words = lexicon()
    while start < end:
        if edge := _EDGE_BEFORE.match(text, start, end):
            start = edge.end()
        elif edge := _EDGE_AFTER.search(text, start, end):
            end = edge.start()
        elif (title := _TITLE.match(text, start, end)) and (
            title[1].lower() in words.titles
            or (title[1].lower() in words.weak_titles and look_up(title[1]).first < 3)
        ):
            start = title.end()
        else:
            break
    return start, end


def _cleaned(source: str, text: str, marked: list[list[int]]) -> Text:
    spans: list[Span] = []
    odd: list[int] = []
    for start, end in marked:
        if text[start : start + 1] == "@" or text[max(0, start - 2) : start].strip() == "@":
            continue
        name = stripped(text, start, end)
        if _is_odd(_WORD.findall(text, *name)):
            odd.append(start)
        else:
            spans.append(name)
    return _without_lines(Text(source, text, tuple(sorted(set(spans)))), odd)


def _is_odd(words: list[str]) -> bool:
    """Whether what is marked is no name of a person: a pronoun, an office, a description."""
    if not words:
        return True
    if not any(w[0].isupper() for w in words):
        return len(words) > 3 or words[0] in _PRONOUNS
    known = lexicon()
    lower = [w.lower() for w in words]
    if any(w in _PRONOUNS or (w in known.never and len(w) > 1) for w in lower):
        return True
    if words[0][0].isupper() and any(
        not w[0].isupper() and w not in known.particles for w in words
    ):
        return True
    last = look_up(words[-1])
    return lower[-1] in known.weak_titles and last.first < 3 and last.last < 2


def _without_lines(text: Text, places: list[int]) -> Text:
    """The text without the lines in which the places are."""
    if not places:
        return text
    kept: list[str] = []
    spans: list[Span] = []
    start = moved = 0
    for line in text.text.split("\n"):
        end = start + len(line) + 1
        if any(start <= p < end for p in places):
            moved -= len(line) + 1
        else:
            kept.append(line)
            spans += [(a + moved, b + moved) for a, b in text.spans if start <= a and b < end]
        start = end
    return Text(text.source, "\n".join(kept), tuple(spans))


def detokenised(text: Text) -> Text:
    """The same with punctuation written as usual, without spaces before it."""
    return _rewritten(text, [(m.start(), m.end(), "") for m in _SPACE_BEFORE.finditer(text.text)])


def renamed(text: Text, population: Population, draw: Draw) -> Text:
    """The same with other people in it; the same word of a name becomes the same other word."""
    others: dict[str, str] = {}
    edits: list[tuple[int, int, str]] = []
    for start, end in text.spans:
        parts = list(_WORD.finditer(text.text, start, end))
        for i, part in enumerate(parts):
            word = part[0]
            if len(word) == 1 or word.lower() in lexicon().particles or not word[0].isupper():
                continue
            if word.lower() not in others:
                is_first = i < len(parts) - 1 or (len(parts) == 1 and _is_rather_first(word))
                drawn = population.forename(draw) if is_first else population.surname(draw)
                others[word.lower()] = drawn
            other = others[word.lower()]
            shouts = len(word) > 3 and word.isupper()
            edits.append((part.start(), part.end(), other.upper() if shouts else other))
    return _rewritten(text, edits)


def _is_rather_first(word: str) -> bool:
    known = look_up(word)
    return known.first >= known.last


def _rewritten(text: Text, edits: list[tuple[int, int, str]]) -> Text:
    """The text with pieces replaced (start, end, new), in order, and its spans moved along."""
    pieces: list[str] = []
    moves: list[tuple[int, int]] = []
    last = moved = 0
    for start, end, new in edits:
        pieces += (text.text[last:start], new)
        moved += len(new) - (end - start)
        moves.append((end, moved))
        last = end
    pieces.append(text.text[last:])
    return Text(text.source, "".join(pieces), tuple(_moved(text.spans, moves)))


def _moved(spans: tuple[Span, ...], moves: list[tuple[int, int]]) -> Iterator[Span]:
    at = shift = 0
    for start, end in spans:
        while at < len(moves) and moves[at][0] <= start:
            shift = moves[at][1]
            at += 1
        new_start = start + shift
        inside = at
        while inside < len(moves) and moves[inside][0] <= end:
            shift = moves[inside][1]
            inside += 1
        at = inside
        yield new_start, end + shift
