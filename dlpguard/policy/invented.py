"""Invented people and files about them, for tests of policies.

The same number gives the same person everywhere, so that a test reads alike on every machine.
Names are put together from two lists; telephone numbers are from the ranges that Ofcom keeps free
for drama (07700 900000–900999, 01632 960000–960999).  Nobody here exists.
"""

from __future__ import annotations

import csv
import datetime
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

import docx
import openpyxl
from openpyxl.utils import get_column_letter

_FORENAMES_TEXT = """
    Alice Brian Carol David Emma Frank Grace Harry Irene James Karen Lewis Maria Nigel Olive
    Peter Queenie Robert Susan Thomas Una Victor Wendy Yusuf Zoe Amina Bogdan Chloe Declan Ewa
    Farah Gareth Hannah Imran Jasmine Kieran Laura Mohammed Nadia Owen Priya Quentin Rachel
    Stefan Theresa Umar Violet William
"""
FORENAMES = tuple(_FORENAMES_TEXT.split())
_SURNAMES_TEXT = """
    Adams Barker Chapman Dawson Ellis Foster Gibson Harrison Ingram Jackson Khan Lawson Marshall
    Newton Oliver Parker Quinn Richards Saunders Turner Underwood Vaughan Watson Yates Ahmed
    Begum Collins Davies Evans Fletcher Griffiths Hughes Iqbal Jenkins Kowalski Lambert Morgan
    Nowak Osborne Patel Quigley Roberts Stevens Thompson Upton Vickers Walker Young Zielinski
    Atkinson Bennett Cartwright Douglas Edwards Fitzgerald Goodwin Holloway Jennings Kaur Lloyd
"""
SURNAMES = tuple(_SURNAMES_TEXT.split())
STREETS = ("Mill Lane", "Station Road", "Church Street", "Orchard Close", "Elm Grove")
HEALTH = ("type 2 diabetes", "depression", "epilepsy", "asthma", "dementia", "schizophrenia")
JOBS = ("Team manager", "Social worker", "Clerk", "Engineer", "Planner", "Librarian")

MOST = 2000
"""The most people there are: so many telephone numbers are free for drama."""

_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
"""Letters that the end of a postcode is made of."""

FIELDS: dict[str, tuple[tuple[str, ...], Callable[[int], tuple[str, ...]]]] = {
    "name": (("Name",), lambda i: (full_name(i),)),
    "forename": (("First name",), lambda i: (_names(i)[0],)),
    "surname": (("Surname",), lambda i: (_names(i)[1],)),
    "phone": (("Phone",), lambda i: (_phone(i),)),
    "email": (("E-mail",), lambda i: (".".join(_names(i)).lower() + "@personal.example",)),
    "address": (("Address",), lambda i: (f"{_street(i)}, Plymouth {_postcode(i)}",)),
    "postcode": (("Postcode",), lambda i: (_postcode(i),)),
    "date of birth": (("Date of birth",), lambda i: (_born(i).strftime("%d/%m/%Y"),)),
    "case reference": (("Case reference",), lambda i: (_reference(i),)),
    "ni number": (("NI number",), lambda i: (f"CE{100000 + i * 397:06d}{'ABCD'[i % 4]}",)),
    "bank account": (
        ("Sort code", "Account number"),
        lambda i: (f"20-{i % 90 + 10}-{i % 80 + 10}", f"{20000000 + i * 9973:08d}"),
    ),
    "budget": (("Personal budget",), lambda i: (f"£{1200 + i * 13:,}.00",)),
    "health": (("Health",), lambda i: (HEALTH[i % len(HEALTH)],)),
    "job": (("Job title",), lambda i: (JOBS[i % len(JOBS)],)),
}
"""What can be told about a person: the headings and the cells, by the words of a test file."""


def full_name(i: int) -> str:
    """The name of the person with this number, from 0; different for different numbers.

    >>> full_name(0), full_name(1), len({full_name(i) for i in range(MOST)})
    ('Alice Adams', 'Brian Barker', 2000)
    """
    return " ".join(_names(i))


