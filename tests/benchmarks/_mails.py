"""The mail that is sent to measure with: no message is another's, and each number gives the same.

    prose(17, 4_000)        English with people in it, none of whose business it says anything
    filler(17, 4_000)       words without a capital, a digit or an @: nothing can be found in them
    drawing(17, 5_000_000)  an attachment that is not text
    workbook(17, 200)       a budget of so many rows in an xlsx
    letter(17, 4_000)       English in a docx
    leaflet(17, 3_500)      English in a pdf
    clients(17, 12)         so many people with what is nobody's business: shipped policies hold it
    spreadsheet(17, 10_000) the same in an xlsx

Each has a sender, recipients, a Message-ID and words of its own, so that no two make a campaign.
All people are invented, numbers are of the ranges that are kept free.
"""

from __future__ import annotations

import base64
import io
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import docx
import openpyxl
from reportlab.pdfgen.canvas import Canvas

from tests.benchmarks._words import DAYS, GIVEN, PLAIN, ROOMS, SENTENCES, SURNAMES, THINGS

RECIPIENT_DOMAIN = "outside.example"
"""Where all of it goes."""

_PEOPLE, _BYTES_A_PERSON = 4, 1_500
"""Whom English speaks of: six people in 4 KB and seventy in 100 KB.  About one sentence in three
names one or two of them."""

_PREFIXES = ("AB", "CE", "HE", "JC", "LM", "NR", "SP", "WK")
"""Two letters that a National Insurance number may begin with."""

_HEADINGS = ("Name", "Date of birth", "NI number", "Telephone", "E-mail", "Address", "Case")


@dataclass(frozen=True, slots=True)
class Mail:
    """A message for one recipient, in pieces as they go over the wire: no line starts with a dot,
    each ends in CR LF."""

    sender: str
    recipient: str
    pieces: tuple[bytes | memoryview, ...] = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(map(len, self.pieces))


def prose(number: int, size: int) -> Mail:
    """English of about so many bytes."""
    return _plain(number, f"minutes {number}", _english(number, size))


def filler(number: int, size: int) -> Mail:
    """Of about so many bytes; whoever looks for anything finds that there is nothing."""
    return _plain(number, "notes", _words(number, size))


