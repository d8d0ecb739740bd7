import io
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from reportlab.lib import pdfencrypt
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen import canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as PdfTable

from dlpguard.document import Document, Hidden, Table, Text, Unread
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.mail import Part

PLACE = "clients.pdf"
ROWS = tuple(
    [("Name", "Phone", "Case ref")]
    + [(f"Ann Bee{n}", f"07700 900{n:03}", f"ILS/2013/{n:05}") for n in range(60)]
)


def drawn(draw: Callable[[Any], None], **options: Any) -> bytes:
    saved = io.BytesIO()
    page = canvas.Canvas(saved, **options)
    draw(page)
    page.showPage()
    page.save()
    return saved.getvalue()


def built(*story: Any) -> bytes:
    saved = io.BytesIO()
    SimpleDocTemplate(saved).build(list(story))
    return saved.getvalue()


def paragraph(text: str) -> Any:
    return Paragraph(text, getSampleStyleSheet()["Normal"])


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename=PLACE))


def test_text_is_read_page_by_page() -> None:
    def draw(page: Any) -> None:
        page.drawString(100, 700, "Dear Ann Bee,")
        page.showPage()
        page.drawString(100, 700, "second page")

    assert read(drawn(draw)).blocks[:2] == (
        Text("clients.pdf › page 1", "Dear Ann Bee,"),
        Text("clients.pdf › page 2", "second page"),
    )


def test_lines_in_columns_are_one_table_over_all_its_pages() -> None:
    content = built(paragraph("Clients of the south team"), Spacer(1, 20), PdfTable(list(ROWS)))
    blocks = read(content).blocks

    assert blocks[0] == Text("clients.pdf › page 1", "Clients of the south team")
    assert blocks[1] == Table("clients.pdf › pages 1–2", (), ROWS)


def test_a_table_drawn_column_by_column_keeps_its_rows() -> None:
    def draw(page: Any) -> None:
        for column in range(3):
            for number, row in enumerate(ROWS[:8]):
                page.drawString(80 + 130 * column, 700 - 15 * number, row[column])

    assert read(drawn(draw)).blocks[0] == Table("clients.pdf › page 1", (), ROWS[:8])


def test_cells_may_be_empty_or_right_aligned() -> None:
    def draw(page: Any) -> None:
        for number, name in enumerate(("Ann", "Bob", "Catherine", "Di")):
            page.drawString(80, 700 - 15 * number, name)
            if number != 1:
                page.drawString(220, 700 - 15 * number, f"0770090012{number}")
            page.drawRightString(450, 700 - 15 * number, f"{10**number}.00")

    (table, *_) = read(drawn(draw)).blocks

    assert isinstance(table, Table)
    assert table.rows[1] == ("Bob", "", "10.00")


def test_prose_in_lines_stays_text() -> None:
    words = "The client was seen at home and seemed well. " * 40
    blocks = read(built(paragraph(words))).blocks

    assert not any(isinstance(block, Table) for block in blocks)


def test_a_page_that_is_only_a_picture_is_a_scan() -> None:
    content = drawn(lambda page: page.drawInlineImage(Image.new("RGB", (600, 800)), 0, 0, 600, 800))

    assert [(Unread.SCAN, "clients.pdf › page 1")] == [(g.why, g.where) for g in read(content).gaps]


def test_a_picture_beside_text_is_no_scan() -> None:
    def draw(page: Any) -> None:
        page.drawInlineImage(Image.new("RGB", (60, 80)), 0, 0)
        page.drawString(100, 700, "Dear Ann Bee, here it is")

    assert read(drawn(draw)).gaps == ()


def test_an_empty_page_is_nothing() -> None:
    assert read(drawn(lambda page: None)).gaps == ()


def test_a_file_that_needs_a_password_is_encrypted() -> None:
    encryption = pdfencrypt.StandardEncryption("secret", "owner", strength=128)
    content = drawn(lambda page: page.drawString(100, 700, "Ann"), encrypt=encryption)

    assert [(Unread.ENCRYPTED, "pdf")] == [(g.why, g.format) for g in read(content).gaps]


def test_a_file_that_only_forbids_changes_is_read() -> None:
    encryption = pdfencrypt.StandardEncryption("", "owner", canCopy=0, strength=128)
    content = drawn(lambda page: page.drawString(100, 700, "Ann Bee"), encrypt=encryption)

    assert read(content).blocks[0] == Text("clients.pdf › page 1", "Ann Bee")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_was_cut_off_is_a_gap(share: float) -> None:
    content = built(PdfTable(list(ROWS)))

    assert Unread.CORRUPT in [g.why for g in read(content[: int(len(content) * share)]).gaps]


def test_notes_and_properties_are_hidden_text() -> None:
    def draw(page: Any) -> None:
        page.setTitle("Clients of Ann Bee")
        page.drawString(100, 700, "seen by everybody")
        page.textAnnotation("Ann is ill", Rect=[10, 10, 50, 50])

    blocks = [b for b in read(drawn(draw)).blocks if isinstance(b, Text)]

    assert [Hidden.PDF_ANNOTATION] == [b.hidden for b in blocks if "Ann is ill" in b.text]
    assert [Hidden.PROPERTY] == [b.hidden for b in blocks if "Clients of Ann Bee" in b.text]


def test_attached_files_are_inside() -> None:
    document = pypdfium2.PdfDocument(drawn(lambda page: page.drawString(100, 700, "see attached")))
    document.new_attachment("list.csv").set_data(b"Ann,1\nBob,2\n")
    saved = io.BytesIO()
    document.save(saved)
    document.close()

    (inside,) = read(saved.getvalue()).inside

    assert inside.blocks == (Table("clients.pdf › list.csv", (), (("Ann", "1"), ("Bob", "2"))),)


def test_pages_beyond_the_limit_are_a_gap_and_the_others_are_read() -> None:
    def draw(page: Any) -> None:
        for _ in range(5):
            page.drawString(100, 700, "Ann")
            page.showPage()

    part = Part("1", drawn(draw), filename=PLACE)
    document = extract(part, Budget(Limits(pages=3)))

    assert [Unread.TOO_LARGE] == [gap.why for gap in document.gaps]
    assert 3 == sum(isinstance(b, Text) and b.text == "Ann" for b in document.blocks)
