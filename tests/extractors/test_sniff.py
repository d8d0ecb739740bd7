import io
import zipfile

import pytest

from dlpguard.extractors._sniff import sniff

PNG = b"\x89PNG\r\n\x1a\n\0\0"
ZIP = b"PK\x03\x04\x14\0\0\0" + bytes(22)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PDF = b"%PDF-1.7\n\0"


def packed(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (b"", "empty"),
        (b"Hello", "text"),
        (PDF, "pdf"),
        (b"junk\0\1\2\3" + PDF, "pdf"),
        (b"About %PDF-1.7 files", "text"),
        (packed("a.txt"), "zip"),
        (packed("[Content_Types].xml", "word/document2.xml"), "docx"),
        (packed("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        (packed("[Content_Types].xml", "xl/workbook.bin"), "xlsb"),
        (packed("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
        (packed("[Content_Types].xml", "xl/workbook.xml")[:200], "xlsx"),
        (packed("word/a.txt"), "zip"),
        (OLE.ljust(512, b"\0") + "WordDocument".encode("utf-16-le").ljust(128, b"\0"), "doc"),
        (OLE.ljust(512, b"\0") + "Workbook".encode("utf-16-le").ljust(128, b"\0"), "xls"),
        (OLE.ljust(512, b"\0"), "ole"),
        (b"<!DOCTYPE html><p>x", "html"),
        (b"<?xml version='1.0'?><a/>", "xml"),
        (b"\xff\xfe<\0?\0x\0m\0l\0", "xml"),
        (b"From: a@x.example\r\nSubject: x\r\n\r\nbody", "mail"),
        (b"From a@x.example Mon\nFrom: a@x.example\nSubject: x\n\nbody\n", "mbox"),
        (b"BMI and other measures", "text"),
        (b"MZ is my initials", "text"),
        (bytes(range(256)), "unknown"),
    ],
)
def test_bytes_say_what_they_are(content: bytes, format: str) -> None:
    assert (format,) == sniff(content).formats


def test_a_stored_workbook_does_not_make_its_archive_a_workbook() -> None:
    packed_twice = io.BytesIO()
    with zipfile.ZipFile(packed_twice, "w") as archive:
        archive.writestr("clients.xlsx", packed("[Content_Types].xml", "xl/workbook.xml"))

    assert sniff(packed_twice.getvalue(), "clients.zip").formats == ("zip",)
    assert sniff(packed_twice.getvalue()[:-30], "clients.zip").formats == ("zip",)


def test_an_open_document_says_so_in_its_first_member() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")

    assert sniff(packed.getvalue()).formats == ("odt",)


@pytest.mark.parametrize(
    ("content", "filename", "declared"),
    [
        (ZIP, "holiday.jpg", ""),
        (ZIP, "notes.txt", ""),
        (PDF, "letter.docx", ""),
        (ZIP, "", "image/jpeg"),
        (b"<html><p>x", "invoice.pdf", "application/pdf"),
        (packed("a.txt"), "clients.xlsx", ""),
    ],
)
def test_a_file_that_pretends_is_a_contradiction(
    content: bytes, filename: str, declared: str
) -> None:
    assert sniff(content, filename, declared).contradiction


@pytest.mark.parametrize(
    ("content", "filename", "declared"),
    [
        (PDF, "a.pdf", "application/octet-stream"),
        (PNG, "a.jpg", "image/jpeg"),
        (b"a;b", "a.csv", "application/vnd.ms-excel"),
        (b"a\tb", "a.xls", "application/vnd.ms-excel"),
        (b"<table><tr><td>1", "a.xls", "application/vnd.ms-excel"),
        (b"{\\rtf1}", "a.doc", "application/msword"),
        (packed("[Content_Types].xml", "word/document.xml"), "a.docx", "application/msword"),
        (packed("[Content_Types].xml", "xl/workbook.xml"), "a.xlsm", "application/zip"),
        (b"<html>", "a.txt", "text/plain"),
        (bytes(range(256)), "a.pdf", "application/pdf"),
        (b"Hello", "README", "text/plain"),
        (b"Hello", "a.b.c", "application/octet-stream"),
    ],
)
def test_what_programs_do_every_day_is_no_contradiction(
    content: bytes, filename: str, declared: str
) -> None:
    assert "" == sniff(content, filename, declared).contradiction


def test_a_picture_with_a_zip_behind_it_is_both() -> None:
    sniffed = sniff(PNG + bytes(100) + packed("a.txt"), "a.png", "image/png")

    assert sniffed.formats == ("png", "zip")
    assert sniffed.contradiction == "png that is a zip too"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" * 1_000_000,
        OLE + "EncryptedPackage".encode("utf-16-le") * 100_000,
        b"A: " * 1_000_000,
        b"A:\r\n" * 1_000_000,
        b"<" * 4_000_000,
        PNG + b"PK\x05\x06" * 1_000_000,
    ],
    ids=range(6),
)
def test_hostile_bytes_take_linear_time(content: bytes) -> None:
    assert sniff(content).formats
