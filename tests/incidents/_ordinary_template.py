"""The templates of ordinary mail, and how one of them is filled in.

A template file in samples/ordinary/ holds the variants of one kind of mail, each under `=== name`:
header fields (`From`, `To`, `Subject`, …), an empty line, the text, and sections for what is
attached (`--- xlsx Rota.xlsx`).  samples/ordinary/README.md has the whole language:

    {p1.first}       a field of something that stays the same within a mail
    {ref:digits 10}  draws a value and calls it `ref`; {ref} says it again
    <<one|another>>  one of several
    ? a line         there in half of the mails
    *3-8 a line      there three to eight times; names that begin with _ are new each time
    {sign}           a piece: a variant of _sign.txt
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.incidents import _ordinary_world as world
from tests.incidents._ordinary_draw import Draw
from tests.incidents._ordinary_world import Firm, Person

_SLOT = re.compile(r"\{([^{}\n]{1,80})\}")
_CHOICE = re.compile(r"<<([^<>]{0,2000})>>")
_REPEAT = re.compile(r"\*(\d{1,4})(?:-(\d{1,4}))? (.*)")
_PERSON = re.compile(r"_?[pq]\d{0,2}")
_FIRM = re.compile(r"_?f\d{0,2}")
_DATE = re.compile(r"date([+-]\d{1,4})?")

_PIECES = {"sign", "disclaimer", "quoted", "hello", "bye"}
"""Slots that are filled with a variant of `_<slot>.txt`."""

_APART = {"sign", "disclaimer"}
"""Pieces with an empty line above them."""


@dataclass(frozen=True, slots=True)
class Section:
    """Something beside the text: its format, the rest of its heading line, and its lines."""

    format: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to write a mail of a kind, with its slots still open."""

    kind: str
    name: str
    fields: dict[str, str]
    text: str
    sections: tuple[Section, ...]


@functools.cache
def kinds() -> tuple[str, ...]:
    """Every kind there is, in order."""
    files = world.FOLDER.glob("*.txt")
    return tuple(sorted(file.stem for file in files if not file.stem.startswith("_")))


@functools.cache
def variants(kind: str) -> tuple[Variant, ...]:
    """The variants of a kind.  `ValueError` where a file is not as the language has it."""
    text = (world.FOLDER / f"{kind}.txt").read_text("utf-8")
    before, *rest = re.split(r"^=== ", text, flags=re.MULTILINE)
    if before.strip() or not rest:
        raise ValueError(f"{kind}.txt does not start with a variant")
    return tuple(_variant(kind, one) for one in rest)


def _variant(kind: str, text: str) -> Variant:
    name, _, rest = text.partition("\n")
    body, *sections = re.split(r"^--- ", rest, flags=re.MULTILINE)
    head, found, body = f"\n{body}".partition("\n\n")
    if not found:
        raise ValueError(f"{kind}.txt: {name} has no empty line after its fields")
    fields = dict(line.split(": ", 1) for line in head.split("\n")[1:])
    return Variant(kind, name, fields, f"{body.strip()}\n", tuple(map(_section, sections)))


def _section(text: str) -> Section:
    heading, _, rest = text.partition("\n")
    format, _, name = heading.partition(" ")
    return Section(format, name.strip(), f"{rest.strip()}\n")


