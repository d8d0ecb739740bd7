import io
import zipfile

from dlpguard.document import Document, Hidden, Text, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part

PLACE = "plan.vsdx"
SHAPE = """<Shape><Section N="Property"><Row N="Owner"><Cell N="Value" V="Ann Lee"/>
<Cell N="Label" V="Owner"/><Cell N="Type" V="0"/></Row></Section>
<Text><cp IX="0"/>Arrive <fld IX="0">here</fld></Text></Shape>"""


def read(parts: dict[str, str]) -> Document:
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, content in parts.items():
            archive.writestr(name, content)
    return extract(Part("1", saved.getvalue(), filename=PLACE))


def test_the_words_of_shapes_are_read_page_by_page() -> None:
    document = read(
        {
            "visio/pages/page1.xml": f"<PageContents>{SHAPE}</PageContents>",
            "visio/masters/master2.xml": "<M><Text>Router</Text></M>",
        }
    )

    assert document.format == "vsdx"
    assert document.blocks[:3] == (
        Text(f"{PLACE} › page 1", "Arrive here"),
        Text(f"{PLACE} › page 1 › shape data", "Ann Lee\nOwner", Hidden.PROPERTY),
        Text(f"{PLACE} › master 2", "Router", Hidden.TEMPLATE),
    )


def test_what_was_read_of_a_damaged_page_stays() -> None:
    document = read({"visio/pages/page1.xml": f"<PageContents>{SHAPE}"})

    assert document.blocks[0] == Text(f"{PLACE} › page 1", "Arrive here")
    assert [Unread.CORRUPT] == [gap.why for gap in document.gaps]
