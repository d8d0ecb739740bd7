"""Writing a flow into the `flows.yaml` that is in force, all of it or nothing.

The whole directory is read with the new file first: what would not be right does not replace what
is.  A file takes the place of another in one step; until then nothing has been changed.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dlpguard.errors import RefusedError
from dlpguard.policy import flowwriting, yamlfile
from dlpguard.policy.flowfile import NAME
from dlpguard.policy.problem import PolicyError
from dlpguard.store.syncing import sync_directory
from dlpguard.web.rulebook import Rulebook

_writing = threading.Lock()
"""One at a time: who reads the file writes it, before somebody else reads it."""


def can_write(rules: Rulebook) -> bool:
    """Whether the file can be written here: the directory is the organisation's own, and ours."""
    return rules.is_own and os.access(rules.directory, os.W_OK | os.X_OK)


def register(rules: Rulebook, entry: dict[str, Any], record: Callable[[], object]) -> None:
    """Add a flow, and have the relay read the policies again.

    `record` is called when all is right and on the disk, and before it counts.  `RefusedError`
    when it is not right, when the files are not those in force, or when they cannot be written.
    """
    with _writing:
        if not can_write(rules):
            raise RefusedError("The policies cannot be written here: add it to the file yourself.")
        if not rules.is_as_read():
            raise RefusedError(
                "The files of the policies were changed, and are not those that are in force. "
                "Have the relay read them again first."
            )
        file = rules.directory / NAME
        content = flowwriting.with_entry(_content(file), entry)
        _check(rules, content)
        try:
            new = _beside(file, content)
            try:
                record()
                new.replace(file)
            finally:
                new.unlink(missing_ok=True)
            sync_directory(rules.directory)
        except OSError as error:
            raise RefusedError(f"{file} cannot be written ({error.strerror}).") from None
    rules.reload()


def _content(file: Path) -> bytes:
    try:
        return yamlfile.content(file) if file.exists() else b""
    except PolicyError as error:
        raise RefusedError(f"{error}") from None


def _check(rules: Rulebook, content: bytes) -> None:
    """Read all as it would be."""
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        for file in rules.directory.glob("*.yaml"):
            shutil.copyfile(file, there / file.name)
        (there / NAME).write_bytes(content)
        try:
            rules.load(there)
        except PolicyError as error:
            told = str(error).replace(str(there), str(rules.directory))
            raise RefusedError(f"It would not be right: {told}") from None


def _beside(file: Path, content: bytes) -> Path:
    """The content in a file of another name, which no reader takes for a policy, on the disk."""
    mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else 0o644
    number, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with open(number, "wb") as opened:
        opened.write(content)
        os.fchmod(number, mode)
        opened.flush()
        os.fsync(number)
    return Path(name)
