"""The files of a policy directory as they are at one moment.

Administrators put policies in place while dlpguard runs: a file goes, a directory is swapped for
another.  Mail is judged by one set or by the other, never by half of each, so a directory counts
as read when two readings in a row found the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dlpguard.policy import yamlfile
from dlpguard.policy.problem import PolicyError, Problem

READINGS = 5
"""How often a directory is read at most until it is the same twice: swapping one takes a moment,
and what still changes after that is being copied there."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a directory held: the bytes of each file, by name, and what could not be read."""

    files: dict[Path, bytes] = field(repr=False)
    wrong: tuple[Problem, ...] = ()


def take(directory: Path) -> Snapshot:
    """All that is called `*.yaml` in a directory, by name.

    `PolicyError` when there is no such directory, or it changes all the time.
    """
    before = _read(directory)
    for _ in range(READINGS - 1):
        now = _read(directory)
        if now == before:
            return now
        before = now
    what = "changes while it is being read"
    raise PolicyError([Problem(directory, 0, 0, what, "reload it when nobody writes to it")])


def _read(directory: Path) -> Snapshot:
    files: dict[Path, bytes] = {}
    wrong: list[Problem] = []
    for file in _names(directory):
        try:
            files[file] = yamlfile.content(file)
        except PolicyError as error:
            wrong += error.problems
    return Snapshot(files, tuple(wrong))


def _names(directory: Path) -> list[Path]:
    try:
        return sorted(file for file in directory.iterdir() if file.suffix == ".yaml")
    except (FileNotFoundError, NotADirectoryError):
        what, fix = "no such directory", "name one that holds policies"
    except OSError as error:
        what, fix = f"cannot be read ({error.strerror})", "look at its rights"
    raise PolicyError([Problem(directory, 0, 0, what, fix)])