class Filling:
    """What one mail is filled with: every name keeps its value, from the subject to the last file.

    `sort` is the sort of organisation that is written to ("school"), `home` whether it is a
    private person instead.
    """

    def __init__(self, draw: Draw, sort: str, *, home: bool) -> None:
        self.draw = draw
        self.own = world.own(draw)
        self.firm = world.firm(draw, sort)
        self.when = world.day(draw)
        self.me = world.person(draw, self.own.domain)
        self.you = world.person(draw, "" if home else self.firm.domain)
        self._known: dict[str, object] = {
            "own": self.own,
            "firm": self.firm,
            "me": self.me,
            "you": self.you,
            "team": draw.pick(world.words("teams")),
            "me_home": world.at_home(draw, self.me),
            "brand": self.own.name,
        }

    def text(self, template: str) -> str:
        """A template with everything filled in, by whole lines."""
        lines = [line for each in template.split("\n") for line in self._lines(each)]
        return "\n".join(lines)

    def person(self, name: str) -> Person:
        """Somebody in it: `me`, `you`, `p1` (where it goes to), `q1` (where it is from)."""
        someone = self._entity(name)
        if not isinstance(someone, Person):
            raise TypeError(f"{name} is no person")
        return someone

    def _lines(self, line: str) -> Iterator[str]:
        if line.startswith("? "):
            if self.draw.chance(50):
                yield from self._lines(line[2:])
        elif match := _REPEAT.match(line):
            lowest, highest, repeated = match.groups()
            count = self.draw.between(int(lowest), int(highest or lowest))
            for number in range(1, count + 1):
                fresh = {k: v for k, v in self._known.items() if not k.startswith("_")}
                self._known = fresh | {"_i": number}
                yield from self._line(repeated.replace("\\n", "\n")).split("\n")
        else:
            yield self._line(line)

    def _line(self, line: str) -> str:
        line = _CHOICE.sub(lambda match: self.draw.pick(match[1].split("|")), line)
        return _SLOT.sub(lambda match: self._slot(match[1]), line)

    def _slot(self, slot: str) -> str:
        name, colon, call = slot.partition(":")
        if colon:
            self._known[name] = self._made(call)
            return str(self._known[name])
        if slot in self._known:
            return str(self._known[slot])
        if slot in _PIECES:
            piece = self.text(self.draw.pick(variants(f"_{slot}")).text.rstrip("\n"))
            return f"\n{piece}" if piece and slot in _APART else piece
        head, dot, attribute = slot.partition(".")
        if dot:
            return str(getattr(self._entity(head), attribute))
        if _PERSON.fullmatch(head) or _FIRM.fullmatch(head):
            return str(self._entity(head))
        return self._made(slot)

    def _entity(self, name: str) -> object:
        """A person or firm, drawn when first mentioned; `q1` works where the mail is from."""
        if name not in self._known:
            if _FIRM.fullmatch(name):
                sorts = ("contractor", "supplier", "consultant", "charity", "body")
                self._known[name] = world.firm(self.draw, self.draw.pick(sorts))
            elif _PERSON.fullmatch(name):
                at = self.own.domain if "q" in name else self.firm.domain
                self._known[name] = world.person(self.draw, at)
            else:
                raise ValueError(f"nobody is called {name}")
        entity = self._known[name]
        if not isinstance(entity, (Person, Firm)):
            raise TypeError(f"{name} has no parts")
        return entity

    def _made(self, call: str) -> str:
        """What a call draws: `digits 10`, `money 20 4000`, `street`."""
        function, *arguments = call.split()
        if match := _DATE.fullmatch(function):
            day = self.when + datetime.timedelta(days=int(match[1] or 0))
            return _day(day, arguments[0] if arguments else "long")
        if maker := _MAKERS.get(function):
            return maker(self.draw, arguments)
        return self.draw.pick(world.words(f"{function}s"))


def _money(draw: Draw, arguments: list[str]) -> str:
    lowest, highest = map(int, arguments[:2])
    amount = draw.between(lowest * 100, highest * 100) / 100
    return f"{amount:.2f}" if len(arguments) > 2 else f"{amount:,.2f}"


def _letters(draw: Draw, arguments: list[str]) -> str:
    return "".join(draw.pick("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(int(arguments[0])))


_MAKERS: dict[str, Callable[[Draw, list[str]], str]] = {
    "n": lambda draw, given: str(draw.between(int(given[0]), int(given[1]))),
    "digits": lambda draw, given: draw.digits(int(given[0])),
    "money": _money,
    "letters": _letters,
    "hex": lambda draw, given: draw.hex(int(given[0])),
    "time": lambda draw, _: f"{draw.between(8, 19):02}:{draw.pick(('00', '15', '30', '45'))}",
    "clock": lambda draw, _: f"{draw.below(24):02}:{draw.below(60):02}:{draw.below(60):02}",
    "office": lambda draw, _: world.office(draw),
    "postcode": lambda draw, _: world.postcode(draw),
    "phone": lambda draw, _: world.phone(draw),
    "mobile": lambda draw, _: world.mobile(draw),
    "house": lambda draw, _: f"{draw.between(1, 240)} {draw.pick(world.words('streets'))}",
    "surname": lambda draw, _: draw.pick(world.words("surnames")),
    "forename": lambda draw, _: draw.pick(world.words("forenames")),
}


def _day(day: datetime.datetime, style: str) -> str:
    """A date: long (19 July 2013), short (19/07/2013), week (Friday 19 July), iso, stamp, year."""
    return {
        "long": f"{day.day} {day:%B %Y}",
        "short": f"{day:%d/%m/%Y}",
        "week": f"{day:%A} {day.day} {day:%B}",
        "us": f"{day:%a, %b} {day.day}, {day.year}",
        "iso": f"{day:%Y-%m-%d}",
        "stamp": f"{day:%Y%m%dT%H%M%S}",
        "month": f"{day:%B %Y}",
        "day": f"{day:%A}",
        "year": f"{day:%Y}",
        "yy": f"{day:%y}",
        "header": f"{day:%a, %d %b %Y %H:%M:%S +0000}",
    }[style]
