"""Cells that are taken out of a worksheet's bytes are read as the parser of XML reads them."""

import random
import time

import pytest

from dlpguard.document import Hidden, Table
from dlpguard.extractors import Budget
from dlpguard.extractors._numberformat import formatter
from dlpguard.extractors._ooxml import parse
from dlpguard.extractors._plaincells import ELEMENT, PlainCells
from dlpguard.extractors._sheet import SheetReader, Styles, column_number

STRINGS = ("Ann Bee", "07700 900123", "")
STYLES = Styles((None, formatter(2, ""), formatter(0, "0000")), {1: Hidden.HIDDEN_TEXT})


def reader() -> SheetReader:
    return SheetReader(STRINGS, STYLES, Budget())


def both_ways(xml: bytes, piece: int = 1 << 16) -> tuple[Table | None, Table | None]:
    """A sheet as it is read, and as the parser alone reads it."""
    ours, parsed = reader(), reader()
    ours.read(xml[at : at + piece] for at in range(0, len(xml), piece))
    parse((xml,), parsed)
    assert ours.said == parsed.said
    return ours.table("Sheet1", None), parsed.table("Sheet1", None)


def sheet(rows: str) -> bytes:
    return f'<?xml version="1.0"?><worksheet><sheetData>{rows}</sheetData></worksheet>'.encode()


CELLS = (
    '<c r="{}"/>', '<c r="{}" s="1"/>', '<c r="{}"><v>12.5</v></c>', '<c r="{}" s="2"><v>7</v></c>',
    '<c r="{}" s="9"><v>1E5</v></c>', '<c r="{}" t="s"><v>0</v></c>',
    '<c r="{}" t="s"><v>9</v></c>',
    '<c r="{}" s="1" t="s"><v>1</v></c>', '<c r="{}" t="str"><v>x y</v></c>', "<c><v>3</v></c>",
    '<c r="{}"><f>A1+B1</f><v>4</v></c>', '<c r="{}"><f>"Ann Bee"</f><v>4</v></c>', "<c/>", "\n",
    '<c r="{}"><f t="shared" si="1"/><v>5</v></c>', '<c r="{}"><f>A1</f></c>', '<c r="{}"><v/></c>',
    '<c r="{}" t="inlineStr"><is><t>Bob</t></is></c>', '<c r="{}" t="b"><v>1</v></c>',
    '<c r="{}" s="1" t="inlineStr"><is><t xml:space="preserve"> Ann\'s "5%" </t></is></c>',
    '<c r="{}" t="inlineStr"><is><t>a_x000D_b</t></is></c>',
    '<c r="{}" t="inlineStr"><is><t>B &amp; Co</t></is></c>',
    '<c r="{}" t="inlineStr"><is><t>Siân</t></is></c>',
    '<c r="{}" t="inlineStr"><is><t>two\nlines</t></is></c>',
    '<c r="{}" t="inlineStr"><is><t> </t></is></c>', '<c r="{}" t="inlineStr"><is><t/></is></c>',
    '<c r="{}" t="inlineStr"><is><r><t>A</t></r><r><t>B</t></r></is></c>',
    '<c r="{}" t="inlineStr"><f>A1</f><is><t>Bob</t></is></c>',
    '<c  r="{}"><v>6</v></c>', '<c r="{}"><v>&#49;</v></c>', '<c r="{}" s="1"><v> 2 </v></c>',
)  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_cells_are_read_the_same_whatever_stands_beside_them(seed: int) -> None:
    generator = random.Random(seed)
    rows = []
    for number in range(1, generator.randrange(2, 12)):
        columns = sorted(generator.sample(["A", "B", "C", "J", "AA", "XFD", "ZZZ"], 5))
        cells = (generator.choice(CELLS).format(f"{column}{number}") for column in columns)
        rows.append(f'<row r="{number}">{"".join(cells)}</row>')

    ours, parsed = both_ways(sheet("".join(rows)), generator.choice((7, 40, 1 << 16)))

    assert parsed == ours


