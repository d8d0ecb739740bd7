"""Mail from one program to another: what sends it and what takes it, each a process of its own.

with counting_sink() as sink, source() as mails:
    mails.prepare(Order(port=…, connections=20, kind="prose", size=4_000, first=1, count=200))
    before = sink.count
    sent = mails.send()
    drained = sink.wait_for(before + 200)
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from tests.benchmarks._source import Order, Sent

_ROOT = Path(__file__).resolve().parents[2]

_LONGEST = 300.0
"""Seconds for one measurement: what takes longer than this has stopped."""


@dataclass(frozen=True, slots=True)
class _Program:
    """One of ours, which answers lines with lines."""

    process: subprocess.Popen[str] = field(repr=False)

    def say(self, line: str) -> None:
        stdin = cast("IO[str]", self.process.stdin)
        stdin.write(line + "\n")
        stdin.flush()

    def hear(self, what: str) -> str:
        """The next line.  TimeoutError when none comes, RuntimeError when it has ended instead."""
        stdout = cast("IO[str]", self.process.stdout)
        # Nothing is left of the line before: each answer is one.
        if not select.select([stdout], [], [], _LONGEST)[0]:
            raise TimeoutError(f"waited {_LONGEST:g} s: {what}")
        line = stdout.readline()
        if not line:
            raise RuntimeError(f"ended: {what}")
        return line


@dataclass(frozen=True, slots=True)
class CountingSink:
    """A next hop on a port of the loopback that counts messages and keeps none."""

    port: int
    _program: _Program

    @property
    def count(self) -> int:
        """How many have come since it began."""
        return self._asked(0)[0]

    def wait_for(self, count: int) -> float:
        """When (`time.monotonic`) so many had come since it began.  TimeoutError when never."""
        return self._asked(count)[1]

    @property
    def cpu(self) -> float:
        """Seconds that it has used."""
        return cpu_of(self._program.process.pid)

    def _asked(self, count: int) -> tuple[int, float]:
        self._program.say(str(count))
        total, time = self._program.hear(f"{count} messages at the sink").split()
        return int(total), float(time)


@dataclass(frozen=True, slots=True)
class Source:
    """What sends mail."""

    _program: _Program

    def prepare(self, order: Order) -> None:
        """Make it; no clock runs yet."""
        self._program.say(json.dumps(order))
        self._program.hear("mail to be made")

    def send(self) -> Sent:
        """Send what was made.  RuntimeError when any of it was not taken."""
        self._program.say("")
        return cast("Sent", json.loads(self._program.hear("mail to be sent")))


@contextlib.contextmanager
def counting_sink() -> Iterator[CountingSink]:
    """One, on a port of its own."""
    with _running("_sink") as program:
        yield CountingSink(int(program.hear("the sink to listen")), program)


@contextlib.contextmanager
def source() -> Iterator[Source]:
    """One."""
    with _running("_source") as program:
        yield Source(program)


@contextlib.contextmanager
def _running(name: str) -> Iterator[_Program]:
    with subprocess.Popen(
        (sys.executable, "-m", f"tests.benchmarks.{name}"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        text=True,
    ) as process:
        try:
            yield _Program(process)
        finally:
            process.kill()


def cpu_of(*roots: int) -> float:
    """Seconds of CPU that processes, their descendants and their buried children have used."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended, and its parent will have its time
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
            ticks[int(stat.parent.name)] = sum(map(int, fields[11:15]))
    family, found = set(roots), set(roots)
    while found:
        found = {pid for pid, parent in parents.items() if parent in found} - family
        family |= found
    return sum(ticks.get(pid, 0) for pid in family) / os.sysconf("SC_CLK_TCK")
