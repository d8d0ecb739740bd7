"""Those whom ordinary mail is from, to and about: invented people, firms, dates and numbers."""

from __future__ import annotations

import datetime
import functools
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from tests.incidents._ordinary_draw import Draw

FOLDER = Path(__file__).resolve().parents[2] / "samples" / "ordinary"
"""Where the words and the templates are."""

DOMAIN = "council.example"
"""The organisation that sends; its hospital and its charity are subdomains."""

_BRANDS = (
    ("Westmere Council", DOMAIN),
    ("Westmere City Council", DOMAIN),
    ("Tamar Vale Hospitals NHS Trust", f"hospital.{DOMAIN}"),
    ("Westmere Community Trust", f"trust.{DOMAIN}"),
    ("Westmere Direct Services Ltd", f"works.{DOMAIN}"),
)
_WEBMAIL = ("webmail.example", "homemail.example")
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
"""Letters in the second half of a postcode (Royal Mail: never C, I, K, M, O or V)."""

_FIRST_DAY = datetime.datetime(2013, 1, 7, 8, 0)
_DAYS = 4_300


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes, is written to, or is mentioned."""

    first: str
    last: str
    title: str
    job: str
    mail: str
    phone: str
    mobile: str
    address: str
    born: str

    def __str__(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def formal(self) -> str:
        """As a letter greets: Ms Farah."""
        return f"{self.title} {self.last}"

    @property
    def initial(self) -> str:
        """As minutes have it: A Farah."""
        return f"{self.first[0]} {self.last}"

    @property
    def reversed(self) -> str:
        """As an address book sorts: Farah, Amina."""
        return f"{self.last}, {self.first}"


@dataclass(frozen=True, slots=True)
class Firm:
    """An organisation: its name, domain, and office."""

    name: str
    domain: str
    address: str
    phone: str

    def __str__(self) -> str:
        return self.name


@functools.cache
def words(name: str) -> tuple[str, ...]:
    """A list of words.toml: names are divided by spaces, everything else by semicolons."""
    entry = _words()[name]
    divider = None if name in {"forenames", "surnames"} else ";"
    return tuple(" ".join(word.split()) for word in entry.split(divider) if word.strip())


@functools.cache
def firm_names(sort: str) -> tuple[str, ...]:
    """Patterns of the names of such firms, `{n}` and `{m}` for surnames."""
    return tuple(_words()[f"firms.{sort}"].split(";"))


@functools.cache
def _words() -> dict[str, str]:
    read = tomllib.loads((FOLDER / "words.toml").read_text("utf-8"))
    return read | {f"firms.{sort}": names for sort, names in read["firms"].items()}


def own(draw: Draw) -> Firm:
    """The organisation that sends, under one of its names."""
    name, domain = draw.pick(_BRANDS)
    return Firm(name, domain, office(draw), phone(draw))


def firm(draw: Draw, sort: str) -> Firm:
    """Another organisation of a sort ("school")."""
    pattern = draw.pick(firm_names(sort))
    name = pattern.format(n=draw.pick(words("surnames")), m=draw.pick(words("surnames")))
    label = "".join(c for c in plain(name.lower().replace("&", "and")) if c.isalnum())
    return Firm(name, f"{label[:40]}.example", office(draw), phone(draw))


def person(draw: Draw, domain: str = "") -> Person:
    """Somebody with a mailbox at a domain; without one at webmail."""
    first, last = draw.pick(words("forenames")), draw.pick(words("surnames"))
    one, other = (plain(part).lower().replace("'", "") for part in (first, last))
    year = draw.between(1935, 2001)
    if domain:
        local = draw.pick((f"{one}.{other}", f"{one[0]}.{other}", f"{one}{other[0]}"))
    else:
        local = draw.pick(
            (f"{one}.{other}", f"{one[0]}{other}{year % 100:02}", f"{other}{draw.below(99)}")
        )
    return Person(
        first=first,
        last=last,
        title=draw.pick(("Mr", "Mrs", "Ms", "Miss", "Dr")),
        job=draw.pick(words("jobs")),
        mail=f"{local}@{domain or draw.pick(_WEBMAIL)}",
        phone=phone(draw),
        mobile=mobile(draw),
        address=office(draw),
        born=f"{draw.between(1, 28):02}/{draw.between(1, 12):02}/{year}",
    )


def at_home(draw: Draw, someone: Person) -> str:
    """The webmail address of somebody who has another at work."""
    one, other = (plain(part).lower().replace("'", "") for part in (someone.first, someone.last))
    local = draw.pick((f"{one}.{other}", f"{one[0]}.{other}", f"{other}{one[0]}{draw.below(99)}"))
    return f"{local}@{draw.pick(_WEBMAIL)}"


def office(draw: Draw) -> str:
    """House, street, town and postcode in one line."""
    place, _, area = draw.pick(words("towns")).rpartition(" ")
    return f"{draw.between(1, 240)} {draw.pick(words('streets'))}, {place} {postcode(draw, area)}"


def postcode(draw: Draw, area: str = "") -> str:
    """A postcode in an area."""
    area = area or draw.pick(words("towns")).rpartition(" ")[2]
    inward = f"{draw.between(1, 9)}{draw.pick(_INWARD)}{draw.pick(_INWARD)}"
    return f"{area}{draw.between(1, 20)} {inward}"


def phone(draw: Draw) -> str:
    """A landline, out of the range kept for drama, in one of the ways people write it."""
    last = f"{draw.below(1000):03}"
    return draw.pick((f"01632 960{last}", f"01632 960 {last}", f"(01632) 960{last}"))


def mobile(draw: Draw) -> str:
    """A mobile, out of the range kept for drama."""
    last = f"{draw.below(1000):03}"
    return draw.pick((f"07700 900{last}", f"07700900{last}", f"+44 7700 900{last}"))


def day(draw: Draw) -> datetime.datetime:
    """A working day, and a time in it."""
    when = _FIRST_DAY + datetime.timedelta(days=draw.below(_DAYS), minutes=draw.below(600))
    return when - datetime.timedelta(days=max(0, when.weekday() - 4))


_PLAIN = str.maketrans("ıłŁø–", "ilLo-")


def plain(text: str) -> str:
    """A text in ASCII."""
    text = text.translate(_PLAIN)
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if c.isascii())
