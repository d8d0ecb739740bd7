"""Whom to tell that something waits: those who may decide on it, those above them, who is on duty.

Mail that a policy sends to a named group is known to the members of that group only: nobody else
is told that it is there, whatever the settings say.  Nobody is told about their own mail, on which
they could not decide.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from dlpguard.notices import Letterhead
from dlpguard.recipients import normalise
from dlpguard.store import accounts
from dlpguard.store.accounts import ORDINARY_QUEUES, Account
from dlpguard.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Offices:
    """Who is what: names of roles that give a right, and the addresses that the settings name."""

    deciding: frozenset[str] = frozenset()
    approving: frozenset[str] = frozenset()
    breaking_glass: frozenset[str] = frozenset()
    looking_into: frozenset[str] = frozenset()
    running: frozenset[str] = frozenset()
    escalate_to: tuple[str, ...] = ()
    duty_officers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matter:
    """What they would be told about: whose mail (a keyed digest) in which queue; and who has done
    their part already."""

    sender: bytes
    queue: str = ""
    done_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody who can be told something, at one moment."""

    offices: Offices
    accounts: tuple[Account, ...]
    digests: Mapping[str, bytes]
    """Of each address, as it stands with the messages that were sent from it."""

    def deciders(self, matter: Matter) -> tuple[str, ...]:
        """Who may decide on it and has not done so: addresses."""
        found = self._with(self.offices.deciding, matter)
        return tuple(name for name in found if name not in matter.done_by)

    def above(self, matter: Matter) -> tuple[str, ...]:
        """Whom to tell when those do not."""
        named = self._named(self.offices.escalate_to, matter)
        return named or self._with(self.offices.approving, matter) or self.deciders(matter)

    def on_duty(self, matter: Matter) -> tuple[str, ...]:
        """Whom to tell at once when somebody is at risk."""
        named = self._named(self.offices.duty_officers, matter)
        return (
            named
            or self._with(self.offices.breaking_glass, matter)
            or self._with(self.offices.approving, matter)
            or self._with(self.offices.deciding, matter)
        )

    def running(self) -> tuple[str, ...]:
        """Whom to tell of what is about no message: those named for escalations, or who runs it."""
        if self.offices.escalate_to:
            return self.offices.escalate_to
        return tuple(a.name for a in self.accounts if set(a.roles) & self.offices.running)

    def _with(self, roles: Collection[str], matter: Matter) -> tuple[str, ...]:
        """The members of its queue with one of these roles."""
        members = (a for a in self.accounts if matter.queue in a.queues)
        return self._others((a.name for a in members if set(a.roles) & set(roles)), matter)

    def _named(self, addresses: Iterable[str], matter: Matter) -> tuple[str, ...]:
        """Addresses of the settings: nobody knows whether they are members of a group."""
        return self._others(addresses, matter) if matter.queue in ORDINARY_QUEUES else ()

    def _others(self, addresses: Iterable[str], matter: Matter) -> tuple[str, ...]:
        return tuple(a for a in addresses if self.digests[a] != matter.sender)


def staff(tx: Transaction, head: Letterhead, offices: Offices) -> Staff:
    """Everybody with an account that is in use, and an address that may be written to."""
    everyone = tuple(
        account
        for account in accounts.everyone(tx)
        if not account.disabled and account.has_password and head.may_write_to(account.name)
    )
    named = (*offices.escalate_to, *offices.duty_officers)
    addresses = {*named, *(account.name for account in everyone)}
    digests = {a: tx.keys.digest("address", normalise(a)) for a in addresses}
    return Staff(offices, everyone, digests)
