import base64
from typing import Any

import pytest

from dlpguard.document import Document, Table, Text
from dlpguard.extractors import Budget, extract
from dlpguard.extractors._contentlines import lines
from dlpguard.mail import Part


def read(*cards: str) -> Document:
    content = "".join(f"BEGIN:VCARD\r\nVERSION:3.0\r\n{card}\r\nEND:VCARD\r\n" for card in cards)
    return extract(Part("1", content.encode(), "text/vcard", "book.vcf"))


def table(document: Document) -> Table:
    (found,) = (block for block in document.blocks if isinstance(block, Table))
    return found


def test_an_address_book_is_a_table_with_a_row_for_each_contact() -> None:
    book = read(
        "FN:Ann Bee\r\nN:Bee;Ann;;;\r\nTEL;TYPE=CELL:07700 900123\r\nBDAY:1950-04-01",
        'FN:Carl Dee\r\nEMAIL;TYPE="INTERNET;HOME":carl@x.example\r\nTEL:tel:+441632960001\r\n'
        "TEL:01632 960002\r\nADR;TYPE=HOME:;;1 High St;Plymouth;;PL1 1AA;UK",
    )

    assert table(book) == Table(
        "book.vcf",
        ("Name", "Surname, forename", "Phone", "Email", "Address", "Date of birth"),
        (
            ("Ann Bee", "Bee, Ann", "07700 900123", "", "", "1950-04-01"),
            (
                "Carl Dee",
                "",
                "+441632960001\n01632 960002",
                "carl@x.example",
                "1 High St, Plymouth, PL1 1AA, UK",
                "",
            ),
        ),
    )


@pytest.mark.parametrize(
    "line",
    [
        "NOTE:about\\nAnn\\, \\;Bee",
        "NOTE:about\\nAnn\\, \\;\r\n Bee",
        "item1.NOTE;LANGUAGE=en:about\\NAnn\\, \\;Bee",
        "note;quoted-printable:about=0AAnn, ;B=\r\nee",
        "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:about=0AAnn, ;B=\r\n ee",
    ],
)
def test_values_are_read_in_every_coding(line: str) -> None:
    assert table(read(f"FN:x\r\n{line}")).rows[0][1] == "about\nAnn, ;Bee"


def test_what_a_contact_calls_its_own_gets_a_column() -> None:
    assert table(read("FN:Ann\r\nX-CASE-REF:ILS/2013/04417")).heading == ("Name", "Case ref")


def test_pictures_and_keys_are_opened() -> None:
    photo = base64.b64encode(b"Ann Bee in plain text").decode()
    book = read(f"FN:Ann\r\nPHOTO;ENCODING=b;TYPE=JPEG:{photo[:9]}\r\n {photo[9:]}")

    assert book.inside[0].blocks == (
        Text("book.vcf › photo of contact 1", "Ann Bee in plain text"),
    )


def test_what_only_calls_itself_an_address_book_is_read_as_text() -> None:
    document = extract(Part("1", b"Dear Ann Bee", "text/vcard", "book.vcf"))

    assert document.blocks[0] == Text("book.vcf", "Dear Ann Bee")


SECRET = "Ann Bee, 07700 900123"


@pytest.mark.parametrize(
    "line",
    [
        f"UID:{SECRET}",
        f"SOURCE:{SECRET}",
        f"X_CASE_NOTE:{SECRET}",
        f"NOTE :{SECRET}",
        f'TEL;X-LABEL="{SECRET}":1',
        f'ADR;LABEL="{SECRET}":;;1 High St',
        "PHOTO:data:text/plain;base64,QW5uIEJlZSwgMDc3MDAgOTAwMTIz",
        "URL:https://x.example/Ann%20Bee%2C%2007700%20900123",
        f"no property at all\r\n{SECRET}",
        f"END:VCARD\r\n\r\n{SECRET}",
        f"{'X' * 90}:{SECRET}",
        f"BEGIN:{SECRET}",
    ],
)
def test_whatever_stands_in_the_file_is_read(line: str) -> None:
    blocks = [block for each in read(f"FN:Carl\r\n{line}").walk() for block in each.blocks]
    texts = [b.text if isinstance(b, Text) else "\n".join(map("\n".join, b.rows)) for b in blocks]

    assert any(SECRET in text for text in texts)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "content",
    [
        b"NOTE" + b";a=b" * 300_000 + b":x",
        b"NOTE;a=" + b'"' * 500_000,
        b"NOTE:x\r\n " + b"y\r\n " * 500_000,
        b"NOTE;QUOTED-PRINTABLE:" + b"a=\r\n" * 300_000,
        b"a." * 500_000,
        b";" * 1_000_000,
    ],
    ids=range(6),
)
def test_hostile_lines_take_linear_time(content: bytes) -> None:
    found: list[Any] = list(lines(content, "", Budget()))

    assert len(found) < 10
