"""Mentions to people: who is the same, who takes part, and what each comes with.

Two mentions are one person when they share an identifier that is one person's own (an NI number),
or one that families share (an address, a case) and their names agree, or the name alone, as long
as nothing says otherwise: two rows "John Smith" with two birth dates are two people.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from dlpguard.counting.kinds import Kinds
from dlpguard.counting.mention import Detail, Mention
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

SHARED = (email_address.KIND, case_reference.KIND, phone.KIND, postal_address.KIND)
"""Kinds that families share; in rows of tables they still tell namesakes apart."""

NAMESAKES = 8
"""People of one name who are compared one by one; more are told apart by what they come with."""

_OF_WORK = frozenset({case_reference.KIND, postal_address.KIND})
"""What staff have at work: a number, an office."""

_AGREEING = (date_of_birth.KIND, *SHARED)
_DECIDING = (date_of_birth.KIND, email_address.KIND, postal_address.KIND)
"""With the same name, one of these the same is one person, unless more is different than alike: of
ten thousand people some have a name and a birthday in common."""


_Trait = tuple[str, Hidden | None, bool]
"""What a detail says, but for its value: kind, why it is hidden, whether it is weak."""

_Kinds = tuple[str, ...]
_Telling = list[tuple[str, Collection[str]]]
_Values = dict[str, Collection[str]]
"""What somebody comes with, by kind: a tuple while there is little, a set from `FEW` on."""

FEW = 8
"""Values that are looked through one by one as fast as in a set, which is four times as large."""


@dataclass(slots=True, eq=False)
class _Somebody:
    """A person while mentions of them are collected."""

    name: str
    where: str
    traits: tuple[_Trait, ...]
    values: _Values
    names: tuple[str, ...] = ()
    hidden: Hidden | None = None
    seen: bool = False
    listed: bool = False
    listed_in_sight: bool = False
    record: bool = False


def count(mentions: Iterable[Mention], parts: Parts, kinds: Kinds) -> People:
    """The distinct people who are mentioned and do not merely take part, in order."""
    everybody = _everybody(mentions, kinds)
    everybody.reverse()
    namesakes = _namesakes(everybody, parts)
    people = []
    while everybody:  # each is given up: of a million people they are half a gigabyte
        person = _person(everybody.pop(), parts, kinds, namesakes)
        if person:
            people.append(person)
    return People(tuple(people))


def _namesakes(everybody: Iterable[_Somebody], parts: Parts) -> frozenset[str]:
    """Names that several records bear and somebody who takes part.

    Of five officers "A Khan" one at most is Amina Khan who sends the list, and nothing tells which.
    """
    borne = Counter(s.name for s in everybody if s.record)
    return frozenset(
        name for name, many in borne.items() if many > 1 and parts.role_of(name) is not Role.NONE
    )


def _everybody(mentions: Iterable[Mention], kinds: Kinds) -> list[_Somebody]:
    register = _Register(kinds)
    for mention in mentions:
        register.add(mention)
    return register.everybody


class _Register:
    """Everybody so far, and how to find them again."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._telling_apart = (*kinds.own, date_of_birth.KIND)
        self.everybody: list[_Somebody] = []
        self._by_detail: dict[tuple[str, str], list[_Somebody]] = {}
        self._by_name: dict[tuple[str, _Kinds], list[_Somebody]] = {}
        self._without: dict[_Kinds, list[_Kinds]] = {(): []}
        self._traits: dict[tuple[_Trait, ...], tuple[_Trait, ...]] = {}
        self._by_both: dict[tuple[str, str, str], _Somebody] = {}
        self._by_surname: dict[str, list[_Somebody]] = {}
        self._by_forename: dict[str, list[_Somebody]] = {}

    def add(self, mention: Mention) -> None:
        """Join a mention to the person whom it is about, known or new."""
        values = _values(mention.details)
        traits = tuple([(kind, hidden, weak) for kind, _, hidden, weak in mention.details])
        traits = self._traits.setdefault(traits, traits)
        telling = tuple([kind for kind in self._telling_apart if kind in values])
        somebody = self._find(mention, values, telling)
        if somebody is None:
            somebody = _Somebody(mention.name, mention.where, traits, values)
            self.everybody.append(somebody)
        else:
            if traits != somebody.traits:
                joined = tuple(dict.fromkeys((*somebody.traits, *traits)))
                somebody.traits = self._traits.setdefault(joined, joined)
            _join(somebody.values, values)
        if mention.hidden is None:
            if not somebody.seen:
                somebody.seen = True
                somebody.where = mention.where
            somebody.listed_in_sight |= mention.listed
        somebody.hidden = somebody.hidden or mention.hidden
        somebody.listed |= mention.listed
        somebody.record |= mention.record
        if mention.name not in somebody.names[-NAMESAKES:]:
            self._name(somebody, mention.name, telling)
        self._remember(somebody, mention)

    def _name(self, somebody: _Somebody, name: str, kinds: _Kinds) -> None:
        """Make somebody known by a name; `kinds` tell them apart from namesakes."""
        if not name:
            return
        if len(name) > len(somebody.name):
            somebody.name = name
        somebody.names = (*somebody.names, name)
        self._by_name.setdefault((name, kinds), []).append(somebody)
        forenames, _, surname = name.rpartition(" ")
        self._by_surname.setdefault(surname, []).append(somebody)
        if forenames:
            self._by_forename.setdefault(name.partition(" ")[0], []).append(somebody)

    def _remember(self, somebody: _Somebody, mention: Mention) -> None:
        unique = self._kinds.unique
        for detail in mention.details:
            if detail.kind in unique and self._kinds.identifies(detail):
                known = self._by_detail.setdefault((detail.kind, detail.value), [])
                if somebody not in known[-NAMESAKES:]:
                    known.append(somebody)
            if mention.name and detail.kind in _AGREEING:
                self._by_both.setdefault((mention.name, detail.kind, detail.value), somebody)

    def _find(self, mention: Mention, values: _Values, kinds: _Kinds) -> _Somebody | None:
        telling = [(kind, values[kind]) for kind in kinds]
        unique = self._kinds.unique
        for detail in mention.details:
            if detail.kind not in unique or not self._kinds.identifies(detail):
                continue
            for known in self._by_detail.get((detail.kind, detail.value), ())[:NAMESAKES]:
                if detail.kind in self._kinds.own or (
                    agree(known.name, mention.name)
                    and not _contradict(known, mention, values, telling)
                ):
                    return known
        if not mention.name:
            return None
        for detail in mention.details:
            if detail.kind in _AGREEING:
                both = self._by_both.get((mention.name, detail.kind, detail.value))
                if both and not _contradict(both, mention, values, telling):
                    return both
        for others in self._namesakes(kinds):
            for known in self._by_name.get((mention.name, others), ())[:NAMESAKES]:
                if not _contradict(known, mention, values, telling):
                    return known
        return self._find_spelled_otherwise(mention, values, telling)

    def _namesakes(self, kinds: _Kinds) -> Sequence[_Kinds]:
        """What namesakes may come with who could be meant.

        Who comes with one of the same kinds has it in common, and is found by it, or is not meant.
        """
        known = self._without.get(kinds)
        if known is None:
            self._without[kinds] = known = []
            everything = [other for other in self._without if other != kinds]
            known += [other for other in everything if not set(other) & set(kinds)]
            for other in everything:
                if not set(other) & set(kinds):
                    self._without[other].append(kinds)
        return known if kinds else list(self._without)

    def _find_spelled_otherwise(
        self, mention: Mention, values: _Values, telling: _Telling
    ) -> _Somebody | None:
        """ "J Smith" and "Smith" where "John Smith" stands; rows of one table are not joined so."""
        for known in self._by_surname.get(mention.name.rpartition(" ")[2], ())[:NAMESAKES]:
            if mention.record and known.record:
                continue
            if agree(known.name, mention.name) and not _contradict(known, mention, values, telling):
                return known
        alike = self._by_forename.get(mention.name, ())
        if len(alike) != 1 or mention.record or _contradict(alike[0], mention, values, telling):
            return None
        return alike[0]  # "John" where one John is spoken of