def test_nearly_all_cells_are_taken_out() -> None:
    cells = "".join(f'<c r="{c}1" s="1"><f>B1</f><v>1</v></c><c r="{c}2"/>' for c in "ABC")
    cells += '<c r="D1" t="inlineStr"><is><t>Ann Bee</t></is></c>'
    plain = PlainCells()

    left = b"".join(plain.taken_from([sheet(f'<row r="1">{cells}</row>')]))

    assert f'<row r="1"><{ELEMENT} n="1"/></row>'.encode() in left
    numbers = [(c, "1", "", "1") for c in "ABC"]
    assert [*numbers, ("D", "", "inlineStr", "Ann Bee")] == plain.cells("1")
    assert [] == plain.cells("1")


@pytest.mark.parametrize(
    "quoting",
    [
        '<!-- Ann Bee <c r="A9"><v>7700900123</v></c> -->',
        '<?note Ann Bee <c r="A9"><v>7700900123</v></c>?>',
        '<c r="A9" t="str"><v><![CDATA[<c r="A9"><v>7</v></c>]]></v></c>',
    ],
)
@pytest.mark.parametrize("piece", [5, 100, 1 << 16])
def test_what_only_looks_like_a_cell_is_left_as_it_is(quoting: str, piece: int) -> None:
    before, after = '<c r="A1"><v>1</v></c>' * 3, '<c r="C1"><v>3</v></c>' * 3
    row = f'<row r="1">{before}{quoting}{after}</row>'

    ours, parsed = both_ways(sheet(row), piece)

    assert parsed == ours


@pytest.mark.parametrize("piece", [3, 11, 1 << 16])
def test_a_sheet_that_names_our_element_takes_no_cells_from_another_row(piece: int) -> None:
    forged = f'<row r="1"><{ELEMENT} n="1"/></row><row r="2"><c r="B2"><v>7</v></c></row>'

    ours, parsed = both_ways(sheet(forged), piece)

    assert parsed == ours
    assert ours is not None
    assert ours.row_place(0).endswith("row 2")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_other_encodings_are_read_too(encoding: str) -> None:
    rows = f'<row r="1"><c r="A1"><v>7</v></c><{ELEMENT} n="1"/></row>'
    xml = f"<worksheet><sheetData>{rows}</sheetData></worksheet>".encode(encoding)

    ours, parsed = both_ways(xml)

    assert parsed == ours
    assert ours is not None


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    [
        b'<c r="A1"/>', b'<c r="A1"/>\n', b'<c r="', b'<c r="A1" s="1', b'<c r="AAAAAAAAAA',
        b'<c r="A1"><v>1</v></c>', b'<c r="A1"><f>' + b"A" * 499, b'<c r="A1"><f a="b" a="b"',
        b'<c r="A1"><v>1111111111', b'<c r="A1"><f>A</f><v>1</v></c> ',
        b'<c r="A1" t="inlineStr"><is><t>' + b"A" * 40_000, b'<c r="A1" t="inlineStr"><is><t>A',
        b'<c r="A1" t="inlineStr"><is><t>Ann</t></is></c>',
    ],
)  # fmt: skip
def test_hostile_cells_take_linear_time(piece: bytes) -> None:
    plain = PlainCells()
    begun = time.process_time()
    (left,) = plain.taken_from([piece * (3_000_000 // len(piece))])
    plain.cells("1")

    assert time.process_time() - begun < 3
    assert len(left) <= 3_000_000


def test_a_column_beyond_the_last_is_the_next_one() -> None:
    row = '<row r="1"><c r="A1"><v>1</v></c><c r="ZZZ1"><v>2</v></c></row>'

    ours, parsed = both_ways(sheet(row))

    assert column_number("ZZZ") == 0
    assert parsed == ours
