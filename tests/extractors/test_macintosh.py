"""What the Macintosh puts beside a file."""

import io
import struct
import zipfile

import pytest

from dlpguard.document import Hidden, Text, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part

SECRET = b"Ann Bee, 07700 900123"
BINHEX = (
    b"(This file must be converted with BinHex 4.0)\r\n\r\n"
    b':"@%ZG(Kd!&4&@&4dG(Kd!!!!!!!M!!!!!"k%3@jZ)%*PC5!`0cF`-#!j-$!a-M-\r\n'
    b"J58a6,c)`-6-[-$3d-6HXT3!!:\r\n"
)


def apple_file(*entries: tuple[int, bytes], magic: int = 7) -> bytes:
    """RFC 1740, appendix A: magic, version, filler, a table of entries, what they point to."""
    start = 26 + 12 * len(entries)
    table = b""
    for kind, content in entries:
        table += struct.pack(">III", kind, start, len(content))
        start += len(content)
    head = bytes([0, 5, 0x16, magic, 0, 2, 0, 0]) + b"Mac OS X        "
    return head + struct.pack(">H", len(entries)) + table + b"".join(c for _, c in entries)


def zipped(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def test_what_stands_beside_a_file_in_a_zip_is_read_quietly() -> None:
    finder = bytes(32) + b"com.apple.metadata:kMDItemFinderComment\0" + SECRET
    beside = apple_file((9, finder), (2, bytes(range(256)) * 8))
    document = extract(Part("1", zipped(("a.txt", b"x"), ("__MACOSX/._a.txt", beside))))
    told = [b for d in document.walk() for b in d.blocks if isinstance(b, Text)]

    assert [Hidden.PROPERTY] == [b.hidden for b in told if SECRET.decode() in b.text]
    assert ((), ()) == (
        tuple(gap for d in document.walk() for gap in d.gaps),
        tuple(defect for d in document.walk() for defect in d.defects),
    )


def test_the_file_in_a_single_file_is_opened() -> None:
    content = apple_file((1, zipped(("list.txt", SECRET))), (4, b"about Ann"), magic=0)
    document = extract(Part("1", content, filename="a"))
    told = {b.text for d in document.walk() for b in d.blocks if isinstance(b, Text)}

    assert {"list.txt", SECRET.decode(), "about Ann"} <= told
    assert ["applefile", "zip", "text"] == [d.format for d in document.walk()]


def test_binhex_is_unpacked() -> None:
    document = extract(Part("1", BINHEX, filename="a.hqx"))
    (inside,) = document.inside

    assert ("binhex", "part 1 › a.txt") == (document.format, inside.name.replace("a.hqx", "part 1"))
    assert ["Ann Bee 07700 900123 ILS/2013/04417"] == [
        b.text for b in inside.blocks if isinstance(b, Text)
    ]


@pytest.mark.parametrize(
    "content",
    [BINHEX[:60], BINHEX.split(b":")[0], apple_file((2, b"x" * 50))[:30], apple_file()],
)
def test_what_is_cut_off_is_no_fault(content: bytes) -> None:
    document = extract(Part("1", content))

    assert document.format in {"binhex", "applefile"}
    assert {gap.why for gap in document.gaps} <= {Unread.CORRUPT}
