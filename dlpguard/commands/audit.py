"""`dlpguard audit show`: what people did and looked at."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dlpguard.commands._options import Config, Json


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="What people did and looked at.", no_args_is_help=True)
    group.command()(show)
    group.callback()(lambda: None)
    app.add_typer(group, name="audit")


def show(
    message: Annotated[str, typer.Argument(help="Only about this message.")] = "",
    config: Config = Path("dlpguard.toml"),
    as_json: Json = False,
) -> None:
    """Print the audit log, oldest first."""
    from rich.console import Console
    from rich.table import Table

    from dlpguard import config as settings_file
    from dlpguard.commands import _opening, _terminal
    from dlpguard.store import audit

    store = _opening.store(settings_file.load(config))
    try:
        entries = store.database.read_now(lambda tx: tuple(audit.entries(tx, message)))
    finally:
        store.close()
    rows = [(datetime.fromtimestamp(e.acted_at, UTC).isoformat(" ", "seconds"), e) for e in entries]
    if as_json:
        for at, e in rows:
            values = {"at": at, "who": e.actor, "act": e.act, "about": e.subject, "said": e.detail}
            typer.echo(json.dumps(values))
        return
    table = Table("when (UTC)", "who", "what", "message", "said", box=None, header_style="bold")
    for at, e in rows:
        table.add_row(
            at.removesuffix("+00:00"),
            _terminal.plain(e.actor),
            e.act,
            e.subject,
            _terminal.plain(e.detail),
        )
    Console(markup=False, highlight=False).print(table)
