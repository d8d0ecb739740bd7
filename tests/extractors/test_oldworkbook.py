"""Old workbooks, built record by record: no library writes them any more."""

import hashlib
import struct
import time
from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dlpguard.document import Document, Hidden, Table, Text, Unread
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.extractors._biff import Record, Strings, records
from dlpguard.extractors._biffcrypt import base_key, rc4
from dlpguard.extractors._biffxor import _key, _verifier, clear, overlay
from dlpguard.extractors._budget import Defect
from dlpguard.extractors.oldworkbook import _second_reader
from dlpguard.mail import Part
from tests.extractors._oldfiles import compound, macro

PLACE = "list.xls"
EOF = struct.pack("<HH", 0x0A, 0)


def rec(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def begin(kind: int) -> bytes:
    return rec(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0))


def wide(text: str, length_size: int = 2) -> bytes:
    """A string of Excel 97: its length, a flag, two bytes a character."""
    return len(text).to_bytes(length_size, "little") + b"\1" + text.encode("utf-16-le")


def label(row: int, column: int, text: str, style: int = 0) -> bytes:
    return rec(0x0204, struct.pack("<HHH", row, column, style) + wide(text))


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return rec(0x0203, struct.pack("<HHHd", row, column, style, value))


def book(*sheets: bytes, globals: bytes = b"", states: tuple[int, ...] = ()) -> bytes:
    """A stream with sheets called S1, S2, …; `states` say which of them are hidden."""
    states = states or (0,) * len(sheets)
    names = [f"S{n}" for n in range(1, len(sheets) + 1)]
    size = sum(len(rec(0x85, struct.pack("<IBB", 0, 0, 0) + wide(name, 1))) for name in names)
    position = len(begin(5)) + len(globals) + size + len(EOF)
    listed, body = b"", b""
    for name, state, records_ in zip(names, states, sheets, strict=True):
        listed += rec(0x85, struct.pack("<IBB", position + len(body), state, 0) + wide(name, 1))
        body += begin(0x10) + records_ + EOF
    return begin(5) + globals + listed + EOF + body


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename=PLACE))


def tables(content: bytes) -> list[Table]:
    return [block for block in read(content).blocks if isinstance(block, Table)]


def test_cells_of_all_kinds_are_read_as_a_person_sees_them() -> None:
    formats = rec(0x041E, struct.pack("<H", 164) + wide("00000 000000"))
    styles = b"".join(
        rec(0xE0, struct.pack("<HH", 0, format) + bytes(16)) for format in (0, 14, 164)
    )
    strings = rec(0xFC, struct.pack("<II", 1, 1) + wide("Ann Bee"))
    text_result = struct.pack("<HHH", 0, 6, 0) + b"\0\0\0\0\0\0\xff\xff" + bytes(6)
    sheet = (
        rec(0xFD, struct.pack("<HHHI", 0, 0, 0, 0))
        + number(0, 1, 28570.0, 1)
        + rec(0x27E, struct.pack("<HHHI", 0, 2, 2, 184707355 << 2 | 2))
        + rec(0xBD, struct.pack("<HHHIHIH", 0, 3, 0, 1 << 2 | 2, 0, 250 << 2 | 3, 4))
        + rec(0x205, struct.pack("<HHHBB", 0, 5, 0, 1, 0))
        + rec(0x06, text_result)
        + rec(0x207, wide("Bob"))
        + rec(0x06, struct.pack("<HHHd", 0, 7, 0, 2.5) + bytes(6))
        + rec(0x205, struct.pack("<HHHBB", 0, 8, 0, 42, 1))
    )

    (table,) = tables(book(sheet, globals=formats + styles + strings))

    assert table.where == "list.xls › S1"
    assert table.rows == (
        ("Ann Bee", "1978-03-21", "00184 707355", "1", "2.5", "TRUE", "Bob", "2.5", "#N/A"),
    )


