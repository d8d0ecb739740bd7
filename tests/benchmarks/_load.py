"""Mail from one program to another, counted: Postfix's `smtp-source` and `smtp-sink`."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.journeys._programs import DEADLINE, HOST, free_port, listens, need, wait_until

CONNECTIONS = 20
"""Of the load: what a few busy mail servers hold open."""

SENDER, RECIPIENT = "ann.bee@council.example", "carol@outside.example"

_COUNTER = re.compile(rb"mesg=(\d{1,9})")
_LONGEST = 300.0
"""Seconds for one measurement: what takes longer than this has stopped."""


@dataclass
class CountingSink:
    """A running smtp-sink that counts messages and keeps none."""

    port: int
    process: subprocess.Popen[bytes] = field(repr=False)
    count: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def wait_for(self, count: int) -> None:
        """Until so many messages have been received since the start.  TimeoutError when not."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.count >= count, _LONGEST):
                raise TimeoutError(f"{self.count} of {count} messages arrived")

    def follow(self, counters: IO[bytes]) -> None:
        """Read its running counters until it ends."""
        rest = b""
        while chunk := os.read(counters.fileno(), 65536):
            lines, _, rest = (rest + chunk).rpartition(b"\r")
            if found := _COUNTER.findall(lines):
                with self._changed:
                    self.count = int(found[-1])
                    self._changed.notify_all()


@contextlib.contextmanager
def counting_sink() -> Iterator[CountingSink]:
    """An smtp-sink on a port of its own."""
    port = free_port()
    privileges = ("-u", "root") if os.geteuid() == 0 else ()
    process = subprocess.Popen(
        (need("smtp-sink"), *privileges, "-c", f"inet:{HOST}:{port}", "200"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout
    sink = CountingSink(port, process)
    reader = threading.Thread(target=sink.follow, args=(process.stdout,))
    reader.start()
    try:
        wait_until(lambda: listens(port), "smtp-sink to listen")
        yield sink
    finally:
        process.terminate()
        process.wait(DEADLINE)
        reader.join()
        process.stdout.close()


def send(message: Path, count: int, port: int, sink: CountingSink) -> float:
    """Seconds from the first connection until the sink has all of so many copies."""
    before = sink.count
    begun = time.monotonic()
    subprocess.run(
        (
            *(need("smtp-source"), "-d", "-s", str(min(CONNECTIONS, count)), "-m", str(count)),
            *("-f", SENDER, "-t", RECIPIENT, "-F", str(message), f"inet:{HOST}:{port}"),
        ),
        check=True,
        capture_output=True,
        timeout=_LONGEST,
    )
    sink.wait_for(before + count)
    return time.monotonic() - begun


def cpu_of(root: int) -> float:
    """Seconds of CPU that a process, its descendants and their buried children have used."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended, and its parent will have its time
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
            ticks[int(stat.parent.name)] = sum(map(int, fields[11:15]))
    family, found = {root}, {root}
    while found:
        found = {pid for pid, parent in parents.items() if parent in found} - family
        family |= found
    return sum(ticks.get(pid, 0) for pid in family) / os.sysconf("SC_CLK_TCK")
