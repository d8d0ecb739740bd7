"""Lists of people in the layouts in which offices send them, and who of them is counted.

The rows come from the roster files; no file that is made of them has a heading row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from dlpguard import counting, extractors, names
from dlpguard.counting import Participants
from dlpguard.detectors import Setup
from dlpguard.mail import Part
from tests.counting import _files

Rows = Sequence[Sequence[str]]

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
"""Has the letters of all names; the fonts that every reader of PDF brings have not."""


@dataclass(frozen=True, slots=True)
class Roster:
    """People as one file had them: its text, its rows without the heading, who is in each row."""

    name: str
    text: str
    rows: Rows
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of so many people were found, and how many the whole file is said to hold."""

    found: int
    people: int
    counted: int

    @property
    def share(self) -> float:
        """Found, of all."""
        return self.found / self.people


def full(text: str) -> Roster:
    """Rows of name, birth date, address and telephone: the address in one cell."""
    rows = []
    for line in text.splitlines():
        name, born, *address, phone = line.split(", ")
        rows.append((name, born, ", ".join(address), phone))
    return Roster("full", text, rows, tuple(row[0] for row in rows))


def split(text: str) -> Roster:
    """Rows of surname, forename, birth date, town, occupation; the text begins with a heading.

    Some occupations have commas, which the text does not quote.
    """
    _, *lines = csv.reader(io.StringIO(text))
    rows = [(*line[:4], ",".join(line[4:])) for line in lines]
    return Roster("split", text, rows, tuple(f"{row[1]} {row[0]}" for row in rows))


def listed(text: str) -> Roster:
    """A name in each line and nothing else."""
    people = tuple(text.splitlines())
    return Roster("list", text, [(person,) for person in people], people)


def counted(roster: Roster, content: bytes, filename: str) -> Counted:
    """Who is found in a file, through extraction and counting.

    A person is found when somebody is counted whose name has the same words, in any order.
    """
    part = Part("1", content, "", filename)
    _, people = counting.count(extractors.extract(part), Participants(), Setup())
    there = {_words(person.name) for person in people.everyone}
    found = sum(_words(names.canonical(person)) in there for person in roster.people)
    return Counted(found, len(roster.people), len(people.everyone))


def _words(name: str) -> tuple[str, ...]:
    return tuple(sorted(name.split()))


def _pdf(rows: Rows) -> bytes:
    """Pages with a table whose lines are not drawn."""
    if FONT.stem not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(FONT.stem, str(FONT)))
    return _files.pdf(rows, FONT.stem)


def _semicolons(rows: Rows) -> bytes:
    """CSV as a spreadsheet in half of Europe writes it."""
    return _files.delimited(rows, ";")


FORMATS: dict[str, tuple[str, Callable[[Rows], bytes]]] = {
    "xlsx": ("people.xlsx", _files.xlsx),
    "docx table": ("people.docx", _files.word),
    "pdf table": ("people.pdf", _pdf),
    "CSV with ;": ("people.csv", _semicolons),
}
"""What to call a file of each format, and what writes it."""
