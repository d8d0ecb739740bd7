"""A policy directory that changes while it is read: one whole set, or none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dlpguard.policy import PolicyError, load, snapshot, yamlfile

TEXT = "title: {}\nwhy: W\nwhen: [reach: 1]\nthen: tag\n"
NAMES = ("a", "b", "c")

Meanwhile = Callable[[Callable[[int], None]], None]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return write(tmp_path / "policies", "old")


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Calls something before each file that is read, with how many were read so far."""

    def install(what: Callable[[int], None]) -> None:
        read, count = yamlfile.content, iter(range(1000))

        def content(file: Path) -> bytes:
            what(next(count))
            return read(file)

        monkeypatch.setattr(yamlfile, "content", content)

    return install


def write(directory: Path, title: str) -> Path:
    directory.mkdir()
    for name in NAMES:
        (directory / f"{name}.yaml").write_text(TEXT.format(title))
    return directory


@pytest.mark.parametrize("files", range(6))
def test_a_directory_that_is_swapped_is_read_whole(
    directory: Path, meanwhile: Meanwhile, files: int
) -> None:
    new = write(directory.with_name("new"), "new")
    expected = load(new)

    def swap(count: int) -> None:
        if count == files:
            directory.rename(directory.with_name("gone"))
            new.rename(directory)

    meanwhile(swap)

    assert expected == load(directory)


def test_a_file_that_goes_away_is_no_part_of_the_set(directory: Path, meanwhile: Meanwhile) -> None:
    def remove(count: int) -> None:
        if count == 1:
            (directory / "b.yaml").unlink()

    meanwhile(remove)
    found = load(directory)

    assert ["a", "c"] == [policy.name for policy in found.policies]
    assert found.digest == load(directory).digest


def test_the_digest_is_of_what_was_read(directory: Path, meanwhile: Meanwhile) -> None:
    def edit(count: int) -> None:
        if count == 2 * len(NAMES) - 1:
            (directory / "a.yaml").write_text(TEXT.format("edited"))

    before = load(directory)
    meanwhile(edit)

    assert before == load(directory)


def pipe(file: Path) -> None:
    os.mkfifo(file)


def directory_of_that_name(file: Path) -> None:
    file.mkdir()


def endless(file: Path) -> None:
    file.write_bytes(b"#" * (yamlfile.LARGEST + 1))


@pytest.mark.parametrize("name", ["d.yaml", "flows.yaml"])
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (pipe, "is no file"),
        (directory_of_that_name, "is no file"),
        (endless, "has more than 1,000,000 bytes"),
    ],
)
def test_what_is_no_policy_is_told_and_not_waited_for(
    directory: Path, name: str, make: Callable[[Path], None], said: str
) -> None:
    make(directory / name)
    with pytest.raises(PolicyError) as caught:
        load(directory)

    assert f"{name}: {said}; " in str(caught.value)


def test_tests_that_cannot_be_read_keep_no_policy_from_being_in_force(directory: Path) -> None:
    expected = load(directory)
    (directory / "a.test.yaml").mkdir()

    assert expected == load(directory)


def test_what_never_rests_is_not_read_for_ever(directory: Path, meanwhile: Meanwhile) -> None:
    counts: list[int] = []

    def change(count: int) -> None:
        counts.append(count)
        (directory / "c.yaml").write_text(TEXT.format(count))

    meanwhile(change)
    with pytest.raises(PolicyError) as caught:
        snapshot.take(directory)

    assert "changes while it is being read; reload it when nobody writes to it" in str(caught.value)
    assert len(counts) == snapshot.READINGS * len(NAMES)