def test_hidden_sheets_rows_columns_and_cells_say_so() -> None:
    font = rec(0x31, struct.pack("<HHH", 200, 0, 9) + bytes(10))
    hides = rec(0x041E, struct.pack("<H", 165) + wide(";;;"))
    style = rec(0xE0, struct.pack("<HH", 0, 165) + bytes(16))
    white = rec(0xE0, struct.pack("<HH", 0, 0) + bytes(16))
    sheet = (
        rec(0x7D, struct.pack("<HHHHH", 1, 1, 2000, 0, 1))
        + rec(0x208, struct.pack("<HHHHHHI", 1, 0, 3, 255, 0, 0, 0x20))
        + label(0, 0, "a", 9) + label(0, 1, "b", 9) + label(0, 2, "c", 0) + label(0, 3, "d", 1)
        + label(1, 0, "e", 9)
    )  # fmt: skip
    content = book(sheet, sheet, sheet, globals=font + hides + style + white, states=(0, 1, 2))

    found = tables(content)

    assert [None, Hidden.SHEET, Hidden.VERY_HIDDEN_SHEET] == [table.hidden for table in found]
    assert found[0].hidden_rows == {1: Hidden.ROW}
    assert found[0].hidden_columns == {1: Hidden.COLUMN}
    assert found[0].hidden_cells == {(0, 2): Hidden.CELL_FORMAT, (0, 3): Hidden.SAME_COLOUR}


def test_rows_under_a_filter_are_told_from_hidden_rows() -> None:
    hidden_row = rec(0x208, struct.pack("<HHHHHHI", 1, 0, 1, 255, 0, 0, 0x20))
    sheet = rec(0x9B) + hidden_row + label(0, 0, "a") + label(1, 0, "b")

    assert tables(book(sheet))[0].hidden_rows == {1: Hidden.FILTERED_ROW}


def test_comments_text_boxes_and_headers_are_read() -> None:
    def text_object(kind: int, id: int, text: str) -> bytes:
        return (
            rec(0x5D, struct.pack("<HHHHH", 0x15, 0x12, kind, id, 0))
            + rec(0x1B6, struct.pack("<10xHH4x", len(text), 16))
            + rec(0x3C, b"\0" + text.encode("latin-1"))
            + rec(0x3C, bytes(16))
        )

    sheet = (
        label(0, 0, "x")
        + text_object(0x19, 1, "Ann is ill")
        + text_object(0x06, 2, "in a box")
        + rec(0x1C, struct.pack("<HHHH", 3, 1, 0, 1) + wide("Bob"))
        + rec(0x14, wide('&C&"Arial,Bold"Clients of Ann &P'))
    )
    blocks = read(book(sheet)).blocks

    for block in (
        Text("list.xls › S1 › cell B4 › comment", "Ann is ill", Hidden.CELL_COMMENT),
        Text("list.xls › S1 › authors of comments", "Bob", Hidden.PROPERTY),
        Text("list.xls › S1 › text boxes", "in a box"),
        Text("list.xls › S1 › headers", "Clients of Ann", Hidden.HEADER),
    ):
        assert block in blocks


def test_a_chart_on_a_sheet_is_no_part_of_its_table() -> None:
    chart = begin(0x20) + rec(0x100D, b"\0\0" + wide("Title", 1)) + label(0, 0, "Bob") + EOF
    document = read(book(label(0, 0, "Ann") + chart + label(1, 0, "Cy")))

    assert Table("list.xls › S1", (), (("Ann",), ("Cy",))) == document.blocks[0]
    assert Text("list.xls › S1 › charts", "Title\nBob") in document.blocks


def test_names_links_and_texts_that_no_cell_shows_are_hidden_text() -> None:
    constant = b"\x17" + wide("Ann Bee", 1)
    name = struct.pack("<HBBHHHBBBB", 0, 0, 3, len(constant), 0, 0, 0, 0, 0, 0)
    globals = (
        rec(0x18, name + b"\0who" + constant)
        + rec(0x1AE, struct.pack("<H", 1) + wide("\1clients.xls") + wide("Bob"))
        + rec(0xFC, struct.pack("<II", 1, 1) + wide("was here"))
        + rec(0x5C, wide("Cy Dee"))
    )
    blocks = read(book(label(0, 0, "x"), globals=globals)).blocks

    for block in (
        Text("list.xls › sheet names", "S1"),
        Text("list.xls › names", "who: Ann Bee", Hidden.DEFINED_NAME),
        Text("list.xls › links", "clients.xls\nBob", Hidden.PROPERTY),
        Text("list.xls › unused texts", "was here", Hidden.CACHE),
        Text("list.xls › last author", "Cy Dee", Hidden.PROPERTY),
    ):
        assert block in blocks


