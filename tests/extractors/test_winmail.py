import struct

from dlpguard.document import Document, Hidden, Table, Text, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part

MESSAGE, ATTACHMENT = 1, 2


def attribute(level: int, identity: int, content: bytes) -> bytes:
    """One TNEF attribute (MS-OXTNEF 2.1.3.2): level, identity, length, content, check sum."""
    return (
        struct.pack("<BII", level, identity, len(content))
        + content
        + struct.pack("<H", sum(content) & 0xFFFF)
    )


def properties(*found: tuple[int, bytes]) -> bytes:
    """MAPI properties that are byte strings."""
    packed = struct.pack("<I", len(found))
    for tag, content in found:
        packed += struct.pack("<III", tag, 1, len(content)) + content + bytes(-len(content) % 4)
    return packed


def wrapped() -> bytes:
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(MESSAGE, 0x00089006, struct.pack("<I", 0x10000))
        + attribute(
            MESSAGE,
            0x00069003,
            properties((0x0037001E, b"About Ann Bee\0"), (0x1000001E, b"See the list.\0")),
        )
        + attribute(ATTACHMENT, 0x00069002, bytes(14))
        + attribute(ATTACHMENT, 0x00018010, b"list.csv\0")
        + attribute(ATTACHMENT, 0x0006800F, b"name,ref\nAnn,1\nCarl,2\n")
    )


def read(content: bytes) -> Document:
    return extract(Part("1", content, "application/ms-tnef", "winmail.dat"))


def test_body_fields_and_attachments_are_read() -> None:
    document = read(wrapped())
    body, attached = document.inside

    assert document.format == "tnef"
    assert body.blocks == (Text("winmail.dat › body", "See the list."),)
    assert Text("winmail.dat › fields", "About Ann Bee", Hidden.PROPERTY) in document.blocks
    assert Text("winmail.dat › list.csv", "list.csv") in document.blocks
    assert isinstance(attached.blocks[0], Table)
    assert attached.blocks[0].rows[1] == ("Ann", "1")


def test_what_was_cut_off_is_a_gap_or_read() -> None:
    content = wrapped()
    for end in range(10, len(content) - 1, 9):
        document = read(content[:end])
        whys = {gap.why for inner in document.walk() for gap in inner.gaps}
        assert document.format == "tnef"
        assert whys <= {Unread.CORRUPT}


def test_a_body_in_rtf_is_read_beside_the_text() -> None:
    rtf = b"{\\rtf1 Ann Bee\\par}"
    packed = struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf
    content = struct.pack("<IH", 0x223E9F78, 1) + attribute(
        MESSAGE, 0x00069003, properties((0x10090102, packed))
    )

    assert any("Ann Bee" in b.text for b in read(content).inside[0].blocks if isinstance(b, Text))


def test_recipients_are_fields() -> None:
    row = properties((0x3001001F, "Carl Dee".encode("utf-16-le")))
    content = struct.pack("<IH", 0x223E9F78, 1) + attribute(
        MESSAGE, 0x00069004, struct.pack("<I", 2) + row + row
    )

    assert Text("winmail.dat › fields", "Carl Dee", Hidden.PROPERTY) in read(content).blocks


def test_counts_that_lie_are_a_gap() -> None:
    content = struct.pack("<IH", 0x223E9F78, 1) + attribute(MESSAGE, 0x00069003, b"\xff" * 40)

    assert [Unread.CORRUPT] == [gap.why for gap in read(content).gaps]
