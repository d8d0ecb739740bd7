import pytest

from dlpguard.document import Document, Hidden, Table, Text
from dlpguard.extractors import extract
from dlpguard.mail import Part


def read(content: str) -> Document:
    return extract(Part("1", content.encode(), "text/xml", "a.xml"))


def test_records_that_follow_each_other_are_a_table() -> None:
    content = """<?xml version="1.0"?><clients>
        <client id="1"><name>Ann Bee</name><tel>1</tel></client>
        <client id="2"><name>Carl</name><note>x &amp; y</note></client></clients>"""

    assert read(content).blocks[0] == Table(
        "a.xml",
        ("id", "name", "tel", "note"),
        (("1", "Ann Bee", "1", ""), ("2", "Carl", "", "x & y")),
    )


def test_records_made_of_attributes_are_a_table() -> None:
    content = '<r><p name="Ann Bee" tel="1"/><p name="Carl" tel="2"/></r>'

    assert read(content).blocks[0] == Table(
        "a.xml", ("name", "tel"), (("Ann Bee", "1"), ("Carl", "2"))
    )


def test_one_record_is_text_with_its_names() -> None:
    assert read("<r><name>Ann</name><ref>7</ref></r>").blocks[0] == Text(
        "a.xml", "name: Ann\nref: 7"
    )


def test_the_runs_of_a_paragraph_are_one_line() -> None:
    assert read("<d><p>Dear <b>A</b>nn <i>Bee</i>,</p><p>hello</p></d>").blocks[0] == Text(
        "a.xml", "Dear Ann Bee,\nhello"
    )


def test_comments_are_hidden() -> None:
    assert (
        Text("a.xml", "about Ann", Hidden.COMMENT)
        in read("<r><!-- about Ann --><a>x</a></r>").blocks
    )


def test_what_entities_stand_for_is_read_and_is_a_defect() -> None:
    document = read('<!DOCTYPE r [<!ENTITY who "Ann Bee">]><r><a>dear &who;</a></r>')

    assert document.defects == ("xml-entities",)
    assert "Ann Bee" in "".join(b.text for b in document.blocks if isinstance(b, Text))


def test_files_that_entities_name_are_not_opened() -> None:
    document = read('<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><r><a>x &f; y</a></r>')

    assert "root:" not in "".join(b.text for b in document.blocks if isinstance(b, Text))


def test_a_file_that_was_cut_off_is_read_to_its_end() -> None:
    assert read("<r><a>Ann Bee</a><b>Ca").blocks[0] == Text("a.xml", "a: Ann Bee\nb: Ca")


def test_what_is_no_xml_is_read_as_text() -> None:
    assert read("Ann Bee").blocks[0] == Text("a.xml", "Ann Bee")


WORKBOOK = """<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="urn:schemas-microsoft-com:office:excel"
 xmlns:o="urn:schemas-microsoft-com:office:office">
 <o:DocumentProperties><o:Author>Bob</o:Author></o:DocumentProperties>
 <Worksheet ss:Name="Clients"><Table><Column/><Column ss:Hidden="1" ss:Span="1"/>
  <Row><Cell><Data ss:Type="String">Name</Data></Cell>
   <Cell ss:Index="3"><Data>Ref</Data></Cell></Row>
  <Row ss:Index="5" ss:Hidden="1"><Cell ss:HRef="mailto:ann@x.example"><Data>Ann Bee</Data>
   <Comment><Data>known to us</Data></Comment></Cell><Cell/><Cell><Data>7</Data></Cell></Row>
 </Table></Worksheet>
 <Worksheet ss:Name="Old"><Table><Row><Cell><Data>Carl</Data></Cell></Row></Table>
 <x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></Worksheet></Workbook>"""


def test_a_workbook_saved_as_xml_is_read_with_what_is_hidden() -> None:
    clients, comment, old, properties = read(WORKBOOK).blocks[:4]

    assert clients == Table(
        "a.xml › Clients",
        (),
        (("Name", "", "Ref"), ("Ann Bee <mailto:ann@x.example>", "", "7")),
        numbers=(1, 5),
        hidden_rows={1: Hidden.ROW},
        hidden_columns={1: Hidden.COLUMN, 2: Hidden.COLUMN},
    )
    assert comment == Text("a.xml › Clients", "known to us", Hidden.CELL_COMMENT)
    assert old == Table("a.xml › Old", (), (("Carl",),), Hidden.SHEET, (1,))
    assert properties == Text("a.xml", "Bob", Hidden.PROPERTY)


