"""Who takes part in a message: sender, recipients, whom it greets.

Taking part is not being disclosed (DESIGN 6).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from dlpguard import names


@dataclass(frozen=True, slots=True)
class Participants:
    """Who takes part, as far as envelope and headers tell.

    `addresses` are casefolded, of everybody; `names` are of those inside the organisation (the
    sender above all), `outside_names` of outside recipients; `domains` are our own.  `addressee`
    is the address of the single outside recipient, "" when there are none or several.  `contacts`
    are published addresses and names that no message discloses.
    """

    addresses: frozenset[str] = field(default=frozenset(), repr=False)
    names: tuple[str, ...] = field(default=(), repr=False)
    domains: frozenset[str] = frozenset()
    addressee: str = field(default="", repr=False)
    addressee_name: str = field(default="", repr=False)
    contacts: frozenset[str] = field(default=frozenset(), repr=False)
    outside_names: tuple[str, ...] = field(default=(), repr=False)


SPOKEN_TO = 3
"""Different people greeted in one message with its thread; more are a mail merge."""


class Role(Enum):
    """What somebody has to do with the message.

    INSIDE: they write it, belong to the organisation, or are a published contact: not counted.
    OUTSIDE: they receive it or are spoken to; counted only with something private, as addressee.
    """

    NONE = "none"
    INSIDE = "inside"
    OUTSIDE = "outside"


class Parts:
    """The roles of people by name and address.

    `single`: there is one outside recipient, who may receive their own data.
    """

    def __init__(
        self,
        participants: Participants,
        greeted: Iterable[str] = (),
        taking_part: Iterable[str] = (),
    ) -> None:
        self._domains = tuple(participants.domains)
        self.single = bool(participants.addressee)
        self._addresses: dict[str, Role] = {}
        self._inside: defaultdict[str, set[str]] = defaultdict(set)
        self._outside: defaultdict[str, set[str]] = defaultdict(set)
        for value in taking_part:
            self._take_part(value)
        for address in sorted(participants.addresses):
            self._take_part(address)
        for name in (*participants.outside_names, participants.addressee_name):
            _add(self._outside, names.canonical(name))
        spoken_to = {names.canonical(name) for name in greeted}
        self.spoken_to_many = len(spoken_to) > SPOKEN_TO
        self._greeted: defaultdict[str, set[str]] = defaultdict(set)
        for name in spoken_to:
            _add(self._greeted, name)
        for name in participants.names:
            _add(self._inside, names.canonical(name))
        for contact in sorted(participants.contacts):
            if "@" in contact:
                self._addresses[contact] = Role.INSIDE
            else:
                _add(self._inside, names.canonical(contact))

    def _take_part(self, value: str) -> None:
        """A name, or an address and the name that its local part spells (`ann.bee@`)."""
        if "@" not in value:
            _add(self._outside, value)
            return
        local = value.casefold().rpartition("@")[0]
        inside = self.is_inside(value)
        self._addresses[value.casefold()] = Role.INSIDE if inside else Role.OUTSIDE
        if re.fullmatch(r"[a-z'-]{1,40}\.[a-z'-]{2,40}", local):
            _add(self._inside if inside else self._outside, local.replace(".", " "))

    def is_inside(self, address: str) -> bool:
        """Whether an address is of the organisation itself, or of one of its subdomains."""
        domain = "." + address.casefold().rpartition("@")[2]
        return any(domain.endswith("." + own) for own in self._domains)

    def role(self, name: str, emails: Iterable[str]) -> Role:
        """What somebody with this name (canonical) and these addresses has to do with it."""
        roles = {self._addresses[e] for e in emails if e in self._addresses} if emails else ()
        by_name = self.role_of(name)
        if Role.INSIDE in roles or by_name is Role.INSIDE:
            return Role.INSIDE
        return Role.OUTSIDE if Role.OUTSIDE in roles else by_name

    def role_of(self, name: str) -> Role:
        """What somebody with this name (canonical) has to do with it, as far as a name tells."""
        if _has(self._inside, name):
            return Role.INSIDE
        if _has(self._outside, name) or _has(self._greeted, name):
            return Role.OUTSIDE
        return Role.NONE

    def is_addressee(self, name: str, emails: Iterable[str]) -> bool:
        """Whether somebody who takes part is the one to whom the message is written.

        Nobody is where several receive it, and the letters of a mail merge in one file, which
        greet everybody, are written to none of those whom they greet.
        """
        if not self.single:
            return False
        merely_greeted = not _has(self._outside, name) and not any(
            e in self._addresses for e in emails
        )
        return not (merely_greeted and self.spoken_to_many)


def _add(known: defaultdict[str, set[str]], name: str) -> None:
    """Under the surname, the first forename or its initial; "" when only the surname is known."""
    forenames, _, surname = name.strip().rpartition(" ")
    if surname:
        known[surname].add(forenames.partition(" ")[0])


def _has(known: Mapping[str, set[str]], name: str) -> bool:
    """Whether a name is one of those known, "J Smith" being John Smith."""
    if not name:
        return False
    forenames, _, surname = name.rpartition(" ")
    others = known.get(surname)
    if others is None:
        return False
    forename = forenames.partition(" ")[0]
    return any(
        forename == other or (min(len(forename), len(other)) <= 1 and forename[:1] == other[:1])
        or not other
        or not forename
        for other in others
    )  # fmt: skip
