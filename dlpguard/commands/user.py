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
        help="reviewer, approver, auditor, policy-administrator or mail-administrator; several "
        "times for several.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Who may sign in to the review site.", no_args_is_help=True)
    group.command()(add)
    group.command()(passwd)
    group.command("list")(list_)
    app.add_typer(group, name="user")


def add(
    name: Name,
    role: RolesOption,
    full_name: Annotated[str, typer.Option("--name", help="What they are called.")] = "",
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
) -> None:
    """Add somebody.  Their first password is asked for, or read from standard input."""
    from dlpguard import passwords
    from dlpguard.errors import ConfigurationError
    from dlpguard.store import accounts, audit
    from dlpguard.web.roles import Role

    unknown = sorted(set(role) - set(Role))
    if unknown:
        raise ConfigurationError(f"no role is called {unknown[0]}; there are: {', '.join(Role)}")
    if "@" not in name:
        raise ConfigurationError(f"{name}: give the address at work that they sign in with")
    hashed = passwords.hashed(_password())

    def work(tx: Transaction) -> None:
        accounts.add(tx, name, full_name or name.partition("@")[0], hashed, role)
        audit.record(tx, person(actor), "add account", name, " ".join(role))

    _change(config, work)
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
    from dlpguard.store import accounts, audit, sessions

    hashed = passwords.hashed(_password())

    def work(tx: Transaction) -> None:
        account = accounts.known(tx, name)
        accounts.change(tx, account.id, password_hash=hashed, failures=0, locked_until=0.0)
        if codes:
            accounts.set_second_factor(tx, account.id, "")
        sessions.close_all(tx, account.id)
        audit.record(tx, person(actor), "set password", name, "codes too" if codes else "")

    _change(config, work)
    typer.echo(f"The password of {name} is set.")


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
            typer.echo(json.dumps(line | state | {"last_seen_at": one.last_seen_at}))
        return
    if not everyone:
        typer.echo("Nobody yet: dlpguard user add NAME --role reviewer")
        return
    table = Table("address", "name", "roles", "one-time codes", "state", header_style="bold")
    for one in everyone:
        table.add_row(
            one.name,
            one.full_name,
            "\n".join(one.roles),
            "set up" if one.has_second_factor else "not yet",
            "disabled" if one.disabled else "",
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


def _change(config: Path, work: Callable[[Transaction], None]) -> None:
    store = open_store(config)
    try:
        store.database.write_now(work)
    finally:
        store.close()