def test_records_of_a_pivot_cache_are_a_table() -> None:
    def field(flags: int, name: str) -> bytes:
        return rec(0xC7, struct.pack("<7H", flags, 0, 0, 0, 0, 0, 0) + wide(name))

    cache = (
        field(1, "Name") + rec(0xCD, wide("Ann")) + rec(0xCD, wide("Bob"))
        + field(0, "Paid")
        + rec(0xC8, b"\1") + rec(0xC9, struct.pack("<d", 12.5))
        + rec(0xC8, b"\0") + rec(0xCE, struct.pack("<HHBBBB", 1978, 3, 21, 0, 0, 0))
    )  # fmt: skip
    content = compound({"Workbook": book(label(0, 0, "x")), "_SX_DB_CUR/0001": cache})

    assert tables(content)[1] == Table(
        "list.xls › pivot cache",
        ("Name", "Paid"),
        (("Bob", "12.5"), ("Ann", "1978-03-21")),
        Hidden.PIVOT_CACHE,
    )


def test_macros_and_embedded_files_are_read() -> None:
    content = compound(
        {
            "Workbook": book(label(0, 0, "x")),
            "_VBA_PROJECT_CUR/VBA/Module1": macro(b'Attribute VB_Name = "A"\r\n\'Ann Bee\r\n'),
            "MBD0001/CONTENTS": b"Ann,07700 900123\nBob,07700 900124\n",
            "MBD0002/Workbook": book(label(0, 0, "inner")),
        }
    )
    document = read(content)

    assert any("Ann Bee" in b.text for b in document.blocks
               if isinstance(b, Text) and b.hidden is Hidden.MACRO)  # fmt: skip
    assert {"list.xls › CONTENTS", "list.xls › MBD0002"} == {d.name for d in document.inside}
    assert Table("list.xls › MBD0002 › S1", (), (("inner",),)) in [
        block for inside in document.inside for block in inside.blocks
    ]


def test_a_text_that_goes_on_in_another_record_may_change_its_width() -> None:
    text = "A" * 10 + "Ж" * 5
    first = struct.pack("<II", 2, 2) + struct.pack("<HB", 15, 0) + b"A" * 10
    second = b"\1" + ("Ж" * 5).encode("utf-16-le") + wide("end")
    cells = rec(0xFD, struct.pack("<HHHI", 0, 0, 0, 0)) + rec(
        0xFD, struct.pack("<HHHI", 0, 1, 0, 1)
    )

    assert tables(book(cells, globals=rec(0xFC, first) + rec(0x3C, second)))[0].rows == (
        (text, "end"),
    )


@pytest.mark.parametrize("version", [0x0009, 0x0209, 0x0409])
def test_a_sheet_of_excel_2_to_4_is_read(version: int) -> None:
    header = rec(version, struct.pack("<HHH", 0, 0x10, 0)[: 4 if version == 0x0009 else 6])
    if version == 0x0009:
        cells = rec(0x04, struct.pack("<HH3xB", 0, 0, 3) + b"Ann")
        cells += rec(0x02, struct.pack("<HH3xH", 0, 1, 417))
    else:
        cells = rec(0x204, struct.pack("<HHHH", 0, 0, 0, 3) + b"Ann") + number(0, 1, 417.0)

    assert tables(header + cells + EOF)[0].rows == (("Ann", "417"),)


SALT = bytes(range(16))


