import struct

import pytest

from dlpguard.document import Document, Gap, Hidden, Table, Text, Unread
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.extractors._compound import Compound
from dlpguard.mail import Part
from tests.extractors._oldfiles import (
    DELETED,
    HEADING_END,
    HIDDEN,
    IN_TABLE,
    ROW_END,
    compound,
    macro,
    property_set,
    record,
    string_table,
    word,
)

PLACE = "letter.doc"


def read(content: bytes, budget: Budget | None = None) -> Document:
    return extract(Part("1", content, filename=PLACE), budget)


def texts(document: Document, hidden: Hidden | None = None) -> list[tuple[str, str]]:
    blocks = [b for b in document.blocks if isinstance(b, Text) and b.hidden is hidden]
    return [(b.where, b.text) for b in blocks if not b.where.endswith("file name")]


def test_paragraphs_are_lines_and_breaks_are_breaks() -> None:
    document = read(word("Dear Ann,\rnon\x1ebreaking, soft\x1fhyphen\x0bnext\x0clast\r"))

    assert document.format == "doc"
    assert [(PLACE, "Dear Ann,\nnon-breaking, softhyphen\nnext\nlast")] == texts(document)


def test_all_stories_are_read_under_their_names() -> None:
    stories = ("body\r", "a note\r", "a header\r", "", "a comment\r", "an end note\r", "a box\r")

    document = read(word(*stories))

    assert texts(document) == [
        (PLACE, "body"),
        (f"{PLACE} › footnotes", "a note"),
        (f"{PLACE} › headers", "a header"),
        (f"{PLACE} › endnotes", "an end note"),
        (f"{PLACE} › text boxes", "a box"),
    ]
    assert texts(document, Hidden.COMMENT) == [(f"{PLACE} › comments", "a comment")]


def test_hidden_and_deleted_text_are_blocks_of_their_own() -> None:
    content = word(
        "Seen SECRET here\rand GONE there\r", characters=(("SECRET ", HIDDEN), ("GONE ", DELETED))
    )

    document = read(content)

    assert texts(document) == [(PLACE, "Seen here\nand there")]
    assert texts(document, Hidden.HIDDEN_TEXT) == [(PLACE, "SECRET")]
    assert texts(document, Hidden.TRACKED_CHANGE) == [(PLACE, "GONE")]


def test_hidden_text_that_spans_paragraphs_is_read_once_in_each() -> None:
    document = read(word("one SECRET\rMORE two\r", characters=(("SECRET\rMORE", HIDDEN),)))

    assert texts(document) == [(PLACE, "one \n two")]
    assert texts(document, Hidden.HIDDEN_TEXT) == [(PLACE, "SECRET\nMORE")]


def test_characters_beyond_the_basic_plane_do_not_shift_what_is_hidden() -> None:
    document = read(word("𐌲𐌿 seen SECRET\r", characters=(("SECRET", HIDDEN),)))

    assert texts(document) == [(PLACE, "𐌲𐌿 seen ")]
    assert texts(document, Hidden.HIDDEN_TEXT) == [(PLACE, "SECRET")]


def test_the_code_of_a_field_is_hidden_and_its_result_is_seen() -> None:
    link = '\x13 HYPERLINK "mailto:ann@x.example" \x14Ann\x15'

    document = read(word(f"Ask {link}, page \x13 PAGE \x142\x15.\r"))

    assert texts(document) == [(PLACE, "Ask Ann, page 2.")]
    assert texts(document, Hidden.HIDDEN_TEXT) == [(PLACE, 'HYPERLINK "mailto:ann@x.example"')]


def test_a_field_within_the_code_of_a_field_is_read_once() -> None:
    document = read(word('\x13 IF "\x13 REF who \x14Ann\x15" \x14shown\x15\r'))

    assert texts(document) == [(PLACE, "shown")]
    assert texts(document, Hidden.HIDDEN_TEXT) == [(PLACE, 'IF " REF who Ann"')]


def test_a_table_is_a_table_with_its_heading() -> None:
    text = "Clients\rName\x07Born\x07H\x07Ann\rLee\x071.2.1970\x07R\x07After\r"
    cells = tuple(
        (c, IN_TABLE) for c in ("Name\x07", "Born\x07", "Ann\r", "Lee\x07", "1.2.1970\x07")
    )
    ends = (("H\x07", HEADING_END), ("R\x07", ROW_END))

    document = read(word(text, paragraphs=cells + ends))

    assert document.blocks[:3] == (
        Text(PLACE, "Clients"),
        Table(PLACE, ("Name", "Born"), (("Ann\nLee", "1.2.1970"),)),
        Text(PLACE, "After"),
    )


def test_properties_reviewers_and_old_paths_are_read_as_properties() -> None:
    summary = property_set({2: b"Client list", 4: "Ann Lee"})
    custom = property_set({2: "SECRET"}, names={2: "Case"})
    content = word(
        "x\r",
        strings={51: string_table("Unknown", "Bob"), 71: string_table("Cy", "C:\\old\\list.doc")},
        streams={"\x05SummaryInformation": summary, "\x05DocumentSummaryInformation": custom},
    )

    [(where, text)] = texts(read(content), Hidden.PROPERTY)

    assert where == f"{PLACE} › properties"
    expected = ["Client list", "Ann Lee", "Case: SECRET", "Unknown", "Bob", "Cy"]
    assert text.split("\n") == [*expected, "C:\\old\\list.doc"]


