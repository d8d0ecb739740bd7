"""The measured tables of docs/reliability.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.faults._checker import Found
from tests.faults._matrix import COLUMNS, UNREACHED, Line
from tests.faults._schedule import Plan

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"

NEXT_HOP = "next hop, "
"""With what the counts of the next hop's misbehaviour begin."""


def write_run(plan: Plan, found: Found) -> None:
    """Put the counts of a run into the page."""
    _put("run", run_table(plan.seed, found))


def write_nodes(seed: int, found: Found) -> None:
    """Put the counts of a run with several nodes into the page."""
    _put("nodes", run_table(seed, found))


def write_matrix(lines: Sequence[Line]) -> None:
    """Put the matrix into the page."""
    _put("matrix", matrix_table(lines))


def run_table(seed: int, found: Found) -> str:
    """What was done, and what came of it."""
    troubles = sum(n for what, n in found.counts.items() if what.startswith(NEXT_HOP))
    counts = {w: n for w, n in found.counts.items() if not w.startswith(NEXT_HOP)}
    counts["next hop: misbehaved"] = troubles
    counts["promises broken"] = len(found.broken)
    rows = "".join(f"| {what} | {counts[what]:,} |\n" for what in sorted(counts))
    return f"Seed {seed}.\n\n| what | how often |\n|---|--:|\n{rows}"


def matrix_table(lines: Iterable[Line]) -> str:
    """A line for each point, a column for each scenario."""
    points: dict[str, dict[str, Line]] = {}
    for line in lines:
        points.setdefault(line.cell.point, {})[line.cell.scenario] = line
    extra = sorted({s for found in points.values() for s in found} - set(COLUMNS))
    heads = [*COLUMNS, *(["other"] if extra else [])]
    text = f"| point | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n"
    for point, found in points.items():
        cells = [_cell(found.get(scenario)) for scenario in COLUMNS]
        if extra:
            others = [f"{s}: {_cell(found[s])}" for s in extra if s in found and found[s].passed]
            cells.append("; ".join(others))
        text += f"| `{point}` | {' | '.join(cells)} |\n"
    left_out = "".join(f"* `{change}`: {why}\n" for change, why in UNREACHED.items())
    return f"{text}\nNot in the table:\n\n{left_out}"


def _cell(line: Line | None) -> str:
    if line is None or not line.passed:
        return ""
    return f"**{'; '.join(line.broken)}**" if line.broken else line.ended


def _put(name: str, text: str) -> None:
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    before, _, rest = PAGE.read_text("utf-8").partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}{text}{end}{after}", "utf-8")
