import struct

import pytest

from dlpguard.document import Document, Gap, Hidden, Table, Text, Unread
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.extractors._compressedrtf import inflated
from dlpguard.mail import Part
from tests.extractors._oldfiles import compound

PLACE = "talk.msg"


def stream(tag: str, text: str) -> dict[str, bytes]:
    return {f"__substg1.0_{tag}001F": text.encode("utf-16-le")}


def numbers(values: dict[int, int], header: int = 32) -> bytes:
    entries = (struct.pack("<HHIII", 3, tag, 6, value, 0) for tag, value in values.items())
    return bytes(header) + b"".join(entries)


def within(storage: str, *streams: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{storage}/{name}": raw for one in streams for name, raw in one.items()}


def recipient(number: int, kind: int, name: str, address: str) -> dict[str, bytes]:
    fixed = {"__properties_version1.0": numbers({0x0C15: kind}, 8)}
    storage = f"__recip_version1.0_#{number:08X}"
    return within(storage, fixed, stream("3001", name), stream("39FE", address))


def attachment(number: int, name: str, content: bytes) -> dict[str, bytes]:
    data = {"__substg1.0_37010102": content}
    return within(f"__attach_version1.0_#{number:08X}", stream("3707", name), data)


def message(*streams: dict[str, bytes], codepage: int = 0) -> bytes:
    made = {"__properties_version1.0": numbers({0x3FDE: codepage} if codepage else {})}
    for one in streams:
        made |= one
    return compound(made)


def read(content: bytes, budget: Budget | None = None) -> Document:
    return extract(Part("1", content, filename=PLACE), budget)


def texts(document: Document, where: str) -> list[str]:
    blocks = [b for d in document.walk() for b in d.blocks if isinstance(b, Text)]
    return [b.text for b in blocks if b.where == f"{PLACE} › {where}"]


def test_the_fields_that_outlook_shows_are_read() -> None:
    sender = stream("0C1A", "Ann Lee") | stream("5D01", "ann@council.example")
    content = message(
        sender,
        recipient(0, 1, "Bob", "bob@x.example"),
        recipient(1, 1, "cy@x.example", "cy@x.example"),
        recipient(2, 3, "Dee", "dee@x.example"),
        stream("0037", "About you"),
    )

    document = read(content)

    assert document.format == "msg"
    assert texts(document, "headers") == [
        "From: Ann Lee <ann@council.example>\nTo: Bob <bob@x.example>, cy@x.example\n"
        "Bcc: Dee <dee@x.example>\nSubject: About you"
    ]


def test_all_forms_of_the_body_are_read() -> None:
    rtf = b"MELA".join((struct.pack("<II", 30, 18), struct.pack("<I", 0) + b"{\\rtf1 formatted}"))
    html = {"__substg1.0_10130102": b"<p>caf\xe9</p>", "__substg1.0_10090102": rtf}

    document = read(message(stream("1000", "plain\r\ntext"), html, codepage=1252))

    assert texts(document, "body") == ["plain\ntext", "café", "formatted"]


def test_text_of_one_byte_is_read_in_the_charset_of_the_message() -> None:
    content = message({"__substg1.0_1000001E": "Привет".encode("cp1251")}, codepage=1251)

    assert texts(read(content), "body") == ["Привет"]


def test_attachments_are_read_inside() -> None:
    document = read(message(attachment(0, "list.csv", b"a,b\nc,d\n")))

    [inside] = document.inside
    assert inside.blocks == (Table(f"{PLACE} › list.csv", (), (("a", "b"), ("c", "d"))),)
    assert texts(document, "file names") == ["list.csv"]


def test_an_attached_message_is_read_inside() -> None:
    storage = "__attach_version1.0_#00000000"
    inner = {"__properties_version1.0": numbers({0x3FDE: 1251}, 24)}
    body = {"__substg1.0_1000001E": "секрет".encode("cp1251")}
    attached = within(f"{storage}/__substg1.0_3701000D", inner, stream("0037", "Inner"), body)

    document = read(message(attached, within(storage, stream("3001", "Forwarded"))))

    assert texts(document, "Forwarded › headers") == ["Subject: Inner"]
    assert texts(document, "Forwarded › body") == ["секрет"]


def test_properties_that_nobody_sees_are_hidden() -> None:
    document = read(message(stream("8001", "SECRET"), stream("007D", "X-Case: 17\r\n")))

    found = {b.where: b.hidden for b in document.blocks if isinstance(b, Text)}
    assert found[f"{PLACE} › properties"] is Hidden.PROPERTY
    assert found[f"{PLACE} › internet headers"] is Hidden.HEADER_FIELD
    assert texts(document, "properties") == ["SECRET"]


def test_rtf_that_is_compressed_in_an_unknown_way_is_a_gap() -> None:
    content = message(stream("1000", "x"), {"__substg1.0_10090102": b"\0" * 8 + b"????" + bytes(4)})

    detail = "RTF that is compressed in an unknown way"
    assert read(content).gaps == (Gap(f"{PLACE} › body", Unread.CORRUPT, detail, "msg"),)
    assert texts(read(content), "body") == ["x"]


def test_the_examples_of_the_specification_are_inflated() -> None:
    # MS-OXRTFCP 3.1.1 and 3.2.1: a copy that reaches into what it writes.
    simple = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af3206865"
        "6c090020627705b06c647d0a800fa0"
    )
    crossing = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")

    plain = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert inflated(simple, Budget()) == plain
    assert inflated(crossing, Budget()) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_rtf_that_inflates_to_too_much_ends_at_a_limit() -> None:
    # Copies of 17 bytes each, of the byte before.
    copies = [((207 + 17 * n - 1) % 4096) << 4 | 0xF for n in range(80_000)]
    groups = (copies[at : at + 8] for at in range(0, len(copies), 8))
    body = b"".join(b"\xff" + struct.pack(">8H", *group) for group in groups)
    rtf = struct.pack("<II", len(body), 0) + b"LZFu" + bytes(4) + body
    budget = Budget(Limits(inflated=500_000))

    document = read(message({"__substg1.0_10090102": rtf}), budget)

    assert [Unread.TOO_LARGE] == [gap.why for gap in document.gaps]


@pytest.mark.parametrize("size", [100_000, 1_000_000])
def test_what_streams_hold_is_charged(size: int) -> None:
    content = message(stream("1000", "x" * size))

    document = read(content, Budget(Limits(inflated=400_000)))

    assert [gap.why for gap in document.gaps] == ([Unread.TOO_LARGE] if size > 200_000 else [])