def test_macros_are_read() -> None:
    source = b'Attribute VB_Name = "Module1"\r\nSub Send()\r\n'

    document = read(word("x\r", streams={"Macros/VBA/Module1": macro(source)}))

    where = f"{PLACE} › macro Module1"
    text = 'Attribute VB_Name = "Module1"\nSub Send()\n'
    assert texts(document, Hidden.MACRO) == [(where, text)]


def test_an_embedded_file_is_read_with_its_name() -> None:
    name = b"list.csv\0"
    native = struct.pack("<H", 2) + name + b"C:\\list.csv\0" + struct.pack("<II", 3, 4) + b"tmp\0"
    native += struct.pack("<I", 8) + b"a,b\nc,d\n"
    stream = struct.pack("<I", len(native)) + native

    document = read(word("x\r", streams={"ObjectPool/_1/\x01Ole10Native": stream}))

    [inside] = document.inside
    assert inside.name == f"{PLACE} › list.csv"
    assert inside.blocks == (Table(inside.name, (), (("a", "b"), ("c", "d"))),)


def test_an_embedded_document_is_taken_out_of_its_storage_and_read() -> None:
    inner = Compound(word("SECRET\r"), Budget())
    streams = {f"ObjectPool/_1/{path[0]}": inner.read(path) for path in inner.streams}

    document = read(word("x\r", streams=streams))

    assert [(f"{PLACE} › _1", "SECRET")] == texts(document.inside[0])


def test_a_picture_that_could_hold_text_is_a_gap() -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(8) + struct.pack(">II", 800, 600) + bytes(6000)
    blip = record(0xF01E, bytes(17), png, instance=0x6E0)

    [picture] = read(word("x\r", streams={"Data": bytes(68) + blip})).inside

    assert picture.name == f"{PLACE} › picture 1"
    assert [Unread.SCAN] == [gap.why for gap in picture.gaps]


@pytest.mark.parametrize(
    ("flags", "detail"),
    [
        (0x0100, "a Word document with a password"),
        (0x8100, "a Word document with an obfuscation password"),
    ],
)
def test_a_document_with_a_password_is_a_gap(flags: int, detail: str) -> None:
    assert read(word("x\r", flags=flags)).gaps == (Gap(PLACE, Unread.ENCRYPTED, detail, "doc"),)


def old(text: bytes, *, flags: int = 0, language: int = 0x0409, pieces: bytes = b"") -> bytes:
    """A Word 6 document: characters between two offsets, or in pieces."""
    main = bytearray(0x300) + text + pieces
    struct.pack_into("<HHxxHxxH", main, 0, 0xA5DC, 0x65, language, flags)
    struct.pack_into("<II", main, 0x18, 0x300, 0x300 + len(text))
    struct.pack_into("<II", main, 0x160, 0x300 + len(text), len(pieces))
    return compound({"WordDocument": bytes(main)})


def test_word_6_is_read_in_the_code_page_of_its_language() -> None:
    assert texts(read(old("Привет\rМир".encode("cp1251"), language=0x0419))) == [
        (PLACE, "Привет\nМир")
    ]


@pytest.mark.parametrize(("flags", "charset"), [(0x0004, "cp1252"), (0x1004, "utf-16-le")])
def test_word_6_that_was_saved_quickly_is_read_in_the_order_of_its_pieces(
    flags: int, charset: str
) -> None:
    text = "secondfirst".encode(charset)
    width = len("x".encode(charset))
    table = struct.pack("<III", 0, 5, 11)
    table += struct.pack("<HIH", 0, 0x300 + 6 * width, 0) + struct.pack("<HIH", 0, 0x300, 0)
    pieces = b"\2" + struct.pack("<I", len(table)) + table

    assert texts(read(old(text, flags=flags, pieces=pieces))) == [(PLACE, "firstsecond")]


def test_pieces_that_show_the_same_bytes_again_and_again_end_at_a_limit() -> None:
    size, count = 20_000, 200
    main = bytearray(0x800) + b"A" * size
    struct.pack_into("<HH6xH", main, 0, 0xA5EC, 0xC1, 0x0200)
    struct.pack_into("<i", main, 0x4C, size * count)
    pieces = struct.pack(f"<{count + 1}I", *range(0, size * (count + 1), size))
    pieces += struct.pack("<HIH", 0, 0x40000000 | 0x800 * 2, 0) * count
    clx = b"\2" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", main, 0x9A + 8 * 33, 0, len(clx))
    content = compound({"WordDocument": bytes(main), "1Table": clx})

    assert len(texts(read(content))[0][1]) == size * count
    limited = read(content, Budget(Limits(inflated=1_000_000)))
    assert [Unread.TOO_LARGE] == [gap.why for gap in limited.gaps]


@pytest.mark.parametrize("length", [0, 100, 0x1A0, 0x900])
def test_a_document_that_is_cut_off_is_a_gap(length: int) -> None:
    main = Compound(word("SECRET\r"), Budget()).read(("WordDocument",))[:length]

    assert [Unread.CORRUPT] == [gap.why for gap in read(compound({"WordDocument": main})).gaps]
