"""Who may look into what is kept about people: somebody with an account that gives the right.

Whoever can run a command has the keys and could do anything; but a look into somebody's data is a
person's, by name, and who may take it is the same here as on the site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dlpguard.commands._options import person
from dlpguard.errors import ConfigurationError, RefusedError

if TYPE_CHECKING:
    from dlpguard.store.opening import Store

Reason = Annotated[
    str, typer.Option("--reason", help="Why; recorded in the audit log.", metavar="TEXT")
]
Whose = Annotated[
    list[str], typer.Argument(help="Addresses and names of one person.", metavar="PERSON")
]


def officer(store: Store, actor: str, *, content: bool) -> str:
    """The name of who acts.

    `content`: it shows, or erases, what mail says, which is for approvers; otherwise auditors may
    do it, too.  `RefusedError` when they may not.
    """
    from dlpguard.store import accounts
    from dlpguard.web.roles import Right, rights

    name = person(actor)
    needed = Right.DOWNLOAD if content else Right.LOOK_INTO
    account = store.database.read_now(lambda tx: accounts.find(tx, name))
    if account is None or account.disabled or needed not in rights(account.roles):
        who = "an approver" if content else "an approver or an auditor"
        raise RefusedError(
            f"{name} may not do this: it takes the account of {who}. Say whose decision it is with "
            "--as; for accounts see dlpguard user"
        )
    return account.name


def reason_of(text: str) -> str:
    """What somebody gave as a reason.  `ConfigurationError` when it is none."""
    if not text.strip():
        raise ConfigurationError("--reason is empty; say why, it is recorded")
    return text.strip()
