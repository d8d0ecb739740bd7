"""Programs that read documents, run so that a file which crashes or stops one ends nothing else."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from tests.benchmarks._reader import Answer

ROOT = Path(__file__).resolve().parents[2]
READER = Path(__file__).with_name("_reader.py")

PATIENCE = 40.0
"""Seconds for one document: more than dlpguard's own limit, and the same for everybody."""

_LONGEST_START = 120.0
"""Seconds; some programs import for long."""


@dataclass
class Program:
    """A reader that is started when first needed and again after each death.

    `script` is what Python runs; it says and answers in lines of JSON as `_reader` does.
    `missing` says why it cannot run here, "" while nothing is known against it; `deaths` counts
    files that ended it or took it longer than `PATIENCE`.
    """

    name: str
    python: str = sys.executable
    script: Path = READER
    missing: str = ""
    deaths: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _rest: bytes = field(default=b"", repr=False)

    def is_there(self) -> bool:
        """Whether it can be run at all."""
        if not self._process and not self.missing:
            self._start()
        return not self.missing

    def read(self, path: Path) -> Answer | None:
        """What it reads in a file; None when the file ended it, or took it too long."""
        return cast("Answer | None", self.ask(str(path)))

    def ask(self, question: object) -> Any:
        """Its answer to a question; None when the question ended it, or took it too long."""
        if not self.is_there():
            return None
        assert self._process
        stdin = cast("IO[bytes]", self._process.stdin)
        stdin.write(json.dumps(question).encode() + b"\n")
        stdin.flush()
        line = self._line(PATIENCE)
        if line is None:
            self.deaths += 1
            self.stop()
            return None
        return json.loads(line)

    def stop(self) -> None:
        """End it."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process, self._rest = None, b""

    def _start(self) -> None:
        try:
            self._process = subprocess.Popen(
                (self.python, str(self.script), self.name),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            )
        except OSError as error:
            self.missing = f"{self.python}: {error.strerror}"
            return
        line = self._line(_LONGEST_START)
        said: dict[str, Any] = json.loads(line) if line else {"ready": False, "why": "ended"}
        if not said["ready"]:
            self.missing = said["why"]
            self.stop()

    def _line(self, seconds: float) -> bytes | None:
        """The next line it says; None when it ends or is silent for too long."""
        assert self._process
        stdout = cast("IO[bytes]", self._process.stdout)
        pieces, deadline = [self._rest], time.monotonic() + seconds
        while b"\n" not in pieces[-1]:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([stdout], [], [], left)[0]:
                return None
            piece = stdout.read1(1 << 20)  # type: ignore[attr-defined]
            if not piece:
                return None
            pieces.append(piece)
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        return line
