"""`dlpguard keys`: the epoch keys, what needs them, and destroying those that nothing does."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlpguard.commands._options import Actor, Config, Json, person

if TYPE_CHECKING:
    from dlpguard.store.epochs import Epoch
    from dlpguard.store.opening import Store

MISSING = 1
"""Exit code: something is sealed under a key that is not there."""


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The keys, and what still needs them.", no_args_is_help=True)
    group.command("list")(list_)
    for command in (rotate, destroy, check):
        group.command()(command)
    app.add_typer(group, name="keys")


def list_(config: Config = Path("dlpguard.toml"), as_json: Json = False) -> None:
    """List the epochs: made when, used until when, and what is sealed under them."""
    from rich.console import Console
    from rich.table import Table

    from dlpguard.store import epochs

    store = _store(config)
    try:
        found = store.database.read_now(epochs.overview)
    finally:
        store.close()
    if as_json:
        for epoch in found:
            typer.echo(json.dumps(_values(epoch)))
        return
    table = Table("epoch", "made (UTC)", "used until", "needed by", box=None, header_style="bold")
    for epoch in found:
        table.add_row(
            str(epoch.id),
            _day(epoch.created) if epoch.created is not None else "its key is MISSING",
            _day(epoch.superseded) if epoch.superseded is not None else "in use",
            ", ".join(f"{n:,} {what}" for what, n in sorted(epoch.needed.items())) or "nothing",
        )
    Console(markup=False, highlight=False).print(table)


def rotate(config: Config = Path("dlpguard.toml"), actor: Actor = "") -> None:
    """Make a new epoch key now; everything new is sealed under it.

    dlpguard does it by itself every week.  Keep a copy of the key file afterwards.
    """
    from dlpguard.store import epochs

    store = _store(config)
    try:
        epochs.rotate(store, person(actor), force=True)
        typer.echo(f"epoch {store.keys.current} is in use; keep a copy of {store.keys.file}")
    finally:
        store.close()


def destroy(
    epoch: Annotated[int, typer.Argument(help="Its number; see `keys list`.", min=1)],
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
    reason: Annotated[str, typer.Option(help="Why; recorded.", metavar="TEXT")] = "",
) -> None:
    """Destroy an epoch key: what copies of the database hold under it can never be read again.

    What is still kept is sealed again under the epoch in use first.  dlpguard does it by itself
    when the longest retention has passed since the epoch was used.
    """
    from dlpguard.store import epochs

    store = _store(config)
    try:
        count = epochs.destroy(store, epoch, person(actor), reason)
    finally:
        store.close()
    typer.echo(f"epoch {epoch} is destroyed; {count:,} fields that are kept were sealed again")
    typer.echo("Destroy the copies of the key file that still have it.")


def check(config: Config = Path("dlpguard.toml")) -> None:
    """Check that every key that something needs is there, and opens it.

    Exit code 1 when something cannot be opened any more.
    """
    from dlpguard.store import epochs

    store = _store(config)
    try:
        found = store.database.read_now(epochs.overview)
        closed = store.database.read_now(epochs.unopenable)
    finally:
        store.close()
    missing = [epoch for epoch in found if epoch.created is None]
    for epoch in missing:
        needs = ", ".join(f"{n:,} {what}" for what, n in sorted(epoch.needed.items()))
        typer.echo(f"The key of epoch {epoch.id} is missing; it is needed by {needs or 'nothing'}.")
    for what, rows in closed.items():
        typer.echo(f"{rows:,} of the {what} are damaged: no key opens them.")
    if missing or closed:
        raise typer.Exit(MISSING)
    number = "1 epoch" if len(found) == 1 else f"{len(found)} epochs"
    typer.echo(f"{number}; everything that is sealed can be opened.")


def _store(config: Path) -> Store:
    from dlpguard import config as settings_file
    from dlpguard.commands import _opening

    return _opening.store(settings_file.load(config), with_all_keys=False)


def _values(epoch: Epoch) -> dict[str, object]:
    return {
        "epoch": epoch.id,
        "made": _day(epoch.created) if epoch.created is not None else None,
        "used_until": _day(epoch.superseded) if epoch.superseded is not None else None,
        "needed_by": dict(epoch.needed),
    }


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "minutes").removesuffix("+00:00")
