"""Archives other than zip and tar, and what is unusual in those."""

import binascii
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable

import py7zr
import pytest
from backports import zstd

from dlpguard.document import Document, Hidden, Text, Unread
from dlpguard.extractors import Budget, Limits, _libarchive, extract
from dlpguard.mail import Part
from tests._needs import need
from tests.extractors._foreignarchives import cab, cpio, rar4, rar5

SECRET = b"Ann Bee, 07700 900123"

with_libarchive = pytest.mark.usefixtures("libarchive")


@pytest.fixture
def libarchive() -> None:
    need(_libarchive.is_here(), "libarchive13")


def read(content: bytes, filename: str = "a", limits: Limits = Limits()) -> Document:  # noqa: B008 - frozen
    return extract(Part("1", content, filename=filename), Budget(limits))


def texts(content: bytes, filename: str = "a") -> dict[str, str]:
    blocks = [block for document in read(content, filename).walk() for block in document.blocks]
    return {block.where: block.text for block in blocks if isinstance(block, Text)}


def gaps(content: bytes, filename: str = "a", limits: Limits = Limits()) -> list[Unread]:  # noqa: B008 - frozen
    documents = read(content, filename, limits).walk()
    return [gap.why for document in documents for gap in document.gaps]


def seven(password: str | None = None, *, names: bool = False, content: bytes = SECRET) -> bytes:
    packed = io.BytesIO()
    with py7zr.SevenZipFile(packed, "w", password=password, header_encryption=names) as archive:
        archive.writestr(content, "letters/Ann Bee.txt")
        archive.writestr(b"x", "b.txt")
    return packed.getvalue()


def ar(content: bytes) -> bytes:
    head = b"%-16s%-12s%-6s%-6s%-8s%-10d`\n" % (
        b"AnnBee.txt/", b"0", b"0", b"0", b"100644", len(content),
    )  # fmt: skip
    return b"!<arch>\n" + head + content + b"\n" * (len(content) % 2)


def old_tar() -> bytes:
    header = bytearray(512)
    header[:11] = b"Ann Bee.txt"
    header[100:148] = b"0000644\x000000000\x000000000\x00%011o\x0000000000000\x00" % len(SECRET)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + SECRET.ljust(512, b"\0") + bytes(1024)


def test_a_7z_is_read_and_the_names_of_its_members_are_text() -> None:
    found = texts(seven())

    assert SECRET.decode() == found["a › letters/Ann Bee.txt"]
    assert "letters/Ann Bee.txt\nb.txt" == found["a › member names"]


def test_a_7z_with_a_password_is_a_gap_with_its_names_as_text() -> None:
    content = seven("secret")

    assert gaps(content) == [Unread.ENCRYPTED]
    assert "letters/Ann Bee.txt\nb.txt" == texts(content)["a › member names"]


def test_a_7z_that_hides_even_its_names_is_a_gap() -> None:
    assert gaps(seven("secret", names=True)) == [Unread.ENCRYPTED]


def test_a_7z_that_inflates_beyond_the_limit_is_a_gap() -> None:
    content = seven(content=bytes(30_000_000))

    assert gaps(content, limits=Limits(inflated=5_000_000)) == [Unread.TOO_LARGE]


@pytest.mark.parametrize("size", [20, 40, 60, 90])
def test_a_7z_that_was_cut_off_is_a_gap(size: int) -> None:
    assert gaps(seven()[:size]) == [Unread.CORRUPT]


@with_libarchive
@pytest.mark.parametrize(
    ("make", "name"),
    [(rar4, "Ann Bee.txt"), (rar5, "Ann Bee.txt"), (cab, "Ann Bee.txt"), (cpio, "Ann Bee.txt"),
     (ar, "AnnBee.txt")],
)  # fmt: skip
def test_archives_that_libarchive_knows_are_read(make: Callable[[bytes], bytes], name: str) -> None:
    found = texts(make(SECRET))

    assert SECRET.decode() == found[f"a › {name}"]
    assert name == found["a › member names"]


@with_libarchive
def test_a_member_of_a_rar_with_a_password_is_a_gap_with_its_name_as_text() -> None:
    assert gaps(rar4(SECRET, flags=0x8004)) == [Unread.ENCRYPTED]
    assert "Ann Bee.txt" == texts(rar4(SECRET, flags=0x8004))["a › member names"]


