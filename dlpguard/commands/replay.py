"""`dlpguard replay`: what the policies would have done with the mail that there is."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlpguard.commands._options import Config, Json
from dlpguard.errors import ConfigurationError

if TYPE_CHECKING:
    from dlpguard.config import Settings
    from dlpguard.replay.readings import Readings
    from dlpguard.replay.run import Asked, Replayed
    from dlpguard.replay.survey import Progress

STATE_ENDING = ".unfinished"
"""Beside a report: the directory of a run that has not ended."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="mbox files, Maildirs, .eml files, or folders of them."),
    ] = None,
    config: Config = Path("dlpguard.toml"),
    observed: Annotated[
        bool,
        typer.Option(
            "--observed", help="Judge what the relay has on record from observe mode; no PATHS."
        ),
    ] = False,
    policies: Annotated[
        Path | None, typer.Option(help="Judge by the policies in this directory.", metavar="DIR")
    ] = None,
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            help="Try other values of a threshold: people.at_least=1..50, or "
            "own-mailbox:people.at_least=5,10 for one policy.  May be given more than once.",
            metavar="THRESHOLD=VALUES",
        ),
    ] = None,
    minutes: Annotated[
        float, typer.Option(min=0, help="A reviewer's minutes for what is held.", metavar="N")
    ] = 5.0,
    report: Annotated[
        Path | None, typer.Option(help="Write the report as a page too.", metavar="FILE.html")
    ] = None,
    as_json: Json = False,
    workers: Annotated[
        int, typer.Option(min=0, help="Messages read at once (0: one for each processor).")
    ] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was interrupted.")
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(
            help="Where an interrupted run leaves what it has read, sealed "
            "(FILE.html.unfinished where there is a report).",
            metavar="DIR",
        ),
    ] = None,
) -> None:
    """Judge mail of the past as the relay would have: what would be asked, held, rejected, and by
    which policy.

    Nothing is sent, nobody is told, and nothing of a message is kept.
    """
    import os

    from dlpguard import config as settings_file

    settings = settings_file.load(config)
    folder = state or (report.with_name(report.name + STATE_ENDING) if report else None)
    if observed == bool(paths):
        raise ConfigurationError(
            "name mail to replay, or say --observed for the records of observe mode"
        )
    if observed and (resume or state):
        raise ConfigurationError("--observed reads no mail: there is nothing to --resume")
    if resume and folder is None:
        raise ConfigurationError("--resume needs --report or --state: where the run was left")
    if report and not report.resolve().parent.is_dir():
        raise ConfigurationError(f"{report}: cannot be written (its directory is not there)")
    number = workers or len(os.sched_getaffinity(0))
    chosen = _Options(tuple(paths or ()), policies, tuple(sweep or ()), number, resume, folder)
    replayed = asyncio.run((_from_records if observed else _from_mail)(settings, chosen))
    _show(replayed, settings, minutes, report, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Options:
    """What was asked for, but for how it is shown."""

    paths: tuple[Path, ...]
    policies: Path | None
    sweeps: tuple[str, ...]
    workers: int
    resume: bool
    state: Path | None


async def _from_mail(settings: Settings, chosen: _Options) -> Replayed:
    from dlpguard.commands import _wiring
    from dlpguard.replay import run
    from dlpguard.replay.reader import Reader
    from dlpguard.replay.survey import survey

    now, asked = time.time(), _asked(settings, chosen)
    with _readings(settings, chosen) as readings, _progress() as say:
        found = survey(chosen.paths, settings.senders, now, say)
        sandbox = _wiring.sandbox(settings, workers=chosen.workers)
        await sandbox.start()
        try:
            organisation = asked.judging.organisation
            mail = Reader(found, sandbox, readings, organisation, chosen.workers, now)
            return await run.replay(mail, asked, say)
        finally:
            await sandbox.stop()


async def _from_records(settings: Settings, chosen: _Options) -> Replayed:
    from dlpguard.commands import _opening
    from dlpguard.replay import run
    from dlpguard.replay.records import Records

    asked = _asked(settings, chosen)
    with closing(_opening.store(settings)) as store, _progress() as say:
        return await run.replay(Records(store.database), asked, say)


def _asked(settings: Settings, chosen: _Options) -> Asked:
    from dlpguard.commands import _wiring
    from dlpguard.replay import run, sweep

    judging = _wiring.judging(settings, chosen.policies or _wiring.policy_directory(settings))
    sweeps = tuple(sweep.parse(one, judging.policies) for one in chosen.sweeps)
    return run.Asked(judging, datetime.now(UTC).date(), sweeps)


@contextmanager
def _readings(settings: Settings, chosen: _Options) -> Iterator[Readings]:
    """Where readings are kept; removed when the run has ended, left when it is interrupted."""
    from dlpguard.replay import readings

    setup = _setup(settings)
    if chosen.state is None:
        with tempfile.TemporaryDirectory(prefix="dlpguard-replay-") as folder:
            kept = readings.passing(Path(folder), setup)
            try:
                yield kept
            finally:
                kept.close()
        return
    kept = readings.lasting(chosen.state, setup, resume=chosen.resume)
    ended = False
    try:
        yield kept
        ended = True
    finally:
        kept.close()
        if ended or not len(kept):
            readings.remove(chosen.state)


def _setup(settings: Settings) -> bytes:
    """A digest of all that a reading depends on beside the message."""
    from dlpguard import __version__

    parts = {"organisation", "inspect", "custom_detectors", "detectors"}
    told = settings.model_dump_json(include=parts & set(type(settings).model_fields))
    return hashlib.sha256(f"{__version__} {told}".encode()).digest()


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar with rate and time left, on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        Left(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, tuple[int, float]] = {}

        def say(what: str, done: int, total: int) -> None:
            if what not in tasks:
                for task in bar.tasks:
                    bar.update(task.id, visible=False)
                tasks[what] = (
                    int(bar.add_task(what, total=total or None, rate="")),
                    time.monotonic(),
                )
            id, started = tasks[what]
            seconds = time.monotonic() - started
            rate = f"{done / seconds:,.0f}/s" if seconds > 1 else ""
            bar.update(bar.task_ids[id], completed=done, total=total or None, rate=rate)

        yield say


def _show(
    replayed: Replayed, settings: Settings, minutes: float, report: Path | None, *, as_json: bool
) -> None:
    from rich.console import Console

    from dlpguard.commands import _replayed

    name = settings.organisation.name
    if report:
        from dlpguard.replay import page

        made = datetime.now(UTC)
        text = page.page(replayed, name, minutes, made)
        _write(report, text)
    if as_json:
        typer.echo(json.dumps(_replayed.as_json(replayed, minutes), ensure_ascii=False))
        return
    console = Console()
    for part in _replayed.parts(replayed, minutes):
        console.print(part)
    if report:
        console.print(f"The report is in {report}.", highlight=False, markup=False)


def _write(report: Path, text: str) -> None:
    try:
        report.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigurationError(f"{report}: cannot be written ({error.strerror})") from None
