"""Whose data it is, and how many they are (DESIGN 6).

Table ─ grids ─ columns, guesses ─ records, notes, loose ─┐
                                                          ├─ Mentions ─ people ─▶ People
Text ─ propagation, courtesies, layout, prose, conditions ┘
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from dlpguard import detectors
from dlpguard.counting import (
    grids,
    kinds,
    loose,
    people,
    propagation,
    prose,
    records,
    remarks,
    salutation,
)
from dlpguard.counting.mention import SPECIAL_CATEGORY, Mention
from dlpguard.counting.participants import Participants, Parts, Role
from dlpguard.counting.tallies import KEPT, Tallies
from dlpguard.detectors import person_name
from dlpguard.document import Document, Text
from dlpguard.facts import Tally
from dlpguard.finding import Confidence, Finding
from dlpguard.names import canonical
from dlpguard.people import People

__all__ = ["SPECIAL_CATEGORY", "Counted", "Participants", "count", "examine"]


LONG = 1_000
"""Characters of a text of which it is worth while to ask first whether anything is in it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a message holds.

    `findings` are so many of each kind, `tallies` all of them: the distinct values of each kind.
    `Finding.block` counts the blocks of `documents.walk()` in order.  `greets_another`: it greets
    somebody else than its only recipient outside.  `silent` are long blocks of text without a
    word that could tell something special.
    """

    findings: tuple[Finding, ...] = field(default=(), repr=False)
    tallies: dict[str, Tally] = field(default_factory=dict)
    people: People = field(default_factory=People)
    greets_another: bool = False
    silent: frozenset[int] = frozenset()


def examine(
    documents: Document, participants: Participants, setup: detectors.Setup, *, kept: int = KEPT
) -> Counted:
    """Everything that is found in a document and what is inside it, and whom it is about.

    At most `kept` findings of each kind are kept.  The people are distinct over all blocks, in the
    order in which they first appear; who only takes part is left out.
    """
    found = Tallies(kept)
    blocks = [block for document in documents.walk() for block in document.blocks]
    mentioned: list[list[Mention]] = [[] for _ in blocks]
    texts: list[tuple[int, Text, list[Finding]]] = []
    silent: set[int] = set()
    for index, block in enumerate(blocks):
        if isinstance(block, Text):
            if len(block.text) >= LONG and detectors.is_silent(block.text, setup):
                silent.add(index)
            found_in = detectors.detect(block, setup, index, silent=index in silent)
            texts.append((index, block, found_in))
            continue
        for grid in grids.of(block, setup):
            reader = records if records.is_register(grid, setup) else loose
            mentioned[index] += reader.read(grid, setup, index, found)
    named = propagation.known(_named(mentioned, texts))
    greeted: list[str] = []
    taking_part: list[str] = []
    comments: list[_Comment] = []
    for index, block, in_text in texts:
        reading = prose.link(block, propagation.add(block, in_text, named, index), setup, index)
        found.add(reading.findings)
        mentioned[index] += reading.mentions
        greeted += reading.greeted
        taking_part += reading.taking_part
        if row := remarks.row_of(block):
            comments.append((row, block, reading.findings, index))
    if comments:
        mentioned.append(list(_remarked(chain.from_iterable(mentioned), comments)))
    parts = Parts(participants, greeted, taking_part)
    spoken_to = [name for name in greeted if parts.role_of(canonical(name)) is not Role.INSIDE]
    another = bool(participants.addressee and spoken_to) and salutation.greets_another(
        spoken_to,
        set(_named(mentioned, texts)),
        participants.addressee,
        participants.addressee_name,
    )
    counted = people.count(_emptied(mentioned), parts, kinds.of(setup))
    return Counted(found.kept, found.totals(), counted, another, frozenset(silent))


_Comment = tuple[str, Text, tuple[Finding, ...], int]
"""A comment on a cell: the place of its row, its text, what is found in it, its block's index."""


def _named(
    mentioned: Sequence[Sequence[Mention]], texts: Sequence[tuple[int, Text, list[Finding]]]
) -> Iterator[str]:
    """The names that are surely names, in tables and in texts."""
    yield from (mention.name for of_block in mentioned for mention in of_block)
    for _, _, found in texts:
        for f in found:
            if f.kind == person_name.KIND and f.confidence >= Confidence.MEDIUM:
                yield f.value


def _emptied(mentioned: Sequence[list[Mention]]) -> Iterator[Mention]:
    """The mentions in order, each given up: of a million people they are a gigabyte."""
    for of_block in mentioned:
        of_block.reverse()
        while of_block:
            yield of_block.pop()


def _remarked(mentions: Iterable[Mention], comments: Sequence[_Comment]) -> Iterator[Mention]:
    """What comments on cells tell of the only person in their row."""
    rows = {row for row, *_ in comments}
    in_row: dict[str, list[Mention]] = {}
    for mention in mentions:
        if mention.where in rows:
            in_row.setdefault(mention.where, []).append(mention)
    for row, remark, findings, index in comments:
        about = in_row.get(row, ())
        if len(about) == 1:
            yield remarks.told(remark, findings, about[0], index)


def count(
    documents: Document, participants: Participants, setup: detectors.Setup
) -> tuple[tuple[Finding, ...], People]:
    """As `examine`, with every single finding."""
    counted = examine(documents, participants, setup, kept=sys.maxsize)
    return counted.findings, counted.people
