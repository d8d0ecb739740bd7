"""Whether there are people enough: to release what takes several of them, and in every group that
mail goes to."""

from __future__ import annotations

from collections.abc import Iterator

from dlpguard.health._lines import Around, Level, Line
from dlpguard.health._words import number_of
from dlpguard.store import accounts
from dlpguard.store.accounts import Account
from dlpguard.store.opening import Store

APPROVER = "approver"
"""The role (`web.roles`) that approves."""

DECIDING = frozenset({"reviewer", APPROVER, "duty-officer"})
"""The roles that decide on what is held."""


def look(store: Store, around: Around) -> Iterator[Line]:
    """Approvers, against the most that any policy in force asks for; deciders, in each group."""
    found = store.database.read_now(lambda tx: tuple(accounts.everyone(tx)))
    active = tuple(one for one in found if not one.disabled)
    policies = around.running.policies()
    needed = max((p.approvals for p in policies.policies), default=1) if policies else None
    yield _approvers(active, needed)
    for group in around.groups:
        yield from _group(group, active, needed or 1)


def _approvers(active: tuple[Account, ...], needed: int | None) -> Line:
    about = "Approvers"
    number = sum(APPROVER in one.roles for one in active)
    said = f"{number_of(number, 'account')} may approve what takes more than one person."
    if needed is None:
        return Line(about, Level.UNKNOWN, said)
    if needed > 1 and number < needed:
        advice = (
            f"Policies ask for {needed}. Without them such mail can only be returned: give the "
            "role to somebody (Accounts)."
        )
        return Line(about, Level.BROKEN, said, advice)
    if needed > 1 and number == needed:
        return Line(about, Level.LOOK, said, "One more, for when somebody is away.")
    return Line(about, Level.FINE, said)


def _group(group: str, active: tuple[Account, ...], needed: int) -> Iterator[Line]:
    """Mail of private senders is for its group only: nobody else can step in."""
    about = f"Group {group}"
    members = [one for one in active if group in one.groups]
    deciding = sum(bool(DECIDING & set(one.roles)) for one in members)
    approving = sum(APPROVER in one.roles for one in members)
    if not deciding:
        said = "Nobody in it may decide, and nobody else sees its mail: it waits until it returns."
        advice = f"Run: dlpguard user add NAME --role reviewer --group {group} (or use Accounts)"
        yield Line(about, Level.BROKEN, said, advice)
    elif needed > 1 and approving < needed:
        said = (
            f"{number_of(approving, 'approver')} of it; policies ask for {needed}, and nobody "
            "from outside the group may help."
        )
        yield Line(about, Level.LOOK, said, "Give the role to more of its members (Accounts).")
    else:
        yield Line(about, Level.FINE, f"{number_of(deciding, 'person', 'people')} may decide.")
