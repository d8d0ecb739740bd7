"""What stands in an archive and is no member: behind, between, in folders, in a second archive."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable

import py7zr
import pytest
from backports import zstd

from dlpguard.document import Hidden, Text, Unread
from dlpguard.extractors import Budget, Limits, _asides, _libarchive, extract
from dlpguard.extractors._streams import Streams
from dlpguard.mail import Part
from tests._needs import need
from tests.extractors._foreignarchives import cab, cpio, rar4, rar5

SECRET = b"Ann Bee, 07700 900123"
STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
COMPRESSORS: tuple[Callable[[bytes], bytes], ...] = (
    gzip.compress, bz2.compress, lzma.compress, zstd.compress,
)  # fmt: skip


def zipped(*members: tuple[str, bytes], method: int = STORED, between: bytes = b"") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name.replace("/", "_"))
            info.compress_type = method
            archive.writestr(info, content)
            if archive.fp is not None:
                archive.fp.write(between)
                archive.start_dir = archive.fp.tell()
    # The module writes no content into folders, so they get their names afterwards.
    return packed.getvalue().replace(b"folder_", b"folder/")


def tarred(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def sevened(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with py7zr.SevenZipFile(packed, "w") as archive:
        for name, content in members:
            archive.writestr(content, name)
    return packed.getvalue()


A, B = ("a.txt", b"harmless"), ("b.txt", SECRET)
OUTSIDE = {
    "text between the members of a zip": zipped(A, ("c.txt", b"x"), between=b"\n" + SECRET),
    "text behind a zip": zipped(A) + SECRET,
    "a zip behind a zip": zipped(B, method=DEFLATED) + zipped(A),
    "a 7z behind a zip": zipped(A) + sevened(B),
    "a tar behind a tar": tarred(A) + tarred(B),
    "text behind a tar": tarred(A) + SECRET,
    "a zip behind a tar": tarred(A) + zipped(B, method=DEFLATED),
    "text behind a 7z": sevened(A) + SECRET,
    "a 7z behind a 7z": sevened(A) + sevened(B),
    "a zip behind a gzip": gzip.compress(b"x") + zipped(B, method=DEFLATED),
    **{f"text behind {pack.__module__}": pack(b"x") + SECRET for pack in COMPRESSORS},
}
FOREIGN = {
    "text behind a rar": rar4(b"harmless") + b"\n" + SECRET,
    "a 7z behind a rar": rar4(b"harmless") + sevened(B),
    "the comment of a rar": rar4(b"harmless", comment=SECRET),
    "text behind a rar 5": rar5(b"harmless") + b"\n" + SECRET,
    "the comment of a rar 5": rar5(b"harmless", SECRET),
    "a stream beside a file in a rar 5": rar5(b"harmless", SECRET, b"STM"),
    "text behind a cab": cab(b"harmless") + SECRET,
    "a cab behind a cab": cab(b"harmless") + cab(SECRET),
    "what a cab reserves": cab(b"harmless", reserved=SECRET),
    "text behind a cpio": cpio(b"harmless") + SECRET,
}
INSIDE = {
    "a folder with content": zipped(A, ("folder/", SECRET)),
    "a compressed folder with content": zipped(A, ("folder/", SECRET), method=DEFLATED),
    **{f"two of {pack.__module__}": pack(b"x") + pack(SECRET) for pack in COMPRESSORS},
    "zeros between two gzips": gzip.compress(b"x") + bytes(99) + gzip.compress(SECRET),
}


def told(content: bytes) -> list[Text]:
    blocks = [b for d in extract(Part("1", content, filename="a")).walk() for b in d.blocks]
    return [b for b in blocks if isinstance(b, Text) and SECRET.decode() in b.text]


@pytest.mark.parametrize("case", OUTSIDE)
def test_what_is_no_member_is_read_as_hidden(case: str) -> None:
    assert [Hidden.MEMBER] == list(dict.fromkeys(b.hidden for b in told(OUTSIDE[case])))


@pytest.mark.parametrize("case", FOREIGN)
def test_nor_is_it_passed_over_where_libarchive_reads(case: str) -> None:
    need(_libarchive.is_here(), "libarchive13")

    assert [Hidden.MEMBER] == list(dict.fromkeys(b.hidden for b in told(FOREIGN[case])))


@pytest.mark.parametrize("case", INSIDE)
def test_what_programs_unpack_is_read(case: str) -> None:
    assert [None] == [b.hidden for b in told(INSIDE[case])]


@pytest.mark.parametrize("method", [STORED, DEFLATED])
@pytest.mark.parametrize("streamed", [False, True])
def test_an_ordinary_zip_has_nothing_outside_its_members(method: int, streamed: bool) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return not streamed

        def tell(self) -> int:
            if streamed:
                raise OSError
            return super().tell()

        def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
            if streamed:
                raise OSError
            return super().seek(offset, whence)

    packed = Pipe()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.comment = b"a comment that is longer than sixteen bytes"
        archive.mkdir("folder")
        for number in range(3):
            archive.writestr(f"{number}.txt", b"harmless" * number)
    document = extract(Part("1", packed.getvalue(), filename="a.zip"))

    assert ["a.zip › 0.txt", "a.zip › 1.txt", "a.zip › 2.txt"] == [d.name for d in document.inside]
    assert () == document.gaps + document.defects


@pytest.mark.parametrize(
    "content", [tarred(A), sevened(A), gzip.compress(b"harmless")], ids=["tar", "7z", "gzip"]
)
def test_nor_have_other_archives(content: bytes) -> None:
    document = extract(Part("1", content, filename="a"))

    assert 1 == len(document.inside)
    assert () == document.gaps + document.defects


@pytest.mark.parametrize("pack", [rar4, rar5, cab, cpio])
def test_nor_have_those_that_libarchive_reads(pack: Callable[[bytes], bytes]) -> None:
    need(_libarchive.is_here(), "libarchive13")
    document = extract(Part("1", pack(SECRET), filename="a"))

    assert [(Text("a › Ann Bee.txt", SECRET.decode()),)] == [d.blocks for d in document.inside]
    assert () == document.gaps + document.defects


@pytest.mark.timeout(20)
@pytest.mark.parametrize("start", [b"Rar!\x1a\x07\0", b"Rar!\x1a\x07\x01\0", b"MSCF"])
@pytest.mark.parametrize(
    "filling",
    [b"\0", b"\1", b"\x74", b"\xff", b"\0\0\0\0\7\3\2\0CMT", b"ab\x75\0\0\x10\0abcdefghi"],
)
def test_blocks_without_end_end(start: bytes, filling: bytes) -> None:
    found = list(_asides.pieces(start + filling * 200_000))

    assert len(found) <= 20_000


@pytest.mark.parametrize("pack", COMPRESSORS)
def test_a_file_that_is_cut_off_is_a_gap_and_its_beginning_is_read(
    pack: Callable[[bytes], bytes],
) -> None:
    whole = pack(SECRET * 2) + pack(os.urandom(100_000))[:-50_000]
    document = extract(Part("1", whole, filename="a"))

    assert [Unread.CORRUPT] == [gap.why for gap in document.gaps]
    assert document.inside


@pytest.mark.parametrize("pack", COMPRESSORS)
def test_content_comes_in_pieces_of_the_size_asked_for(pack: Callable[[bytes], bytes]) -> None:
    streams = Streams(pack(bytes(1_000_000)))
    pieces = []
    while piece := streams.read1(10_000):
        pieces.append(len(piece))

    assert (1_000_000, True) == (sum(pieces), max(pieces) <= 10_000)


def test_a_thousand_pieces_outside_are_bounded() -> None:
    content = zipped(*[(f"{n}.txt", b"x") for n in range(300)], between=SECRET)
    budget = Budget(Limits(members=320))
    document = extract(Part("1", content, filename="a.zip"), budget)

    assert {gap.why for gap in document.gaps} == {Unread.TOO_LARGE}
