"""Who may sign in: people are added, given roles, stopped, and sent a link to set a password.

Each function is part of a transaction and leaves its entry in the audit; the site's page and
`dlpguard user` do the same through them.  Who manages accounts reads no mail, so nobody can give
themselves a role or a group, nobody ever knows another's password, and the last one who manages
accounts stays.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Collection, Iterable

from dlpguard import notices, passwords
from dlpguard.errors import NotFoundError, RefusedError
from dlpguard.lifecycle import Who
from dlpguard.notices import Letterhead
from dlpguard.store import accounts, audit, own_mail, sessions, tokens
from dlpguard.store.accounts import Account
from dlpguard.store.database import Transaction
from dlpguard.web.roles import Right, Role, rights

LINK_SECONDS = 3 * 86400.0
"""How long a link to set a password is good for: over a weekend."""

LONGEST_NAME = 120
"""Characters of what somebody is called."""

_GROUP = re.compile(r"[a-z][a-z0-9-]{0,39}")
"""As policies name their `queue`."""

_MOST_GROUPS = 8
_PROOF = 20
"""Bytes of a link's proof: 160 bits that nobody guesses."""


def add(
    tx: Transaction,
    actor: str,
    name: str,
    full_name: str,
    roles: Collection[str],
    groups: Collection[str] = (),
    password_hash: str = "",
) -> Account:
    """A new account; without a hash nobody can sign in with it before a link was used.

    `RefusedError` when something about it is not right; `StaleError` when there is one already.
    """
    name = name.strip().casefold()
    if not name.rpartition("@")[0] or not name.isprintable() or len(name) > 254:
        raise RefusedError(f"{name or 'nothing'}: give the address at work that they sign in with")
    chosen = _checked(full_name or name.partition("@")[0], roles, groups)
    account = accounts.add(tx, name, chosen, password_hash or passwords.none(), roles)
    accounts.change(tx, account.id, groups=tuple(groups))
    audit.record(tx, actor, "add account", name, _changes((), (*roles, *_named(groups))))
    return accounts.get(tx, account.id)


def change(
    tx: Transaction,
    actor: str,
    id: int,
    full_name: str,
    roles: Collection[str],
    groups: Collection[str],
) -> None:
    """What somebody is called, may do, and whose mail they look after.

    `RefusedError` for one's own roles and groups, and when nobody would manage accounts any more.
    """
    account = accounts.get(tx, id)
    before = {*account.roles, *_named(account.groups)}
    after = {*roles, *_named(groups)}
    if before != after:
        _not_oneself(actor, account, "Another administrator has to change what you may do.")
    chosen = _checked(full_name, roles, groups)
    accounts.change(tx, id, full_name=chosen, roles=tuple(roles), groups=tuple(groups))
    _somebody_manages(tx, account)
    if before != after:
        audit.record(tx, actor, "change account", account.name, _changes(before, after))
    elif chosen != account.full_name:
        audit.record(tx, actor, "rename account", account.name, f"now {chosen}")


def stop(tx: Transaction, actor: str, id: int) -> None:
    """Nobody signs in with this account any more; wherever they are signed in, they are out."""
    account = accounts.get(tx, id)
    _not_oneself(actor, account, "Another administrator has to stop your account.")
    accounts.change(tx, id, disabled=True)
    _somebody_manages(tx, account)
    sessions.close_all(tx, id)
    audit.record(tx, actor, "stop account", account.name)


def restart(tx: Transaction, actor: str, id: int) -> None:
    """An account that was stopped is used again."""
    account = accounts.get(tx, id)
    accounts.change(tx, id, disabled=False)
    audit.record(tx, actor, "restart account", account.name)


def unlock(tx: Transaction, actor: str, id: int) -> None:
    """Wrong passwords and codes until now are forgotten."""
    account = accounts.get(tx, id)
    accounts.change(tx, id, failures=0, locked_until=0.0)
    audit.record(tx, actor, "unlock account", account.name)


def reset_codes(tx: Transaction, actor: str, id: int) -> None:
    """They set up one-time codes again at their next sign-in: for who has lost their phone."""
    account = accounts.get(tx, id)
    _not_oneself(actor, account, "Another administrator has to reset your codes.")
    accounts.set_second_factor(tx, id, "")
    sessions.close_all(tx, id)
    audit.record(tx, actor, "reset codes", account.name)


def end_sessions(tx: Transaction, actor: str, id: int) -> int:
    """Sign somebody out everywhere; returns of how many places."""
    account = accounts.get(tx, id)
    closed = sessions.close_all(tx, id)
    audit.record(tx, actor, "end sessions", account.name, f"{closed} of them")
    return closed


