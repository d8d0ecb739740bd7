"""Mentions to people: who is the same, who takes part, and what each comes with.

Two mentions are one person when they share an identifier that is one person's own (an NI number),
or one that families share (an address, a case) and their names agree, or the name alone, as long
as nothing says otherwise: two rows "John Smith" with two birth dates are two people.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from dlpguard import detectors
from dlpguard.counting.mention import SPECIAL_CATEGORY, UNIQUE, Detail, Mention
from dlpguard.counting.participants import Parts, Role
from dlpguard.detectors import (
    case_reference,
    date_of_birth,
    email_address,
    person_name,
    phone,
    postal_address,
)
from dlpguard.document import Hidden
from dlpguard.people import People, Person

OWN = UNIQUE - {email_address.KIND, case_reference.KIND}
"""Kinds that are one person's alone, whatever name stands beside them."""

SHARED = (email_address.KIND, case_reference.KIND, phone.KIND, postal_address.KIND)
"""Kinds that families share; in rows of tables they still tell namesakes apart."""

NAMESAKES = 20
"""People of one name who are compared one by one; more are told apart by what they come with."""

_PRIVATE = frozenset(d.KIND for d in detectors.DETECTORS if d.PRIVATE) | {SPECIAL_CATEGORY}
_OF_WORK = frozenset({case_reference.KIND, postal_address.KIND})
"""What staff have at work: a number, an office."""

_AGREEING = (date_of_birth.KIND, *SHARED)
_TELLING_APART = (*sorted(OWN), date_of_birth.KIND)
_DECIDING = (date_of_birth.KIND, email_address.KIND, postal_address.KIND)
"""With the same name, one of these the same is one person, whatever number differs."""


@dataclass(slots=True, eq=False)
class _Somebody:
    """A person while mentions of them are collected."""

    name: str
    where: str
    details: dict[Detail, None] = field(default_factory=dict)
    values: dict[str, set[str]] = field(default_factory=dict)
    hidden: Hidden | None = None
    seen: bool = False
    listed: bool = False
    listed_in_sight: bool = False
    record: bool = False


def count(mentions: Iterable[Mention], parts: Parts) -> People:
    """The distinct people who are mentioned and do not merely take part, in order."""
    register = _Register()
    for mention in mentions:
        register.add(mention)
    people = []
    for somebody in register.everybody:
        person = _person(somebody, parts)
        if person:
            people.append(person)
    return People(tuple(people))


class _Register:
    """Everybody so far, and how to find them again."""

    def __init__(self) -> None:
        self.everybody: list[_Somebody] = []
        self._by_detail: defaultdict[tuple[str, str], list[_Somebody]] = defaultdict(list)
        self._by_name: defaultdict[str, list[_Somebody]] = defaultdict(list)
        self._by_both: dict[tuple[str, str, str], _Somebody] = {}
        self._by_surname: defaultdict[str, list[_Somebody]] = defaultdict(list)
        self._by_forename: defaultdict[str, list[_Somebody]] = defaultdict(list)

    def add(self, mention: Mention) -> None:
        """Join a mention to the person whom it is about, known or new."""
        somebody = self._find(mention)
        if somebody is None:
            somebody = _Somebody(mention.name, mention.where)
            self.everybody.append(somebody)
        if mention.hidden is None and not somebody.seen:
            somebody.seen = True
            somebody.where = mention.where
        somebody.hidden = somebody.hidden or mention.hidden
        somebody.listed |= mention.listed
        somebody.listed_in_sight |= mention.listed and mention.hidden is None
        somebody.record |= mention.record
        self._name(somebody, mention.name)
        for detail in mention.details:
            somebody.details[detail] = None
            somebody.values.setdefault(detail.kind, set()).add(detail.value)
            if detail.is_unique:
                _remember(self._by_detail[detail.kind, detail.value], somebody)
            if mention.name and detail.kind in _AGREEING:
                self._by_both.setdefault((mention.name, detail.kind, detail.value), somebody)

    def _name(self, somebody: _Somebody, name: str) -> None:
        if not name:
            return
        if len(name) > len(somebody.name):
            somebody.name = name
        _remember(self._by_name[name], somebody)
        _remember(self._by_surname[name.rpartition(" ")[2]], somebody)
        if " " in name:
            _remember(self._by_forename[name.partition(" ")[0]], somebody)

    def _find(self, mention: Mention) -> _Somebody | None:
        values = _values(mention)
        for detail in mention.details:
            if not detail.is_unique:
                continue
            for known in self._by_detail.get((detail.kind, detail.value), ()):
                if detail.kind in OWN or (
                    agree(known.name, mention.name) and not _contradict(known, mention, values)
                ):
                    return known
        if not mention.name:
            return None
        for detail in mention.details:
            if detail.kind in _AGREEING:
                both = self._by_both.get((mention.name, detail.kind, detail.value))
                if both and not _contradict(both, mention, values):
                    return both
        for known in self._by_name.get(mention.name, ())[:NAMESAKES]:
            if not _contradict(known, mention, values):
                return known
        return self._find_spelled_otherwise(mention, values)

    def _find_spelled_otherwise(
        self, mention: Mention, values: dict[str, set[str]]
    ) -> _Somebody | None:
        """ "J Smith" and "Smith" where "John Smith" stands; rows of one table are not joined so."""
        for known in self._by_surname.get(mention.name.rpartition(" ")[2], ())[:NAMESAKES]:
            if mention.record and known.record:
                continue
            if agree(known.name, mention.name) and not _contradict(known, mention, values):
                return known
        alike = self._by_forename.get(mention.name, ())
        if len(alike) == 1 and not mention.record and not _contradict(alike[0], mention, values):
            return alike[0]  # "John" where one John is spoken of
        return None


