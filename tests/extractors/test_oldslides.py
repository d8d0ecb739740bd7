import struct

from dlpguard.document import Document, Gap, Hidden, Text, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part
from tests.extractors._oldfiles import compound, macro, presentation, record, said

PLACE = "show.ppt"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8) + struct.pack(">II", 800, 600) + bytes(6000)


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename=PLACE))


def texts(document: Document, hidden: Hidden | None = None) -> list[tuple[str, str]]:
    blocks = [b for b in document.blocks if isinstance(b, Text) and b.hidden is hidden]
    return [(b.where, b.text) for b in blocks if not b.where.endswith("file name")]


def persist(reference: int, slide: int) -> bytes:
    return record(1011, struct.pack("<IIIII", reference, 0, 0, slide, 0))


def document(*slides: bytes, more: bytes = b"") -> bytes:
    listing = record(4080, *slides, version=0xF)
    return record(1000, listing, more, version=0xF)


def slide(text: str, *more: bytes) -> bytes:
    return record(1006, said(text), *more, version=0xF)


def test_slides_are_read_in_the_order_of_the_show() -> None:
    top = document(persist(3, 257), persist(2, 256))

    shown = read(presentation((1, top), (2, slide("last")), (3, slide("first\rline"))))

    assert texts(shown) == [(f"{PLACE} › slide 1", "first\nline"), (f"{PLACE} › slide 2", "last")]


def test_a_title_that_only_the_outline_has_belongs_to_its_slide() -> None:
    title = record(4008, b"Title\xe9")
    shown = read(presentation((1, document(persist(2, 256), title)), (2, slide("body"))))

    assert texts(shown) == [(f"{PLACE} › slide 1", "body\nTitleé")]


def test_notes_comments_and_masters_say_why_they_are_not_shown() -> None:
    string = "SECRET".encode("utf-16-le")
    comment = record(12000, record(4026, string, instance=1), version=0xF)
    tagged = record(5003, comment)
    notes = record(1008, record(1009, struct.pack("<IHH", 256, 0, 0)), said("say"), version=0xF)
    master = record(1016, said("house"), version=0xF)
    top = (1, document(persist(2, 256)))

    shown = read(presentation(top, (2, slide("x", tagged)), (3, notes), (4, master)))

    assert texts(shown, Hidden.COMMENT) == [(f"{PLACE} › slide 1 › comments", "SECRET")]
    assert texts(shown, Hidden.SPEAKER_NOTE) == [(f"{PLACE} › slide 1 › notes", "say")]
    assert texts(shown, Hidden.TEMPLATE) == [(f"{PLACE} › slide master", "house")]


def test_a_hidden_slide_is_hidden() -> None:
    show = record(1017, struct.pack("<iIBBH", 0, 0, 0, 0, 4) + bytes(4))

    shown = read(presentation((1, document(persist(2, 256))), (2, slide("SECRET", show))))

    assert texts(shown, Hidden.HIDDEN_SLIDE) == [(f"{PLACE} › slide 1", "SECRET")]


def test_a_slide_that_was_replaced_is_still_read() -> None:
    top = document(persist(2, 256))

    shown = read(presentation((1, top), (0, slide("SECRET")), (2, slide("now"))))

    assert texts(shown) == [(f"{PLACE} › slide 1", "now")]
    assert [text for _, text in texts(shown, Hidden.TRACKED_CHANGE)] == ["SECRET"]


def test_a_file_whose_table_of_records_is_lost_is_read_as_it_stands() -> None:
    content = compound({"PowerPoint Document": slide("SECRET"), "Current User": bytes(40)})

    assert [text for _, text in texts(read(content))] == ["SECRET"]


def test_links_word_art_and_alternative_texts_are_read() -> None:
    link = record(4055, record(4026, "http://x.example".encode("utf-16-le")), version=0xF)
    wide = [text.encode("utf-16-le") + b"\0\0" for text in ("Hello", "a photo of Ann")]
    table = b"".join(
        struct.pack("<HI", number | 0x8000, len(raw))
        for number, raw in zip((0xC0, 0x381), wide, strict=True)
    )
    shape = record(0xF00B, table, *wide, version=3, instance=2)
    top = (1, document(persist(2, 256), more=link))

    shown = read(presentation(top, (2, slide("x", shape))))

    assert texts(shown) == [(f"{PLACE} › slide 1", "x\nHello")]
    assert [text for _, text in texts(shown, Hidden.PROPERTY)] == [
        "a photo of Ann",
        "http://x.example",
    ]


def test_embedded_files_and_macros_are_read() -> None:
    source = b'Attribute VB_Name = "Module1"\r\n'
    project = compound({"VBA/Module1": macro(source)})
    packed = compound({"Package": b"a,b\nc,d\n"})

    shown = read(presentation((1, document()), objects=(packed, project)))

    assert texts(shown, Hidden.MACRO)[0][0] == f"{PLACE} › object 2 › macro Module1"
    inner = [d.blocks for d in shown.walk() if "object 1" in d.name]
    assert "a" in str(inner)


def test_a_damaged_object_is_a_gap_and_the_rest_is_read() -> None:
    broken = record(4113, struct.pack("<I", 9) + b"not deflated", instance=1)

    shown = read(presentation((1, document(persist(2, 256))), (2, slide("x")), (0, broken)))

    damaged = Gap(f"{PLACE} › object 1", Unread.CORRUPT, "an embedded object is damaged", "ppt")
    assert (damaged,) == shown.gaps
    assert texts(shown) == [(f"{PLACE} › slide 1", "x")]


def test_a_picture_that_could_hold_text_is_a_gap() -> None:
    blip = record(0xF01E, bytes(17), PNG, instance=0x6E0)
    content = compound(
        {
            "PowerPoint Document": slide("x"),
            "Current User": bytes(40),
            "Pictures": blip,
        }
    )

    [picture] = read(content).inside
    assert picture.name == f"{PLACE} › picture 1"
    assert [Unread.SCAN] == [gap.why for gap in picture.gaps]


def test_a_presentation_with_a_password_is_a_gap() -> None:
    shown = read(presentation((1, slide("x")), encrypted=True))

    assert [Unread.ENCRYPTED] == [gap.why for gap in shown.gaps]
    assert texts(shown) == []


def test_records_in_records_without_end_are_a_gap() -> None:
    inner = said("deep")
    for _ in range(500):
        inner = record(0xF003, inner, version=0xF)

    shown = read(presentation((1, record(1006, inner, version=0xF))))

    assert [Unread.TOO_DEEP] == [gap.why for gap in shown.gaps]
