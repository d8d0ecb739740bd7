"""One piece of personal data that was found, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from dlpguard.document import Hidden


class Confidence(IntEnum):
    """How sure a detector is.  Three steps, because three can be explained."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A value of some kind at a place.

    `kind` is the detector's KIND ("phone", "gb_nino"); `value` is normalised for counting, so
    that two spellings of one number are one value.  `where` is the block's place, or the row's in
    a table.  In running text `start` and `end` are character offsets into the block; in a table
    `row` and `column` are indexes into `Table.rows` and `start`, `end` offsets into the cell.
    `block` is the block's index in the message's documents, walked in order.  `evidence` says in
    words why it was believed ("column headed 'NINO'"), without repeating the value.
    """

    kind: str
    value: str = field(repr=False)
    where: str = field(repr=False)
    start: int
    end: int
    confidence: Confidence
    evidence: str = ""
    hidden: Hidden | None = None
    block: int = 0
    row: int = -1
    column: int = -1
