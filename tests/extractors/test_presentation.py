import io
import zipfile

from dlpguard.document import Document, Hidden, Table, Text, Unread
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.mail import Part

PLACE = "talk.pptx"


def links(*targets: tuple[str, str]) -> str:
    made = "".join(
        f'<Relationship Id="r{number}" Type="http://x/relationships/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f"<Relationships>{made}</Relationships>"


def deck(*slides: str) -> bytes:
    """A presentation with these slides."""
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="r{n}"/>' for n in range(1, len(slides) + 1))
    namespaces = 'xmlns:p="p" xmlns:r="r"'
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", links(("officeDocument", "ppt/presentation.xml")))
        archive.writestr(
            "ppt/presentation.xml", f"<p:presentation {namespaces}>{listed}</p:presentation>"
        )
        # Slides are numbered backwards, so that only the list gives their order.
        names = [f"slides/slide{number}.xml" for number in range(len(slides), 0, -1)]
        archive.writestr(
            "ppt/_rels/presentation.xml.rels", links(*(("slide", name) for name in names))
        )
        for name, body in zip(names, slides, strict=True):
            archive.writestr(f"ppt/{name}", body)
    return saved.getvalue()


def added(content: bytes, parts: dict[str, str]) -> bytes:
    saved = io.BytesIO(content)
    with zipfile.ZipFile(saved, "a") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return saved.getvalue()


def shape(text: str, kind: str = "", more: str = "") -> str:
    placeholder = f'<nvPr><ph type="{kind}"/></nvPr>' if kind else ""
    return (
        f"<sp><nvSpPr><cNvPr id='1'{more}/>{placeholder}</nvSpPr>"
        f"<txBody><p><r><t>{text}</t></r></p></txBody></sp>"
    )


def slide(body: str, attributes: str = "") -> str:
    return f"<sld{attributes}><cSld><spTree>{body}</spTree></cSld></sld>"


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename=PLACE))


def test_slides_are_read_in_the_order_of_the_show_the_title_first() -> None:
    first = slide(shape("of last year") + shape("Clients", "title") + shape("7", "sldNum"))

    assert read(deck(first, slide(shape("Ann Bee")))).blocks[:2] == (
        Text("talk.pptx › slide 1", "Clients\nof last year"),
        Text("talk.pptx › slide 2", "Ann Bee"),
    )


def test_hidden_slides_and_shapes_say_so() -> None:
    content = deck(
        slide(shape("Ann Bee"), ' show="0"'),
        slide(shape("seen") + shape("Bob", more=' hidden="1"')),
    )

    assert read(content).blocks[:3] == (
        Text("talk.pptx › slide 1", "Ann Bee", Hidden.HIDDEN_SLIDE),
        Text("talk.pptx › slide 2", "seen"),
        Text("talk.pptx › slide 2", "Bob", Hidden.HIDDEN_TEXT),
    )


def test_a_slide_that_the_show_does_not_list_is_read() -> None:
    content = added(deck(slide(shape("x"))), {"ppt/slides/old.xml": slide(shape("Ann Bee"))})

    assert Text("talk.pptx › old.xml", "Ann Bee", Hidden.HIDDEN_SLIDE) in read(content).blocks


def test_notes_and_comments_stand_with_their_slide() -> None:
    content = added(
        deck(slide(shape("x"))),
        {
            "ppt/slides/_rels/slide1.xml.rels": links(
                ("notesSlide", "../notesSlides/notesSlide1.xml"),
                ("comments", "../comments/comment1.xml"),
                ("comments", "../comments/modernComment1.xml"),
            ),
            "ppt/notesSlides/notesSlide1.xml": f"<notes>{shape('Ann is ill', 'body')}</notes>",
            "ppt/comments/comment1.xml": "<cmLst><cm><text>ask Bob</text></cm></cmLst>",
            "ppt/comments/modernComment1.xml": "<cmLst><cm><txBody><p><r><t>and Cy</t></r></p>"
            "</txBody></cm></cmLst>",
        },
    )

    assert read(content).blocks[1:4] == (
        Text("talk.pptx › slide 1 › notes", "Ann is ill", Hidden.SPEAKER_NOTE),
        Text("talk.pptx › slide 1 › comments", "ask Bob", Hidden.COMMENT),
        Text("talk.pptx › slide 1 › comments", "and Cy", Hidden.COMMENT),
    )


