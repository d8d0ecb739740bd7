"""Old workbooks and Outlook's messages: what stands in them where no program shows it."""

import struct

import pytest

from dlpguard.document import Hidden, Text
from dlpguard.extractors import extract
from dlpguard.mail import Part
from tests.extractors import test_oldworkbook as xls
from tests.extractors import test_outlook as msg
from tests.extractors._oldfiles import compound

SECRET = "Ann Bee, 07700 900123"
WIDE = SECRET.encode("utf-16-le")
HELLO = msg.stream("0037", "hello") | msg.stream("1000", "body")
ATTACHED = "__attach_version1.0_#00000000"


def book(globals: bytes = b"", sheet: bytes = b"") -> bytes:
    return xls.book(xls.label(0, 0, "harmless") + sheet, globals=globals)


WORKBOOKS = {
    "unknown record": book(xls.rec(0x0999, SECRET.encode())),
    "unknown record, wide": book(sheet=xls.rec(0x0999, b"\0" + WIDE)),
    "number format": book(xls.rec(0x041E, struct.pack("<H", 170) + xls.wide(f'"{SECRET}"'))),
    "name of a name": book(
        xls.rec(
            0x18, bytes([0, 0, 0, len(SECRET), 3, *bytes(10)]) + SECRET.encode() + b"\x1e\1\0"
        )
    ),
    "formula": book(
        sheet=xls.rec(
            0x06, bytes(20) + struct.pack("<HBBB", len(SECRET) + 3, 0x17, len(SECRET), 0)
            + SECRET.encode(),
        )
    ),
    "text of a link": book(sheet=xls.rec(0x01B8, bytes(31) + WIDE)),
    "allowed values": book(sheet=xls.rec(0x01BE, bytes(5) + WIDE)),
    "connection": book(xls.rec(0x0876, bytes(11) + WIDE)),
    "behind the workbook": book() + SECRET.encode(),
    "history": compound({"Workbook": book(), "Revision Log": bytes(9) + WIDE}),
    "controls": compound({"Workbook": book(), "Ctls": bytes(3) + SECRET.encode()}),
    "data store": compound({"Workbook": book(), "MsoDataStore/1/Item": SECRET.encode()}),
    "behind the file": compound({"Workbook": book()}) + SECRET.encode(),
}  # fmt: skip
MESSAGES = {
    "one of several values": {"__substg1.0_9000101F-00000000": WIDE},
    "one of several values in bytes": {"__substg1.0_9000101E-00000000": SECRET.encode()},
    "subject in the other coding": {"__substg1.0_0037001E": SECRET.encode()},
    "property in bytes": {"__substg1.0_80010102": SECRET.encode()},
    "kind of message": msg.stream("001A", SECRET),
    "name of a property": {"__nameid_version1.0/__substg1.0_00040102": bytes(4) + WIDE},
    "recipient": msg.within("__recip_version1.0_#00000000", msg.stream("3004", SECRET)),
    "attachment": msg.within(ATTACHED, msg.stream("3711", SECRET)),
    "another stream": {"Notes": SECRET.encode()},
    "another storage": {"More/Notes": WIDE},
}


def told(content: bytes, name: str) -> list[Text]:
    document = extract(Part("1", content, filename=name))
    blocks = [block for each in document.walk() for block in each.blocks]
    return [block for block in blocks if isinstance(block, Text) and SECRET in block.text]


@pytest.mark.parametrize("case", WORKBOOKS)
def test_nothing_in_an_old_workbook_is_passed_over(case: str) -> None:
    assert told(WORKBOOKS[case], "list.xls")


@pytest.mark.parametrize("case", MESSAGES)
def test_nothing_in_a_message_of_outlook_is_passed_over(case: str) -> None:
    content = msg.message(HELLO, MESSAGES[case])

    assert [Hidden.PROPERTY] == [block.hidden for block in told(content, "talk.msg")]


def test_what_follows_a_message_is_read() -> None:
    assert told(msg.message(HELLO) + SECRET.encode(), "talk.msg")


@pytest.mark.parametrize(
    ("content", "name"), [(book(), "list.xls"), (msg.message(HELLO), "talk.msg")]
)
def test_an_ordinary_file_has_nothing_left_over(content: bytes, name: str) -> None:
    document = extract(Part("1", content, filename=name))

    assert not [block for block in document.blocks if block.where.endswith("other words")]


def test_what_a_message_shows_is_not_said_again() -> None:
    content = msg.message(
        HELLO, msg.recipient(0, 1, SECRET, "ann@x.example"), msg.stream("0E04", SECRET)
    )

    assert [None] == [block.hidden for block in told(content, "talk.msg")]
