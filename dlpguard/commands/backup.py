"""`dlpguard backup`: a copy of the store that `dlpguard restore` puts back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dlpguard.commands._options import Actor, Config, Json, person


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backup)


def backup(
    destination: Annotated[
        Path, typer.Argument(help="The folder to make; it must not be there.", metavar="FOLDER")
    ],
    config: Config = Path("dlpguard.toml"),
    keys: Annotated[
        Path | None,
        typer.Option(help="Copy the key file, too: to this file, elsewhere.", metavar="FILE"),
    ] = None,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Copy the store, as it is at one moment, while dlpguard runs.

    The keys are not in the copy: without the key file nothing in it can be read.
    """
    from dlpguard import backup as copies
    from dlpguard.backup.taking import refuse_inside
    from dlpguard.commands import _decisions
    from dlpguard.commands._progress import progress
    from dlpguard.policy import words

    store = _decisions.open_store(config)
    try:
        if keys is not None:
            refuse_inside(keys, destination)

        def also() -> None:
            if keys is not None:
                copies.copy_keys(store, keys, destination)

        with progress() as told:
            made = copies.take(store, destination, person(actor), told, also)
    finally:
        store.close()
    at = datetime.fromtimestamp(made.made_at, UTC)
    if as_json:
        values = {
            "folder": str(destination),
            "made": at.isoformat(" ", "seconds"),
            "schema": made.schema,
            "files": len(made.files),
            "bytes": made.size,
            "messages": made.messages,
            "ended": list(made.ended),
            "epochs": list(made.epochs),
        }
        typer.echo(json.dumps(values))
        return
    contents = len(made.files) - 1
    typer.echo(
        f"{destination}: the store as it was on {at:%Y-%m-%d %H:%M:%S} UTC; "
        f"{words.count(sum(made.messages.values()), 'message', 'messages')}, "
        f"{words.count(contents, 'file', 'files')} of contents, {made.size / 1e6:,.1f} MB."
    )
    if made.ended:
        gone = words.count(len(made.ended), "content was", "contents were")
        typer.echo(f"{gone} of mail that has ended meanwhile.")
    newest = max(made.epochs, default=0)
    if keys is None:
        typer.echo(f"The keys (to epoch {newest}) are not in it. Keep a copy of them elsewhere.")
    else:
        typer.echo(f"{keys}: the keys, to epoch {newest}. Keep them apart from the backup.")
