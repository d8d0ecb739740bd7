import struct

import pytest

from dlpguard.document import Document, Hidden, Table, Text, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part
from tests.extractors._oldfiles import compound

PLACE = "letter.rtf"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8) + struct.pack(">II", 800, 600) + bytes(6000)


def read(body: str) -> Document:
    content = r"{\rtf1\ansi\ansicpg1252" + body + "}"
    return extract(Part("1", content.encode("latin-1"), filename=PLACE))


def texts(document: Document, hidden: Hidden | None = None) -> list[tuple[str, str]]:
    blocks = [b for b in document.blocks if isinstance(b, Text) and b.hidden is hidden]
    return [(b.where, b.text) for b in blocks if not b.where.endswith("file name")]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"one\par two\line three", "one\ntwo\nthree"),
        (r"na\'efve \{braces\} \\ back", "naïve {braces} \\ back"),
        (r"a\~b\_c\-d\tab e\emdash f", "a\u00a0b-cd\te—f"),
        (r"{\b bold} and {\i italic}", "bold and italic"),
        (r"\u8364?5 {\uc2 \u8364 XX6} \u20013?", "€5 €6 中"),
        (r"\u-10179?\u-8694?", "😊"),
        (r"\u55357? alone", "\ufffd alone"),
        (r"{\fonttbl{\f1\fcharset238 Arial CE;}}\f1 \'9f\'f3", "źó"),
        (r"{\fonttbl{\f1\fcharset128 Gothic;}}\f1\'93\'fa\'96\'7b", "日本"),
        ("split\r\n word", "split word"),
    ],
)
def test_what_word_shows_is_read(body: str, text: str) -> None:
    assert [(PLACE, text)] == texts(read(body))


def test_a_character_of_two_bytes_may_be_half_a_letter() -> None:
    assert [(PLACE, "表")] == texts(read(r"{\fonttbl{\f1\fcharset128 G;}}\f1\'95\\"))


@pytest.mark.parametrize(
    ("body", "hidden"),
    [
        (r"seen {\v SECRET} on", Hidden.HIDDEN_TEXT),
        (r"seen \v SECRET\v0  on", Hidden.HIDDEN_TEXT),
        (r"seen {\deleted SECRET} on", Hidden.TRACKED_CHANGE),
        (r"seen {\*\annotation {\*\atnid AB}SECRET} on", Hidden.COMMENT),
        (r"{\info{\author SECRET}}seen  on", Hidden.PROPERTY),
        (r"{\*\userprops{\propname Case}{\staticval SECRET}}seen  on", Hidden.PROPERTY),
        (r"seen {\field{\*\fldinst HYPERLINK SECRET}{\fldrslt }} on", Hidden.HIDDEN_TEXT),
        (r"seen {\*\nobody SECRET} on", Hidden.HIDDEN_TEXT),
        (r"seen {\shp{\*\shpinst{\sp{\sn wzDescription}{\sv SECRET}}}} on", Hidden.PROPERTY),
        (r"seen {\shprslt SECRET} on", Hidden.ALTERNATIVE),
    ],
)
def test_what_word_does_not_show_says_why(body: str, hidden: Hidden) -> None:
    document = read(body)

    assert [text.replace("  ", " ") for _, text in texts(document)] == ["seen on"]
    assert "SECRET" in "".join(text for _, text in texts(document, hidden))


def test_headers_and_footnotes_are_stories_of_their_own() -> None:
    document = read(r"{\header the head}body{\footnote the note} goes on")

    assert texts(document) == [
        (PLACE, "body goes on"),
        (f"{PLACE} › headers", "the head"),
        (f"{PLACE} › footnotes", "the note"),
    ]


def test_each_property_is_a_line() -> None:
    document = read(r"{\info{\author Ann Lee}{\title Clients}}x")

    assert texts(document, Hidden.PROPERTY) == [(f"{PLACE} › properties", "Ann Lee\nClients")]


def test_fonts_styles_and_pictures_are_no_text() -> None:
    document = read(
        r"{\fonttbl{\f0 Arial;}}{\colortbl;\red0;}{\stylesheet{\s1 heading 1;}}{\*\generator G}x"
    )

    assert texts(document) == [(PLACE, "x")]


def test_a_table_is_a_table_with_its_heading() -> None:
    head = r"\trowd\trhdr\intbl Name\cell Born\cell\row"
    row = r"\trowd\pard\intbl Ann\par Lee\cell 1.2.1970\cell\row"

    document = read(r"before\par " + head + row + r"\pard after\par")

    assert document.blocks[:3] == (
        Text(PLACE, "before"),
        Table(PLACE, ("Name", "Born"), (("Ann\nLee", "1.2.1970"),)),
        Text(PLACE, "after"),
    )


def embedded(kind: bytes, content: bytes) -> str:
    head = struct.pack("<III", 0x501, 2, len(kind) + 1) + kind + b"\0" + bytes(8)
    data = (head + struct.pack("<I", len(content)) + content).hex()
    return r"{\object{\*\objclass x}{\*\objdata " + "\n".join((data[:40], data[40:])) + "}}"


def test_an_embedded_object_is_read() -> None:
    inner = compound({"Package": b"{\\rtf1 SECRET}"})

    document = read("x" + embedded(b"Word.Document", inner))

    assert [(f"{PLACE} › object 1 › Package", "SECRET")] == texts(document.inside[0].inside[0])


def test_an_embedded_package_has_its_name() -> None:
    package = b"\2\0list.csv\0C:\\list.csv\0" + struct.pack("<II", 0x30000, 4) + b"tmp\0"
    package += struct.pack("<I", 8) + b"a,b\nc,d\n"

    document = read(embedded(b"Package", package))

    assert (Table(f"{PLACE} › object 1", (), (("a", "b"), ("c", "d"))),) == (
        document.inside[0].blocks
    )
    assert "list.csv" in texts(document, Hidden.PROPERTY)[0][1]


@pytest.mark.parametrize("binary", [False, True])
def test_a_picture_that_could_hold_text_is_a_gap(binary: bool) -> None:
    data = f"\\bin{len(PNG)} {PNG.decode('latin-1')}" if binary else PNG.hex()

    document = read(r"x{\pict\pngblip " + data + "}y")

    assert [(PLACE, "xy")] == texts(document)
    assert [Unread.SCAN] == [gap.why for gap in document.inside[0].gaps]


def test_html_that_outlook_wrapped_is_unwrapped() -> None:
    body = (
        r"\fromhtml1 {\*\htmltag64 <p>}Dear Ann{\*\htmltag <b>}\htmlrtf {\b \htmlrtf0 "
        r"Lee\htmlrtf }\htmlrtf0 {\*\htmltag </b></p>}"
    )

    document = read(body)

    assert [d.format for d in document.walk()] == ["rtf", "html"]
    assert [(PLACE, "Dear AnnLee")] == texts(document.inside[0])


def test_text_that_only_readers_of_rtf_show_is_read() -> None:
    document = read(r"\fromhtml1 {\*\htmltag <p>}seen\htmlrtf SECRET\htmlrtf0 ")

    assert texts(document, Hidden.ALTERNATIVE) == [(PLACE, "SECRET")]


@pytest.mark.parametrize("body", ["{" * 300_000, "}" * 300_000, r"{\*\x" * 100_000])
def test_braces_without_end_do_no_harm(body: str) -> None:
    blocks = read(body + " SECRET").blocks

    assert "SECRET" in "".join(block.text for block in blocks if isinstance(block, Text))
