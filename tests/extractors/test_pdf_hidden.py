"""What a PDF holds that nobody sees on its pages, and boxes that hide nothing."""

import io
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from dlpguard.document import Document, Hidden, Table, Text, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part

SECRET = "Ann Bee ILS/2013/04417"


def drawn(draw: Callable[[Any], None]) -> bytes:
    saved = io.BytesIO()
    page = canvas.Canvas(saved)
    page.drawString(72, 780, "seen by everybody")
    draw(page)
    page.save()
    return saved.getvalue()


def changed(change: Callable[[pikepdf.Pdf], None], content: bytes = b"") -> bytes:
    saved = io.BytesIO()
    with pikepdf.open(io.BytesIO(content or drawn(lambda page: None))) as document:
        change(document)
        document.save(saved)
    return saved.getvalue()


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename="a.pdf"))


def why(content: bytes) -> Hidden | None:
    """Why the secret is not seen; fails when it is not read at all."""
    found = [
        block.hidden
        for document in read(content).walk()
        for block in document.blocks
        if isinstance(block, Text) and SECRET in block.text
    ]
    assert found
    return found[0]


def text(page: Any, x: float = 72, y: float = 600) -> None:
    page.drawString(x, y, SECRET)


def under_a_box(page: Any) -> None:
    text(page)
    page.rect(60, 590, 300, 30, fill=1, stroke=0)


def under_a_picture(page: Any) -> None:
    text(page)
    page.drawImage(ImageReader(Image.new("RGB", (30, 5), "grey")), 60, 590, 300, 30)


def white_on_white(page: Any) -> None:
    page.setFillColorRGB(1, 1, 1)
    text(page)


def black_on_black(page: Any) -> None:
    page.rect(60, 590, 300, 30, fill=1, stroke=0)
    text(page)


def without_ink(page: Any) -> None:
    lines = page.beginText(72, 600)
    lines.setTextRenderMode(3)
    lines.textLine(SECRET)
    page.drawText(lines)


def tiny(page: Any) -> None:
    page.setFont("Helvetica", 0.4)
    text(page)


def transparent(page: Any) -> None:
    page.setFillAlpha(0)
    text(page)


def outside(page: Any) -> None:
    text(page, x=-400)


def in_a_form_under_a_box(page: Any) -> None:
    page.beginForm("letter")
    text(page)
    page.endForm()
    page.doForm("letter")
    page.rect(60, 590, 300, 30, fill=1, stroke=0)


@pytest.mark.parametrize(
    ("hidden", "draw"),
    [
        (Hidden.COVERED, under_a_box),
        (Hidden.COVERED, under_a_picture),
        (Hidden.COVERED, in_a_form_under_a_box),
        (Hidden.SAME_COLOUR, white_on_white),
        (Hidden.SAME_COLOUR, black_on_black),
        (Hidden.HIDDEN_TEXT, without_ink),
        (Hidden.HIDDEN_TEXT, tiny),
        (Hidden.HIDDEN_TEXT, transparent),
        (Hidden.OFF_PAGE, outside),
    ],
)
def test_text_that_nobody_sees_is_read_and_marked(
    hidden: Hidden, draw: Callable[[Any], None]
) -> None:
    content = drawn(draw)

    assert hidden is why(content)
    assert Text("a.pdf › page 1", "seen by everybody") in read(content).blocks


def on_a_box(page: Any) -> None:
    page.rect(60, 590, 300, 30, fill=1, stroke=0)
    page.setFillColorRGB(1, 1, 1)
    text(page)


def on_a_round_box(page: Any) -> None:
    page.roundRect(60, 590, 300, 30, 8, fill=1, stroke=0)
    page.setFillColorRGB(1, 1, 1)
    text(page)


def on_a_picture(page: Any) -> None:
    page.drawImage(ImageReader(Image.new("RGB", (30, 5), "navy")), 60, 590, 300, 30)
    page.setFillColorRGB(1, 1, 1)
    text(page)


def under_a_marker(page: Any) -> None:
    text(page)
    page.setFillColorRGB(1, 1, 0)
    page.setFillAlpha(0.4)
    page.rect(60, 590, 300, 30, fill=1, stroke=0)


def under_a_rule(page: Any) -> None:
    text(page)
    page.rect(60, 603, 300, 0.8, fill=1, stroke=0)


def under_a_frame(page: Any) -> None:
    text(page)
    page.rect(60, 590, 300, 30, fill=0, stroke=1)


def under_what_is_clipped_away(page: Any) -> None:
    text(page)
    path = page.beginPath()
    path.rect(400, 100, 50, 50)
    page.clipPath(path, stroke=0)
    page.rect(0, 0, 600, 800, fill=1, stroke=0)