def table(count: int, fields: Sequence[str], first: int = 0) -> list[tuple[str, ...]]:
    """A heading and a row for each of `count` people, starting with the person number `first`."""
    heading = tuple(word for name in fields for word in FIELDS[name][0])
    rows = [
        tuple(cell for name in fields for cell in FIELDS[name][1](i))
        for i in range(first, first + count)
    ]
    return [heading, *rows]


def spreadsheet(rows: Sequence[Sequence[str]], hidden: str = "", hide: int = 0) -> bytes:
    """An xlsx file of these rows, the first of them the heading.

    `hidden` is "" or what hides the last `hide` rows: "sheet", "very hidden sheet" or "rows";
    with "columns" all columns but the first are hidden.
    """
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Summary"
    heading, people = rows[0], list(rows[1:])
    shown = people[: len(people) - hide] if hidden.endswith("sheet") else people
    for row in [heading, *shown]:
        sheet.append(list(row))
    if hidden.endswith("sheet"):
        other = book.create_sheet("Data")
        other.sheet_state = "veryHidden" if hidden.startswith("very") else "hidden"
        for row in [heading, *people[len(people) - hide :]]:
            other.append(list(row))
    elif hidden == "rows":
        for number in range(len(people) - hide + 2, len(people) + 2):
            sheet.row_dimensions[number].hidden = True
    elif hidden == "columns":
        for column in range(2, len(heading) + 1):
            sheet.column_dimensions[get_column_letter(column)].hidden = True
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def delimited(rows: Sequence[Sequence[str]]) -> bytes:
    """The same rows as comma-separated values (RFC 4180) in UTF-8."""
    target = io.StringIO(newline="")
    csv.writer(target).writerows(rows)
    return target.getvalue().encode()


def word_document(rows: Sequence[Sequence[str]], text: str = "") -> bytes:
    """A docx file with a paragraph and a table."""
    document = docx.Document()
    if text:
        document.add_paragraph(text)
    if rows:
        grid = document.add_table(len(rows), len(rows[0]))
        for row, cells in zip(grid.rows, rows, strict=True):
            for cell, value in zip(row.cells, cells, strict=True):
                cell.text = value
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def archive(members: Sequence[tuple[str, bytes]], *, encrypted: bool = False) -> bytes:
    """A zip file; `encrypted` marks every member as encrypted (APPNOTE 4.4.4, bit 0).

    The content of a member so marked is not deciphered by anybody: only the mark is tested.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as zipped:
        for name, content in members:
            zipped.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    raw = bytearray(target.getvalue())
    if encrypted:
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = raw.find(signature)
            while at >= 0:
                raw[at + offset] |= 1
                at = raw.find(signature, at + 4)
    return bytes(raw)


def scan(width: int = 1240, height: int = 1754) -> bytes:
    """A PNG of the size of an A4 page at 150 dpi with lines that look like text."""
    line, blank = (
        b"\x00" + bytes(dots) for dots in ((b"\xff\x00\x00" * width)[:width], b"\xff" * width)
    )
    pixels = b"".join(line if y % 24 < 10 else blank for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(pixels)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _names(i: int) -> tuple[str, str]:
    # 48 forenames, 60 surnames; 49 and 60 have no common divisor, so no pair comes twice.
    return FORENAMES[i % len(FORENAMES)], SURNAMES[(i + i // len(FORENAMES)) % len(SURNAMES)]


def _phone(i: int) -> str:
    return f"07700 900{i:03d}" if i < MOST // 2 else f"01632 960{i - MOST // 2:03d}"


def _street(i: int) -> str:
    return f"{i % 140 + 1} {STREETS[i % len(STREETS)]}"


def _postcode(i: int) -> str:
    return f"PL{i % 9 + 1} {i % 8 + 1}{_INWARD[i % 20]}{_INWARD[i // 20 % 20]}"


def _born(i: int) -> datetime.date:
    return datetime.date(1931, 1, 1) + datetime.timedelta(days=i * 37 % 25000)


def _reference(i: int) -> str:
    return f"ILS/{2010 + i % 5}/{10000 + i * 37:05d}"
