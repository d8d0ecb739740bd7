"""Options that several commands share."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path, typer.Option("--config", help="The settings file.", metavar="FILE", show_default=True)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


Actor = Annotated[
    str,
    typer.Option(
        "--as", help="Whose decision it is; recorded. By default: who is logged in.", metavar="NAME"
    ),
]


def person(actor: str) -> str:
    """Who acts: the name that was given, or who is logged in.

    `sudo` keeps who it was: decisions are by people, not by root.
    """
    return actor or os.environ.get("SUDO_USER") or getpass.getuser()
