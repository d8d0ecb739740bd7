"""Whatever a program shows as text is read as text: one list, in everything that once hid it."""

import base64
from collections.abc import Callable

import pytest

from dlpguard import inspection
from dlpguard.document import Text, Unread
from dlpguard.extractors import extract
from dlpguard.facts import Facts
from dlpguard.mail import Envelope, MessageId, Part, Recipient
from dlpguard.policy import invented
from dlpguard.policy.trialmail import DETECTION, ORGANISATION

MOST = 150
ROWS = invented.table(MOST, ("name", "phone", "case reference"))
LIST = "".join("\t".join(row) + "\r\n" for row in ROWS)
CSV = "".join(",".join(f'"{cell}"' for cell in row) + "\r\n" for row in ROWS)
HTML = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in ROWS)
HTML = f"<html><body><table>{HTML}</table></body></html>"
SETUP = inspection.Setup(ORGANISATION, DETECTION)
ENVELOPE = Envelope("ann@council.example", (Recipient("bob@firm.example"),))
MAGICS = (
    b"{\\rtf", b"{\\rtf1{\\*\\x", b"Rar!\x1a\x07", b"!BDN", b"RIFF", b"8BPS", b"%PDF-1.4",
    b"GIF89a", b"PK\x03\x04", b"\x1f\x8b\x08", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"ID3\0",
    b"7z\xbc\xaf\x27\x1c", b"-----BEGIN PGP MESSAGE-----", b"\x89PNG\r\n\x1a\n\0\0", b"\x84x\x03",
    b"<?xml version='1.0'?><a/>",
    b"From x\r\nFrom: a\r\nTo: b\r\nContent-Transfer-Encoding: base64",
)  # fmt: skip


def facts(
    content: bytes, kind: str = "text/plain", name: str = "", encoding: str = "base64"
) -> Facts:
    """What is found in a message whose only part this is: its body, unless it has a name."""
    head = f"From: ann@council.example\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n"
    if name:
        head += f'Content-Disposition: attachment; filename="{name}"\r\n'
    body = base64.encodebytes(content) if encoding == "base64" else content
    raw = f"{head}Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body
    return inspection.read(MessageId("1"), raw, ENVELOPE, SETUP).facts


def people(content: bytes, kind: str = "text/plain", name: str = "") -> int:
    return len(facts(content, kind, name).people.everyone)


@pytest.mark.parametrize("magic", MAGICS)
def test_a_body_is_text_whatever_it_begins_with(magic: bytes) -> None:
    assert people(magic + b"\r\n" + LIST.encode()) >= MOST


@pytest.mark.parametrize("magic", MAGICS)
def test_an_html_body_is_a_page_whatever_it_begins_with(magic: bytes) -> None:
    assert people(magic + b"\r\n" + HTML.encode(), "text/html") >= MOST


@pytest.mark.parametrize("magic", MAGICS)
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("text/csv", "list.csv"),
        ("application/octet-stream", "list.csv"),
        ("text/plain", "list.png"),
    ],
)
def test_a_text_file_is_text_whatever_it_begins_with(magic: bytes, kind: str, name: str) -> None:
    assert people(magic + b"\r\n" + CSV.encode(), kind, name) >= MOST


@pytest.mark.parametrize("magic", [b"\x89PNG\r\n\x1a\n\0\0", b"\x84x\x03", b"MZ\0", b"ID3\0"])
def test_text_behind_the_magic_of_what_holds_no_text_is_read(magic: bytes) -> None:
    assert people(magic + b"\r\n" + CSV.encode(), "application/octet-stream", "list.dat") >= MOST


