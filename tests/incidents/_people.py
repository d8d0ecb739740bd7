"""People who do not exist, always the same ones, with all that the leaked lists told of theirs.

They are put together from `_names` by a digest, so that no run depends on a random number
generator.  No two have the same forename and surname.  Telephone numbers are those that Ofcom keeps
free for drama, streets are made up, post towns and postcode areas are real.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tests.incidents._names import COMMUNITIES, Community

_T = TypeVar("_T")

_STREETS = (
    *("Applegarth", "Bittern", "Cordwainer", "Damson", "Elderflower", "Foundry", "Gorsehill"),
    *("Hayrick", "Ironmill", "Juniper", "Kingcup", "Limekiln", "Meadowsweet", "Nettlebed"),
    *("Osier", "Packhorse", "Quern", "Rushbrook", "Sallowfield", "Threshers"),
)
_WAYS = ("Street", "Road", "Close", "Avenue", "Lane", "Gardens", "Terrace", "Drive", "Mews")
_TOWNS = (
    ("Plymouth", "PL4"),
    ("Chelmsford", "CM2"),
    ("Newcastle upon Tyne", "NE6"),
    ("Cardiff", "CF24"),
    ("Guildford", "GU2"),
    ("Stoke-on-Trent", "ST4"),
    ("Torquay", "TQ1"),
    ("Rochdale", "OL11"),
    ("Inverness", "IV3"),
    ("Belfast", "BT9"),
    ("London", "N7"),
    ("London", "W10"),
)
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
_NINO = "ABCEGHJKLMPRSTWXYZ"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented.  `reference` is a case reference of the organisation's own shape."""

    number: int
    forename: str = field(repr=False)
    surname: str = field(repr=False)
    born: datetime.date
    street: str
    town: str
    postcode: str
    phone: str
    reference: str
    nino: str
    sort_code: str
    account: str
    budget: int

    @property
    def name(self) -> str:
        """Forename and surname."""
        return f"{self.forename} {self.surname}"

    @property
    def address(self) -> str:
        """Street, town and postcode in a line."""
        return f"{self.street}, {self.town} {self.postcode}"

    @property
    def mailbox(self) -> str:
        """The local part of their e-mail address."""
        first, last = plain(self.forename), plain(self.surname)
        year = f"{self.born:%y}"
        shapes = (f"{first}.{last}", f"{first[0]}{last}{year}", f"{last}{first}", f"{first}{year}")
        return shapes[self.number % len(shapes)] + (f".{self.number}" if self.number > 999 else "")


@functools.cache
def people(first: int, count: int) -> tuple[Person, ...]:
    """So many people out of the one sequence of all of them, from number `first` on."""
    names = _names(first + count)
    return tuple(_person(n, *names[n]) for n in range(first, first + count))


def pick(choices: Sequence[_T], key: str, number: int) -> _T:
    """One of the choices, always the same for the same key and number."""
    return choices[draw(key, number) % len(choices)]


def draw(key: str, number: int) -> int:
    """A number that depends on nothing but the arguments."""
    digest = hashlib.blake2b(f"{key} {number}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big")


def plain(name: str) -> str:
    """A name in the small letters that an address is made of."""
    decomposed = unicodedata.normalize("NFKD", name.translate(_STROKES))
    return "".join(c for c in decomposed if c.isascii() and c.isalpha()).lower()


_STROKES = str.maketrans({"ł": "l", "Ł": "L", "ı": "i", "ø": "o"})


@functools.cache
def _weighted() -> tuple[Community, ...]:
    return tuple(c for c in COMMUNITIES for _ in range(c.share))


_ENOUGH_NAMES = 27_000
"""More people than stand in any of the leaked lists."""


@functools.cache
def _all_names() -> tuple[tuple[str, str], ...]:
    taken: dict[tuple[str, str], None] = {}
    attempt = 0
    while len(taken) < _ENOUGH_NAMES:
        attempt += 1
        own = pick(_weighted(), "community", attempt)
        # Where a community's own combinations are used up, people have married.
        other = pick(_weighted(), "married", attempt) if attempt % 7 == 0 else own
        if attempt > _ENOUGH_NAMES // 2:
            other = pick(COMMUNITIES, "other", attempt)
        pair = (
            pick(own.forenames, "forename", attempt),
            pick(other.surnames, "surname", attempt),
        )
        taken.setdefault(pair)
    return tuple(taken)


def _names(count: int) -> tuple[tuple[str, str], ...]:
    assert count <= _ENOUGH_NAMES
    return _all_names()


def _person(n: int, forename: str, surname: str) -> Person:
    town, district = pick(_TOWNS, "town", n)
    inward = "".join(pick(_INWARD, f"inward {k}", n) for k in (1, 2))
    street = f"{pick(_STREETS, 'street', n)} {pick(_WAYS, 'way', n)}"
    return Person(
        number=n,
        forename=forename,
        surname=surname,
        born=datetime.date(1932, 1, 1) + datetime.timedelta(draw("born", n) % 25_000),
        street=f"{draw('house', n) % 140 + 1} {street}",
        town=town,
        postcode=f"{district} {draw('sector', n) % 9 + 1}{inward}",
        phone=f"01632 960{n * 571 % 1000:03}" if n % 4 == 3 else f"07700 900{n * 389 % 1000:03}",
        reference=f"ILS/{2009 + n % 5}/{(n * 7919 + 3313) % 100_000:05}",
        nino=f"{pick(_NINO, 'n1', n)}{'CEHJL'[n % 5]}{draw('nino', n) % 10**6:06}{'ABCD'[n % 4]}",
        sort_code=f"{pick(('20', '30', '40', '60'), 'bank', n)}-{draw('s', n) % 90 + 10}-"
        f"{draw('office', n) % 90 + 10}",
        account=f"{draw('account', n) % 90_000_000 + 10_000_000}",
        budget=draw("budget", n) % 18_000 + 2_400,
    )
