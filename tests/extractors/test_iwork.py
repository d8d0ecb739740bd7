import functools
import gzip
import io
import struct
import zipfile

import pytest

from dlpguard.document import Document, Hidden, Table, Text, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part

PLACE = "list.numbers"
SPACES = 'xmlns:sfa="http://x/sfa" xmlns:sf="http://x/sf" xmlns:ls="http://x/ls"'


def package(members: dict[str, bytes]) -> bytes:
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("buildVersionHistory.plist", "")
        for name, content in members.items():
            archive.writestr(name, content)
    return saved.getvalue()


def xml(body: str) -> bytes:
    return f'<?xml version="1.0"?><ls:document {SPACES}>{body}</ls:document>'.encode()


def read(members: dict[str, bytes]) -> Document:
    return extract(Part("1", package(members), filename=PLACE))


def texts(document: Document, hidden: Hidden | None = None) -> list[str]:
    blocks = [b for b in document.blocks if isinstance(b, Text) and b.hidden is hidden]
    return [b.text for b in blocks if not b.where.endswith("file name")]


TABLE = """<sf:tabular-model sf:name="Clients"><sf:grid sf:numcols="2"><sf:datasource>
<sf:t sf:s="SFTCellStyle-1"><sf:ct sfa:s="Name"/></sf:t><sf:t><sf:ct sfa:s="Age"/></sf:t>
<sf:t><sf:so><sf:p>Ann <sf:span>Lee</sf:span></sf:p></sf:so></sf:t><sf:n sf:v="41"/>
<sf:g/><sf:g/>
<sf:f><sf:fo sf:fs="=SUM(B)"/><sf:r><sf:rn sf:v="41"/></sf:r></sf:f><sf:g/>
</sf:datasource></sf:grid></sf:tabular-model>"""


def test_paragraphs_are_lines() -> None:
    document = read({"index.xml": xml("<sf:p>Dear<sf:tab/>Ann<sf:br/></sf:p><sf:p>Bye</sf:p>")})

    assert document.format == "iwork"
    assert texts(document) == ["Dear\tAnn\nBye"]


@pytest.mark.parametrize("name", ["index.xml", "index.apxl"])
def test_a_table_is_a_table_under_its_name(name: str) -> None:
    document = read({name: xml(TABLE)})

    rows = (("Name", "Age"), ("Ann Lee", "41"), ("41", ""))
    assert Table(f"{PLACE} › Clients", (), rows) in document.blocks
    assert texts(document) == ["Clients"]
    assert texts(document, Hidden.HIDDEN_TEXT) == ["=SUM(B)"]


@pytest.mark.parametrize(
    ("body", "hidden"),
    [
        ("<sf:annotation><sf:p>SECRET</sf:p></sf:annotation>", Hidden.COMMENT),
        ("<sf:notes><sf:p>SECRET</sf:p></sf:notes>", Hidden.SPEAKER_NOTE),
        ("<sf:master-slide><sf:p>SECRET</sf:p></sf:master-slide>", Hidden.TEMPLATE),
        ('<sf:metadata><sf:string sfa:string="SECRET"/></sf:metadata>', Hidden.PROPERTY),
    ],
)
def test_what_is_not_shown_says_why(body: str, hidden: Hidden) -> None:
    document = read({"index.xml": xml(f"{body}<sf:p>seen</sf:p>")})

    assert (texts(document), texts(document, hidden)) == (["seen"], ["SECRET"])


def test_a_compressed_main_part_is_read() -> None:
    assert texts(read({"index.xml.gz": gzip.compress(xml("<sf:p>SECRET</sf:p>"))})) == ["SECRET"]


def test_what_was_read_before_a_damage_stays() -> None:
    document = read({"index.xml": xml(f"<sf:p>SECRET</sf:p>{TABLE}<sf:p>")})

    assert texts(document) == ["SECRET\nClients"]
    assert [Unread.CORRUPT] == [gap.why for gap in document.gaps]


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def entry(number: int, value: bytes | int) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def snappy(content: bytes) -> bytes:
    """One block, literals only."""
    literals = b"".join(
        bytes([61 << 2]) + struct.pack("<H", len(piece) - 1) + piece
        for piece in (content[at : at + 60_000] for at in range(0, len(content), 60_000))
    )
    return varint(len(content)) + literals


def blocked(block: bytes) -> bytes:
    return b"\0" + len(block).to_bytes(3, "little") + block


def archive(*messages: tuple[int, bytes]) -> bytes:
    """What is in an .iwa file before it is compressed, one archive with these messages."""
    header = entry(1, 7)
    for kind, body in messages:
        header += entry(2, entry(1, kind) + entry(2, b"\1\0\5") + entry(3, len(body)))
    return varint(len(header)) + header + b"".join(body for _, body in messages)


