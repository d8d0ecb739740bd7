"""`dlpguard restore`: put a backup back into an empty store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlpguard.commands._options import Actor, Config, person

if TYPE_CHECKING:
    from dlpguard.backup import Restored


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(restore)


def restore(
    source: Annotated[Path, typer.Argument(help="A folder that `backup` made.", metavar="FOLDER")],
    config: Config = Path("dlpguard.toml"),
    without_lost: Annotated[
        bool,
        typer.Option("--without-lost", help="Go on where keys were destroyed since the backup."),
    ] = False,
    actor: Actor = "",
) -> None:
    """Put a backup back, where there is no store yet.  The key file is in its place before.

    What was on its way at the backup is held, and whoever decides is told: it may have been sent
    since.  Everybody has to sign in again.
    """
    from dlpguard import backup as copies
    from dlpguard import config as settings_file
    from dlpguard.commands import _opening
    from dlpguard.commands._progress import progress
    from dlpguard.store.periods import Periods

    settings = settings_file.load(config)
    place = copies.Place(
        settings.database,
        settings.path(settings.store.key_file),
        settings.base,
        settings.policies.mode,
        Periods(**settings.retention.model_dump(), patience=_opening.patience(settings)),
    )
    with progress() as told:
        done = copies.restore(source, place, person(actor), told, without_lost=without_lost)
    for line in _lines(done):
        typer.echo(line)


def _lines(done: Restored) -> list[str]:
    at = datetime.fromtimestamp(done.manifest.made_at, UTC)
    lines = [f"The store is as it was on {at:%Y-%m-%d %H:%M:%S} UTC."]
    lines += [f"{number:>7,}  {became}" for became, number in sorted(done.became.items())]
    if not done.became:
        lines.append("No mail was under way.")
    lines += [f"{n:>7,}  {what}: cannot be read any more" for what, n in sorted(done.lost.items())]
    lines += [
        "Everybody has to sign in again, and tokens are to be made anew. Accounts, passwords and "
        "the mode (observe or enforce) are as they were then: see dlpguard user list.",
        "What was erased for somebody after that is here again: dlpguard subject erase.",
        "Look at what is held before you start dlpguard: dlpguard quarantine list",
    ]
    return lines
