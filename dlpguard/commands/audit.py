"""`dlpguard audit`: what people did and looked at, and whether the record of it is whole."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlpguard.commands._options import Config, Json
from dlpguard.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpguard.store.audit import Entry, Head
    from dlpguard.store.database import Transaction

CHANGED = 1
"""Exit code: something is not as it was written."""


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="What people did and looked at.", no_args_is_help=True)
    for command in (show, verify, export, checkpoint):
        group.command()(command)
    app.add_typer(group, name="audit")


def show(
    about: Annotated[
        str, typer.Argument(help="Only about this message; the beginning of its id is enough.")
    ] = "",
    config: Config = Path("dlpguard.toml"),
    as_json: Json = False,
) -> None:
    """Print the audit, oldest first, with what looks like somebody's data masked."""
    from rich.console import Console
    from rich.table import Table

    from dlpguard.commands import _terminal
    from dlpguard.store import audit

    def read(tx: Transaction) -> tuple[Entry, ...]:
        return tuple(audit.entries(tx, audit.complete(tx, about) if about else ""))

    entries, masked = _read(config, read)
    if as_json:
        for entry in entries:
            typer.echo(json.dumps(_values(entry, masked)))
        return
    table = Table("when (UTC)", "who", "what", "about", "said", box=None, header_style="bold")
    for entry in entries:
        table.add_row(
            _time(entry.acted_at).removesuffix("+00:00"),
            _terminal.plain(entry.actor),
            entry.act,
            entry.subject,
            _terminal.plain(masked(entry.detail)),
        )
    Console(markup=False, highlight=False).print(table)


def verify(
    config: Config = Path("dlpguard.toml"),
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Compare with what `audit checkpoint` printed.", metavar="FILE"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check that no entry and no move was changed, added or removed; name the first that was.

    Exit code 1 when something is not as it was written.
    """
    from dlpguard.store import verification

    known = _checkpoints(checkpoint) if checkpoint else ()
    report, _ = _read(config, lambda tx: verification.verify(tx, known))
    if as_json:
        values = {
            "entries": report.entries,
            "first": report.first,
            "last": report.last,
            "since": _time(report.since),
            "until": _time(report.until),
            "moves": report.moves,
            "unsealed": report.unsealed,
            "faults": [{"entry": f.entry, "what": f.what} for f in report.faults],
        }
        typer.echo(json.dumps(values))
    else:
        times = f", {_time(report.since)} to {_time(report.until)}" if report.entries else ""
        numbers = f" ({report.first} to {report.last}{times})" if report.entries else ""
        typer.echo(f"{report.entries:,} entries{numbers}, {report.moves:,} moves.")
        if report.unsealed:
            typer.echo(f"{report.unsealed:,} moves are too new to be sealed; look again later.")
        for fault in report.faults[:1]:
            typer.echo(f"Entry {fault.entry} {fault.what}.")
        if more := len(report.faults) - 1:
            typer.echo("All are as they were written." if more < 0 else f"{more} more after it.")
    if report.faults:
        raise typer.Exit(CHANGED)


def export(config: Config = Path("dlpguard.toml")) -> None:
    """Print every entry as a JSON line, with its place in the chain; masked like `audit show`."""
    from dlpguard.store import audit

    entries, masked = _read(config, lambda tx: tuple(audit.entries(tx, everything=True)))
    for entry in entries:
        chain = {
            "entry": entry.number,
            "mac": entry.mac.hex(),
            "seals": [
                {"batch": s.batch or entry.number, "moves": s.rows, "digest": s.digest.hex()}
                for s in entry.seals
            ],
        }
        typer.echo(json.dumps(_values(entry, masked) | chain))


def checkpoint(config: Config = Path("dlpguard.toml")) -> None:
    """Print how long the chain is now, to be kept elsewhere for `audit verify --checkpoint`."""
    from dlpguard.store import checkpoints

    line, _ = _read(config, checkpoints.take)
    typer.echo(line)


def _read(config: Path, read: Callable[[Transaction], Any]) -> tuple[Any, Callable[[str], str]]:
    """What something reads in the store, and how to mask what people said."""
    from sqlalchemy.exc import DatabaseError

    from dlpguard import config as settings_file
    from dlpguard.commands import _masking, _opening

    settings = settings_file.load(config)
    store = _opening.store(settings)
    try:
        return store.database.read_now(read), _masking.masker(settings)
    except DatabaseError as error:
        raise ConfigurationError(
            f"the database file is damaged ({type(error.orig).__name__}); restore a copy of it"
        ) from None
    finally:
        store.close()


def _checkpoints(file: Path) -> tuple[Head, ...]:
    from dlpguard.store import checkpoints

    try:
        found = checkpoints.parse(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({error.strerror})") from None
    except (ConfigurationError, UnicodeDecodeError):
        raise ConfigurationError(f"{file}: not what dlpguard audit checkpoint prints") from None
    if not found:
        raise ConfigurationError(f"{file}: there is no checkpoint in it")
    return found


def _values(entry: Entry, masked: Callable[[str], str]) -> dict[str, Any]:
    return {
        "at": _time(entry.acted_at),
        "who": entry.actor,
        "act": entry.act,
        "about": entry.subject,
        "said": masked(entry.detail),
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "seconds")
