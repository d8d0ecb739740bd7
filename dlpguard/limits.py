"""What reading may cost.

It stands apart from what reads: the relay's own process passes it on, and never loads an extractor.
"""

from __future__ import annotations

from dataclasses import dataclass

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What is beyond one of these is a gap.

    `seconds` are of one attached document, the others of a budget's whole life: `depth` of
    containers in containers, `members` of archives, `message` bytes of one part, `inflated` bytes
    that came out of compression, `ratio` of inflated to compressed bytes where a container gave
    more than `ratio_from` (small files of XML shrink to a hundredth and are no bombs), `cells` of
    tables, `characters` of text, `pages` of documents that have pages.
    """

    depth: int = 10
    members: int = 2000
    message: int = 50 * _MEGABYTE
    inflated: int = 200 * _MEGABYTE
    ratio: int = 100
    ratio_from: int = 10 * _MEGABYTE
    cells: int = 5_000_000
    characters: int = 20_000_000
    pages: int = 2000
    seconds: float = 30.0