def _values(mention: Mention) -> dict[str, set[str]]:
    values: dict[str, set[str]] = {}
    for detail in mention.details:
        values.setdefault(detail.kind, set()).add(detail.value)
    return values


def _remember(people: list[_Somebody], somebody: _Somebody) -> None:
    if not people or (people[-1] is not somebody and somebody not in people[-NAMESAKES:]):
        people.append(somebody)


def agree(one: str, other: str) -> bool:
    """Whether two names may be one person's: the surname, and forenames as far as both say.

    >>> agree("john smith", "j smith"), agree("smith", "john smith"), agree("", "ann bee")
    (True, True, True)
    >>> agree("john smith", "jane smith"), agree("john paul smith", "john smith")
    (False, True)
    """
    if not one or not other or one == other:
        return True
    *first, surname = one.split()
    *second, other_surname = other.split()
    if surname != other_surname:
        return False
    return all(
        a == b or (min(len(a), len(b)) == 1 and a[0] == b[0])
        for a, b in zip(first, second, strict=False)
    )


def _contradict(known: _Somebody, mention: Mention, values: dict[str, set[str]]) -> bool:
    """Whether what they come with (`values` of the mention, by kind) makes them two people."""
    if any(_differ(kind, known, values) for kind in _TELLING_APART):
        return True
    if not (known.record and mention.record):
        return False
    return any(_differ(kind, known, values) for kind in SHARED) and not any(
        known.values.get(kind) and kind in values and not _differ(kind, known, values)
        for kind in _DECIDING
    )


def _differ(kind: str, known: _Somebody, values: dict[str, set[str]]) -> bool:
    """Whether both come with this kind of thing, and with nothing of it in common."""
    mine, theirs = values.get(kind), known.values.get(kind)
    return bool(mine and theirs and theirs.isdisjoint(mine))


def _person(somebody: _Somebody, parts: Parts) -> Person | None:
    """The person, or None when they only take part."""
    details = list(somebody.details)
    emails = somebody.values.get(email_address.KIND, set())
    is_staff = any(map(parts.is_inside, emails))
    private = _is_private(details, listed=somebody.listed, staff=is_staff)
    role = parts.role(somebody.name, emails)
    if role is Role.INSIDE or (role is Role.OUTSIDE and not private):
        return None
    return Person(
        name=somebody.name,
        kinds=tuple(sorted({detail.kind for detail in details})),
        where=somebody.where,
        hidden=_why_hidden(somebody, private=private, staff=is_staff),
        listed=somebody.listed,
        private=private,
        addressee=role is Role.OUTSIDE,
        digest=_digest(somebody),
    )


def _is_private(details: Iterable[Detail], *, listed: bool, staff: bool) -> bool:
    """DESIGN 6: whether something that is nobody else's business stands with them."""
    told = [d for d in details if not (staff and d.kind in _OF_WORK)]
    if any(d.kind in _PRIVATE and not d.weak for d in told):
        return True
    kinds = {d.kind for d in told}
    return listed and (postal_address.KIND in kinds or {phone.KIND, case_reference.KIND} <= kinds)


def _why_hidden(somebody: _Somebody, *, private: bool, staff: bool) -> Hidden | None:
    """Why they, or all that makes them private, would not be seen."""
    if not somebody.seen:
        return somebody.hidden
    concealed = [d.hidden for d in somebody.details if d.hidden is not None and d.kind in _PRIVATE]
    if not private or not concealed:
        return None
    in_sight = [d for d in somebody.details if d.hidden is None]
    if _is_private(in_sight, listed=somebody.listed_in_sight, staff=staff):
        return None
    return concealed[0]


def _digest(somebody: _Somebody) -> bytes:
    """Of what identifies them most surely, so that two messages about them can be told to be."""
    for kind in sorted(OWN):
        if values := somebody.values.get(kind):
            return _hash(kind, min(values))
    for kind in (date_of_birth.KIND, case_reference.KIND, email_address.KIND, phone.KIND):
        if values := somebody.values.get(kind):
            return _hash(kind, min(values), somebody.name)
    return _hash(person_name.KIND, somebody.name)


def _hash(*words: str) -> bytes:
    return hashlib.blake2b("\0".join(words).encode("utf-8", "replace"), digest_size=16).digest()