CONTROLS: dict[str, Callable[[], bytes]] = {
    "vertical tabs in cells, as FileMaker exports": lambda: CSV.replace(
        '"\r\n', '\vsee file"\r\n'
    ).encode(),
    "unit separators": lambda: CSV.replace('","', "\x1f").encode(),
    "control characters in front": lambda: b"\1" * 500 + b"\r\n" + LIST.encode(),
    "zero bytes in front": lambda: bytes(5000) + LIST.encode(),
    "zero bytes between the letters": lambda: LIST.encode().replace(b"", b"\0\0\0"),
    "control characters between the letters": lambda: "\1".join(LIST).encode(),
    "control characters between the cells": lambda: LIST.replace("\t", "\1").encode(),
    "Cyrillic and no mark": lambda: ("Имя,Телефон\r\n" * 300 + CSV).encode("utf-16-le"),
    "Chinese and no mark": lambda: ("住所録名簿\r\n" * 300 + CSV).encode("utf-16-be"),
    "half of it UTF-16": lambda: CSV.encode() + LIST.encode("utf-16-le"),
}


@pytest.mark.parametrize("content", CONTROLS.values(), ids=CONTROLS)
@pytest.mark.parametrize(
    ("kind", "name"), [("text/plain", ""), ("application/octet-stream", "list.csv")]
)
def test_control_characters_do_not_make_a_text_unreadable(
    content: Callable[[], bytes], kind: str, name: str
) -> None:
    assert people(content(), kind, name) >= MOST


