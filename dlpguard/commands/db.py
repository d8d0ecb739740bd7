"""`dlpguard db upgrade`: bring the database up to the schema of this version."""

from __future__ import annotations

from pathlib import Path

import typer

from dlpguard.commands._options import Config


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The database.", no_args_is_help=True)
    group.command()(upgrade)
    group.callback()(lambda: None)  # a group even with a single command
    app.add_typer(group, name="db")


def upgrade(config: Config = Path("dlpguard.toml")) -> None:
    """Bring the database up to date; stop dlpguard first, and keep a copy of the file."""
    from dlpguard import config as settings_file
    from dlpguard.store import database, schema

    settings = settings_file.load(config)
    engine = database.connect(settings.store.url, settings.base)
    try:
        with engine.connect() as connection:
            before = database.revision(connection)
        database.upgrade(engine)
    finally:
        engine.dispose()
    if before == schema.HEAD:
        typer.echo(f"already at schema {schema.HEAD}")
    else:
        typer.echo(f"schema {before or '(empty)'} → {schema.HEAD}")
