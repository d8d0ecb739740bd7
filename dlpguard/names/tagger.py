"""Finds the names in a text: its runs, the rules, over them the model, then what is known by now.

A name that the rules are sure of stays one where the model sees none: both miss different ones.
Texts longer than `LARGEST` are read by the rules alone: what is that long is an attachment full of
rows, where the rules do nearly as well and are several times as fast.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from dlpguard.names import model, rules
from dlpguard.names.features import in_code, sequences
from dlpguard.names.gazetteer import is_place
from dlpguard.names.lexicon import lexicon
from dlpguard.names.runs import Run, Token, runs

Span = tuple[int, int]

LARGEST = 400_000
"""Characters of the largest text that the model reads: a second where every word is a name."""

_TITLE_REACH = 16
_TITLE_AND_PARTICLES = re.compile(r"([^\W\d_]{2,12})\.?[ ]((?:[a-z]{2,3}[ ]){1,3})\Z")


_SHORT_MOHAMMED = re.compile(r"(?<![^\W_])(?:Md|Mohd|Muhd)\.?[ ]\Z")
"""Of Bangladesh and Malaysia, where the name table or the model takes it for another word."""

_NEXT_WORD = re.compile(r"[ ]([a-z]{1,20})")
_DONE_BY_PEOPLE = frozenset({
    "and", "asked", "called", "came", "did", "does", "emailed", "feels", "felt", "got", "had",
    "has", "is", "left", "lives", "needs", "phoned", "rang", "said", "says", "sent", "told",
    "wants", "was", "went", "who", "wrote",
})  # fmt: skip
"""What follows "Grace" where she is a person, and hardly where it is the first word of a clause."""


def spans(text: str, known: frozenset[str] = frozenset()) -> list[Span]:
    """The names in a text, in order, none overlapping; titles are left out.

    `known` are words in lower case that are names where they stand alone.
    """
    if len(text) > LARGEST:
        return rules.read(text, runs(text, idle=False)).all(known)
    rest: list[Run] = []
    reading = rules.read(text, runs(text, idle=False), rest)
    found: list[Span] = []
    names: set[str] = set(known)
    alone: list[Token] = []
    for tokens, described in sequences(text, rest, reading):
        labels = model.label(described)
        if labels.count(model.OUTSIDE) < len(labels):
            for name in _joined(text, tokens, labels):
                found.append((_from_particle(text, name[0]), name[-1].end))
                if len(name) > 1:
                    names.update(t.lower for t in name if not t.is_initial)
        alone += _left_out(text, tokens, labels)
    found += [(t.start, t.end) for t in alone if t.lower in names]
    return _with_sure(text, found, [*reading.spans, *reading.inverted])


def _joined(text: str, tokens: list[Token], labels: list[str]) -> Iterator[list[Token]]:
    """The names of a sequence, each as its words."""
    begin = 0
    for i, label in enumerate([*labels, model.OUTSIDE]):
        if label == model.INSIDE:
            continue
        if begin < i and labels[begin] != model.OUTSIDE:
            name = tokens[begin:i]
            if not _is_something_else(text, name, tokens[begin - 1 : begin], tokens[i : i + 1]):
                yield name
        begin = i


def _is_something_else(
    text: str, name: list[Token], before: list[Token], after: list[Token]
) -> bool:
    """Whether its neighbours make it a street, a firm, a place, or its place an ordinary word."""
    words = lexicon()
    first, last = name[0], name[-1]
    if after and after[0].lower in words.tails and text[last.end : after[0].start] == " ":
        return True
    if before and before[0].lower in words.heads and first.start - before[0].end <= 2:
        return True
    if first is last and first.lower in words.also_words and rules.at_sentence_start(text, first):
        follows = _NEXT_WORD.match(text, first.end)
        return follows is not None and follows[1] not in _DONE_BY_PEOPLE
    if words.is_thing(text, last.end) or (first is last and in_code(text, first.start, last.end)):
        return True
    return is_place(tuple(t.text for t in name))


def _is_no_word_for_people(text: str, start: int, end: int) -> bool:
    """Whether a word alone is part of a firm's name, or of a line of code or of a log."""
    return lexicon().is_thing(text, end) or in_code(text, start, end)


def _with_sure(text: str, found: list[Span], sure: list[Span]) -> list[Span]:
    """The spans in order, with those that the rules are sure of where they meet no other."""
    spans = sorted(found)
    starts = [start for start, _ in spans]
    for start, end in sure:
        at = bisect_left(starts, end)
        if at and spans[at - 1][1] > start:
            continue
        if " " in text[start:end] or not _is_no_word_for_people(text, start, end):
            found.append((start, end))
    return sorted(found)


def _left_out(text: str, tokens: list[Token], labels: list[str]) -> Iterator[Token]:
    """The words that stand alone, are no names so far, and could be."""
    for i, token in enumerate(tokens):
        if labels[i] != model.OUTSIDE or token.is_initial or token.lower in lexicon().not_alone:
            continue
        if i and text[tokens[i - 1].end : token.start] == " ":
            continue
        if i + 1 < len(tokens) and text[token.end : tokens[i + 1].start] == " ":
            continue
        if token.word.common < 2 or max(token.word.first, token.word.last) >= 3:
            yield token


def _from_particle(text: str, first: Token) -> int:
    """Where a name begins that has particles before it: "Mr van der Berg", "Md Rahman"."""
    before_it = text[max(0, first.start - 5) : first.start]
    near = max(0, first.start - _TITLE_REACH)
    if before_it.rstrip(" .")[-1:] == "d" and (
        before := _SHORT_MOHAMMED.search(text, near, first.start)
    ):
        return before.start()
    if before_it[:-1].rpartition(" ")[2] not in lexicon().particles:
        return first.start
    before = _TITLE_AND_PARTICLES.search(text, near, first.start)
    if (
        before
        and before[1].lower() in lexicon().titles
        and all(word in lexicon().particles for word in before[2].split())
    ):
        return before.start(2)
    return first.start
