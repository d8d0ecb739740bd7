"""`dlpguard config`: whether the settings are right, and which are in force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlpguard.commands._options import Config, Json
from dlpguard.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.table import Table

    from dlpguard.config.in_force import Setting

WRONG = 1
"""Exit code: something in the settings is wrong."""


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The settings.", no_args_is_help=True)
    group.command()(check)
    group.command()(show)
    app.add_typer(group, name="config")


def check(config: Config = Path("dlpguard.toml")) -> None:
    """Say whether the settings are right: file, environment, and the files that they name.

    Nothing is started or changed.  Exit code 1 when something is wrong; what is only doubtful is
    said, and ends with 0.
    """
    from dlpguard import config as settings_file
    from dlpguard.config.remarks import remarks

    try:
        settings = settings_file.load(config)
    except settings_file.NoSettingsError:
        raise
    except ConfigurationError as error:
        wrong = str(error).splitlines()
        _list(wrong, [])
        raise typer.Exit(WRONG) from None
    found = remarks(settings)
    _list([str(r) for r in found if r.is_wrong], [str(r) for r in found if not r.is_wrong])
    if any(remark.is_wrong for remark in found):
        raise typer.Exit(WRONG)
    typer.echo(f"{config} is right.")


def show(
    config: Config = Path("dlpguard.toml"),
    chosen: Annotated[
        bool, typer.Option("--chosen", help="Only what differs from the defaults by choice.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the settings in force, and where each comes from.  Secrets are not shown."""
    from rich.console import Console

    from dlpguard import config as settings_file
    from dlpguard.config.in_force import settings_in_force

    found = settings_in_force(settings_file.load(config))
    shown = [one for one in found if not (chosen and one.is_default)]
    if as_json:
        for one in shown:
            typer.echo(json.dumps(_values(one), ensure_ascii=False))
        return
    Console(markup=False, highlight=False).print(_table(shown))


def _list(wrong: list[str], doubtful: list[str]) -> None:
    """Plain lines, so that editors can follow them."""
    for line in wrong:
        typer.echo(f"wrong     {line}")
    for line in doubtful:
        typer.echo(f"doubtful  {line}")


def _values(one: Setting) -> dict[str, object]:
    return {"key": one.key.name, "value": one.value, "from": one.origin}


def _table(shown: list[Setting]) -> Table:
    from rich.table import Table

    from dlpguard.commands import _terminal

    table = Table("key", "value", "from", box=None, header_style="bold", pad_edge=False)
    table.columns[1].overflow = "fold"
    section = ""
    for one in shown:
        if section and section != one.key.section:
            table.add_section()
            table.add_row()
        section = one.key.section
        value = "" if one.value is None else json.dumps(one.value, ensure_ascii=False)
        style = "dim" if one.is_default else ""
        table.add_row(one.key.name, _terminal.plain(value), one.origin, style=style)
    return table