def set_password(tx: Transaction, actor: str, id: int, password_hash: str, *, said: str) -> None:
    """A new password; wherever they are signed in, they are signed out, and their tokens end: who
    knew the old one may have made some.  `said` is recorded."""
    account = accounts.get(tx, id)
    accounts.change(tx, id, password_hash=password_hash, failures=0, locked_until=0.0)
    sessions.close_all(tx, id)
    tokens.revoke_all(tx, account, actor)
    audit.record(tx, actor, "set password", account.name, said)


def send_link(tx: Transaction, head: Letterhead, actor: str, id: int) -> None:
    """Mail somebody a link to set a password.  Until then nobody can sign in with the account.

    Who asks for it never sees it: with it they could be whom it is for.  `RefusedError` when it
    would not arrive.
    """
    account = accounts.get(tx, id)
    if not head.site:
        raise RefusedError(
            "Nobody can be sent a link: the settings do not say where this site is (listen.site). "
            "Ask whoever runs the machine for it, or for “dlpguard user passwd”."
        )
    if not head.may_write_to(account.name):
        raise RefusedError(
            f"{account.name} is not an address of the organisation: links are mailed to no other."
        )
    _not_oneself(actor, account, "Change your own password on the page of your account.")
    set_password(tx, actor, id, passwords.none(), said="a link was sent")
    until = tx.now() + LINK_SECONDS
    link = f"{head.site}/welcome/{_code(tx, id, int(until))}"
    own_mail.send(
        tx, head, account.name, lambda m: notices.invitation(head, m, link, until), Who.REVIEWER
    )


def invited(tx: Transaction, code: str) -> Account:
    """Whom a link is for.

    `NotFoundError` when it was used, has run out, is none, or the account was stopped since.
    """
    id, _, rest = code.partition("-")
    until = rest.partition("-")[0]
    if id.isdecimal() and until.isdecimal() and max(len(id), len(until)) < _PROOF:
        account = accounts.get(tx, int(id))
        right = hmac.compare_digest(code.encode(), _code(tx, account.id, int(until)).encode())
        if right and not account.disabled and tx.now() < int(until):
            return account
    raise NotFoundError("this link was used, or has run out, or is not complete")


def accept(tx: Transaction, code: str, password_hash: str) -> Account:
    """Use a link: its account gets this password.  Errors as for `invited`."""
    account = invited(tx, code)
    set_password(tx, account.name, account.id, password_hash, said="by the link")
    return account


def _code(tx: Transaction, id: int, until: int) -> str:
    """What stands in a link.  The password that is replaced is in its digest: it works once."""
    account = accounts.get(tx, id)
    digest = tx.keys.digest("invitation", str(id), str(until), account.password_hash)
    return f"{id}-{until}-{base64.b32encode(digest[:_PROOF]).decode()}"


def _checked(full_name: str, roles: Collection[str], groups: Collection[str]) -> str:
    """What somebody is called, without spaces around it, when all of it is right."""
    name = full_name.strip()
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise RefusedError("Say what they are called, in one line.")
    if unknown := sorted(set(roles) - set(Role)):
        raise RefusedError(f"no role is called {unknown[0]}; there are: {', '.join(Role)}")
    if any(not _GROUP.fullmatch(group) for group in groups):
        raise RefusedError("A group has a name of small letters, figures and hyphens.")
    if len(set(groups)) > _MOST_GROUPS:
        raise RefusedError(f"Nobody looks after more than {_MOST_GROUPS} groups.")
    return name


def _not_oneself(actor: str, account: Account, told: str) -> None:
    if actor.casefold() == account.name:
        raise RefusedError(told)


def _somebody_manages(tx: Transaction, before: Account) -> None:
    """In the transaction of the change: of two who take it from each other, one is refused."""
    if _manages(before) and not any(map(_manages, accounts.everyone(tx))):
        raise RefusedError("This is the last account that manages accounts: give another the role.")


def _manages(account: Account) -> bool:
    return not account.disabled and Right.MANAGE_ACCOUNTS in rights(account.roles)


def _named(groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"group {group}" for group in groups)


def _changes(before: Collection[str], after: Collection[str]) -> str:
    """What was given and taken: "+approver -auditor"."""
    given = (f"+{name}" for name in sorted(set(after) - set(before)))
    taken = (f"-{name}" for name in sorted(set(before) - set(after)))
    return ", ".join((*given, *taken))
