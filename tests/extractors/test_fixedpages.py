import io
import zipfile

from dlpguard.document import Document, Text, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part

PLACE = "print.xps"


def page(*glyphs: tuple[int, str]) -> str:
    inner = "".join(f'<Glyphs OriginY="{y}" UnicodeString="{text}"/>' for y, text in glyphs)
    return f"<FixedPage>{inner}</FixedPage>"


def read(pages: dict[int, str]) -> Document:
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("_rels/.rels", "<Relationships/>")
        archive.writestr("FixedDocumentSequence.fdseq", "<FixedDocumentSequence/>")
        archive.writestr("Documents/1/Resources/Fonts/a.odttf", b"\0\1")
        for number, content in pages.items():
            archive.writestr(f"Documents/1/Pages/{number}.fpage", content)
    return extract(Part("1", saved.getvalue(), filename=PLACE))


def test_glyphs_at_one_height_are_a_line() -> None:
    document = read({1: page((10, "Dear"), (10, "Ann"), (20, "{}{braces}"))})

    assert document.format == "xps"
    assert document.gaps == ()
    assert document.blocks[0] == Text(f"{PLACE} › page 1", "Dear Ann\n{braces}")


def test_pages_are_read_in_the_order_of_their_numbers() -> None:
    document = read({10: page((1, "last")), 9: page((1, "first"))})

    assert [b.text for b in document.blocks[:2] if isinstance(b, Text)] == ["first", "last"]


def test_what_was_read_of_a_damaged_page_stays() -> None:
    document = read({1: page((1, "SECRET"))[:-3], 2: page((1, "more"))})

    assert [b.text for b in document.blocks[:2] if isinstance(b, Text)] == ["SECRET", "more"]
    assert [Unread.CORRUPT] == [gap.why for gap in document.gaps]
