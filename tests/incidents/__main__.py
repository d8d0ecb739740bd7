"""The incident bench: real leaks, their benign twins and ordinary mail through the whole relay.

    python -m tests.incidents                 everything; writes docs/incidents.md
    python -m tests.incidents --ordinary 300  fewer ordinary mails (0: none); writes nothing

Exit code 1 when a goal of issue 5 is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dlpguard.verdict import Action
from tests.incidents import _all, _concealed, _report, _scans
from tests.incidents._case import OWN, Case, Copy
from tests.incidents._scoring import Ordinary, Score
from tests.incidents._trial import Ground, Result, ground, run
from tests.incidents.ordinary import Mail, ordinary

ENOUGH = 3_000
"""Ordinary mails (issue 5)."""


def main() -> int:
    """Run it, print the tables, write the page.  Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.incidents")
    parser.add_argument("--ordinary", type=int, default=ENOUGH, metavar="N")
    number = parser.parse_args().ordinary
    console = Console(width=max(Console().width, 120))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        score = measure(number, progress)
    for table in _report.tables(score):
        console.print(table)
    if score.ordinary:
        for line in score.ordinary.grouped():
            console.print("ordinary:", *line, highlight=False)
    if number == ENOUGH:
        _report.write(score)
    failures = score.failures()
    for failure in failures:
        console.print(f"[bold red]{failure}[/]", highlight=False)
    return 1 if failures else 0


def measure(number: int, progress: Progress) -> Score:
    """All incidents, all twins, so many ordinary mails."""
    published = tuple(_concealed.published())
    with _fresh() as here:
        incidents = _through(here, "incidents", _all.incidents(), progress)
        twins = _through(here, "twins", _all.twins(), progress)
        task = progress.add_task("scans", total=len(published))
        for case, name, make in published:
            result = _scans.scanned(here, case, name, make())
            (twins if case.benign else incidents).append(result)
            progress.advance(task)
    found = None
    if number:
        mails = tuple(ordinary(number))
        domains = sorted({mail.sender.rpartition("@")[2] for mail in mails if mail.sender})
        with _fresh(domains) as here:
            found = _usual(here, mails, progress)
    return Score(tuple(incidents), tuple(twins), found, _scans.is_out_of_scope_told())


def _through(here: Ground, name: str, cases: tuple[Case, ...], progress: Progress) -> list[Result]:
    task = progress.add_task(name, total=len(cases))
    return run(here, cases, lambda: None, partial(progress.advance, task))


def _usual(here: Ground, mails: tuple[Mail, ...], progress: Progress) -> Ordinary:
    """Ordinary mail, each as it is, in its order."""
    task = progress.add_task("ordinary mail", total=len(mails))
    ids = here.send(
        [Copy(m.sender, m.recipients, m.content) for m in mails], partial(progress.advance, task)
    )
    here.drain()
    verdicts = [here.watch.record(id).verdict for id in ids]
    held = [v for v in verdicts if v.action >= Action.QUARANTINE]
    return Ordinary(
        len(mails),
        len(held),
        sum(v.approvals > 1 for v in held),
        sum(v.action is Action.CONFIRM for v in verdicts),
        tuple(
            (
                mail.kind,
                verdict.action.label,
                ", ".join(m.policy for m in verdict.matches if m.action is verdict.action),
            )
            for mail, verdict in zip(mails, verdicts, strict=True)
            if verdict.action >= Action.CONFIRM
        ),
    )


@contextlib.contextmanager
def _fresh(domains: Collection[str] = (OWN,)) -> Iterator[Ground]:
    """A relay in a folder that is removed afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="dlpguard-incidents-") as folder,
        ground(Path(folder), domains) as here,
    ):
        yield here


if __name__ == "__main__":
    sys.exit(main())
