"""What the relay benchmark found, for a terminal and for docs/performance.md."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence

from rich.table import Table

from tests.benchmarks import _chart, _page
from tests.benchmarks._goals import Goal
from tests.benchmarks._peers import DLPGUARD, RECEIVING
from tests.benchmarks._runs import MAIN, OTHERS, STRAIGHT, Figures, Load, Run, cpu, rate

HEADINGS = (
    "through",
    "messages/s",
    "CPU ms",
    "dlpguard passes on",
    "250 after ms (99 %)",
    "client + sink, CPU ms",
)


def tables(figures: Figures) -> Iterator[Table]:
    """Of all loads that were measured; then what is received, and spreadsheets."""
    table = Table(title="Mail through a relay: median (least–most)", title_justify="left")
    for heading in ("load", *HEADINGS):
        table.add_column(heading, justify="left" if heading in {"load", "through"} else "right")
    for load in _measured(figures):
        for number, row in enumerate(_rows(figures, load)):
            table.add_row("" if number else load.name, *row)
        table.add_section()
    yield table
    received = Table(*_RECEIVED, title="Receiving 5 MB: median (least–most)")
    for row in _received(figures):
        received.add_row(*row)
    yield received


def write(figures: Figures, goals: Sequence[Goal], rounds: int) -> None:
    """Put them into the page, and draw its picture."""
    page = written(_page.PAGE.read_text("utf-8"), figures, goals, rounds)
    _page.PAGE.write_text(page, "utf-8")
    _page.PICTURE.write_text(_chart.drawn(figures), "utf-8")


def written(page: str, figures: Figures, goals: Sequence[Goal], rounds: int) -> str:
    """The page with them."""
    page = _page.put_goals(goals, page)
    page = _page.put("relay", _markdown(figures), page)
    page = _page.put("receiving", _table(_RECEIVED, _received(figures)), page)
    return _page.put("machine", _setting(figures, rounds), page)


def _markdown(figures: Figures) -> str:
    sections = (
        f"### {load.name}\n\n{_table(HEADINGS, _rows(figures, load))}"
        for load in _measured(figures)
    )
    return "\n".join(sections)


def _table(headings: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(headings)} |", f"|---|{'--:|' * (len(headings) - 1)}"]
    return "\n".join((*lines, *(f"| {' | '.join(row)} |" for row in rows))) + "\n"


def _setting(figures: Figures, rounds: int) -> str:
    """Where and how often, and with which programs."""
    programs = "; ".join(f"{name} {version}" for name, version in figures.versions.items())
    return f"{_page.machine()} {rounds} rounds. {programs}.\n"


def _measured(figures: Figures) -> Iterator[Load]:
    found = {name for name, _ in figures.runs}
    return (load for load in (*MAIN, *OTHERS) if load.name in found)


def _rows(figures: Figures, load: Load) -> Iterator[tuple[str, ...]]:
    """A row for each route, the columns of `HEADINGS`."""
    for route in load.routes:
        if not (runs := figures.runs.get((load.name, route))):
            continue
        is_whole = route not in {DLPGUARD, STRAIGHT, RECEIVING}
        spent = figures.of(load, route, cpu)
        yield (
            route,
            _spread(figures.of(load, route, rate)),
            "–" if route == STRAIGHT else _spread(spent),
            _spread(figures.share(load, route), "×") if is_whole else "",
            f"{_digits(_middle(runs, _usual))} ({_digits(_middle(runs, _long))})",
            _digits(_middle(runs, _measuring)),
        )


_RECEIVED = ("", "CPU ms on uvloop", "CPU ms on asyncio")


def _received(figures: Figures) -> Iterator[tuple[str, ...]]:
    for program in ("dlpguard", "aiosmtpd"):
        columns = (figures.receiving[program, loop] for loop in ("uvloop", "asyncio"))
        yield (program, *(_spread([1000 * seconds for seconds in column]) for column in columns))


def _spread(values: Sequence[float], unit: str = "") -> str:
    """The median, and from least to most where there is more than one."""
    middle = f"{_digits(statistics.median(values))}{unit}"
    if len(values) == 1:
        return middle
    return f"{middle} ({_digits(min(values))}–{_digits(max(values))})"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.3g}"


def _middle(runs: Sequence[Run], what: Callable[[Run], float]) -> float:
    return statistics.median(map(what, runs))


def _usual(run: Run) -> float:
    return 1000 * run.usual_wait


def _long(run: Run) -> float:
    return 1000 * run.long_wait


def _measuring(run: Run) -> float:
    return 1000 * (run.source_cpu + run.sink_cpu)
