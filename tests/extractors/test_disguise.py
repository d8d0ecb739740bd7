"""Files that are two things at once, and names that mislead."""

import io
import zipfile
import zlib

import py7zr
import pytest
from reportlab.pdfgen import canvas

from dlpguard.document import Text
from dlpguard.extractors import extract
from dlpguard.extractors._disguise import archive, shown
from dlpguard.extractors._sniff import sniff
from dlpguard.mail import Part

SECRET = "Ann Bee, 07700 900123"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(600)
GIF = b"GIF89a\1\0\1\0\0\0\0" + bytes(600)
PAGE = b"<html><body><p>harmless"


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        opened.writestr("a.txt", SECRET)
    return packed.getvalue()


def seven() -> bytes:
    packed = io.BytesIO()
    with py7zr.SevenZipFile(packed, "w") as opened:
        opened.writestr(SECRET, "a.txt")
    return packed.getvalue()


def pdf() -> bytes:
    saved = io.BytesIO()
    page = canvas.Canvas(saved, pageCompression=0)
    page.drawString(72, 700, SECRET)
    page.save()
    # Without its binary comment a PDF may be text from beginning to end.
    return bytes(byte for byte in saved.getvalue() if byte < 128)


def everything(content: bytes, filename: str) -> str:
    documents = extract(Part("1", content, filename=filename)).walk()
    blocks = [block for document in documents for block in document.blocks]
    return "\n".join(block.text for block in blocks if isinstance(block, Text))


@pytest.mark.parametrize(
    ("content", "filename", "formats"),
    [
        (JPEG + zipped(), "a.jpg", ("jpeg", "zip")),
        (GIF + zipped(), "a.gif", ("gif", "zip")),
        (pdf() + zipped(), "a.pdf", ("pdf", "zip")),
        (PAGE + zipped(), "a.html", ("html", "zip")),
        (JPEG + seven(), "a.jpg", ("jpeg", "7z")),
        (b"MZ\0\0" + bytes(3000) + seven(), "setup.exe", ("executable", "7z")),
        (PAGE + pdf(), "a.html", ("html", "pdf")),
    ],
)
def test_both_readings_of_a_polyglot_are_read(
    content: bytes, filename: str, formats: tuple[str, ...]
) -> None:
    document = extract(Part("1", content, filename=filename))

    assert formats == sniff(content, filename).formats
    assert "type-contradiction" in document.defects
    assert SECRET in everything(content, filename)


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (JPEG, "a.jpg"),
        (zipped(), "a.zip"),
        (b"She wrote: %PDF-1.4 is how a PDF begins.", "note.txt"),
        (JPEG + b"7z\xbc\xaf\x27\x1c\0\4" + bytes(40), "a.jpg"),
    ],
)
def test_ordinary_files_are_one_thing(content: bytes, filename: str) -> None:
    assert len(sniff(content, filename).formats) == 1


def test_a_zip_that_holds_a_pdf_is_no_pdf() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        opened.writestr("a.pdf", pdf())

    assert sniff(packed.getvalue(), "a.zip").formats == ("zip",)


@pytest.mark.parametrize(
    ("filename", "seen"),
    [
        ("statement\u202efdp.exe", "statementexe.pdf"),
        ("clients\u202etxt.\u202cxlsx", "clients.txtxlsx"),
        ("plain.pdf", "plain.pdf"),
        ("a\u2067b.pdf", "ab.pdf"),
    ],
)
def test_a_name_is_shown_as_programs_turn_it(filename: str, seen: str) -> None:
    assert seen == shown(filename)


def test_a_name_that_reads_backwards_is_a_contradiction() -> None:
    document = extract(Part("1", b"harmless", filename="statement\u202efdp.txt"))

    assert document.defects == ("type-contradiction",)


def test_a_name_that_reads_backwards_inside_an_archive_is_a_contradiction() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        opened.writestr("statement\u202efdp.txt", "x")
    documents = extract(Part("1", packed.getvalue(), filename="a.zip")).walk()

    assert ["type-contradiction"] == [name for document in documents for name in document.defects]


@pytest.mark.timeout(20)
def test_hostile_bytes_take_linear_time() -> None:
    content = JPEG + b"7z\xbc\xaf\x27\x1c\0\4" * 300_000

    assert archive(content) is None
    assert zlib.crc32(content) != 0
