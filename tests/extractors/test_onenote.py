import struct
import time

from dlpguard.document import Document, Text
from dlpguard.extractors import extract
from dlpguard.mail import Part

PLACE = "notes.one"
MAGIC = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3")
FILE = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")


def read(*pieces: bytes) -> Document:
    content = MAGIC + b"\x01\xff\x02".join((b"", *pieces, b""))
    return extract(Part("1", content, filename=PLACE))


def counted(raw: bytes) -> bytes:
    return struct.pack("<I", len(raw)) + raw


def lines(document: Document) -> list[str]:
    first = document.blocks[0]
    assert isinstance(first, Text)
    assert first.where == PLACE
    return first.text.split("\n")


def test_texts_are_read_in_both_ways_of_writing_them() -> None:
    wide = (text.encode("utf-16-le") for text in ("Ann Lee", "Zażółć", "機密の名簿"))

    document = read(*map(counted, wide), counted(b"caf\xe9 at noon"))

    assert document.format == "one"
    assert {"Ann Lee", "Zażółć", "機密の名簿", "café at noon"} <= set(lines(document))


def test_a_text_that_several_revisions_hold_is_read_once() -> None:
    assert lines(read(counted(b"SECRET"), counted(b"SECRET"))) == ["SECRET"]


def test_a_length_that_leads_past_the_end_is_none() -> None:
    assert lines(read(counted(b"first text"), b"\xff\x7f\0\0too short")) == ["first text"]


def test_an_embedded_file_is_read() -> None:
    inner = b"a,b\nc,d\n"
    stored = FILE + struct.pack("<QIQ", len(inner), 0, 0) + inner

    document = read(counted(b"some text"), stored)

    [inside] = document.inside
    assert inside.name == f"{PLACE} › file 1"


def test_millions_of_lengths_take_seconds() -> None:
    started = time.process_time()

    read(b"\xff\x7f\0\0 " * 400_000)

    assert time.process_time() - started < 20
