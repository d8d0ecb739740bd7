"""The members of an archive through libarchive, by name, in whatever order they are asked for."""

import io
import warnings
import zipfile
from collections.abc import Iterator

import pytest

from dlpguard.extractors import _libarchive
from tests._needs import need

MEMBERS = (("a.txt", b"one"), ("b.txt", b"two"), ("a.txt", b"three"), ("c.txt", b"four"))


@pytest.fixture(autouse=True)
def libarchive() -> None:
    need(_libarchive.is_here(), "libarchive13")


@pytest.fixture
def names() -> _libarchive.Names:
    saved = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(saved, "w") as archive:
        for name, content in MEMBERS:  # two with one name, about which zipfile warns
            archive.writestr(name, content)
    return _libarchive.Names(saved.getvalue())


def read(names: _libarchive.Names, name: str) -> bytes | None:
    found = names.find(name)
    return found.read(100) if found else None


def test_each_of_several_members_with_one_name_is_found(names: _libarchive.Names) -> None:
    assert [read(names, name) for name, _ in MEMBERS] == [content for _, content in MEMBERS]


def test_members_are_found_in_any_order(names: _libarchive.Names) -> None:
    assert [read(names, name) for name in ("c.txt", "b.txt", "c.txt")] == [b"four", b"two", b"four"]


def test_a_member_that_is_not_there_is_none_and_others_still_are(names: _libarchive.Names) -> None:
    assert read(names, "d.txt") is None
    assert read(names, "b.txt") == b"two"


def test_an_archive_is_listed_once_for_all_who_ask_in_its_order(
    names: _libarchive.Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    listings = []
    members = _libarchive.members

    def counted(content: bytes) -> Iterator[_libarchive.Member]:
        listings.append(len(content))
        return members(content)

    monkeypatch.setattr(_libarchive, "members", counted)
    for name, _ in MEMBERS:
        names.find(name)

    assert len(listings) == 1


def test_what_is_no_archive_is_damaged_each_time() -> None:
    names = _libarchive.Names(b"no archive")
    for _ in range(2):
        with pytest.raises(_libarchive.Damaged):
            names.find("a.txt")
