"""`dlpguard user`: who may sign in to the review site."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlpguard.commands._decisions import open_store
from dlpguard.commands._options import Actor, Config, Json, person

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlpguard.store.database import Transaction

Name = Annotated[str, typer.Argument(help="The address at work that they sign in with.")]
RolesOption = Annotated[
    list[str],
    typer.Option(
        "--role",
        help="reviewer, approver, duty-officer, auditor, policy-administrator or "
        "mail-administrator; several times for several.",
    ),
]
GroupsOption = Annotated[
    list[str] | None,
    typer.Option("--group", help="A group whose mail they look after too.", metavar="NAME"),
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Who may sign in to the review site.", no_args_is_help=True)
    group.command()(add)
    group.command()(passwd)
    group.command()(change)
    group.command()(stop)
    group.command("list")(list_)
    app.add_typer(group, name="user")


def add(
    name: Name,
    role: RolesOption,
    full_name: Annotated[str, typer.Option("--name", help="What they are called.")] = "",
    group: GroupsOption = None,
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
) -> None:
    """Add somebody.  Their first password is asked for, or read from standard input."""
    from dlpguard import passwords
    from dlpguard.web import staff

    hashed = passwords.hashed(_password())
    _change(
        config,
        lambda tx: staff.add(tx, person(actor), name, full_name, role, group or (), hashed),
    )
    typer.echo(f"{name} may sign in now, as {', '.join(role)}.")


def passwd(
    name: Name,
    codes: Annotated[
        bool, typer.Option("--reset-codes", help="Have them set up one-time codes again.")
    ] = False,
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
) -> None:
    """Set somebody's password.  Wherever they are signed in, they are signed out."""
    from dlpguard import passwords
    from dlpguard.store import accounts
    from dlpguard.web import staff

    hashed = passwords.hashed(_password())

    def work(tx: Transaction) -> None:
        id = accounts.known(tx, name).id
        staff.set_password(tx, person(actor), id, hashed, said="at the machine")
        if codes:
            staff.reset_codes(tx, person(actor), id)

    _change(config, work)
    typer.echo(f"The password of {name} is set.")


def change(
    name: Name,
    role: RolesOption,
    group: GroupsOption = None,
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
) -> None:
    """Say anew what somebody may do: these roles and groups, and no others."""
    from dlpguard.store import accounts
    from dlpguard.web import staff

    def work(tx: Transaction) -> None:
        account = accounts.known(tx, name)
        staff.change(tx, person(actor), account.id, account.full_name, role, group or ())

    _change(config, work)
    typer.echo(f"{name} is {', '.join(role)} now.")


def stop(
    name: Name,
    again: Annotated[bool, typer.Option("--undo", help="Let them sign in again.")] = False,
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
) -> None:
    """Let nobody sign in with an account any more.  What they did stays in the audit."""
    from dlpguard.store import accounts
    from dlpguard.web import staff

    act = staff.restart if again else staff.stop
    _change(config, lambda tx: act(tx, person(actor), accounts.known(tx, name).id))
    typer.echo(f"{name} may {'sign in again' if again else 'not sign in any more'}.")


def list_(config: Config = Path("dlpguard.toml"), as_json: Json = False) -> None:
    """List everybody who may sign in."""
    import json

    from rich.console import Console
    from rich.table import Table

    from dlpguard.store import accounts

    store = open_store(config)
    try:
        everyone = store.database.read_now(lambda tx: tuple(accounts.everyone(tx)))
    finally:
        store.close()
    if as_json:
        for one in everyone:
            line = {"name": one.name, "full_name": one.full_name, "roles": one.roles}
            state = {"disabled": one.disabled, "codes": one.has_second_factor}
            more = {"groups": one.groups, "last_seen_at": one.last_seen_at}
            typer.echo(json.dumps(line | state | more))
        return
    if not everyone:
        typer.echo("Nobody yet: dlpguard user add NAME --role reviewer")
        return
    table = Table("address", "name", "roles", "one-time codes", "state", header_style="bold")
    for one in everyone:
        table.add_row(
            one.name,
            one.full_name,
            "\n".join((*one.roles, *(f"group {group}" for group in one.groups))),
            "set up" if one.has_second_factor else "not yet",
            "stopped" if one.disabled else "",
        )
    Console().print(table)


def _password() -> str:
    """Asked for twice at a terminal, otherwise the first line of standard input."""
    from dlpguard import passwords
    from dlpguard.errors import ConfigurationError

    if sys.stdin.isatty():
        chosen: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        chosen = sys.stdin.readline().rstrip("\r\n")
    if not passwords.SHORTEST <= len(chosen) <= passwords.LONGEST:
        raise ConfigurationError(
            f"a password has at least {passwords.SHORTEST} characters; three words do"
        )
    return chosen


def _change(config: Path, work: Callable[[Transaction], object]) -> None:
    store = open_store(config)
    try:
        store.database.write_now(work)
    finally:
        store.close()
