"""Who may read what is stored, and whether what is written lasts."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from dlpguard.health import Around, Level, Line, Machine, permissions, writing
from tests.commands._line import NOBODY, as_nobody


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A database and a key file as dlpguard makes them."""
    database, key = tmp_path / "dlpguard.db", tmp_path / "dlpguard.key"
    for file in (database, key):
        file.touch(0o600)
    (tmp_path / "dlpguard.db.bodies").mkdir(0o700)
    return Machine(Around(), database=database, key_file=key)


def wrong(machine: Machine) -> list[Line]:
    return [line for line in permissions.look(machine) if line.level is not Level.FINE]


def test_what_only_its_owner_may_read_is_fine(machine: Machine) -> None:
    assert [] == wrong(machine)


@pytest.mark.parametrize(
    ("name", "mode", "advice"),
    [
        ("dlpguard.key", 0o640, "chmod 600"),
        ("dlpguard.db", 0o604, "chmod 600"),
        ("dlpguard.db-wal", 0o644, "chmod 600"),
        ("dlpguard.db.bodies", 0o750, "chmod 700"),
    ],
)
def test_what_others_may_read_is_told_with_the_command(
    machine: Machine, tmp_path: Path, name: str, mode: int, advice: str
) -> None:
    if not (tmp_path / name).exists():
        (tmp_path / name).touch()
    (tmp_path / name).chmod(mode)
    [found] = wrong(machine)

    assert Level.BROKEN is found.level
    assert f"Run: {advice} {tmp_path / name}" == found.advice


def test_a_key_file_that_everybody_may_replace_is_told(machine: Machine, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    [found] = wrong(machine)
    tmp_path.chmod(0o1777)

    assert "Folder of the key file" == found.about
    assert [] == wrong(machine)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a file to somebody else")
def test_files_of_two_owners_are_told(machine: Machine, tmp_path: Path) -> None:
    os.chown(tmp_path / "dlpguard.db", NOBODY, NOBODY)
    found = {line.about: line for line in wrong(machine)}

    assert {"Owner of the key file", "Files of the database"} == set(found)
    assert "nobody and root" in found["Files of the database"].said


def test_a_key_file_that_is_missing_is_told_unless_all_is_new(
    machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "dlpguard.key").unlink()
    [found] = wrong(machine)
    (tmp_path / "dlpguard.db").unlink()

    assert (Level.BROKEN, True) == (found.level, "Restore it from its copy" in found.advice)
    assert "Key file" not in {line.about for line in wrong(machine)}


def test_writing_to_the_disk_leaves_nothing(machine: Machine, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir()), tmp_path.stat().st_mtime_ns
    found = {line.about: line for line in writing.look(machine)}

    assert "ms" in found["Writing to disk"].said or Level.UNKNOWN is found["Writing to disk"].level
    assert before == (sorted(tmp_path.iterdir()), tmp_path.stat().st_mtime_ns)


def test_a_slow_disk_is_noticed(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: time.sleep(2 * writing.SLOW_SECONDS))
    _, found = writing.look(machine)

    assert found.level in {Level.LOOK, Level.UNKNOWN}


def test_a_disk_that_fails_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    _, found = writing.look(machine)

    assert found.level in {Level.BROKEN, Level.UNKNOWN}


def test_where_this_user_may_not_write_that_is_said(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> float:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(writing, "_time_to_disk", refuse)
    _, found = writing.look(machine)

    assert (Level.UNKNOWN, True) == (found.level, "may not write" in found.said)


@pytest.mark.skipif(os.geteuid() != 0, reason="looks as somebody else")
def test_what_this_user_may_not_even_see_is_no_fault(machine: Machine, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with as_nobody():
        found = [*permissions.look(machine), *writing.look(machine)]

    assert {Level.UNKNOWN} == {line.level for line in found}
    assert all("Ask as" in line.advice for line in found)


@pytest.mark.parametrize(
    ("kind", "level"),
    [("nfs4", Level.BROKEN), ("tmpfs", Level.BROKEN), ("ext4", Level.FINE), (None, Level.UNKNOWN)],
)
def test_the_kind_of_file_system_counts(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, kind: str | None, level: Level
) -> None:
    monkeypatch.setattr(writing, "_file_system", lambda folder: kind)

    assert level is next(writing.look(machine)).level


def test_the_kernel_tells_the_kind_of_file_system() -> None:
    assert "proc" == writing._file_system(Path("/proc/self"))


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    [found] = writing.look(Machine(Around(), database=tmp_path / "none" / "dlpguard.db"))

    assert Level.BROKEN is found.level
    assert [] == list(writing.look(Machine(Around())))
