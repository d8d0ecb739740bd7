"""Texts made from `lists/examples.txt`: rosters, letters, forms, and what only looks like them.

Real texts with marked names are news, tweets, novels; what offices send is thin in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from dlpguard.names.gazetteer import Word, phrases, words_of
from dlpguard.names.lessons.corpus import Text
from dlpguard.names.lessons.draw import Draw
from dlpguard.names.lessons.population import Population, initials

ROWS = 12
"""Lines of a list at most: enough to be one."""

_FILE = Path(__file__).parents[1] / "lists" / "examples.txt"
_BLANK = re.compile(r"\{([A-Za-z]+)\}")
_NAMES = frozenset({"name", "NAME", "first", "last", "LAST"})
_KINDS = ("list", "nobody list", "block", "line", "nobody line")
_SMALL = frozenset({"de", "of", "la", "del", "do", "da", "and"})

Maker = Callable[[Population, Draw], str]


def made(number: int, population: Population, draw: Draw) -> Iterator[Text]:
    """So many texts, each of some lists, blocks and lines."""
    templates, fillings = _read()
    for _ in range(number):
        writer = _Writer(fillings, population, draw)
        for _ in range(3 + draw.below(5)):
            kind = draw.one(_KINDS)
            template = draw.one(templates[kind])
            for _ in range(2 + draw.below(ROWS) if kind.endswith("list") else 1):
                writer.write(template + "\n")
            if draw.chance(50):
                writer.write("\n")
        yield writer.finished()


class _Writer:
    """A text that grows, and where the names in it are."""

    def __init__(self, fillings: dict[str, Maker], population: Population, draw: Draw) -> None:
        self._fillings = fillings
        self._population = population
        self._draw = draw
        self._text = ""
        self._spans: list[tuple[int, int]] = []

    def write(self, template: str) -> None:
        at = 0
        for blank in _BLANK.finditer(template):
            self._text += template[at : blank.start()]
            start = len(self._text)
            self._text += self._fillings[blank[1]](self._population, self._draw)
            if blank[1] in _NAMES:
                self._mark(start, blank[1])
            at = blank.end()
        self._text += template[at:]

    def finished(self) -> Text:
        return Text("made", self._text, tuple(self._spans))

    def _mark(self, start: int, kind: str) -> None:
        """Marks what was written last; "{first} {last}" and "{last}, {first}" are one name."""
        if self._spans and kind != "name":
            begins, ends = self._spans[-1]
            gap = self._text[ends:start]
            if gap == " " or (gap == ", " and kind == "first" and self._opens_entry(begins)):
                self._spans[-1] = (begins, len(self._text))
                return
        self._spans.append((start, len(self._text)))

    def _opens_entry(self, start: int) -> bool:
        return start == 0 or self._text[start - 1] == "\n" or self._text[start - 2] in ":;"


def _read() -> tuple[dict[str, list[str]], dict[str, Maker]]:
    """The templates by kind, and what fills each blank."""
    templates: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    fillings = _fillings()
    for part in re.split(r"(?m)^\[", _FILE.read_text("utf-8"))[1:]:
        heading, _, body = part.partition("]\n")
        kind, _, blank = heading.partition(" ")
        if kind == "choices":
            fillings[blank] = _choice(body.replace("\n", " ").strip().split(", "))
        else:
            templates[heading].append(body.strip("\n").replace("\\n", "\n"))
    return templates, fillings


def _choice(options: list[str]) -> Maker:
    return lambda _, draw: draw.one([option.strip(" ,") for option in options])


def _fillings() -> dict[str, Maker]:
    """What fills the blanks that the file has no choices for."""
    words = _known(lambda w: w.common == 2 and w.first <= 1 and w.last <= 2 and not w.place)
    places = _known(lambda w: w.place)
    towns = sorted(phrases())

    def called(people: Population, draw: Draw) -> str:
        """What something may be called after: a person, a thing."""
        kind = draw.below(3)
        if kind == 0:
            return people.forename(draw)
        return people.surname(draw) if kind == 1 else draw.one(words).title()

    def place(_: Population, draw: Draw) -> str:
        if draw.chance(75):
            return draw.one(places).title()
        return " ".join(w if w in _SMALL else w.title() for w in draw.one(towns).split("_"))

    def heading(_: Population, draw: Draw) -> str:
        return " ".join(draw.one(words).title() for _ in range(2 + draw.below(3)))

    def firm(people: Population, draw: Draw) -> str:
        kind = fillings["company"](people, draw)
        if draw.chance(70):
            return f"{called(people, draw)} {kind}"
        return f"{people.surname(draw)} & {people.surname(draw)} {kind}"

    def venue(people: Population, draw: Draw) -> str:
        building = fillings["building"](people, draw)
        if draw.chance(80):
            return f"{called(people, draw)} {building}"
        return f"St {people.forename(draw)}’s {building}"

    fillings: dict[str, Maker] = {
        "name": lambda p, d: p.full_name(d),
        "NAME": lambda p, d: p.full_name(d).upper(),
        "first": lambda p, d: p.forename(d),
        "last": lambda p, d: p.surname(d),
        "LAST": lambda p, d: p.surname(d).upper(),
        "initials": lambda _, d: initials(d),
        "word": lambda _, d: d.one(words),
        "Word": lambda _, d: d.one(words).title(),
        "Code": lambda _, d: d.one(words).title() + d.one(words).title(),
        "Heading": heading,
        "HEADING": lambda p, d: heading(p, d).upper(),
        "place": place,
        "PLACE": lambda p, d: place(p, d).upper(),
        "street": lambda p, d: f"{called(p, d)} {fillings['road'](p, d)}",
        "STREET": lambda p, d: f"{called(p, d)} {fillings['road'](p, d)}".upper(),
        "venue": venue,
        "firm": firm,
        "organisation": lambda p, d: f"{place(p, d)} {fillings['council'](p, d)}",
        "date": _date,
        "time": lambda _, d: f"{d.below(24):02}:{d.below(60):02}",
        "number": lambda _, d: str(1 + d.below(10 ** (1 + d.below(4)))),
        "money": lambda _, d: f"£{1 + d.below(2000)}.{d.below(100):02}",
        "phone": lambda _, d: d.one(("01632 960", "07700 900")) + _digits(d, 3),
        "postcode": _postcode,
        "email": _email,
        "ref": _reference,
    }  # fmt: skip
    return fillings


def _known(wanted: Callable[[Word], bool]) -> tuple[str, ...]:
    return tuple(sorted(word for word in words_of(wanted) if len(word) > 3))


def _date(_: Population, draw: Draw) -> str:
    day, month, year = 1 + draw.below(28), 1 + draw.below(12), 1930 + draw.below(95)
    return draw.one(
        (
            f"{day:02}/{month:02}/{year}",
            f"{year}-{month:02}-{day:02}",
            f"{day}.{month}.{year % 100}",
        )
    )


def _postcode(_: Population, draw: Draw) -> str:
    area = draw.one(("B", "LS", "PL", "M", "CF", "SE"))
    return f"{area}{1 + draw.below(20)} {draw.below(10)}{draw.one('ABDEFG')}{draw.one('HJLNPQ')}"


def _email(people: Population, draw: Draw) -> str:
    return f"{_plain(people.forename(draw))}.{_plain(people.surname(draw))}@council.example"


def _reference(_: Population, draw: Draw) -> str:
    return f"ILS/{_digits(draw, 4)}/{_digits(draw, 5)}" if draw.chance(50) else _digits(draw, 7)


def _digits(draw: Draw, count: int) -> str:
    return "".join(str(draw.below(10)) for _ in range(count))


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())