def iwa(*messages: tuple[int, bytes]) -> bytes:
    return blocked(snappy(archive(*messages)))


def test_the_text_of_later_versions_is_read() -> None:
    text = entry(1, 3) + entry(3, "Dear Ann Bée,\nreply to 07700 900123".encode())
    other = entry(1, entry(2, b"Author: Bob")) + entry(9, b"\xff\xfe hidden run \xff")
    document = read({
        "Index/Document.iwa": iwa((2001, text), (400, other)),
        "Index/AnnotationAuthorStorage.iwa": iwa((3056, entry(1, b"call her"))),
        "Index/TemplateSlide-7.iwa": iwa((2001, entry(3, b"Click to edit"))),
        "QuickLook/Note.txt": b"SECRET",
    })  # fmt: skip

    assert texts(document) == ["Dear Ann Bée,\nreply to 07700 900123"]
    assert texts(document, Hidden.PROPERTY) == ["Author: Bob\n hidden run "]
    assert texts(document, Hidden.COMMENT) == ["call her"]
    assert texts(document, Hidden.TEMPLATE) == ["Click to edit"]
    assert texts(document.inside[0]) == ["SECRET"]
    assert document.gaps == ()


def test_a_package_in_the_package_is_opened() -> None:
    inner = package({"Index/Document.iwa": iwa((2001, entry(3, b"SECRET")))})

    assert texts(read({"Index.zip": inner}).inside[0]) == ["SECRET"]


def test_other_files_beside_the_text_of_later_versions_are_opened() -> None:
    files = {"Index/Document.iwa": iwa((2001, b"")), "Index/note.txt": b"SECRET"}

    assert texts(read(files).inside[0]) == ["SECRET"]


def test_numbers_in_tables_of_later_versions_are_a_gap() -> None:
    tile = entry(5, entry(6, bytes(range(1, 30))))
    document = read({
        "Index/Document.iwa": iwa((2001, entry(3, b"Clients"))),
        "Index/Tables/Tile.iwa": iwa((6002, tile)),
    })  # fmt: skip

    assert texts(document) == ["Clients"]
    assert [Unread.UNSUPPORTED] == [gap.why for gap in document.gaps]


def test_copies_of_what_came_before_are_inflated() -> None:
    # "Ann " as a literal, then the same again and again: with one, two and four bytes of distance.
    name = b"Ann " * 12
    body = archive((2001, entry(3, name)))
    start = body.index(b"Ann ") + 4
    block = varint(len(body)) + bytes([start - 1 << 2]) + body[:start]
    block += bytes([(8 - 4) << 2 | 1, 4])
    block += bytes([(24 - 1) << 2 | 2]) + struct.pack("<H", 4)
    block += bytes([(12 - 1) << 2 | 3]) + struct.pack("<I", 8)

    assert texts(read({"Index/Document.iwa": blocked(block)})) == [name.decode()]


@pytest.mark.parametrize(
    "content",
    [
        b"\0",
        b"\xff\6\0\0sNaPpY",
        blocked(b"\xff" * 20),
        blocked(varint(9) + bytes([4 << 2 | 1, 9])),
        blocked(varint(1) + bytes([3 << 2]) + b"four"),
        iwa((2001, entry(3, b"SECRET")))[:-3],
        blocked(snappy(b"\xff" * 12)),
    ],
    ids=range(7),
)
def test_what_is_damaged_in_later_versions_is_a_gap(content: bytes) -> None:
    document = read({"Index/Document.iwa": content})

    assert [Unread.CORRUPT] == [gap.why for gap in document.gaps]


def test_what_was_read_before_a_damage_in_later_versions_stays() -> None:
    files = {"Index/Document.iwa": iwa((2001, entry(3, b"SECRET"))), "Index/Slide.iwa": b"\0"}

    assert texts(read(files)) == ["SECRET"]


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "content",
    [
        blocked(varint(1 << 40) + b"\0x"),
        iwa(
            (2001, functools.reduce(lambda inner, _: entry(3, b"\xff" + inner), range(3000), b"x"))
        ),
        iwa((2001, functools.reduce(lambda inner, _: entry(3, inner), range(3000), b"\1x"))),
        iwa((2001, entry(3, b"\xff") * 100_000)),
        iwa(*[(2001, b"")] * 50_000),
    ],
    ids=["promise", "wrapped", "deep", "many", "messages"],
)
def test_hostile_files_of_later_versions_come_to_an_end(content: bytes) -> None:
    document = read({"Index/Document.iwa": content, "QuickLook/Note.txt": b"SECRET"})

    assert texts(document.inside[0]) == ["SECRET"]


def test_a_document_with_a_password_is_a_gap() -> None:
    document = read({"index.xml": b"\1\2\3", ".iwpv2": b"\0"})

    assert [Unread.ENCRYPTED] == [gap.why for gap in document.gaps]