def test_tables_are_tables_and_merged_cells_keep_their_place() -> None:
    def row(*cells: str) -> str:
        return "<tr>" + "".join(f"<tc><p><t>{cell}</t></p></tc>" for cell in cells) + "</tr>"

    rows = row("Name", "Phone", "") + row("Ann Bee", "07700 900123", "x")
    frame = f"<graphicFrame><tbl><tblPr firstRow='1'/>{rows}</tbl></graphicFrame>"

    assert read(deck(slide(frame))).blocks[0] == Table(
        "talk.pptx › slide 1", ("Name", "Phone", ""), (("Ann Bee", "07700 900123", "x"),)
    )


def test_alternative_texts_are_hidden_text() -> None:
    picture = '<pic><nvPicPr><cNvPr id="1" descr="Ann Bee at home"/></nvPicPr></pic>'
    alternative = Text("talk.pptx › slide 1", "Ann Bee at home", Hidden.PROPERTY)

    assert alternative in read(deck(slide(picture))).blocks


def test_charts_and_diagrams_stand_with_their_slide() -> None:
    content = added(
        deck(slide("")),
        {
            "ppt/slides/_rels/slide1.xml.rels": links(
                ("chart", "../charts/chart1.xml"), ("diagramData", "../diagrams/data1.xml")
            ),
            "ppt/charts/chart1.xml": "<c><pt><v>Ann</v></pt><pt><v>Bee</v></pt></c>",
            "ppt/diagrams/data1.xml": "<d><p><t>Bob Cee</t></p></d>",
        },
    )

    assert read(content).blocks[:2] == (
        Text("talk.pptx › slide 1 › chart", "Ann\nBee"),
        Text("talk.pptx › slide 1 › diagram", "Bob Cee"),
    )


def test_a_master_is_read_and_what_it_asks_for_is_hidden_and_said_once() -> None:
    master = f"<sldMaster>{shape('Click here', 'title')}{shape('Ann Bee')}</sldMaster>"
    content = added(
        deck(slide("")),
        {
            "ppt/slideMasters/slideMaster1.xml": master,
            "ppt/slideLayouts/slideLayout1.xml": master,
        },
    )

    assert read(content).blocks[:2] == (
        Text("talk.pptx › slide master 1", "Ann Bee"),
        Text("talk.pptx › slide master 1", "Click here", Hidden.TEMPLATE),
    )
    assert not any("layout" in block.where for block in read(content).blocks)


def test_what_an_alternative_says_too_is_read_once() -> None:
    both = (
        f"<AlternateContent><Choice>{shape('Ann Bee')}</Choice>"
        f"<Fallback>{shape('Ann Bee')}{shape('Bob Cee')}</Fallback></AlternateContent>"
    )

    assert read(deck(slide(both))).blocks[:2] == (
        Text("talk.pptx › slide 1", "Ann Bee"),
        Text("talk.pptx › slide 1", "Bob Cee", Hidden.ALTERNATIVE),
    )


def test_an_embedded_workbook_is_inside() -> None:
    content = added(deck(slide("x")), {"ppt/embeddings/Clients.csv": "Ann,07700 900123\nBob,1\n"})

    assert ["talk.pptx › embeddings/Clients.csv"] == [d.name for d in read(content).inside]


def test_a_slide_that_was_cut_off_is_a_gap_and_its_beginning_is_read() -> None:
    document = read(deck(slide(shape("Ann Bee"))[:-30], slide(shape("Bob"))))

    assert [Unread.CORRUPT] == [gap.why for gap in document.gaps]
    assert [block.text for block in document.blocks[:2] if isinstance(block, Text)] == [
        "Ann Bee", "Bob",
    ]  # fmt: skip


def test_slides_beyond_the_limit_are_a_gap() -> None:
    content = deck(*[slide(shape("x"))] * 5)
    document = extract(Part("1", content, filename=PLACE), Budget(Limits(pages=3)))

    assert [Unread.TOO_LARGE] == [gap.why for gap in document.gaps]
    assert document.blocks[2].where == "talk.pptx › slide 3"