def test_what_the_reader_of_workbooks_does_not_know_is_read_too() -> None:
    cache = """<x:PivotCache xmlns:z="#RowsetSchema"><rs:data xmlns:rs="urn:rs"><z:row a="Zoe"
     b="ILS/2024/00017"/></rs:data></x:PivotCache><!-- Dora Dee -->
     <x:DataValidation><x:Value>&quot;Eve,Fay&quot;</x:Value></x:DataValidation></Workbook>"""
    content = WORKBOOK.replace("</Workbook>", cache).replace(
        "<Data>Carl</Data>", "<Data>Carl</Data><Data>Gus</Data>"
    )

    (others,) = (block for block in read(content).blocks if block.where.endswith("other values"))

    assert isinstance(others, Text)
    assert others.hidden is Hidden.CACHE
    assert others.text.split("\n") == ["Gus", "Zoe", "ILS/2024/00017", "Dora Dee", '"Eve,Fay"']


def test_the_names_of_sheets_are_texts() -> None:
    assert Text("a.xml › sheet names", "Clients\nOld") in read(WORKBOOK).blocks


@pytest.mark.parametrize(
    "mark",
    [
        'xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage"',
        'xmlns="urn:schemas-microsoft-com:office:spreadsheet"',
    ],
)
def test_what_only_pretends_to_be_of_office_is_read_as_any_xml(mark: str) -> None:
    content = f'<?xml version="1.0"?><list {mark}><name>Ann Bee</name></list>'

    assert "Ann Bee" in "".join(b.text for b in read(content).blocks if isinstance(b, Text))


def test_what_begins_like_a_workbook_and_is_no_xml_is_read() -> None:
    content = '<?xml version="1.0"?> urn:schemas-microsoft-com:office:spreadsheet Ann Bee'

    assert "Ann Bee" in "".join(b.text for b in read(content).blocks if isinstance(b, Text))


def test_a_word_document_saved_as_xml_is_read_as_one() -> None:
    package = "http://schemas.microsoft.com/office/2006/xmlPackage"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    document = read(
        f'<?xml version="1.0"?><pkg:package xmlns:pkg="{package}">'
        f'<pkg:part pkg:name="/_rels/.rels" pkg:contentType="x"><pkg:xmlData><Relationships '
        f'xmlns="{relations}"><Relationship Id="r" Type="{office}" Target="word/document.xml"/>'
        f'</Relationships></pkg:xmlData></pkg:part><pkg:part pkg:name="/word/document.xml" '
        f'pkg:contentType="{main}"><pkg:xmlData><w:document xmlns:w="{word}"><w:body><w:p>'
        "<w:r><w:t>Dear Ann</w:t></w:r><w:del><w:r><w:delText> Bee</w:delText></w:r></w:del>"
        "</w:p></w:body></w:document></pkg:xmlData></pkg:part></pkg:package>"
    ).inside[0]

    assert document.format == "docx"
    assert ["Dear Ann", Hidden.TRACKED_CHANGE] == [
        document.blocks[0].text if isinstance(document.blocks[0], Text) else "",
        document.blocks[-1].hidden,
    ]


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "content",
    [
        "<a>" * 100_000 + "SECRET",
        "<a>" * 100_000 + "SECRET" + "</a>" * 100_000,
        "<r>" + "<a b='c' d='e'/>" * 100_000 + "<z>SECRET</z></r>",
        "<r>" + "<!-- c -->" * 100_000 + "<z>SECRET</z></r>",
        "<r" + " a='b'" * 50_000 + "><z>SECRET</z></r>",
        "<p>" + "<b>x" * 50_000 + "SECRET",
    ],
    ids=range(6),
)
def test_hostile_files_are_read_to_their_end(content: str) -> None:
    blocks = read('<?xml version="1.0"?>' + content).blocks

    assert any("SECRET" in block.text for block in blocks if isinstance(block, Text))


def test_entities_that_grow_without_end_end() -> None:
    grown = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    content = f'<!DOCTYPE r [<!ENTITY e0 "lol">{grown}]><r><a>&e11;</a></r>'

    assert sum(len(b.text) for b in read(content).blocks if isinstance(b, Text)) < 2_000_000
