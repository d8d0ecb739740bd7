"""The tables of docs/scaling.md: what was measured, and what follows from it by arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scaling.md"

ROLES = ("edge", "inspect", "deliver")
"""What mail passes through; the site costs by its visitors."""

INSPECTORS = (1, 2, 4)

RATES = (10, 1_000, 10_000)
"""Messages a second that the projection is for."""

BUSY = 0.6
"""The share of a core that is planned to be used: queues grow beyond it."""

PEAK = 5
"""Mail of the busiest second to that of the average one: offices write by day."""

HELD = 1 / 200
"""The share of mail that is held or asked about."""

KEPT_DAYS, HELD_DAYS = 30, 730
"""`retention.metadata` and `retention.decisions`, as shipped."""

LARGEST = 16
"""Cores of a PostgreSQL server that one is sure to get the use of: beyond it, what all serializable
transactions share (the table of predicate locks) has not been measured here."""

_MEGABYTE, _TERABYTE = 1e6, 1e12
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one message: seconds of CPU by role, and what the database did for it."""

    cpu: Mapping[str, float]
    commits: float
    rollbacks: float
    writes: float
    """Transactions that changed something: each waits for the disk."""
    statements: float
    wal: float
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A measurement with so many inspectors."""

    inspectors: int
    rate: float
    cost: Cost
    connections: int
    """To the database, all nodes together, at most."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that was measured.  Sizes in bytes of a message; `packed` is what `VACUUM FULL`
    leaves of the database."""

    messages: int
    flows: tuple[Flow, ...]
    connections: Mapping[str, int]
    idle_commits: float
    kept: float
    held: float
    packed: float
    cores: int
    load: float


def tables(figures: Figures) -> dict[str, str]:
    """The text of each, by name."""
    return {"measured": _measured(figures), "projected": _projected(figures)}


def write(figures: Figures) -> None:
    """Put them into the page."""
    page = PAGE.read_text("utf-8")
    for name, text in tables(figures).items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}{text}{end}{after}"
    PAGE.write_text(page, "utf-8")


def _measured(figures: Figures) -> str:
    flows = figures.flows
    heads = [f"inspectors: {flow.inspectors}" for flow in flows]
    text = (
        f"{figures.messages} messages for each column, on {figures.cores} cores that others used "
        f"at the same time (load {figures.load:.1f} at the end).\n\n"
        f"| a message costs | {' | '.join(heads)} |\n|---|{'--:|' * len(flows)}\n"
    )

    def row(name: str, value: Callable[[Flow], str]) -> str:
        return f"| {name} | {' | '.join(value(flow) for flow in flows)} |\n"

    for role in (*ROLES, "postgresql"):
        text += row(f"CPU ms, `{role}`", partial(_milliseconds, role=role))
    text += row("CPU ms, all", lambda flow: f"{1000 * sum(flow.cost.cpu.values()):.1f}")
    text += row("transactions", lambda flow: f"{flow.cost.commits:.1f}")
    text += row("of them writing", lambda flow: f"{flow.cost.writes:.1f}")
    text += row("run again", lambda flow: f"{flow.cost.rollbacks:.2f}")
    text += row("statements", lambda flow: f"{flow.cost.statements:.0f}")
    text += row("log (WAL), KB", lambda flow: f"{flow.cost.wal / 1000:.1f}")
    text += row("*messages a second*", lambda flow: f"{flow.rate:.1f}")
    text += row("*connections, all nodes*", lambda flow: str(flow.connections))
    resting = ", ".join(f"`{role}` {n}" for role, n in figures.connections.items())
    return (
        f"{text}\n"
        "| | |\n|---|--:|\n"
        f"| database, bytes of a message that was forwarded | {figures.kept:,.0f} |\n"
        f"| database, bytes of a message that is held or asked about | {figures.held:,.0f} |\n"
        f"| of that, what is left after `VACUUM FULL` | {100 * figures.packed:.0f} % |\n"
        f"| connections of a node at rest | {resting} |\n"
        f"| transactions a second of a node at rest | {figures.idle_commits:.1f} |\n"
    )


def _milliseconds(flow: Flow, role: str) -> str:
    return f"{1000 * flow.cost.cpu[role]:.1f}"


def _projected(figures: Figures) -> str:
    heads = " | ".join(f"{rate:,} a second" for rate in RATES)
    lines = [f"| at the busiest time | {heads} |", f"|---|{'--:|' * len(RATES)}"]
    cost = _planned(figures).cost

    def row(name: str, value: Callable[[int], str]) -> None:
        lines.append(f"| {name} | {' | '.join(value(rate) for rate in RATES)} |")

    def kept(rate: int, days: float, bytes: float) -> str:
        return f"{rate / PEAK * _DAY * days * bytes / _TERABYTE:,.2f}"

    for role in (*ROLES, "postgresql"):
        row(f"cores, `{role}`", partial(_said_cores, seconds=cost.cpu[role]))
    row("nodes of one process: `edge` + `inspect` + `deliver`", lambda rate: _layout(rate, cost))
    row("connections", lambda rate: f"{_all_nodes(rate, cost) * _connections(figures):,.0f}")
    row("writing transactions a second", lambda rate: f"{rate * cost.writes:,.0f}")
    row("statements a second", lambda rate: f"{rate * cost.statements:,.0f}")
    row("log, MB a second", lambda rate: f"{rate * cost.wal / _MEGABYTE:,.1f}")
    row("log, TB a day (archive)", lambda rate: kept(rate, 1, cost.wal))
    row("database of forwarded mail, TB", lambda rate: kept(rate, KEPT_DAYS, figures.kept))
    row("database of held mail, TB", lambda rate: kept(rate, HELD * HELD_DAYS, figures.held))
    row("databases, by sender domain", lambda rate: f"{_databases(rate, cost):,}")
    return "\n".join(lines) + "\n"


def _databases(rate: int, cost: Cost) -> int:
    return max(1, math.ceil(_cores(rate, cost.cpu["postgresql"]) / LARGEST))


def _planned(figures: Figures) -> Flow:
    """With as many inspectors as there are cores: more of them only wait for a core, with their
    transactions open and in each other's way."""
    return max(
        (flow for flow in figures.flows if flow.inspectors <= figures.cores),
        key=lambda flow: flow.inspectors,
    )


def _said_cores(rate: int, seconds: float) -> str:
    return f"{_cores(rate, seconds):,}"


def _cores(rate: int, seconds: float) -> int:
    return math.ceil(rate * seconds / BUSY)


def _nodes(rate: int, seconds: float) -> int:
    """Processes of a core each; two at least, so that one may die."""
    return max(2, _cores(rate, seconds))


def _layout(rate: int, cost: Cost) -> str:
    return " + ".join(f"{_nodes(rate, cost.cpu[role]):,}" for role in ROLES)


def _all_nodes(rate: int, cost: Cost) -> int:
    return sum(_nodes(rate, cost.cpu[role]) for role in ROLES)


def _connections(figures: Figures) -> float:
    """Of one node with work to do."""
    flow = _planned(figures)
    return flow.connections / (len(ROLES) - 1 + flow.inspectors)
