"""`dlpguard quarantine keep`: content that must outlive its retention, for an incident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from dlpguard.commands._decisions import Id, complete, open_store
from dlpguard.commands._options import Actor, Config, person
from dlpguard.errors import ConfigurationError


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command()(keep)


def keep(
    id: Id,
    reason: Annotated[str, typer.Option(help="Which incident; recorded.", metavar="TEXT")],
    until: Annotated[str, typer.Option(help="The last day, at most a year ahead.", metavar="DATE")],
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
) -> None:
    """Keep a message's content beyond its retention, for an incident that is looked into.

    A day that has passed ends it.  A message that waits is decided on, or returned, all the same.
    """
    from dlpguard.store import retention

    if not reason.strip():
        raise ConfigurationError("--reason is empty; say why, it is recorded")
    end = _end_of(until)
    store = open_store(config)
    try:
        whole = complete(store, id)
        store.database.write_now(
            lambda tx: retention.keep(tx, whole, person(actor), reason.strip(), end)
        )
    finally:
        store.close()
    typer.echo(f"{whole}: its content is kept until {until}.")


def _end_of(text: str) -> float:
    """The end of a day (UTC)."""
    try:
        day = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise ConfigurationError(f"--until: {text} is no date; write YYYY-MM-DD") from None
    return (day + timedelta(days=1)).timestamp()