@with_libarchive
def test_a_rar_that_was_cut_off_is_a_gap() -> None:
    assert gaps(rar4(SECRET)[:30]) == [Unread.CORRUPT]


def test_a_rar_is_a_gap_where_libarchive_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_libarchive, "_library", lambda: None)

    assert gaps(rar4(SECRET)) == [Unread.UNSUPPORTED]


def test_a_tar_from_before_its_magic_is_read() -> None:
    assert SECRET.decode() == texts(old_tar())["a › Ann Bee.txt"]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_form_of_tar_is_read(form: int) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        info = tarfile.TarInfo("letters/" * 10 + "Ann Bee.txt")
        info.size = len(SECRET)
        archive.addfile(info, io.BytesIO(SECRET))
        link = tarfile.TarInfo("latest")
        link.type, link.linkname = tarfile.SYMTYPE, "Ann Bee.txt"
        archive.addfile(link)
    found = texts(packed.getvalue())

    assert SECRET.decode() in found.values()
    assert found["a › member names"].endswith("latest → Ann Bee.txt")


def test_zstandard_is_read() -> None:
    assert SECRET.decode() == texts(zstd.compress(SECRET), "a.txt.zst")["a.txt.zst › a.txt"]


def test_name_and_comment_in_a_gzip_header_are_text() -> None:
    body = zstd.compress(b"")  # any bytes: what follows the header is damaged, and a gap
    content = b"\x1f\x8b\x08\x18" + bytes(6) + b"Ann Bee.txt\0about her case\0" + body
    document = read(content, "a.gz")

    assert (
        Text("a.gz › name and comment", "Ann Bee.txt\nabout her case", Hidden.PROPERTY)
        in document.blocks
    )


def test_comments_in_a_zip_are_hidden_text() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.comment = b"for Ann"
        info = zipfile.ZipInfo("b.txt")
        info.comment = b"about Bob"
        archive.writestr(info, b"x")

    assert (
        Text("a › comments", "for Ann\nabout Bob", Hidden.COMMENT) in read(packed.getvalue()).blocks
    )


def test_a_member_under_two_names_is_read_under_both() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("holiday.jpg", SECRET)
    content = packed.getvalue().replace(b"holiday.jpg", b"clients.txt", 1)
    document = read(content)

    assert document.defects == ("archive-names-differ",)
    assert {"a › holiday.jpg", "a › clients.txt"} == {inner.name for inner in document.inside}
    assert SECRET.decode() == texts(content)["a › clients.txt"]


def zip_with_method(method: int) -> bytes:
    """A zip whose one member claims a compression method."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("b.txt", SECRET)
    content = bytearray(packed.getvalue())
    content[8:10] = struct.pack("<H", method)
    directory = content.index(b"PK\1\2")
    content[directory + 10 : directory + 12] = struct.pack("<H", method)
    return bytes(content)


@with_libarchive
def test_a_compression_method_that_only_libarchive_knows_is_read() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("b.txt", zstd.compress(SECRET))
    content = bytearray(packed.getvalue())
    directory = content.index(b"PK\1\2")
    for header, method, check, size in ((0, 8, 14, 22), (directory, 10, 16, 24)):
        struct.pack_into("<H", content, header + method, 93)
        struct.pack_into("<I", content, header + check, binascii.crc32(SECRET))
        struct.pack_into("<I", content, header + size, len(SECRET))

    assert SECRET.decode() == texts(bytes(content))["a › b.txt"]


def test_a_compression_method_that_nobody_knows_is_a_gap() -> None:
    assert gaps(zip_with_method(77))[0] in {Unread.UNSUPPORTED, Unread.CORRUPT}


def test_a_member_encrypted_with_aes_is_a_gap_with_its_name_as_text() -> None:
    content = bytearray(zip_with_method(99))
    directory = content.index(b"PK\1\2")
    content[6] |= 1
    content[directory + 8] |= 1

    assert gaps(bytes(content)) == [Unread.ENCRYPTED]
    assert "b.txt" == texts(bytes(content))["a › member names"]


@pytest.mark.parametrize("kind", [0x6375, 0x7075])
def test_the_unicode_name_and_comment_of_a_member_are_read(kind: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        info = zipfile.ZipInfo("a.txt")
        info.extra = struct.pack("<HHBI", kind, 5 + len(SECRET), 1, 0) + SECRET
        archive.writestr(info, b"x")

    assert SECRET.decode() in texts(packed.getvalue())["a › comments"]
