"""`dlpguard login NAME`: makes the lines by which somebody may send by name and password."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dlpguard.errors import ConfigurationError

SHORTEST_PASSWORD = 12
"""Characters.  Whoever knows it sends mail in our name from anywhere."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(login)


def login(
    name: Annotated[str, typer.Argument(help="By which the scanner or program logs in.")],
) -> None:
    """Print the lines for dlpguard.toml that let a scanner or program log in.

    Asks for the password twice; without a terminal it is the first line of standard input.
    """
    from pydantic import ValidationError

    from dlpguard.config import LoginSection
    from dlpguard.passwords import hashed

    password = _asked() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if len(password) < SHORTEST_PASSWORD:
        raise ConfigurationError(f"the password is too short: {SHORTEST_PASSWORD} or more, please")
    try:
        made = LoginSection(name=name, hash=hashed(password))
    except ValidationError:
        raise ConfigurationError(
            "a login's name is 1 to 64 letters, digits and . _ @ + -"
        ) from None
    typer.echo("[[listen.logins]]")
    typer.echo(f'name = "{made.name}"')
    typer.echo(f'hash = "{made.hash}"')


def _asked() -> str:
    password: str = typer.prompt("Password", hide_input=True, err=True)
    if typer.prompt("Again", hide_input=True, err=True) != password:
        raise ConfigurationError("the two passwords are not the same; nothing was made")
    return password
