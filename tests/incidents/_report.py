"""The tables on the terminal, and docs/incidents.md with its pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.table import Table

from dlpguard.verdict import Action
from tests.incidents import _all, _plots
from tests.incidents._case import facts
from tests.incidents._scoring import (
    A_DAY,
    BUDGET,
    Line,
    Ordinary,
    Score,
    by_incident,
    by_pattern,
    false_questions,
)

DOCS = Path(__file__).resolve().parents[2] / "docs"

_RULE_OF_THREE = 3.0
"""Nothing seen in n tries: with 95 % confidence it happens less than 3 times in n."""


def tables(score: Score) -> Iterable[Table]:
    """For the terminal."""
    for title, lines in (
        ("Incidents", by_incident(score.incidents)),
        ("By pattern", by_pattern(score.incidents)),
    ):
        table = Table(
            "", "variants", "held for two", "held", "asked", "out", "people true", "claimed",
            "stopped by", title=title,
        )  # fmt: skip
        for line in lines:
            style = "bold red" if line.leaked else "yellow" if line.asked or line.misnamed else ""
            table.add_row(*_cells(line), style=style)
        yield table
    table = Table("twin", "became", "by", title=f"Of {len(score.twins)} benign twins")
    for r in score.twins:
        if r.action >= Action.CONFIRM:
            style = "" if r.action <= r.case.most else "bold red"
            table.add_row(r.case.name, r.action.label, ", ".join(r.policies), style=style)
    yield table
    if score.ordinary:
        yield _daily(score.ordinary)


def write(score: Score) -> None:
    """docs/incidents.md and the pictures in it."""
    images = DOCS / "images"
    images.mkdir(exist_ok=True)
    for name, drawn in _pictures(score):
        (images / f"incidents-{name}.svg").write_text(drawn, "utf-8")
    (DOCS / "incidents.md").write_text("\n".join((*_page(score), "")), "utf-8")


def _daily(found: Ordinary) -> Table:
    table = Table(
        "", "of ordinary mail", "per 1,000", f"in {A_DAY:,} a day", "at most (95 %)", "budget",
        title=f"{found.mails:,} ordinary mails",
    )  # fmt: skip
    for name, number in (("held", found.held), ("held for two", found.two), ("asked", found.asked)):
        table.add_row(
            name, str(number), f"{1000 * number / found.mails:.2f}", f"{found.a_day()[name]:.0f}",
            _most(found, number), str(BUDGET[name]),
        )  # fmt: skip
    return table


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.name,
        str(line.cases),
        *(str(n or "") for n in line.amounts),
        _span(line.true),
        _span(line.claimed),
        ", ".join(line.policies),
    )


def _span(values: tuple[int, int]) -> str:
    low, high = values
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"


def _most(found: Ordinary, number: int) -> str:
    return f"{_upper(number) * A_DAY / found.mails:.0f}"


def _upper(number: int) -> float:
    """With 95 % confidence no more than this was to be expected (Poisson, one-sided)."""
    return _RULE_OF_THREE if number == 0 else number + 1.645 * (number + 1) ** 0.5 + 1


def _pictures(score: Score) -> Iterable[tuple[str, str]]:
    parts = ("held for two", "held", "asked", "got out")
    yield (
        "stopped",
        _plots.stacked(
            "What became of each incident's variants",
            parts,
            [(x.name, x.amounts, f"of {x.cases}") for x in by_incident(score.incidents)],
        ),
    )
    counted = [x for x in by_incident(score.incidents) if x.true[1]]
    yield (
        "people",
        _plots.against(
            "People in it, and people counted",
            ("counted (fewest of its variants)", "in it"),
            [
                (x.name, x.claimed[0], x.true[0], f"{x.claimed[0]:,} of {x.true[0]:,}")
                for x in counted
            ],
        ),
    )
    if found := score.ordinary:
        yield (
            "budget",
            _plots.against(
                f"Expected of {A_DAY:,} messages a day, and what can be borne",
                ("expected", "budget"),
                [
                    (name, n, BUDGET[name], f"{n:.0f} of {BUDGET[name]}")
                    for name, n in found.a_day().items()
                ],
            ),
        )


def _page(score: Score) -> Iterable[str]:
    rows = facts()
    yield "# The incident bench"
    yield ""
    yield (
        "Real, published leaks, rebuilt with invented people and sent through the whole relay by"
        " SMTP, beside mail that looks like them and is right, and ordinary mail of offices. This"
        " page is written by `make incidents`, which fails when a goal is missed."
    )
    yield ""
    yield "What a source leaves open is varied: the file, the address field, the transactions."
    yield ""
    yield "| goal | | reached |"
    yield "|---|---|---|"
    yield from _goals(score)
    yield ""
    yield "## Incidents"
    yield ""
    yield "![What became of each incident's variants](images/incidents-stopped.svg)"
    yield ""
    head = ("incident", "", "variants", "held for two", "held", "asked", "out", "stopped by")
    yield from _table(
        head,
        (
            (
                x.name,
                f"{rows[x.name]['organisation']}, {rows[x.name]['year']}",
                str(x.cases),
                *(str(n or "") for n in x.amounts),
                ", ".join(f"`{p}`" for p in x.policies),
            )
            for x in by_incident(score.incidents)
        ),
    )
    yield ""
    yield "## Patterns"
    yield ""
    yield from _table(
        ("pattern", "variants", "held for two", "held", "asked", "out"),
        (
            (x.name, str(x.cases), *(str(n or "") for n in x.amounts))
            for x in by_pattern(score.incidents)
        ),
    )
    yield ""
    yield "## People"
    yield ""
    yield "![People in it, and people counted](images/incidents-people.svg)"
    yield ""
    yield from _table(
        ("incident", "in it", "counted"),
        (
            (x.name, _span(x.true), _span(x.claimed))
            for x in by_incident(score.incidents)
            if x.true[1]
        ),
    )
    yield ""
    yield "## Benign twins"
    yield ""
    stopped = [r for r in score.twins if r.action >= Action.CONFIRM]
    yield (
        f"{len(score.twins)} mails that look like the incidents and are right:"
        f" {len(score.twins) - len(stopped)} passed."
    )
    yield ""
    yield from _table(
        ("twin", "became", "may be", "by"),
        (
            (
                r.case.name,
                r.action.label,
                r.case.most.label,
                ", ".join(f"`{p}`" for p in r.policies),
            )
            for r in stopped
        ),
    )
    yield ""
    if score.ordinary:
        yield from _ordinary(score.ordinary)
    yield from _scope(rows)
    yield "## Sources"
    yield ""
    yield from _table(
        ("incident", "what leaked", "outcome", "sources", "left open, or told differently"),
        (
            tuple(
                row[k] for k in ("id", "fields_leaked", "outcome", "source", "conflicts_unknowns")
            )
            for row in rows.values()
        ),
    )


def _goals(score: Score) -> Iterable[str]:
    n = len(score.incidents)
    twins = len(score.twins)
    stopped = sum(r.stopped for r in score.incidents)
    held = sum(r.held for r in score.incidents)
    named = sum(r.named for r in score.incidents)
    wrong = sum(r.action >= Action.QUARANTINE for r in score.twins)
    yield f"| incidents and variants that are stopped | all | {stopped} of {n} |"
    yield f"| of them held by a reviewer | ≥ 95 % | {held / n:.1%} |"
    yield f"| stopped by a policy that names the right reason | all | {named} of {n} |"
    yield f"| twins held | ≤ 2 % | {wrong} of {twins} |"
    yield f"| twins asked about without need | | {len(false_questions(score.twins))} of {twins} |"
    if found := score.ordinary:
        yield f"| ordinary mail held | ≤ 0.1 % | {found.held} of {found.mails:,} |"
        yield f"| ordinary mail asked about | ≤ 1 % | {found.asked} of {found.mails:,} |"


def _ordinary(found: Ordinary) -> Iterable[str]:
    yield "## Ordinary mail"
    yield ""
    yield "![Expected a day, and what can be borne](images/incidents-budget.svg)"
    yield ""
    head = ("", "found", "per 1,000", f"in {A_DAY:,} a day", "at most (95 %)", "budget a day")
    yield from _table(
        head,
        (
            (
                name,
                str(number),
                f"{1000 * number / found.mails:.2f}",
                f"{found.a_day()[name]:.0f}",
                _most(found, number),
                str(BUDGET[name]),
            )
            for name, number in (
                ("held", found.held),
                ("held for two", found.two),
                ("asked", found.asked),
            )
        ),
    )
    yield ""
    if found.stopped:
        yield from _table(("kind", "became", "by", "mails"), found.grouped())
        yield ""


def _scope(rows: dict[str, dict[str, str]]) -> Iterable[str]:
    row = rows[_all.NOT_SEEN]
    yield "## Not seen"
    yield ""
    yield (
        f"{_all.NOT_SEEN} ({row['organisation']}, {row['year']}) was internal mail. It never passes"
        " a relay at the edge: see [smarthost](smarthost.md)."
    )
    yield ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
