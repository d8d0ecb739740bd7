import io
import zipfile

from dlpguard.document import Text
from dlpguard.extractors import extract
from dlpguard.mail import Part


def test_chapters_are_read_as_web_pages_and_looks_are_left_out() -> None:
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("OPS/one.xml", "<html><body><p>Chapter One</p></body></html>")
        archive.writestr("OPS/look.css", "p {}")
        archive.writestr("OPS/font.otf", b"\0\1\2")

    document = extract(Part("1", saved.getvalue(), filename="book.epub"))

    assert document.format == "epub"
    [chapter] = document.inside
    assert chapter.gaps == document.gaps == ()
    assert chapter.blocks == (Text("book.epub › ops/one.xml", "Chapter One"),)