def _values(details: Iterable[Detail]) -> _Values:
    values: _Values = {}
    for kind, value, _, _ in details:
        known = values.get(kind)
        values[kind] = (value,) if known is None else _with(known, (value,))
    return values


def _join(values: _Values, more: _Values) -> None:
    for kind, told in more.items():
        known = values.get(kind)
        values[kind] = told if known is None else _with(known, told)


def _with(known: Collection[str], more: Collection[str]) -> Collection[str]:
    """Both together.  A set is added to in place: it belongs to one person."""
    if isinstance(known, set):
        known.update(more)
        return known
    new = [value for value in more if value not in known]
    if not new:
        return known
    return (*known, *new) if len(known) + len(new) <= FEW else {*known, *new}


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


def _contradict(known: _Somebody, mention: Mention, values: _Values, telling: _Telling) -> bool:
    """Whether what they come with (`values` of the mention, by kind) makes them two people.

    `telling` are those of the values that are one person's own.
    """
    for kind, mine in telling:
        theirs = known.values.get(kind)
        if theirs is not None and not _share(mine, theirs):
            return True
    if not (known.record and mention.record):
        return False
    differing = agreeing = 0
    decided = False
    for kind in _AGREEING:
        ours, theirs = values.get(kind), known.values.get(kind)
        if ours is None or theirs is None:
            continue
        if _share(ours, theirs):
            agreeing += 1
            decided |= kind in _DECIDING
        else:
            differing += 1
    return differing > (agreeing if decided else 0)


