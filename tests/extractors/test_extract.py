import itertools
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpguard.document import Document, Gap, Hidden, Table, Text, Unread
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.mail import Part

MAGICS = (
    b"", b"PK\x03\x04", b"%PDF-1.7\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b\x08\0",
    b"BZh9", b"\xfd7zXZ\0", b"{\\rtf", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"<html>",
    b"From: a\r\nTo: b\r\n", b"From x\nFrom: a\nTo: b\n", b"a,b\n", b"GIF89a",
    b"\0" * 257 + b"ustar",
)  # fmt: skip


def test_a_body_is_text_called_body() -> None:
    part = Part("1", b"Hello\r\nBob", "text/plain", is_body=True)

    assert Document("body", "text", (Text("body", "Hello\nBob"),)) == extract(part)


def test_the_name_of_a_file_is_text_too() -> None:
    document = extract(Part("2", b"Hello", "text/plain", "Ann Bee.txt"))

    assert document.blocks == (
        Text("Ann Bee.txt", "Hello"),
        Text("Ann Bee.txt › file name", "Ann Bee.txt"),
    )


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("1~broken-header", Hidden.HEADER_FIELD),
        ("1~preamble", Hidden.PREAMBLE),
        ("1~epilogue", Hidden.PREAMBLE),
        ("1~base64", None),
    ],
)
def test_text_that_mail_programs_do_not_show_is_hidden(path: str, hidden: Hidden | None) -> None:
    assert [hidden] == [block.hidden for block in extract(Part(path, b"Hello")).blocks]


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        ("Größe".encode("utf-16"), "us-ascii"),
        ("Größe".encode("utf-16-le"), ""),
        ("Größe".encode("utf-8-sig"), "latin-1"),
        ("Größe".encode(), ""),
        ("Größe".encode("latin-1"), "iso-8859-1"),
        ("Größe".encode("cp1252"), "utf-8"),
    ],
)
def test_text_is_read_in_any_character_set(content: bytes, charset: str) -> None:
    assert extract(Part("1", content, charset=charset)).blocks == (Text("part 1", "Größe"),)


def test_an_empty_file_is_no_gap() -> None:
    assert Document("part 1", "empty") == extract(Part("1", b""))


@pytest.mark.parametrize(
    ("content", "format"), [(b"fLaC\0\0\0", "audio"), (bytes(range(32)), "unknown")]
)
def test_what_nobody_can_read_yet_is_a_gap(content: bytes, format: str) -> None:
    gap = Gap("part 1", Unread.UNSUPPORTED, f"no reader for {format}", format)

    assert Document("part 1", format, gaps=(gap,)) == extract(Part("1", content))


@pytest.mark.parametrize(
    "content", [b"-----BEGIN PGP MESSAGE-----\n\nabc", b"\x85\1\x0c\3abc\0\1\2"]
)
def test_what_is_encrypted_is_a_gap(content: bytes) -> None:
    assert [Unread.ENCRYPTED] == [gap.why for gap in extract(Part("1", content)).gaps]


def test_an_office_file_with_a_password_is_encrypted() -> None:
    # Directory entries of a compound file (MS-CFB 2.6.1) begin with a name in UTF-16.
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(1024, b"\0")
    content += "EncryptedPackage".encode("utf-16-le").ljust(128, b"\0")

    document = extract(Part("1", content, filename="clients.xlsx"))

    assert [(Unread.ENCRYPTED, "encrypted-office")] == [(g.why, g.format) for g in document.gaps]
    assert document.defects == ()


def test_a_part_larger_than_the_limit_is_a_gap() -> None:
    budget = Budget(Limits(message=10))

    assert [Unread.TOO_LARGE] == [g.why for g in extract(Part("1", b"x" * 11), budget).gaps]


def test_characters_beyond_the_limit_are_a_gap() -> None:
    budget = Budget(Limits(characters=10))

    assert [Unread.TOO_LARGE] == [g.why for g in extract(Part("1", b"x" * 11), budget).gaps]


def test_reading_that_takes_too_long_is_a_gap_and_the_next_document_has_its_own_time() -> None:
    clock = itertools.count(0.0, 10.0).__next__
    budget = Budget(Limits(seconds=30.0), clock)
    rows = b"a,b\n" * 100

    assert [Unread.TOO_SLOW] == [g.why for g in extract(Part("1", rows, "text/csv"), budget).gaps]
    assert extract(Part("2", b"Hello"), budget).gaps == ()


def test_what_was_read_before_a_fault_stays() -> None:
    rows = b"name;phone\n" + b"Ann;1\n" * 10
    budget = Budget(Limits(characters=200))
    inner = b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    inner += b"--b\r\n\r\nfirst\r\n--b\r\nContent-Type: text/csv\r\n\r\n" + rows * 4 + b"\r\n--b--"

    document = extract(Part("1", inner, "message/rfc822"), budget)

    assert document.inside[0].blocks == (Text("part 1 › body", "first"),)
    assert [Unread.TOO_LARGE] == [gap.why for gap in document.inside[1].gaps]


def test_mail_without_attachments_loads_no_reader_of_documents() -> None:
    program = (
        "import sys; from dlpguard.extractors import extract; from dlpguard.mail import Part;"
        "extract(Part('1', b'Hello', 'text/plain', is_body=True));"
        "print({'openpyxl', 'docx', 'pypdfium2', 'pdfminer', 'lxml'} & set(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "set()"


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(MAGICS),
    st.binary(max_size=300) | st.text(max_size=200).map(str.encode),
    st.sampled_from(
        ["", "a.xlsx", "a.docx", "a.pdf", "a.zip", "a.csv", "a.eml", "a.html", "a.jpg"]
    ),
)
def test_extract_never_raises(magic: bytes, rest: bytes, filename: str) -> None:
    document = extract(Part("1", magic + rest, "", filename))

    assert all(isinstance(block, Text | Table) for d in document.walk() for block in d.blocks)