def encrypted(stream: bytes, password: str) -> bytes:
    """A workbook as Excel 97 encrypts it (MS-XLS 2.2.10, MS-OFFCRYPTO 2.3.6)."""
    base = base_key(password, SALT)

    def key(block: int) -> bytes:
        return hashlib.md5(base + struct.pack("<I", block)).digest()

    def xored(one: bytes, other: bytes) -> bytes:
        return bytes(a ^ b for a, b in zip(one, other, strict=True))

    proof = bytes(16) + hashlib.md5(bytes(16)).digest()
    filepass = rec(0x2F, struct.pack("<HHH", 1, 1, 1) + SALT + xored(proof, rc4(key(0), 32)))
    stream = stream.replace(begin(5), begin(5) + filepass, 1)
    keys = b"".join(rc4(key(block), 1024) for block in range(len(stream) // 1024 + 1))
    secret = bytearray(xored(stream, keys[: len(stream)]))
    for record in records(stream):
        plain = record.end if record.kind in {0x809, 0x2F} else record.start + 4
        plain = record.start + 8 if record.kind == 0x85 else plain
        secret[record.start : plain] = stream[record.start : plain]
    return bytes(secret)


def test_a_workbook_with_a_password_is_encrypted() -> None:
    document = read(encrypted(book(label(0, 0, "Ann")), "secret"))

    assert [(Unread.ENCRYPTED, "xls")] == [(gap.why, gap.format) for gap in document.gaps]


def test_a_workbook_with_the_password_of_excel_itself_is_read() -> None:
    sheet = b"".join(label(row, 0, f"Ann {row}") for row in range(200))

    (table,) = tables(encrypted(book(sheet), "VelvetSweatshop"))

    assert table.rows[-1] == ("Ann 199",)


def overlaid(stream: bytes, password: str, *, excel_5: bool = False) -> bytes:
    """A workbook as Excel 5 to 2003 hides it, where RC4 was forbidden (MS-OFFCRYPTO 2.3.7)."""
    key, verifier = _key(password.encode()), _verifier(password.encode())
    over = overlay(password.encode(), key, verifier)
    assert over
    stated = struct.pack("<HH", key, verifier)
    filepass = rec(0x2F, stated if excel_5 else bytes(2) + stated)
    stream = stream.replace(begin(5), begin(5) + filepass, 1)
    secret = bytearray(stream)
    for record in records(stream):
        start = record.start + (8 if record.kind == 0x85 else 4)
        size = record.end - record.start - 4
        if record.kind in {0x809, 0x2F}:
            continue
        for at in range(start, record.end):
            turned = (stream[at] << 5 | stream[at] >> 3) & 0xFF
            secret[at] = turned ^ over[(at + size) % 16]
    return bytes(secret)


@pytest.mark.parametrize("excel_5", [False, True])
def test_a_workbook_hidden_with_the_password_of_excel_itself_is_read(excel_5: bool) -> None:
    sheet = b"".join(label(row, 0, f"Ann {row}") for row in range(50))

    (table,) = tables(overlaid(book(sheet), "VelvetSweatshop", excel_5=excel_5))

    assert table.rows[-1] == ("Ann 49",)


def test_a_workbook_hidden_with_another_password_is_encrypted() -> None:
    document = read(overlaid(book(label(0, 0, "Ann")), "secret"))

    assert [(Unread.ENCRYPTED, "xls")] == [(gap.why, gap.format) for gap in document.gaps]


def test_what_excel_hid_with_fifteen_digits_is_laid_bare() -> None:
    # Key, verifier and the seven bytes of a sheet's name as Excel 2003 wrote them.
    over = overlay(b"123456789012345", 0x8265, 0x9EB1)

    assert over
    assert clear(bytes.fromhex("5b28fc2ade6d5d"), over, 13) == b"\0\0\x03\x00420"


def test_the_key_is_what_another_implementation_makes() -> None:
    salt = bytes.fromhex("17F6D16B09B15F7B4C9D03B481B5B44A")

    assert base_key("MoneyForNothing", salt).hex() == "c2d956b26b"  # Apache POI's own test


def test_a_sheet_that_only_the_list_knows_is_read() -> None:
    content = book(label(0, 0, "Ann"), label(0, 0, "Bob"))
    second = content.rindex(begin(0x10))
    junk = bytes(60)
    moved = content[:second] + junk + content[second:]
    moved = moved.replace(struct.pack("<I", second), struct.pack("<I", second + len(junk)))

    assert [(("Ann",),), (("Bob",),)] == [table.rows for table in tables(moved)]


def hostile() -> Iterator[tuple[str, bytes]]:
    sheet = label(0, 0, "x")
    yield "no end", begin(5) * 20_000
    yield "ends", begin(5) + EOF * 200_000
    listed = b"".join(rec(0x85, struct.pack("<IBB", n, 0, 0) + wide("S", 1)) for n in range(20_000))
    yield "lists itself", begin(5) + listed + EOF + begin(0x10) + sheet + EOF
    containers = b"".join(struct.pack("<HHI", 0xF, 0xF000, 8 * (20_000 - n)) for n in range(1000))
    yield "nested drawings", book(sheet + rec(0xEC, containers) * 20)
    yield (
        "promised strings",
        book(sheet, globals=rec(0xFC, struct.pack("<II", 2**32 - 1, 2**32 - 1))),
    )
    yield "cut off", book(sheet)[:-13]


@pytest.mark.parametrize(("name", "content"), list(hostile()), ids=lambda value: str(value)[:16])
def test_hostile_streams_come_to_an_end(name: str, content: bytes) -> None:
    started = time.process_time()

    assert read(content).format == "xls", name
    assert time.process_time() - started < 10


def test_cells_beyond_the_limit_are_a_gap_and_the_others_are_read() -> None:
    sheet = b"".join(label(row, 0, f"Ann {row}") for row in range(100))
    document = extract(Part("1", book(sheet), filename=PLACE), Budget(Limits(cells=50)))

    assert [Unread.TOO_LARGE] == [gap.why for gap in document.gaps]
    assert isinstance(document.blocks[0], Table)
    assert document.blocks[0].rows[0] == ("Ann 0",)


def test_the_two_readers_agree_on_an_ordinary_workbook() -> None:
    content = compound({"Workbook": book(label(0, 0, "Ann"), label(0, 0, "Bob"))})

    assert read(content).defects == ()


def test_what_only_the_second_reader_sees_is_read_and_a_defect() -> None:
    content = compound({"Workbook": book(label(0, 0, "both") + label(1, 0, "xlrd only"))})

    assert list(_second_reader(Part("1", content), PLACE, {"both"})) == [
        Defect("second-reader"),
        Text("list.xls › second reader", "xlrd only"),
    ]


def test_a_string_that_is_cut_off_gives_what_there_is() -> None:
    record = Record(0x204, 0, 0, struct.pack("<HB", 500, 1) + "Ann".encode("utf-16-le") + b"\0")

    assert Strings(record, 0, wide=True).string() == "Ann"


def test_a_string_table_that_promises_too_many_comes_to_an_end() -> None:
    table = struct.pack("<II", 1, 0xFFFFFFFF) + b"\x01"

    assert ["x"] == [
        c
        for t in tables(book(label(0, 0, "x"), globals=rec(0xFC, table)))
        for r in t.rows
        for c in r
    ]


KINDS = (
    0x02, 0x03, 0x04, 0x05, 0x06, 0x08, 0x0A, 0x14, 0x18, 0x1C, 0x22, 0x23, 0x31, 0x3C, 0x42, 0x5C,
    0x5D, 0x7D, 0x85, 0x89C, 0xBD, 0xC7, 0xC8, 0xD6, 0xE0, 0xEB, 0xEC, 0xFC, 0xFD, 0x100D, 0x1AE,
    0x1B6, 0x1B8, 0x1BE, 0x203, 0x204, 0x205, 0x207, 0x208, 0x27E, 0x2F, 0x41E, 0x809,
)  # fmt: skip

SECOND_FILES = (b"%PDF-", b"PK", b"Rar!", b"7z\xbc\xaf")
"""What a workbook may have in it that makes it two files in one, and be read twice."""


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.binary(max_size=60)), max_size=30))
def test_records_with_any_data_are_read_or_encrypted(made: list[tuple[int, bytes]]) -> None:
    body = b"".join(rec(kind, data) for kind, data in made)
    assume(not any(magic in body for magic in SECOND_FILES))

    for content in (book(body), book(label(0, 0, "x"), globals=body)):
        assert {gap.why for gap in read(content).gaps} <= {Unread.ENCRYPTED}