def test_an_attached_message_with_control_characters_in_its_header_is_read() -> None:
    message = b"From: a@b.example\r\nSubject: " + b"\1" * 60 + b"\r\n\r\n" + LIST.encode()

    assert people(b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + message) >= MOST
    assert people(message, "message/rfc822", "old.eml") >= MOST


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("text/plain; charset=cp037", LIST.encode()),
        ("text/plain; charset=cp500", f"£\r\n{LIST}".encode()),
        ("text/plain; charset=cp500", LIST.encode("cp500")),
        ("text/plain; charset=utf-16", f"é\r\n{LIST}".encode()),
        ("text/plain; charset=utf-32", b"\0" + LIST.encode()),
        ("text/plain; charset=utf-7", LIST.replace("07700 ", "+447700").encode()),
        ("text/plain; charset=utf-7", LIST.encode("utf-7")),
        ("text/plain; charset=hz-gb-2312", b"~{" + LIST.encode()),
        ("text/plain; charset=utf-8", b"\xff\xfe" + LIST.encode()),
        ("text/plain; charset=utf-8", b"\xef\xbb\xbf" + LIST.encode("utf-16-le")),
        ("text/html", f"<meta charset=utf-16>£ {HTML}".encode()),
        ("text/html", f"<meta charset=cp037>£ {HTML}".encode()),
        ("text/html", b"\xfe\xff" + HTML.encode()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_lying_character_set_hides_nobody(kind: str, content: bytes) -> None:
    assert people(content, kind) >= MOST


def test_readers_that_disagree_about_the_character_set_are_a_defect() -> None:
    assert "charset-contradiction" in facts(b"\xff\xfe" + LIST.encode()).defects
    assert "charset-contradiction" not in facts(LIST.encode(), "text/plain; charset=cp037").defects
    assert "charset-contradiction" not in facts(LIST.encode("utf-16")).defects


@pytest.mark.parametrize("wrap", ["<a>{}</a>", "<a><b c='{}'/></a>", "{}"])
def test_character_references_of_xml_are_characters(wrap: str) -> None:
    rows = ("".join(f"&#{ord(c)};" if c.isdigit() else c for c in "; ".join(r)) for r in ROWS)
    lines = "".join(f"<r>{wrap.format(row)}</r>\n" for row in rows)
    content = f"<?xml version='1.0'?><list>{lines}</list>".encode()

    assert people(content, "application/xml", "list.xml") >= MOST


INVISIBLE = {
    "zero width space": "\u200b",
    "soft hyphen": "\u00ad",
    "word joiner": "\u2060",
    "grapheme joiner": "\u034f",
    "variation selector": "\ufe0e",
    "left-to-right mark": "\u200e",
    "tag": "\U000e0041",
    "hair space": "\u200a",
    "line through": "\u0336",
}


@pytest.mark.parametrize("mark", INVISIBLE.values(), ids=INVISIBLE)
def test_characters_that_nobody_sees_hide_nobody(mark: str) -> None:
    noisy = "".join(c + mark if c.isalnum() else c for c in LIST)

    assert people(noisy.encode()) >= MOST


def test_text_that_is_turned_around_is_read_as_it_looks() -> None:
    lines = LIST.splitlines()

    assert people("\r\n".join(f"\u202e{line[::-1]}\u202c" for line in lines).encode()) >= MOST


def test_a_cell_is_read_as_it_looks() -> None:
    document = extract(Part("1", "Na\u00adme,Pho\u200bne\nAnn,1\nBob,2\n".encode(), "text/csv"))

    assert [("Name", "Phone"), ("Ann", "1"), ("Bob", "2")] == [
        row for block in document.blocks if not isinstance(block, Text) for row in block.rows
    ]


@pytest.mark.parametrize("end", ["\v", "\f", "\x1e", "\u2028", "\r"])
def test_a_table_may_have_any_line_end(end: str) -> None:
    assert people(LIST.replace("\r\n", end).encode(), "text/plain", "list.txt") >= MOST


def test_a_list_of_one_column_is_text_though_some_lines_have_a_comma() -> None:
    lines = [line for row in ROWS for line in (*row, "1 Mill Lane, Plymouth", "")]

    assert people("\r\n".join(lines).encode(), "text/csv", "labels.csv") >= MOST


@pytest.mark.parametrize("begin", ["", "<!-- x -->"])
def test_a_workbook_in_xml_needs_no_declaration(begin: str) -> None:
    cells = ("".join(f"<Cell><Data>{c}</Data></Cell>" for c in row) for row in ROWS)
    rows = "".join(f"<Row>{row}</Row>" for row in cells)
    content = (
        f'{begin}<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
        f"<Worksheet><Table>{rows}</Table></Worksheet></Workbook>"
    )

    assert people(content.encode(), "application/vnd.ms-excel", "list.xls") >= MOST


def test_a_page_that_word_opens_may_begin_with_any_tag() -> None:
    torn = "".join(f"<b>{c}</b>" if c.isalpha() else c for c in LIST).replace("\r\n", "<br>")

    assert people(f"<o:p>x</o:p>{torn}".encode(), "application/msword", "list.doc") >= MOST


def test_references_to_control_characters_tear_no_word_apart() -> None:
    lines = ("&#1;".join("; ".join(row)) for row in ROWS)

    assert people("<br>".join(lines).encode(), "text/html") >= MOST


@pytest.mark.parametrize("between", ["~", "^", "\x1f"])
def test_a_table_may_have_any_separator(between: str) -> None:
    content = "".join(between.join(row) + "\r\n" for row in ROWS).encode()

    assert people(content, "text/plain", "list.txt") >= MOST


@pytest.mark.parametrize("kind", ["text/enriched", "text/richtext", "text/x-amp-html"])
def test_markup_between_letters_hides_nobody(kind: str) -> None:
    marked = "".join(f"<bold>{c}</bold>" if c.isalpha() else c for c in LIST)

    assert people(marked.replace("\r\n", "<br>\r\n").encode(), kind) >= MOST


@pytest.mark.parametrize("begin", ["{\\rt1 ", " \r\n{\\rtf1 ", "\ufeff{\\rtf1 "])
def test_rtf_that_begins_as_word_still_takes_it_is_rtf(begin: str) -> None:
    escaped = "".join("\\par " if c == "\n" else f"\\'{ord(c):02x}" for c in LIST if c != "\r")

    assert people(f"{begin}{escaped}}}".encode(), "application/rtf", "list.rtf") >= MOST


def test_plain_words_of_an_unknown_format_are_read_and_it_stays_a_gap() -> None:
    junk = bytes(range(128, 256)) + bytes(range(32))
    content = junk * 50 + LIST.encode() + junk * 50
    found = facts(content, "application/octet-stream", "list.bin")

    assert [(Unread.UNSUPPORTED, "unknown")] == [(gap.why, gap.format) for gap in found.gaps]
    assert len(found.people.everyone) >= MOST


def test_a_compressed_file_that_is_called_a_text_is_a_gap() -> None:
    junk = bytes(i * i % 251 for i in range(9000))

    assert [Unread.UNSUPPORTED] == [g.why for g in facts(junk, "text/plain", "list.csv").gaps]
