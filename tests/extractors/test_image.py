import struct
import zlib

import pytest

from dlpguard.document import Gap, Hidden, Text, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part


def png(width: int, height: int, size: int = 20_000) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    crc = struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk + crc + bytes(size)


def jpeg(width: int, height: int) -> bytes:
    comment = b"\xff\xfe" + struct.pack(">H", 102) + bytes(100)
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + bytes(3)
    return b"\xff\xd8" + comment + frame + bytes(20_000)


@pytest.mark.parametrize(
    "content",
    [
        png(1000, 800),
        jpeg(1000, 800),
        b"GIF89a" + struct.pack("<HH", 1000, 800) + bytes(20_000),
        b"BM" + bytes(16) + struct.pack("<ii", 1000, -800) + bytes(20_000),
    ],
)
def test_a_picture_large_enough_for_text_is_a_gap(content: bytes) -> None:
    gap = Gap("a picture", Unread.SCAN, "a picture of 1000 × 800 pixels", "image")

    assert extract(Part("1", content, filename="a picture")).gaps == (gap,)


@pytest.mark.parametrize(
    "content", [png(150, 150), png(1000, 60), jpeg(64, 64), png(1000, 800, 500)]
)
def test_a_small_picture_is_nothing(content: bytes) -> None:
    assert extract(Part("1", content)).gaps == ()


def test_a_picture_of_unknown_size_is_a_gap() -> None:
    assert [Unread.SCAN] == [g.why for g in extract(Part("1", b"II*\0" + bytes(20_000))).gaps]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


CAPTION = "Ann Bee, Ward 4, NHS 943 476 5919"


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff\xfe" + struct.pack(">H", 2 + len(CAPTION)) + CAPTION.encode() + b"\xff\xda",
        b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", b"Title\0" + CAPTION.encode()),
        b"\x89PNG\r\n\x1a\n" + chunk(b"zTXt", b"Title\0\0" + zlib.compress(CAPTION.encode())),
    ],
    ids=["JPEG comment", "PNG text", "PNG compressed text"],
)
def test_what_a_picture_says_beside_its_pixels_is_read(content: bytes) -> None:
    found = extract(Part("1", content, "image/png", "photo"))

    [properties] = [b for b in found.blocks if b.where == "photo › properties"]
    assert isinstance(properties, Text)
    assert CAPTION in properties.text
    assert Hidden.PROPERTY is properties.hidden


def test_a_caption_that_inflates_without_end_is_cut() -> None:
    bomb = zlib.compress(b"Ann Bee and others " * 3_000_000)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"zTXt", b"Title\0\0" + bomb) * 3
    found = extract(Part("1", content, "image/png", "photo.png"))

    assert all(len(b.text) < 2_000_000 for b in found.blocks if isinstance(b, Text))
