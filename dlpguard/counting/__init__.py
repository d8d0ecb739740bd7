"""Whose data it is, and how many they are (DESIGN 6).

Table ─ grids ─ columns ─ records ─┐
                                   ├─ Mentions ─ people ─▶ People
Text ─ courtesies, layout, prose ──┘
"""

from __future__ import annotations

from dlpguard import detectors
from dlpguard.counting import grids, people, prose, records
from dlpguard.counting.mention import SPECIAL_CATEGORY, Mention
from dlpguard.counting.participants import Participants, Parts
from dlpguard.document import Document, Text
from dlpguard.finding import Finding
from dlpguard.people import People

__all__ = ["SPECIAL_CATEGORY", "Participants", "count"]


def count(
    documents: Document, participants: Participants, setup: detectors.Setup
) -> tuple[tuple[Finding, ...], People]:
    """Everything that is found in a document and what is inside it, and whom it is about.

    `Finding.block` counts the blocks of `documents.walk()` in order.  The people are distinct over
    all blocks, in the order in which they first appear; who only takes part is left out.
    """
    findings: list[Finding] = []
    mentions: list[Mention] = []
    greeted: list[str] = []
    taking_part: list[str] = []
    blocks = (block for document in documents.walk() for block in document.blocks)
    for index, block in enumerate(blocks):
        if isinstance(block, Text):
            reading = prose.read(block, setup, index)
            findings += reading.findings
            mentions += reading.mentions
            greeted += reading.greeted
            taking_part += reading.taking_part
            continue
        for grid in grids.of(block):
            found, mentioned = records.read(grid, setup, index)
            findings += found
            mentions += mentioned
    return tuple(findings), people.count(mentions, Parts(participants, greeted, taking_part))