def _share(one: Collection[str], other: Collection[str]) -> bool:
    return any(value in other for value in one) if len(one) > 1 else next(iter(one)) in other


def _person(
    somebody: _Somebody, parts: Parts, known: Kinds, namesakes: Collection[str]
) -> Person | None:
    """The person, or None when they only take part.

    A name among `namesakes` does not tell who they are.
    """
    emails = somebody.values.get(email_address.KIND, ())
    what = _judge(
        somebody.traits,
        somebody.listed,
        somebody.listed_in_sight,
        any(map(parts.is_inside, emails)) if emails else False,
        known,
    )
    role = parts.role("" if somebody.name in namesakes else somebody.name, emails)
    if role is Role.INSIDE or (role is Role.OUTSIDE and not what.private):
        return None
    return Person(
        name=somebody.name,
        kinds=what.kinds,
        where=somebody.where,
        hidden=what.concealed if somebody.seen else somebody.hidden,
        listed=somebody.listed,
        private=what.private,
        addressee=role is Role.OUTSIDE and parts.is_addressee(somebody.name, emails),
        digest=_digest(somebody, known),
    )


class _Judgement(NamedTuple):
    """What the details of somebody make them; `concealed` is why all that is private is hidden."""

    kinds: tuple[str, ...]
    private: bool
    concealed: Hidden | None


@lru_cache(maxsize=1024)  # a table has a handful of them for all its rows
def _judge(
    traits: tuple[_Trait, ...], listed: bool, listed_in_sight: bool, staff: bool, known: Kinds
) -> _Judgement:
    private = _is_private(traits, known, listed=listed, staff=staff)
    kinds = tuple(sorted({kind for kind, _, _ in traits}))
    concealed = next((why for kind, why, _ in traits if why and kind in known.private), None)
    in_sight = [trait for trait in traits if trait[1] is None]
    if not private or _is_private(in_sight, known, listed=listed_in_sight, staff=staff):
        concealed = None
    return _Judgement(kinds, private, concealed)


def _is_private(traits: Iterable[_Trait], known: Kinds, *, listed: bool, staff: bool) -> bool:
    """DESIGN 6: whether something that is nobody else's business stands with them."""
    told = [(kind, weak) for kind, _, weak in traits if not (staff and kind in _OF_WORK)]
    if any(kind in known.private and not weak for kind, weak in told):
        return True
    kinds = {kind for kind, _ in told}
    return listed and (postal_address.KIND in kinds or {phone.KIND, case_reference.KIND} <= kinds)


def _digest(somebody: _Somebody, known: Kinds) -> bytes:
    """Of what identifies them most surely, so that two messages about them can be told to be."""
    for kind in known.own:
        if values := somebody.values.get(kind):
            return _hash(kind, min(values))
    for kind in (date_of_birth.KIND, case_reference.KIND, email_address.KIND, phone.KIND):
        if values := somebody.values.get(kind):
            return _hash(kind, min(values), somebody.name)
    return _hash(person_name.KIND, somebody.name)


def _hash(*words: str) -> bytes:
    return hashlib.blake2b("\0".join(words).encode("utf-8", "replace"), digest_size=16).digest()
