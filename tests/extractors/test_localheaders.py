"""Small members of zips, which are inflated without zipfile: only where it would say the same."""

import io
import zipfile

import pytest

from dlpguard.extractors._localheaders import whole

MOST = 1000


def packed(name: str = "a.xml", body: bytes = b"Ann Bee " * 9, method: int = 8) -> bytes:
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w", method) as archive:
        archive.writestr(name, body)
    return saved.getvalue()


def first(content: bytes) -> bytes | None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return whole(content, archive.infolist()[0], MOST)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("name", ["a.xml", "ä.xml", "Ann Bée/ﬁ.xml"])
@pytest.mark.parametrize("before", [b"", b"some other program"])
def test_a_small_member_is_inflated(method: int, name: str, before: bytes) -> None:
    assert b"Ann Bee " * 9 == first(before + packed(name, method=method))


@pytest.mark.parametrize(
    "content",
    [
        packed(body=b"x" * (MOST + 1)),
        packed(method=zipfile.ZIP_LZMA),
        packed(method=zipfile.ZIP_STORED).replace(b"Ann Bee", b"Bob Bee"),
        packed().replace(b"a.xml", b"b.xml", 1),  # another name than in the directory
        packed().replace(b"a.xml", b"b.xml", 1).replace(b"\5\0\0\0b.xml", b"\4\0\1\0b.xml", 1),
    ],
    ids=["too long", "another method", "another check sum", "another name", "a longer name"],
)
def test_what_is_not_sound_is_left_to_zipfile(content: bytes) -> None:
    assert first(content) is None


@pytest.mark.parametrize("flag", [0x01, 0x20, 0x40])
def test_a_member_with_a_password_or_a_patch_is_left_to_zipfile(flag: int) -> None:
    content = packed()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        info = archive.infolist()[0]
    info.flag_bits |= flag

    assert whole(content, info, MOST) is None


def test_a_member_that_is_longer_than_it_says_is_left_to_zipfile() -> None:
    content = packed(body=b"a" * 900)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        info = archive.infolist()[0]
    info.file_size = 10

    assert whole(content, info, MOST) is None
