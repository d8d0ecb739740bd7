"""A character is charged when a block with it is made, and only then."""

import struct

import pytest

from dlpguard.document import Table, Text, Unread
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.mail import Part
from tests.extractors import test_binaryworkbook as xlsb
from tests.extractors import test_oldworkbook as xls
from tests.extractors import test_spreadsheet as xlsx

ROWS = 50
SAID = "Ann Bee, 07700 900123, ILS/2013/04417 and a long story about nobody at all"


def a_workbook() -> bytes:
    rows = (f"<row r='{n + 1}'><c t='s'><v>{n}</v></c></row>" for n in range(ROWS))
    return xlsx.with_shared("".join(rows), *(f"<t>{SAID} {n}</t>" for n in range(ROWS)))


def a_binary_workbook() -> bytes:
    strings = b"".join(xlsb.rec(19, b"\0" + xlsb.wide(f"{SAID} {n}")) for n in range(ROWS))
    cells = (xlsb.row(n) + xlsb.cell(7, 0, struct.pack("<I", n)) for n in range(ROWS))
    return xlsb.book(b"".join(cells), strings=strings)


def an_old_workbook() -> bytes:
    strings = b"".join(xls.wide(f"{SAID} {n}") for n in range(ROWS))
    cells = (xls.rec(0xFD, struct.pack("<HHHI", n, 0, 0, n)) for n in range(ROWS))
    table = xls.rec(0xFC, struct.pack("<II", ROWS, ROWS) + strings)
    return xls.book(b"".join(cells), globals=table)


def a_calendar() -> bytes:
    events = "".join(f"BEGIN:VEVENT\r\nSUMMARY:{SAID} {n}\r\nEND:VEVENT\r\n" for n in range(ROWS))
    return f"BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n".encode()


def an_address_book() -> bytes:
    return "".join(f"BEGIN:VCARD\r\nNOTE:{SAID} {n}\r\nEND:VCARD\r\n" for n in range(ROWS)).encode()


def a_json_file() -> bytes:
    return ("[" + ",".join(f'{{"n": "{n}", "note": "{SAID}"}}' for n in range(ROWS)) + "]").encode()


def an_xml_file() -> bytes:
    records = "".join(f"<note><n>{n}</n><said>{SAID}</said></note>" for n in range(ROWS))
    return f'<?xml version="1.0"?><notes>{records}</notes>'.encode()


def a_web_page() -> bytes:
    return ("<!DOCTYPE html>" + "".join(f"<p>{SAID} {n}" for n in range(ROWS))).encode()


FILES = {
    "notes.xlsx": a_workbook,
    "notes.xlsb": a_binary_workbook,
    "notes.xls": an_old_workbook,
    "notes.ics": a_calendar,
    "notes.vcf": an_address_book,
    "notes.json": a_json_file,
    "notes.xml": an_xml_file,
    "notes.html": a_web_page,
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_whole_with_as_many_characters_as_it_shows(name: str) -> None:
    part = Part("1", FILES[name](), filename=name)
    whole = extract(part)
    budget = Budget(Limits(characters=_length(whole.blocks)))

    assert ROWS * len(SAID) <= _length(whole.blocks)
    assert whole == extract(part, budget)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_shows_more_is_read_in_part(name: str) -> None:
    most = ROWS * len(SAID) // 2
    document = extract(Part("1", FILES[name](), filename=name), Budget(Limits(characters=most)))

    assert [Unread.TOO_LARGE] == list(dict.fromkeys(gap.why for gap in document.gaps))
    assert _length(document.blocks) - len(name) <= most
    assert any(_length((block,)) >= most * 0.9 for block in document.blocks)


def _length(blocks: tuple[Text | Table, ...]) -> int:
    """Characters that whoever reads the blocks has to read."""
    return sum(
        len(block.text) if isinstance(block, Text) else sum(len(c) for r in block.rows for c in r)
        for block in blocks
    )