def as_a_layer_over_a_scan(page: Any) -> None:
    page.drawImage(ImageReader(Image.new("RGB", (60, 80), "white")), 0, 0, 595, 842)
    without_ink(page)


@pytest.mark.parametrize(
    "draw",
    [
        on_a_box,
        on_a_round_box,
        on_a_picture,
        under_a_marker,
        under_a_rule,
        under_a_frame,
        under_what_is_clipped_away,
        as_a_layer_over_a_scan,
    ],
)
def test_text_that_people_see_is_not_hidden(draw: Callable[[Any], None]) -> None:
    assert why(drawn(draw)) is None


def test_text_under_a_box_is_hidden_on_a_chart_of_thousands_of_shapes_too() -> None:
    def chart(page: Any) -> None:
        under_a_box(page)
        for n in range(3000):
            page.rect(60 + n % 60 * 8, 400 + n // 60 * 5, 4, 4, stroke=0, fill=1)

    assert why(drawn(chart)) is Hidden.COVERED


def test_cells_under_a_black_bar_stay_in_their_rows() -> None:
    def draw(page: Any) -> None:
        for number in range(4):
            page.drawString(72, 600 - 15 * number, f"Name {number}")
            page.drawString(250, 600 - 15 * number, f"07700 90000{number}")
        page.rect(245, 550, 120, 65, fill=1, stroke=0)

    table = read(drawn(draw)).blocks[1]

    assert isinstance(table, Table)
    assert table.rows[2] == ("Name 2", "07700 900002")
    assert [table.hidden_at(2, 0), table.hidden_at(2, 1)] == [None, Hidden.COVERED]


def test_text_under_a_box_that_is_an_annotation_is_hidden() -> None:
    def change(document: pikepdf.Pdf) -> None:
        box = document.make_stream(b"0 g 0 0 300 30 re f")
        box.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 300, 30]))
        note = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Square,
            Rect=[60, 590, 360, 620],
            F=4,
            AP=Dictionary(N=box),
        )
        document.pages[0].Annots = Array([document.make_indirect(note)])

    assert why(changed(change, drawn(text))) is Hidden.COVERED


def test_a_layer_that_is_switched_off_is_hidden() -> None:
    def change(document: pikepdf.Pdf) -> None:
        layer = document.make_indirect(Dictionary(Type=Name.OCG, Name="clients"))
        order = Dictionary(OFF=[layer], Order=[layer])
        document.Root.OCProperties = Dictionary(OCGs=[layer], D=order)
        page = document.pages[0]
        page.Resources.Properties = Dictionary(MC0=layer)
        layered = f"/OC /MC0 BDC BT /F1 12 Tf 72 600 Td ({SECRET}) Tj ET EMC"
        page.contents_add(layered.encode())

    assert why(changed(change)) is Hidden.LAYER


def annotation(**entries: Any) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        note = Dictionary(Type=Name.Annot, Rect=[10, 10, 50, 50], **entries)
        annotated = document.make_indirect(note)
        document.pages[0].Annots = Array([annotated])
        if entries["Subtype"] == Name.Widget:
            document.Root.AcroForm = Dictionary(Fields=[annotated])

    return change


def in_the_outline(document: pikepdf.Pdf) -> None:
    with document.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(SECRET, 0))


def in_the_properties(document: pikepdf.Pdf) -> None:
    document.docinfo["/CaseWorkerNote"] = SECRET


def in_the_metadata(document: pikepdf.Pdf) -> None:
    with document.open_metadata() as metadata:
        metadata["dc:creator"] = ["somebody", SECRET]


def in_a_script(document: pikepdf.Pdf) -> None:
    script = Dictionary(S=Name.JavaScript, JS=document.make_stream(f'"{SECRET}"'.encode()))
    document.Root.OpenAction = script


def in_xfa(document: pikepdf.Pdf) -> None:
    data = f"<xfa:datasets xmlns:xfa='x'><name>{SECRET}</name></xfa:datasets>"
    packet = document.make_stream(data.encode())
    document.Root.AcroForm = Dictionary(Fields=[], XFA=["datasets", packet])


def as_alternative_text(document: pikepdf.Pdf) -> None:
    element = Dictionary(Type=Name.StructElem, S=Name.Figure, Alt=SECRET)
    document.Root.StructTreeRoot = Dictionary(K=document.make_indirect(element))


def as_a_field_that_is_not_on_a_page(document: pikepdf.Pdf) -> None:
    field = document.make_indirect(Dictionary(FT=Name.Tx, T="client", V=SECRET))
    document.Root.AcroForm = Dictionary(Fields=[field])