def drawing(number: int, size: int) -> Mail:
    """English of 1 KB, and noise that fills the rest: the same lines for all, begun elsewhere."""
    lines = _noise(size)
    cut = 78 * (number * 997 % (len(lines) // 78))
    kind = ("application", "octet-stream", f"plan-{number}.dwg")
    return _attached(number, kind, memoryview(lines)[cut:], memoryview(lines)[:cut])


def workbook(number: int, rows: int) -> Mail:
    """English of 1 KB and a budget in an xlsx."""
    chance = random.Random(number)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Budget")
    sheet.append(["Item", "Where", "Planned", "Spent"])
    for _ in range(rows):
        item, room = chance.choice(THINGS), chance.choice(ROOMS)
        sheet.append([item, room, chance.randrange(90_000), chance.randrange(90_000)])
    content = io.BytesIO()
    book.save(content)
    return _attached(number, ("application", _SPREADSHEET, f"budget-{number}.xlsx"), content)


def letter(number: int, size: int) -> Mail:
    """English of 1 KB, and of about so many bytes in a docx."""
    document = docx.Document()
    for paragraph in _english(number + 1, size).split("\r\n\r\n"):
        document.add_paragraph(paragraph.replace("\r\n", " "))
    content = io.BytesIO()
    document.save(content)
    return _attached(number, ("application", _DOCUMENT, f"report-{number}.docx"), content)


def leaflet(number: int, size: int) -> Mail:
    """English of 1 KB, and of about so many bytes on a page of a pdf."""
    content = io.BytesIO()
    page = Canvas(content)
    text = page.beginText(60, 780)
    text.textLines(_english(number + 1, size))
    page.drawText(text)
    page.save()
    return _attached(number, ("application", "pdf", f"leaflet-{number}.pdf"), content)


def clients(number: int, people: int) -> Mail:
    """English of 3 KB and under it so many people."""
    rows = "\r\n".join("; ".join(row) for row in _people(number, people))
    text = f"{_english(number, 3_000)}{'; '.join(_HEADINGS)}\r\n{rows}\r\n"
    return _plain(number, f"clients {number}", text)


def spreadsheet(number: int, people: int) -> Mail:
    """English of 1 KB and so many people in an xlsx."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Clients")
    sheet.append(_HEADINGS)
    for row in _people(number, people):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return _attached(number, ("application", _SPREADSHEET, f"clients-{number}.xlsx"), content)


KINDS: dict[str, Callable[[int, int], Mail]] = {
    one.__name__: one
    for one in (prose, filler, drawing, workbook, letter, leaflet, clients, spreadsheet)
}
"""By name: the number, and how much."""

_SPREADSHEET = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCUMENT = "vnd.openxmlformats-officedocument.wordprocessingml.document"


def _plain(number: int, subject: str, text: str) -> Mail:
    head = f"{_header(number, subject)}Content-Type: text/plain; charset=utf-8\r\n\r\n"
    return Mail(_sender(number), _recipient(number), ((head + text).encode(),))


def _attached(number: int, kind: tuple[str, str, str], *content: memoryview | io.BytesIO) -> Mail:
    """With English before it.  What is not in lines of base64 yet is a BytesIO."""
    main, sub, name = kind
    boundary = f"=-part-{number}"
    head = (
        f"{_header(number, f'papers {number}')}"
        f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'
        f"--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        f"{_english(number, 1_000)}"
        f'--{boundary}\r\nContent-Type: {main}/{sub}; name="{name}"\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    lines = (_lines(one.getvalue()) if isinstance(one, io.BytesIO) else one for one in content)
    end = f"--{boundary}--\r\n"
    return Mail(_sender(number), _recipient(number), (head.encode(), *lines, end.encode()))


def _header(number: int, subject: str) -> str:
    return (
        f"From: {_person(random.Random(number))} <{_sender(number)}>\r\n"
        f"To: <{_recipient(number)}>\r\nSubject: {subject}\r\n"
        "Date: Fri, 19 Jul 2013 09:30:00 +0100\r\n"
        f"Message-ID: <{number}.minutes@council.example>\r\nMIME-Version: 1.0\r\n"
    )


def _sender(number: int) -> str:
    return f"officer{number}@council.example"


def _recipient(number: int) -> str:
    return f"reader{number}@{RECIPIENT_DOMAIN}"


def _english(number: int, size: int) -> str:
    """About so many bytes about a few people, who come again."""
    chance = random.Random(number)
    people = [_person(chance) for _ in range(_PEOPLE + size // _BYTES_A_PERSON)]
    return _paragraphs(size, lambda: _sentence(chance, people))


def _words(number: int, size: int) -> str:
    chance = random.Random(number)
    return _paragraphs(size, lambda: " ".join(chance.choices(PLAIN, k=14)))


def _paragraphs(size: int, line: Callable[[], str]) -> str:
    """About so many bytes, five lines in a paragraph."""
    lines: list[str] = []
    length = 0
    while length < size:
        lines.append(line() + ("\r\n" if len(lines) % 5 else "\r\n\r\n"))
        length += len(lines[-1])
    return "".join(lines)


def _sentence(chance: random.Random, people: Sequence[str]) -> str:
    return chance.choice(SENTENCES).format(
        person=chance.choice(people),
        other=chance.choice(people),
        thing=chance.choice(THINGS),
        room=chance.choice(ROOMS),
        day=chance.choice(DAYS),
    )


def _person(chance: random.Random) -> str:
    return f"{chance.choice(GIVEN)} {chance.choice(SURNAMES)}"


def _people(number: int, count: int) -> Iterator[tuple[str, ...]]:
    """A row for each under `_HEADINGS`."""
    chance = random.Random(number)
    for n in range(count):
        name = _person(chance)
        day, month, year = (chance.randrange(*of) for of in ((1, 29), (1, 13), (1935, 2005)))
        mailbox = f"{name.lower().replace(' ', '.')}{n}@homemail.example"
        yield (
            name,
            f"{day:02}/{month:02}/{year}",
            f"{chance.choice(_PREFIXES)}{chance.randrange(10**6):06}{chance.choice('ABCD')}",
            f"07700 900{chance.randrange(1000):03}",
            mailbox,
            f"{chance.randrange(1, 200)} {chance.choice(SURNAMES)} Street, Northbridge",
            f"ILS/2013/{chance.randrange(10**5):05}",
        )


@cache
def _noise(size: int) -> bytes:
    """About so many bytes of base64."""
    return _lines(random.Random(size).randbytes(size // 78 * 57))


def _lines(content: bytes) -> bytes:
    """Base64, 76 letters in a line (RFC 2045 6.8)."""
    return base64.encodebytes(content).replace(b"\n", b"\r\n")
