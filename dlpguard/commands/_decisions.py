"""What the commands share that decide on a message: its id, the store, what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from dlpguard.review import Choice, Decision
    from dlpguard.store.opening import Store

Id = Annotated[str, typer.Argument(help="The id of the message; its beginning is enough.")]
Reason = Annotated[str, typer.Option(help="Why; recorded, and told to the sender of a return.")]


def open_store(config: Path) -> Store:
    """The store of a settings file."""
    from dlpguard import config as settings_file
    from dlpguard.commands import _opening

    return _opening.store(settings_file.load(config))


def complete(store: Store, beginning: str) -> str:
    """The whole id of the one message whose id begins like this."""
    from dlpguard.store import messages

    return store.database.read_now(lambda tx: messages.complete(tx, beginning.upper()))


def is_approver(store: Store, name: str) -> bool:
    """Whether somebody has an account that may approve what takes two people.

    Whoever can run this has the keys and could do anything; but a decision is a person's, and who
    may take it is the same here as on the site.
    """
    from dlpguard.store import accounts
    from dlpguard.web.roles import Right, rights

    account = store.database.read_now(lambda tx: accounts.find(tx, name))
    return account is not None and not account.disabled and Right.APPROVE in rights(account.roles)


def chosen(addresses: list[str], *, inside: bool) -> Choice:
    """Who is to get a message: everybody, where nothing was said."""
    from dlpguard.review import EVERYBODY, INSIDE, Choice

    if not addresses and not inside:
        return EVERYBODY
    return Choice.of(INSIDE.circles if inside else (), addresses)


def outcome(id: str, decision: Decision) -> dict[str, Any]:
    """What came of a decision, as JSON."""
    return {
        "id": id,
        "state": str(decision.state),
        "missing": decision.missing,
        "messages": decision.messages,
        "given": decision.given,
        "left_out": decision.left_out,
    }


def copies(decision: Decision) -> str:
    """What is said behind an id when a decision was about more than one message."""
    return f" and {decision.messages - 1} more like it" if decision.messages > 1 else ""
