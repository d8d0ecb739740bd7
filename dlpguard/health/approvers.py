"""Whether there are people enough to release what policies let only several people release."""

from __future__ import annotations

from collections.abc import Iterator

from dlpguard.health._lines import Around, Level, Line
from dlpguard.health._words import number_of
from dlpguard.store import accounts
from dlpguard.store.opening import Store

APPROVER = "approver"
"""The role (`web.roles`)."""


def look(store: Store, around: Around) -> Iterator[Line]:
    """Approvers, against the most that any policy in force asks for."""
    about = "Approvers"
    found = store.database.read_now(lambda tx: tuple(accounts.everyone(tx)))
    number = sum(APPROVER in one.roles and not one.disabled for one in found)
    said = f"{number_of(number, 'account')} may approve what takes more than one person."
    policies = around.running.policies()
    if policies is None:
        yield Line(about, Level.UNKNOWN, said)
        return
    needed = max((policy.approvals for policy in policies.policies), default=1)
    if needed > 1 and number < needed:
        advice = (
            f"Policies ask for {needed}. Without them such mail can only be returned: give the "
            "role to somebody (Accounts)."
        )
        yield Line(about, Level.BROKEN, said, advice)
    elif needed > 1 and number == needed:
        yield Line(about, Level.LOOK, said, "One more, for when somebody is away.")
    else:
        yield Line(about, Level.FINE, said)
