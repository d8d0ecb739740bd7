import gzip
import io
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


def test_later_versions_are_a_gap_and_their_preview_is_read() -> None:
    document = read({"Index/Document.iwa": b"\0", "QuickLook/Note.txt": b"SECRET"})

    assert [Unread.UNSUPPORTED] == [gap.why for gap in document.gaps]
    assert texts(document.inside[0]) == ["SECRET"]


def test_a_document_with_a_password_is_a_gap() -> None:
    document = read({"index.xml": b"\1\2\3", ".iwpv2": b"\0"})

    assert [Unread.ENCRYPTED] == [gap.why for gap in document.gaps]
