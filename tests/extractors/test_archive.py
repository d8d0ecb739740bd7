import bz2
import gzip
import io
import lzma
import struct
import tarfile
import warnings
import zipfile
import zlib

import pytest

from dlpguard.document import Hidden, Text, Unread
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.mail import Part

SECRET = b"Ann Bee, 07700 900123"


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # duplicate names are what one of the tests is about
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def texts(content: bytes, filename: str = "a.zip") -> dict[str, str]:
    document = extract(Part("1", content, filename=filename))
    return {b.where: b.text for d in document.walk() for b in d.blocks if isinstance(b, Text)}


def gaps(content: bytes, limits: Limits = Limits()) -> list[Unread]:  # noqa: B008 - frozen
    document = extract(Part("1", content, filename="a.zip"), Budget(limits))
    return [gap.why for d in document.walk() for gap in d.gaps]


def test_members_are_read_and_their_names_are_text() -> None:
    assert texts(zipped(("letters/Ann Bee.txt", SECRET), ("b.txt", b"x"))) == {
        "a.zip › member names": "letters/Ann Bee.txt\nb.txt",
        "a.zip › letters/Ann Bee.txt": SECRET.decode(),
        "a.zip › b.txt": "x",
        "a.zip › file name": "a.zip",
    }


def test_an_archive_in_an_archive_is_read() -> None:
    inner = zipped(("c.txt", SECRET))

    assert texts(zipped(("b.zip", inner)))["a.zip › b.zip › c.txt"] == SECRET.decode()


def test_members_of_one_name_are_all_read() -> None:
    content = zipped(("a.txt", b"first"), ("a.txt", b"second"))
    document = extract(Part("1", content, filename="a.zip"))

    assert ["first", "second"] == [
        d.blocks[0].text for d in document.inside if isinstance(d.blocks[0], Text)
    ]


def test_a_member_with_a_password_is_a_gap_and_the_others_are_read() -> None:
    content = bytearray(zipped(("a.txt", b"x"), ("b.txt", SECRET)))
    content[6] |= 1  # general purpose flag, local header (APPNOTE 4.3.7)
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and in the directory (4.3.12)

    assert gaps(bytes(content)) == [Unread.ENCRYPTED]
    assert texts(bytes(content))["a.zip › b.txt"] == SECRET.decode()


def test_a_member_that_the_directory_does_not_list_is_hidden_content() -> None:
    content = zipped(("a.txt", b"x"), ("b.txt", SECRET))
    directory = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", directory + 1)
    end = content.index(b"PK\x05\x06")
    fields = list(struct.unpack("<4sHHHHIIH", content[end:]))
    fields[3] = fields[4] = 1
    fields[5] = second - directory
    shortened = content[:second] + struct.pack("<4sHHHHIIH", *fields)

    document = extract(Part("1", shortened, filename="a.zip"))

    assert [(SECRET.decode(), Hidden.MEMBER)] == [
        (b.text, b.hidden)
        for d in document.inside
        for b in d.blocks
        if isinstance(b, Text) and d.name.endswith("b.txt")
    ]


def test_a_stored_archive_inside_is_not_read_twice() -> None:
    inner = zipped(("c.txt", SECRET), method=zipfile.ZIP_STORED)
    document = extract(Part("1", zipped(("b.zip", inner), method=zipfile.ZIP_STORED)))

    assert ["part 1", "part 1 › b.zip", "part 1 › b.zip › c.txt"] == [
        d.name for d in document.walk()
    ]


def test_an_archive_that_was_cut_off_is_a_gap_and_its_beginning_is_read() -> None:
    content = zipped(("a.txt", SECRET), ("b.txt", bytes(range(256)) * 100))[:200]

    assert Unread.CORRUPT in gaps(content)
    document = extract(Part("1", content, filename="a.zip"))
    assert document.inside[0].blocks[0] == Text("a.zip › a.txt", SECRET.decode(), Hidden.MEMBER)


def test_an_archive_that_was_cut_off_behind_an_archive_in_it_is_a_gap() -> None:
    inner = zipped(("b.txt", SECRET))
    content = zipped(("a.zip", inner), method=zipfile.ZIP_STORED)[: 30 + len("a.zip") + len(inner)]

    assert gaps(content) == [Unread.CORRUPT]
    assert texts(content)["a.zip › a.zip › b.txt"] == SECRET.decode()


def test_a_damaged_member_is_a_gap_and_the_others_are_read() -> None:
    content = bytearray(zipped(("a.txt", b"x" * 100), ("b.txt", SECRET), method=zipfile.ZIP_STORED))
    content[40] ^= 1

    assert gaps(bytes(content)) == [Unread.CORRUPT]
    assert texts(bytes(content))["a.zip › b.txt"] == SECRET.decode()


def test_a_bomb_ends_at_the_ratio() -> None:
    assert gaps(zipped(("a", bytes(50_000_000)))) == [Unread.TOO_LARGE]


def test_ordinary_text_of_great_redundancy_is_no_bomb() -> None:
    assert gaps(zipped(("a.csv", b"a,b\n" * 100_000))) == []


def test_bombs_in_bombs_end_at_what_they_inflate_to_together() -> None:
    content = zipped(("a", bytes(2_000_000)))
    for _ in range(3):
        content = zipped(*((f"{n}.zip", content) for n in range(16)))

    assert Unread.TOO_LARGE in gaps(content, Limits(inflated=10_000_000))


def test_members_that_overlap_end_at_the_ratio() -> None:
    body = bytes(10_000_000)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(body) + packer.flush()
    sizes = (zlib.crc32(body), len(packed), len(body), 1)
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0, *sizes, 0) + b"a" + packed
    entry = struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 0, *sizes, 0, 0, 0, 0, 0, 0
    )
    directory = (entry + b"a") * 1000
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1000, 1000, len(directory), len(local), 0)

    assert Unread.TOO_LARGE in gaps(local + directory + end)


def test_archives_nested_too_deep_are_a_gap() -> None:
    content = SECRET
    for _ in range(12):
        content = zipped(("a.zip", content))

    assert gaps(content) == [Unread.TOO_DEEP]


def test_more_members_than_the_limit_are_a_gap() -> None:
    content = zipped(*((str(n), b"x") for n in range(50)))

    assert gaps(content, Limits(members=20)) == [Unread.TOO_LARGE]


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (gzip.compress(SECRET), "a.txt.gz"),
        (bz2.compress(SECRET * 50), "a.txt.bz2"),
        (lzma.compress(SECRET), "a.txt.xz"),
    ],
    ids=["gzip", "bzip2", "xz"],
)
def test_compressed_files_are_read(content: bytes, filename: str) -> None:
    assert SECRET.decode() in texts(content, filename)[f"{filename} › a.txt"]


def test_a_compressed_tar_is_read() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        info = tarfile.TarInfo("dir/b.txt")
        info.size = len(SECRET)
        archive.addfile(info, io.BytesIO(SECRET))

    found = texts(packed.getvalue(), "a.tgz")

    assert found["a.tgz › a.tar › dir/b.txt"] == SECRET.decode()
    assert found["a.tgz › a.tar › member names"] == "dir/b.txt"


def test_a_compressed_file_that_was_cut_off_is_a_gap_and_its_beginning_is_read() -> None:
    content = gzip.compress(bytes(range(65, 91)) * 1000)[:-12]
    document = extract(Part("1", content, filename="a.txt.gz"))

    assert [Unread.CORRUPT] == [gap.why for gap in document.gaps]
    assert document.inside[0].format == "text"