@pytest.mark.parametrize(
    ("hidden", "change"),
    [
        (Hidden.PDF_ANNOTATION, annotation(Subtype=Name.Text, Contents=SECRET)),
        (Hidden.PDF_ANNOTATION, annotation(Subtype=Name.Text, RC=f"<p>{SECRET}</p>")),
        (Hidden.PDF_ANNOTATION, annotation(Subtype=Name.Widget, FT=Name.Tx, T="a", F=2, V=SECRET)),
        (None, annotation(Subtype=Name.Widget, FT=Name.Tx, T="a", V=SECRET)),
        (None, annotation(Subtype=Name.FreeText, Contents=SECRET)),
        (
            Hidden.PDF_ANNOTATION,
            annotation(Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=f"mailto:{SECRET}")),
        ),
        (Hidden.PDF_ANNOTATION, in_the_outline),
        (Hidden.PROPERTY, in_the_properties),
        (Hidden.PROPERTY, in_the_metadata),
        (Hidden.SCRIPT, in_a_script),
        (Hidden.PDF_ANNOTATION, in_xfa),
        (Hidden.ALTERNATIVE, as_alternative_text),
        (Hidden.PDF_ANNOTATION, as_a_field_that_is_not_on_a_page),
    ],
)
def test_what_stands_beside_the_pages_is_read(
    hidden: Hidden | None, change: Callable[[pikepdf.Pdf], None]
) -> None:
    assert hidden is why(changed(change))


def test_a_value_follows_the_name_of_its_field() -> None:
    content = changed(annotation(Subtype=Name.Widget, FT=Name.Tx, TU="Client", T="x", V=SECRET))

    assert Text("a.pdf › page 1 › form", f"Client: {SECRET}") in read(content).blocks


def listed(document: pikepdf.Pdf) -> None:
    document.attachments["list.csv"] = f"name,ref\n{SECRET},1\n".encode()


def pinned_to_a_page(document: pikepdf.Pdf) -> None:
    file = document.make_stream(f"name,ref\n{SECRET},1\n".encode())
    specification = Dictionary(Type=Name.Filespec, F="list.csv", EF=Dictionary(F=file))
    annotation(Subtype=Name.FileAttachment, FS=specification)(document)


def forgotten(document: pikepdf.Pdf) -> None:
    file = document.make_stream(f"name,ref\n{SECRET},1\n".encode())
    file.Type = Name.EmbeddedFile
    document.Root.Leftover = file


@pytest.mark.parametrize("change", [listed, pinned_to_a_page, forgotten])
def test_files_in_it_are_opened(change: Callable[[pikepdf.Pdf], None]) -> None:
    cells = [
        cell
        for document in read(changed(change)).walk()
        for block in document.blocks
        if isinstance(block, Table)
        for row in block.rows
        for cell in row
    ]

    assert SECRET in cells


def saved_with(owner: str, user: str) -> bytes:
    saved = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn(text))) as document:
        document.save(saved, encryption=pikepdf.Encryption(owner=owner, user=user))
    return saved.getvalue()


def test_a_password_against_changes_does_not_keep_anybody_from_reading() -> None:
    assert why(saved_with("owner", "")) is None


def test_a_password_against_reading_is_a_gap() -> None:
    assert [Unread.ENCRYPTED] == [gap.why for gap in read(saved_with("owner", "user")).gaps]


def test_forms_that_draw_each_other_without_end_are_a_gap() -> None:
    def change(document: pikepdf.Pdf) -> None:
        inner = document.make_stream(b"BT (x) Tj ET")
        inner.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9]))
        for _ in range(9):
            outer = document.make_stream(b"/F Do\n" * 10)
            outer.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9]))
            outer.Resources = Dictionary(XObject=Dictionary(F=inner))
            inner = outer
        document.pages[0].Resources.XObject = Dictionary(F=inner)
        document.pages[0].contents_add(b"/F Do")

    assert [Unread.TOO_LARGE] == [gap.why for gap in read(changed(change)).gaps]


def test_a_form_that_draws_itself_is_a_gap() -> None:
    def change(document: pikepdf.Pdf) -> None:
        form = document.make_stream(b"/F Do /F Do")
        form.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9]))
        form.Resources = Dictionary(XObject=Dictionary(F=form))
        document.pages[0].Resources.XObject = Dictionary(F=form)
        document.pages[0].contents_add(b"/F Do")

    assert [Unread.TOO_LARGE] == [gap.why for gap in read(changed(change)).gaps]


def test_strings_in_every_coding_are_read() -> None:
    def change(document: pikepdf.Pdf) -> None:
        document.docinfo["/Title"] = String("Größe Łódź")

    assert "Größe Łódź" in "".join(
        block.text for block in read(changed(change)).blocks if isinstance(block, Text)
    )
