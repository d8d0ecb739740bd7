"""The beginning of a block: as much of it as the budget's characters allow.

A workbook of ten kilobytes can name one long string in a hundred thousand cells.  In memory that
is one string; whoever searches it reads gigabytes.
"""

from __future__ import annotations

from dataclasses import replace

from dlpguard.document import Table, Text


def characters(block: Text | Table) -> int:
    """How many characters a reader of the block has to read."""
    if isinstance(block, Text):
        return len(block.text)
    return sum(sum(map(len, row)) for row in block.rows)


def fitting(block: Text | Table, most: int) -> Text | Table:
    """The block, or its beginning when it has more than so many characters; tables by rows."""
    if characters(block) <= most:
        return block
    if isinstance(block, Text):
        return replace(block, text=block.text[:most])
    rows, left = 0, most
    for row in block.rows:
        left -= sum(map(len, row))
        if left < 0:
            break
        rows += 1
    return replace(
        block,
        rows=block.rows[:rows],
        numbers=block.numbers[:rows],
        hidden_rows={y: why for y, why in block.hidden_rows.items() if y < rows},
        hidden_cells={at: why for at, why in block.hidden_cells.items() if at[0] < rows},
    )
