import datetime
import io
import re
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from dlpguard.document import Document, Hidden, Table, Text, Unread
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.extractors._budget import Defect
from dlpguard.extractors._ooxml import Package
from dlpguard.extractors._sheet import column_number
from dlpguard.extractors.spreadsheet import _open, _second_reader
from dlpguard.mail import Part
from tests.extractors._oldfiles import compound, macro

PLACE = "clients.xlsx"


def book(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    workbook = openpyxl.Workbook()
    fill(workbook)
    saved = io.BytesIO()
    workbook.save(saved)
    workbook.close()
    return saved.getvalue()


def sheet(fill: Callable[[Worksheet], None]) -> bytes:
    def first(workbook: openpyxl.Workbook) -> None:
        fill(workbook.worksheets[0])

    return book(first)


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename=PLACE))


def tables(content: bytes) -> list[Table]:
    return [block for block in read(content).blocks if isinstance(block, Table)]


def rewritten(content: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """A package with one part changed; an empty part is left out."""
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(saved, "w") as new:
        for info in old.infolist():
            body = old.read(info).decode("utf-8", "surrogateescape")
            if info.filename == name:
                body = change(body)
            new.writestr(info.filename, body.encode("utf-8", "surrogateescape"))
    return saved.getvalue()


def raw_sheet(rows: str) -> bytes:
    """A workbook whose only sheet has these rows as they are written here."""

    def change(xml: str) -> str:
        return re.sub(
            r"<sheetData.*(?:</sheetData>|/>)(?=<pageMargins)", rows, xml, flags=re.DOTALL
        )

    return rewritten(sheet(lambda _: None), "xl/worksheets/sheet1.xml", change)


def test_cells_are_shown_as_a_person_sees_them() -> None:
    def fill(first: Worksheet) -> None:
        first.append(["Name", "Born", "Phone", "Account", "Paid", "Note", "Sure"])
        first.append(["Ann Bee", datetime.date(1978, 3, 21), 7700900123, 417, 12.5, "a\nb", True])
        first["B2"].number_format = "dd/mm/yyyy"
        first["C2"].number_format = "00000 000000"
        first["D2"].number_format = "00000000"
        first["E2"].number_format = "£#,##0.00"

    (table,) = tables(sheet(fill))

    assert table.where == "clients.xlsx › Sheet"
    assert table.rows[1] == (
        "Ann Bee", "21/03/1978", "07700 900123", "00000417", "£12.50", "a\nb", "TRUE",
    )  # fmt: skip


def test_hidden_sheets_are_read_and_marked() -> None:
    def fill(workbook: openpyxl.Workbook) -> None:
        for name, state in (("a", "visible"), ("b", "hidden"), ("c", "veryHidden")):
            made = workbook.create_sheet(name)
            made["A1"] = f"on {name}"
            made.sheet_state = state

    assert [("a", None), ("b", Hidden.SHEET), ("c", Hidden.VERY_HIDDEN_SHEET)] == [
        (table.where[-1], table.hidden) for table in tables(book(fill))
    ]


def test_hidden_rows_and_columns_are_marked() -> None:
    def fill(first: Worksheet) -> None:
        for number in range(1, 6):
            first.append([f"a{number}", f"b{number}", None, f"d{number}"])
        first.row_dimensions[2].hidden = True
        first.column_dimensions["D"].hidden = True

    (table,) = tables(sheet(fill))

    assert table.hidden_rows == {1: Hidden.ROW}
    assert table.hidden_columns == {2: Hidden.COLUMN}
    assert table.hidden_at(0, 2) is Hidden.COLUMN
    assert table.hidden_at(0, 0) is None


def test_rows_that_a_filter_hides_are_told_from_hidden_rows() -> None:
    def fill(first: Worksheet) -> None:
        for number in range(1, 8):
            first.append([f"a{number}"])
        first.auto_filter.ref = "A1:A4"
        first.row_dimensions[3].hidden = True
        first.row_dimensions[6].hidden = True

    (table,) = tables(sheet(fill))

    assert table.hidden_rows == {2: Hidden.FILTERED_ROW, 5: Hidden.ROW}


def test_a_format_that_shows_nothing_hides_the_cell() -> None:
    def fill(first: Worksheet) -> None:
        first.append(["seen", 7700900123])
        first["B1"].number_format = ";;;"

    (table,) = tables(sheet(fill))

    assert table.rows == (("seen", "7700900123"),)
    assert table.hidden_at(0, 1) is Hidden.CELL_FORMAT


def test_comments_are_hidden_text() -> None:
    def fill(first: Worksheet) -> None:
        first["A1"] = "Ann"
        first["A1"].comment = Comment("has moved to 1 High St", "Bob")

    hidden = {b.text: b.hidden for b in read(sheet(fill)).blocks if isinstance(b, Text)}

    assert any("1 High St" in text and why is Hidden.CELL_COMMENT for text, why in hidden.items())


def test_page_headers_are_read_without_their_codes() -> None:
    def fill(first: Worksheet) -> None:
        first["A1"] = "x"
        assert first.oddHeader is not None
        first.oddHeader.center.text = "Clients of Ann Bee &P"

    assert (
        Text("clients.xlsx › Sheet › headers", "Clients of Ann Bee", Hidden.HEADER)
        in read(sheet(fill)).blocks
    )


def test_properties_are_hidden_text() -> None:
    def fill(workbook: openpyxl.Workbook) -> None:
        workbook.properties.title = "Clients of Ann Bee"

    blocks = [b for b in read(book(fill)).blocks if isinstance(b, Text)]

    assert any("Ann Bee" in b.text and b.hidden is Hidden.PROPERTY for b in blocks)


def test_a_formula_without_a_result_is_read_as_it_is() -> None:
    def fill(first: Worksheet) -> None:
        first["A1"] = '="Ann Bee"'

    assert tables(sheet(fill))[0].rows == (('="Ann Bee"',),)


def test_declared_dimensions_are_not_believed() -> None:
    content = rewritten(
        sheet(lambda first: first.append(["a", "b", "c"])),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace('ref="A1:C1"', 'ref="A1:XFD1048576"'),
    )

    assert tables(content)[0].rows == (("a", "b", "c"),)


def test_cells_outside_the_declared_dimensions_are_read() -> None:
    content = rewritten(
        sheet(lambda first: first.append(["a", "b", "c"])),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace('ref="A1:C1"', 'ref="A1"'),
    )

    assert tables(content)[0].rows == (("a", "b", "c"),)


def test_a_lone_cell_in_the_last_corner_costs_nothing() -> None:
    def fill(first: Worksheet) -> None:
        first["A1"] = "first"
        first["XFD1048576"] = "last"

    (table,) = tables(sheet(fill))

    assert table.rows == (("first",), ("", "last"))
    assert table.row_place(1) == "clients.xlsx › Sheet › row 1048576"


def test_columns_stay_in_line_where_cells_are_missing() -> None:
    def fill(first: Worksheet) -> None:
        first.append(["Name", "Phone", "Ref"])
        first.append(["Ann", None, "ILS/1"])
        first.append([None, "07700 900124"])

    assert tables(sheet(fill))[0].rows == (
        ("Name", "Phone", "Ref"),
        ("Ann", "", "ILS/1"),
        ("", "07700 900124"),
    )


def test_a_sheet_scattered_over_all_columns_is_read_without_padding() -> None:
    rows = "".join(
        f'<row r="{n}"><c r="{letters}{n}" t="str"><v>x{n}</v></c></row>'
        for n, letters in enumerate((f"{a}{b}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJ"), 1)
        for n in (n, n + 100, n + 200)
    )

    (table,) = tables(raw_sheet(f"<sheetData>{rows}</sheetData>"))

    assert [1] * 300 == [len(row) for row in table.rows]


def test_cells_without_places_stand_side_by_side() -> None:
    ann = "<c t='inlineStr'><is><r><t>An</t></r><r><t>n</t></r></is></c>"
    rows = (
        f"<row><c><v>1</v></c>{ann}</row>"
        "<row><c t='str'><v>a_x000D_b</v></c><c t='e'><v>#N/A</v></c></row>"
    )
    content = raw_sheet(f"<sheetData>{rows}</sheetData>")

    assert tables(content)[0].rows == (("1", "Ann"), ("a\rb", "#N/A"))


def with_shared(rows: str, *strings: str) -> bytes:
    """A workbook as Excel writes it: cells refer to texts by number."""
    items = "".join(f"<si>{text}</si>" for text in strings)
    content = rewritten(
        raw_sheet(f"<sheetData>{rows}</sheetData>"),
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(
            "</Relationships>",
            '<Relationship Id="rIdS" Target="sharedStrings.xml" Type="http://schemas.openxmlformats'
            '.org/officeDocument/2006/relationships/sharedStrings"/></Relationships>',
        ),
    )
    saved = io.BytesIO(content)
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", f"<sst>{items}</sst>")
    return saved.getvalue()


def test_shared_texts_are_read_with_their_runs_and_without_their_readings() -> None:
    content = with_shared(
        "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c></row>",
        "<r><t>Ann </t></r><r><rPr><b/></rPr><t>Bee</t></r><rPh sb='0' eb='1'><t>reading</t></rPh>",
        "<t>x_x000D_y</t>",
    )

    assert tables(content)[0].rows == (("Ann Bee", "x\ry"),)


def test_a_cell_that_refers_to_no_text_is_empty() -> None:
    content = with_shared("<row><c t='s'><v>7</v></c><c t='s'><v>x</v></c><c><v>1</v></c></row>")

    assert tables(content)[0].rows == (("1",),)


def test_texts_that_no_cell_shows_any_more_are_hidden_text() -> None:
    content = with_shared(
        "<row><c t='s'><v>0</v></c></row>", "<t>seen</t>", "<t>Ann Bee was here</t>"
    )
    unused = Text("clients.xlsx › unused texts", "Ann Bee was here", Hidden.CACHE)

    assert unused in read(content).blocks


def test_a_strict_workbook_is_read_though_openpyxl_sees_nothing_in_it() -> None:
    content = sheet(lambda first: first.append(["Ann Bee", "07700 900123"]))
    for part in (
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/worksheets/sheet1.xml",
        "_rels/.rels",
    ):
        content = rewritten(
            content,
            part,
            lambda xml: xml.replace(
                "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                "http://purl.oclc.org/ooxml/spreadsheetml/main",
            ).replace(
                "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                "http://purl.oclc.org/ooxml/officeDocument/relationships",
            ),
        )

    assert tables(content)[0].rows == (("Ann Bee", "07700 900123"),)


def test_lists_of_allowed_values_in_the_newer_way_are_read() -> None:
    added = (
        '<extLst><ext><x14:dataValidations xmlns:x14="x14" xmlns:xm="xm"><x14:dataValidation>'
        '<x14:formula1><xm:f>"Ann Lee,Bob Roe"</xm:f></x14:formula1></x14:dataValidation>'
        "</x14:dataValidations></ext></extLst></worksheet>"
    )
    content = rewritten(
        sheet(lambda first: first.append(["a"])),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("</worksheet>", added),
    )

    (allowed,) = (b for b in read(content).blocks if b.hidden is Hidden.VALIDATION)

    assert isinstance(allowed, Text)
    assert allowed.text == '"Ann Lee,Bob Roe"'


def test_cells_without_places_stand_beside_those_before() -> None:
    first = '<row><c r="B1"/><c><v>1</v></c><c/><c t="str"><v>x</v></c></row>'
    content = raw_sheet(f"<sheetData>{first}<row><c><v>2</v></c></row></sheetData>")

    assert tables(content)[0].rows == (("", "1", "x"), ("2",))


def test_the_two_readers_agree_on_an_ordinary_workbook() -> None:
    def fill(first: Worksheet) -> None:
        for number in range(50):
            first.append([f"Ann {number}", f"  white  space {number}", f"line\nbreak {number}"])

    assert read(sheet(fill)).defects == ()


def test_what_only_the_second_reader_sees_is_read_and_a_defect() -> None:
    content = sheet(lambda first: first.append(["seen by both", "seen by openpyxl"]))
    part = Part("1", content, filename=PLACE)

    package = Package(content, Budget())
    book = _open(package, Budget())
    book.read_as_sheets.append("xl/worksheets/sheet1.xml")

    assert list(_second_reader(package, part, book, PLACE, Budget(), {"seen  by both"})) == [
        Defect("second-reader"),
        Text("clients.xlsx › second reader", "seen by openpyxl"),
    ]


def test_a_workbook_that_was_cut_off_is_a_gap() -> None:
    content = sheet(lambda first: first.append(["a"]))

    assert [(Unread.CORRUPT, "xlsx")] == [(g.why, g.format) for g in read(content[:-300]).gaps]


def test_a_sheet_that_was_cut_off_is_a_gap_and_its_beginning_is_read() -> None:
    def fill(first: Worksheet) -> None:
        for number in range(100):
            first.append([f"Ann {number}"])

    content = rewritten(sheet(fill), "xl/worksheets/sheet1.xml", lambda xml: xml[:2000])
    document = read(content)

    assert Unread.CORRUPT in [gap.why for gap in document.gaps]
    assert tables(content)[0].rows[0] == ("Ann 0",)


def test_a_workbook_whose_parts_have_a_password_is_encrypted() -> None:
    content = bytearray(sheet(lambda first: first.append(["a"])))
    for match in re.finditer(b"PK\x03\x04", bytes(content)):
        content[match.start() + 6] |= 1
    for match in re.finditer(b"PK\x01\x02", bytes(content)):
        content[match.start() + 8] |= 1

    assert [Unread.ENCRYPTED] == [gap.why for gap in read(bytes(content)).gaps]


def test_a_document_type_with_entities_is_a_gap() -> None:
    content = rewritten(
        sheet(lambda first: first.append(["a"])),
        "xl/worksheets/sheet1.xml",
        lambda xml: '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]>' + xml,
    )

    assert [Unread.CORRUPT] == [gap.why for gap in read(content).gaps]


def test_elements_nested_too_deep_are_a_gap() -> None:
    assert Unread.TOO_DEEP in [gap.why for gap in read(raw_sheet("<a>" * 100_000)).gaps]


def test_cells_beyond_the_limit_are_a_gap_and_the_others_are_read() -> None:
    def fill(first: Worksheet) -> None:
        for _ in range(100):
            first.append(["a", "b"])

    content = sheet(fill)
    document = extract(Part("1", content, filename=PLACE), Budget(Limits(cells=50)))

    assert {Unread.TOO_LARGE} == {gap.why for gap in document.gaps}
    assert isinstance(document.blocks[0], Table)
    assert 25 <= len(document.blocks[0].rows) <= 26


def test_an_embedded_file_is_inside() -> None:
    content = sheet(lambda first: first.append(["a"]))
    saved = io.BytesIO(content)
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("xl/embeddings/list.csv", "Ann,07700 900123\nBob,07700 900124\n")

    (inside,) = read(saved.getvalue()).inside

    assert inside.blocks[0] == Table(
        "clients.xlsx › embeddings/list.csv", (), (("Ann", "07700 900123"), ("Bob", "07700 900124"))
    )


@pytest.mark.parametrize(
    ("letters", "number"), [("A", 1), ("AB", 28), ("XFE", 0), ("", 0), ("é", 0)]
)
def test_columns_have_letters(letters: str, number: int) -> None:
    assert number == column_number(letters)


def test_a_font_in_the_colour_of_its_fill_hides_the_cell() -> None:
    def fill(first: Worksheet) -> None:
        first.append(["seen", "white", "red on red", "red on white"])
        red = PatternFill("solid", fgColor="FFC00000")
        first["B1"].font = Font(color="FFFFFFFF")
        first["C1"].font, first["C1"].fill = Font(color="FFC00000"), red
        first["D1"].font = Font(color="FFC00000")

    (table,) = tables(sheet(fill))

    assert [table.hidden_at(0, column) for column in range(4)] == [
        None, Hidden.SAME_COLOUR, Hidden.SAME_COLOUR, None,
    ]  # fmt: skip


def test_rows_and_columns_without_size_are_hidden() -> None:
    columns = '<cols><col min="2" max="3" width="0" customWidth="1"/></cols>'
    cells = "".join(f'<c r="{letter}{{0}}"><v>1</v></c>' for letter in "ABCD")
    rows = f'<row r="1">{cells.format(1)}</row><row r="2" ht="0" customHeight="1">{cells.format(2)}'

    (table,) = tables(raw_sheet(f"{columns}<sheetData>{rows}</row></sheetData>"))

    assert table.hidden_rows == {1: Hidden.ROW}
    assert table.hidden_columns == {1: Hidden.COLUMN, 2: Hidden.COLUMN}


def test_a_million_hidden_ranges_take_no_longer_than_they_are_long() -> None:
    ranges = '<col min="1" max="16384" hidden="1"/>' * 50_000
    cells = "".join(f'<c r="{get_column_letter(n)}1"><v>1</v></c>' for n in range(1, 16_385))
    content = raw_sheet(f"<cols>{ranges}</cols><sheetData><row r='1'>{cells}</row></sheetData>")

    (table,) = tables(content)

    assert len(table.hidden_columns) == 16_384


def test_lists_of_allowed_values_are_hidden_text() -> None:
    def fill(first: Worksheet) -> None:
        first["A1"] = "x"
        validation = DataValidation("list", formula1='"Ann Bee,Bob Cee"', sqref="B1:B9")
        first.add_data_validation(validation)

    allowed = Text("clients.xlsx › Sheet › allowed values", '"Ann Bee,Bob Cee"', Hidden.VALIDATION)

    assert allowed in read(sheet(fill)).blocks


def test_names_that_stand_for_texts_are_hidden_text() -> None:
    def fill(workbook: openpyxl.Workbook) -> None:
        workbook.defined_names["who"] = DefinedName("who", attr_text='"Ann Bee"')

    assert Text("clients.xlsx › names", '"Ann Bee"', Hidden.DEFINED_NAME) in read(book(fill)).blocks


def test_a_comment_says_which_cell_it_is_about() -> None:
    def fill(first: Worksheet) -> None:
        first["B4"] = "Ann"
        first["B4"].comment = Comment("has moved", "Bob")

    blocks = read(sheet(fill)).blocks

    assert (
        Text("clients.xlsx › Sheet › cell B4 › comment", "has moved", Hidden.CELL_COMMENT) in blocks
    )
    assert Text("clients.xlsx › Sheet › authors of comments", "Bob", Hidden.PROPERTY) in blocks


def with_parts(content: bytes, parts: dict[str, str]) -> bytes:
    """A package with more parts."""
    saved = io.BytesIO(content)
    with zipfile.ZipFile(saved, "a") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return saved.getvalue()


def links(kind: str, target: str) -> str:
    link = f'<Relationship Id="r1" Type="http://x/relationships/{kind}" Target="{target}"/>'
    return f"<Relationships>{link}</Relationships>"


SIMPLE = sheet(lambda first: first.append(["x"]))


def test_threaded_comments_are_read() -> None:
    content = with_parts(
        SIMPLE,
        {
            "xl/worksheets/_rels/sheet1.xml.rels": links("threadedComment", "../tc/tc1.xml"),
            "xl/tc/tc1.xml": '<c><threadedComment ref="A1"><text>Ann is ill</text>'
            "</threadedComment></c>",
        },
    )
    comment = Text("clients.xlsx › Sheet › cell A1 › comment", "Ann is ill", Hidden.CELL_COMMENT)

    assert comment in read(content).blocks


def test_text_boxes_and_the_charts_among_them_are_read() -> None:
    content = with_parts(
        SIMPLE,
        {
            "xl/worksheets/_rels/sheet1.xml.rels": links("drawing", "../drawings/drawing1.xml"),
            "xl/drawings/_rels/drawing1.xml.rels": links("chart", "../charts/chart1.xml"),
            "xl/drawings/drawing1.xml": '<d><cNvPr descr="a photo of Ann"/>'
            "<p><t>Ann</t><t> Bee</t></p></d>",
            "xl/charts/chart1.xml": "<c><pt><v>Bob</v></pt><pt><v>Cee</v></pt></c>",
        },
    )
    blocks = read(content).blocks

    assert Text("clients.xlsx › Sheet › drawing", "Ann Bee") in blocks
    assert Text("clients.xlsx › Sheet › drawing", "a photo of Ann", Hidden.PROPERTY) in blocks
    assert Text("clients.xlsx › Sheet › chart", "Bob\nCee") in blocks


def test_a_sheet_that_the_workbook_does_not_list_is_read() -> None:
    cell = '<c t="str"><v>Ann</v></c>'
    content = with_parts(
        SIMPLE,
        {"xl/worksheets/old.xml": f"<w><sheetData><row>{cell}</row></sheetData></w>"},
    )
    table = Table("clients.xlsx › old.xml", (), (("Ann",),), Hidden.VERY_HIDDEN_SHEET)

    assert table in tables(content)


def test_the_cache_of_another_workbook_is_hidden_text() -> None:
    cache = '<e><sheetName val="Clients"/><cell><v>Ann Bee</v></cell></e>'
    content = with_parts(SIMPLE, {"xl/externalLinks/externalLink1.xml": cache})
    where = "clients.xlsx › externalLinks/externalLink1.xml"

    assert [Text(where, text, Hidden.CACHE) for text in ("Ann Bee", "Clients")] == [
        block for block in read(content).blocks if block.where == where
    ]


def test_records_of_a_pivot_cache_are_a_table_though_no_cell_has_them() -> None:
    folder = "xl/pivotCache"
    names = '<sharedItems><s v="Ann Bee"/><s v="Bob Cee"/></sharedItems>'
    content = with_parts(
        SIMPLE,
        {
            f"{folder}/pivotCacheDefinition1.xml": '<d><cacheField name="Name">'
            f'{names}</cacheField><cacheField name="Phone"><sharedItems/></cacheField></d>',
            f"{folder}/_rels/pivotCacheDefinition1.xml.rels": links(
                "pivotCacheRecords", "pivotCacheRecords1.xml"
            ),
            f"{folder}/pivotCacheRecords1.xml": '<r><r><x v="1"/><s v="07700 900124"/></r>'
            '<r><x v="0"/><n v="7"/></r></r>',
        },
    )

    assert Table(
        "clients.xlsx › pivot cache",
        ("Name", "Phone"),
        (("Bob Cee", "07700 900124"), ("Ann Bee", "7")),
        Hidden.PIVOT_CACHE,
    ) in tables(content)


def test_readings_stand_with_the_text_that_they_are_for() -> None:
    content = with_shared(
        "<row><c t='s'><v>0</v></c></row>", "<t>豊田</t><rPh><t>トヨ</t></rPh><rPh><t>タ</t></rPh>"
    )

    assert (
        Text("clients.xlsx › readings", "豊田 トヨタ", Hidden.ALTERNATIVE) in read(content).blocks
    )


def test_names_of_sheets_are_text() -> None:
    def fill(workbook: openpyxl.Workbook) -> None:
        workbook.create_sheet("Ann Bee")

    assert Text("clients.xlsx › sheet names", "Sheet\nAnn Bee") in read(book(fill)).blocks


def test_macros_are_read() -> None:
    module = macro(b'Attribute VB_Name = "A"\r\nMsgBox "Ann Bee"\r\n')
    saved = io.BytesIO(SIMPLE)
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("xl/vbaProject.bin", compound({"VBA/Module1": module}))

    found = [b for b in read(saved.getvalue()).blocks if b.hidden is Hidden.MACRO]

    assert [('MsgBox "Ann Bee"' in b.text) for b in found if isinstance(b, Text)] == [True]


def test_lines_of_old_text_boxes_that_are_no_xml_are_read() -> None:
    font = "<font>Ann Bee<br>07700 900123<br></br></font>"
    drawing = f"<xml xmlns:v='v'><v:shape><v:textbox><div>{font}</div></v:textbox></v:shape></xml>"
    saved = io.BytesIO(sheet(lambda page: page.append(["harmless"])))
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("xl/drawings/vmlDrawing1.vml", drawing)
    document = extract(Part("1", saved.getvalue(), filename="list.xlsx"))

    assert () == document.gaps
    assert any(
        "Ann Bee\n07700 900123" in block.text
        for block in document.blocks
        if isinstance(block, Text)
    )


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1" s="1"/><c r="B1"/><c r="C1" t="str"><v>Ann</v></c></row>',
        '<row r="1"><c r="A1" s="1"/><c><v>1</v></c><c r="C1" t="str"><v>Ann</v></c></row>',
        '<row r="1"><c r="A1" s="1"/></row><row r="2"><c r="C2" t="str"><v>Ann</v></c></row>',
        '<row r="1"><c r="A1" s="1"/><x:c r="B1"/><c r="C1" t="str"><v>Ann</v></c></row>',
    ],
)
def test_empty_cells_take_no_place_from_others(rows: str) -> None:
    content = rewritten(
        sheet(lambda page: page.append(["x"])),
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(
            "<sheetData>.*</sheetData>",
            f"<sheetData xmlns:x='x'>{rows}</sheetData>",
            xml,
            flags=re.DOTALL,
        ),
    )
    document = extract(Part("1", content, filename=PLACE))

    (table,) = (block for block in document.blocks if isinstance(block, Table))
    assert "Ann" == table.rows[-1][2 if len(table.rows[-1]) > 2 else -1]
    assert () == document.gaps
    assert "second-reader" not in document.defects
