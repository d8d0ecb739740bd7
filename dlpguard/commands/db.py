"""`dlpguard db upgrade`: bring the database up to the schema of this version."""

from __future__ import annotations

from pathlib import Path

import typer

from dlpguard.commands._options import Config
from dlpguard.errors import ConfigurationError


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The database.", no_args_is_help=True)
    group.command()(upgrade)
    group.callback()(lambda: None)  # a group even with a single command
    app.add_typer(group, name="db")


def upgrade(config: Config = Path("dlpguard.toml")) -> None:
    """Bring the database up to date; keep a copy of it.

    Stop dlpguard first. Nodes that share a PostgreSQL database go on meanwhile, and are started
    again with the new version one after the other.
    """
    from sqlalchemy.exc import DatabaseError

    from dlpguard import config as settings_file
    from dlpguard.store import database, opening, schema

    settings = settings_file.load(config)
    engine = database.connect(settings.database, settings.base)
    try:
        if not opening.exists(engine):
            # Made here it would have no key file: whoever opens it then asks for the lost one.
            typer.echo("There is no database yet; dlpguard makes it when it first runs.")
            return
        with engine.connect() as connection:
            before = database.revision(connection)
        opening.upgrade(engine, settings.path(settings.store.key_file))
    except DatabaseError as error:
        raise ConfigurationError(
            f"{engine.url.database}: cannot be upgraded ({type(error.orig).__name__}); is it "
            "dlpguard's, and has every dlpguard that uses it been stopped?"
        ) from None
    finally:
        engine.dispose()
    if before == schema.HEAD:
        typer.echo(f"already at schema {schema.HEAD}")
    else:
        typer.echo(f"schema {before or '(empty)'} → {schema.HEAD}")
