"""What the relay benchmark sends, and what it finds out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tests.benchmarks._peers import AMAVIS, DLPGUARD, FORWARDING, HARAKA, POSTFIX, RECEIVING, RSPAMD

STRAIGHT = "straight to the sink"
"""What the programs that measure can do: it has to be well above all the others."""

_ALL = (STRAIGHT, DLPGUARD, POSTFIX, AMAVIS, RSPAMD, HARAKA, FORWARDING, RECEIVING)
_QUEUES = (DLPGUARD, POSTFIX)


@dataclass(frozen=True, slots=True)
class Load:
    """A kind of mail (`_mails.KINDS`, with how much of it) over so many connections at once.

    `routes` take it; `least` of them are sent, however long they take.  `is_held`: it does not
    leave, and is through when there is a verdict.
    """

    name: str
    kind: str
    size: int
    connections: int = 20
    routes: tuple[str, ...] = _QUEUES
    least: int = 20
    is_held: bool = False


SMALL = Load("4 KB prose", "prose", 4_000, routes=_ALL)
MIDDLE = Load("100 KB prose", "prose", 100_000, routes=_ALL)
FILLER = Load("100 KB filler", "filler", 100_000, routes=_ALL)
LARGE = Load("5 MB, an attachment that is not text", "drawing", 5_000_000, routes=_ALL)

MAIN = (SMALL, MIDDLE, FILLER, LARGE)
"""What the goals are about."""

OTHERS = (
    Load("4 KB prose, 1 connection", "prose", 4_000, 1),
    Load("4 KB prose, 100 connections", "prose", 4_000, 100, least=100),
    Load("100 KB prose, 1 connection", "prose", 100_000, 1),
    Load("100 KB prose, 100 connections", "prose", 100_000, 100, least=100),
    Load("5 MB attached, 1 connection", "drawing", 5_000_000, 1, least=4),
    Load("5 MB attached, 100 connections", "drawing", 5_000_000, 100, least=100),
    Load("5 MB prose", "prose", 5_000_000, 2, (DLPGUARD,), least=2),
    Load("an xlsx of 200 rows", "workbook", 200),
    Load("a docx of 4 KB", "letter", 4_000),
    Load("a pdf of a page", "leaflet", 3_500),
    Load("a list of 12 people, held", "clients", 12, routes=(DLPGUARD,), is_held=True),
)
"""What else is asked."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: the loads, the seconds that each shall take (as far as its warming up
    tells), and how many messages are received by a server that does nothing else."""

    loads: tuple[Load, ...]
    seconds: float
    received: int


LONG = Extent((*MAIN, *OTHERS), 3.0, 60)

SHORT = Extent(
    (
        SMALL,
        replace(MIDDLE, routes=(DLPGUARD, AMAVIS)),
        replace(FILLER, routes=(DLPGUARD, AMAVIS, RSPAMD)),
        replace(LARGE, routes=(DLPGUARD, POSTFIX)),
    ),
    1.0,
    20,
)
"""No more than the goals need, but for the first."""


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement: messages a second until the last was at the sink, seconds of CPU that a
    message cost the relay (with all its processes), what sent it and the sink; and the seconds from
    the dot to 250, of half of the messages at most and of 99 in 100."""

    rate: float
    cpu: float
    source_cpu: float
    sink_cpu: float
    usual_wait: float
    long_wait: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that was measured, a value for each round.

    `runs` by load and route; `receiving` is seconds of CPU by program and loop, `verdicts` the
    seconds from the dot of a spreadsheet to its verdict; `versions` are of the routes.
    """

    runs: Mapping[tuple[str, str], tuple[Run, ...]]
    receiving: Mapping[tuple[str, str], tuple[float, ...]]
    verdicts: tuple[float, ...]
    versions: Mapping[str, str]

    def of(self, load: Load, route: str, what: Callable[[Run], float]) -> tuple[float, ...]:
        """One figure, none where the route was not measured."""
        return tuple(what(run) for run in self.runs.get((load.name, route), ()))

    def share(self, load: Load, peer: str) -> tuple[float, ...]:
        """How many times as much mail dlpguard passes on as a peer did in the same round."""
        own = self.of(load, DLPGUARD, rate)
        return tuple(a / b for a, b in zip(own, self.of(load, peer, rate), strict=False))


def rate(run: Run) -> float:
    """Messages a second."""
    return run.rate


def cpu(run: Run) -> float:
    """Milliseconds of the relay's CPU."""
    return 1000 * run.cpu
